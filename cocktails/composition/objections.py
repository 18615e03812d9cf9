"""What speaks against a mixture for one patient, in words: what, why, where it stands, what would
solve it. Pure translation; the decisions are those of rules.py.

What is absolute is never argued away, only by changing the mixture. Nothing here proposes a dose.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cocktails.catalogue.facts import allergen_group_name, backgrounds
from cocktails.catalogue.rules import Background, Facts
from cocktails.catalogue.terms import Certainty, PairAction
from cocktails.composition.rules import AllergyConflict, Finding, Mixture
from cocktails.composition.terms import MixRule, MixSeverity, Origin
from cocktails.composition.words import explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason to stop or to look twice. `is_absolute`: the mixture cannot be saved as it is."""

    rule: str
    target: str
    is_absolute: bool
    label: str
    what: str
    why: str = ""
    source: str = ""
    solve: str = ""
    # It can be saved, and the screening holds the session until it is decided or has cleared.
    is_hold: bool = False

    @property
    def verdict(self) -> str:
        if self.is_absolute:
            return "refuse"
        return "hold" if self.is_hold else "caution"


ALLERGY_RULES = "R-ALLERGY-"
_ORDER = ("refuse", "hold", "caution")


def objections(
    mixture: Mixture,
    conflicts: Iterable[AllergyConflict],
    facts: Facts,
    *,
    unusual: Iterable[Finding] = (),
    tied: Iterable[Objection] = (),
    unrecognised: Iterable[str] = (),
) -> list[Objection]:
    """Everything that speaks against the mixture, what is absolute first."""
    language = get_language() or "en"
    conflicts = list(conflicts)
    allergic_to = {each.ingredient for each in conflicts}
    found = [
        *(_of_allergy(conflict, facts, language) for conflict in conflicts),
        *_of_volume(mixture),
        *(_of_finding(finding, facts, language) for finding in mixture.findings),
        # The allergy is named above, with the product that brings it.
        *(
            each
            for each in tied
            if not (each.rule.startswith(ALLERGY_RULES) and each.target in allergic_to)
        ),
        *(_of_finding(finding, facts, language) for finding in unusual),
        *map(_of_unrecognised, unrecognised),
        *_of_silence(mixture),
    ]
    return sorted(found, key=lambda each: _ORDER.index(each.verdict))


def _of_allergy(conflict: AllergyConflict, facts: Facts, language: str) -> Objection:
    names = {
        "ingredient": facts.ingredients[conflict.ingredient].name(language),
        "group": allergen_group_name(conflict.group, language),
    }
    if conflict.origin is Origin.DIRECT:
        why = _("%(ingredient)s belongs to this group.") % names
        solve = _("Take it out of the mixture.")
    elif conflict.origin is Origin.EXCIPIENT:
        why = _("The leaflet of the chosen product of %(ingredient)s names it.") % names
        solve = _("Take it out of the mixture, or draw from a product that does not contain it.")
    else:
        why = (
            _(
                "Products of %(ingredient)s may contain it, and nobody has read the leaflet of the "
                "chosen one yet."
            )
            % names
        )
        solve = _("Read the leaflet and enter it in the catalogue, or take another product.")
    return Objection(
        rule="R-ALLERGY-INGREDIENT",
        target=conflict.ingredient,
        is_absolute=True,
        label=_("Allergy"),
        what=_("%(ingredient)s: allergy of this patient (%(group)s).") % names,
        why=why,
        source=_("Allergies in the patient's intake"),
        solve=solve,
    )


def _of_unrecognised(text: str) -> Objection:
    return Objection(
        rule="R-ALLERGY-INGREDIENT",
        target="unrecognised",
        is_absolute=False,
        label=_("Allergy not recognised"),
        what=_("“%(text)s” is on record as an allergy and could not be compared.") % {"text": text},
        why=_("It may or may not concern this mixture; the screening stays on hold until then."),
        source=_("Allergies in the patient's intake"),
        solve=_("Write the substance into the allergy list so that it is recognised."),
    )


def _of_volume(mixture: Mixture) -> Iterator[Objection]:
    if mixture.possible:
        return
    yield Objection(
        rule="R-VOLUME",
        target="volume",
        is_absolute=True,
        label=_("Not possible"),
        what=_("The mixture has %(total)s ml, the points need %(injected)s ml.")
        % {
            "total": number_format(mixture.total_ml),
            "injected": number_format(mixture.injected_ml),
        },
        why=_("No dose can be given for a volume that is not there."),
        solve=_("Change the volumes, the points or the volume per point."),
    )


def _of_finding(finding: Finding, facts: Facts, language: str) -> Objection:
    return Objection(
        rule=finding.rule.value,
        target=finding.target,
        is_absolute=finding.severity is MixSeverity.ABSOLUTE,
        label=str(finding.rule.label),
        what=explain(finding, facts, language, write=number_format),
        why=_why(finding),
        source=_source(finding, facts),
        solve=_solve(finding),
    )


def _why(finding: Finding) -> str:
    if finding.rule is MixRule.MIX_PH:
        return _("Out of its range a substance may fall out or lose its effect.")
    if finding.severity is MixSeverity.CAUTION and finding.rule in (
        MixRule.DOSE_LIMIT,
        MixRule.CONCENTRATION,
        MixRule.POINT_VOLUME,
    ):
        return _("More than is usual. It can be saved when it is meant.")
    return ""


def _source(finding: Finding, facts: Facts) -> str:
    if finding.rule is MixRule.MIX_PH:
        return _ph_source(finding, facts)
    substance = facts.ingredients.get(finding.target)
    if substance is not None and finding.rule in (MixRule.CONCENTRATION, MixRule.POINT_VOLUME):
        known = backgrounds().get(finding.target, Background())
        is_volume = finding.rule is MixRule.POINT_VOLUME
        return (known.point if is_volume else known.concentration).text
    if substance is not None:
        return substance.limit_source
    if finding.pair is not None and finding.pair.certainty in Certainty.values:
        return str(Certainty(finding.pair.certainty).label)
    return ""


def _ph_source(finding: Finding, facts: Facts) -> str:
    """How surely the two ranges are known."""
    marks = [facts.ingredients[each].ph_certainty for each in finding.target.split("+")]
    return "; ".join(str(Certainty(mark).label) for mark in marks if mark in Certainty.values)


def _solve(finding: Finding) -> str:
    if finding.rule is MixRule.MIX_PH:
        return _("Draw them into two syringes, or take one of them out.")
    if finding.rule is MixRule.SYRINGE:
        return _("Take a larger syringe, or less diluent.")
    if finding.rule is MixRule.CONCENTRATION:
        return _("Dilute more, or draw less of it.")
    if finding.severity is MixSeverity.CAUTION:
        return ""
    if finding.rule is MixRule.DOSE_LIMIT:
        return _("Change what is drawn, the dilution, the points or the volume per point.")
    if finding.pair is not None and finding.pair.action is PairAction.OK_RATIO:
        return _(
            "Take one of the two out, or use 9 to 10 parts of lidocaine 10 mg/ml to one part of "
            "bicarbonate 84 mg/ml."
        )
    if finding.pair is not None:
        return _("Take one of the two out of the mixture.")
    return _("Take it out of the mixture.")


def _of_silence(mixture: Mixture) -> Iterator[Objection]:
    words = {
        "weight_kg": _("The patient's weight is not known."),
        "anaesthetic_cream_g": _("The grams of anaesthetic cream are not known yet."),
    }
    for code in mixture.unanswered:
        yield Objection(
            rule="R-DOSE-LIMIT",
            target=code,
            is_absolute=False,
            label=_("Not known yet"),
            what=words[code],
            why=_("The lidocaine of syringe and cream together cannot be judged without it."),
            solve=_("It is asked in the screening before the session."),
        )
