"""What is wrong with a mixture: too much, not to be injected, not in one syringe. Pure.

Limits and pairs are handed in; the proportion of buffered lidocaine: docs/rules/doses.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from cocktails.catalogue.rules import Facts, contained
from cocktails.catalogue.terms import Excipient, OtherPartner, PairAction
from cocktails.composition.lidocaine import LIDOCAINE
from cocktails.composition.mixture import Diluent, Finding, IngredientDose, Portion, in_the_syringe
from cocktails.composition.terms import MixRule, MixSeverity

BICARBONATE = "sodium_bicarbonate"
BUFFERED_LIDOCAINE_MG_PER_ML = Decimal(10)
BUFFERING_BICARBONATE_MG_PER_ML = Decimal(84)
BUFFER_RATIO = (9, 10)
OILY_VITAMINS = frozenset({"vitamin_a", "vitamin_e"})
# Names in the pair table that stand for an excipient of some product in the syringe.
EXCIPIENT_MARKERS = {
    OtherPartner.SULFITE: frozenset({Excipient.SULFITE}),
    OtherPartner.ANTISEPTIC: frozenset({Excipient.CHLORHEXIDINE, Excipient.BENZALKONIUM}),
}


def dose_findings(doses: Iterable[IngredientDose], facts: Facts) -> Iterator[Finding]:
    for dose in doses:
        substance = facts.ingredients[dose.ingredient]
        if dose.exact_session_mg is None or substance.is_topical_only:
            continue
        if substance.hard_mg is not None and dose.exact_session_mg > substance.hard_mg:
            severity, limit = MixSeverity.ABSOLUTE, substance.hard_mg
        elif substance.soft_mg is not None and dose.exact_session_mg > substance.soft_mg:
            severity, limit = MixSeverity.CAUTION, substance.soft_mg
        else:
            continue
        yield Finding(
            rule=MixRule.DOSE_LIMIT,
            severity=severity,
            target=dose.ingredient,
            found_mg=dose.session_mg,
            limit_mg=limit,
        )


def substance_findings(
    doses: Iterable[IngredientDose], diluent: Diluent | None, facts: Facts
) -> Iterator[Finding]:
    ingredients = [dose.ingredient for dose in doses]
    for ingredient in [*ingredients, diluent.ingredient] if diluent else ingredients:
        if facts.ingredients[ingredient].is_topical_only:
            yield Finding(
                rule=MixRule.TOPICAL_ONLY, severity=MixSeverity.ABSOLUTE, target=ingredient
            )
        if ingredient in OILY_VITAMINS:
            yield Finding(
                rule=MixRule.VITAMIN_E_OIL, severity=MixSeverity.ABSOLUTE, target=ingredient
            )


def pair_findings(
    portions: Sequence[Portion], diluent: Diluent | None, facts: Facts
) -> Iterator[Finding]:
    present = _present(portions, diluent)
    for pair in facts.pairs:
        if pair.a not in present or pair.b not in present:
            continue
        is_blocked = pair.action is PairAction.BLOCK or (
            pair.action is PairAction.OK_RATIO and not _is_buffered_rightly(portions, diluent)
        )
        if is_blocked:
            yield Finding(
                rule=MixRule.MIX_INCOMPATIBLE,
                severity=MixSeverity.ABSOLUTE,
                target=pair.target,
                pair=pair,
            )
        elif pair.action is PairAction.WARN:
            yield Finding(
                rule=MixRule.MIX_WARN,
                severity=MixSeverity.CAUTION,
                target=pair.target,
                pair=pair,
            )


def _present(portions: Sequence[Portion], diluent: Diluent | None) -> set[str]:
    """Return every name of the pair table that the syringe answers to."""
    filled = in_the_syringe(portions, diluent)
    present = {each.ingredient for each in filled}
    if present - OILY_VITAMINS:
        present.add(OtherPartner.ANY_AQUEOUS)
    excipients = contained(name for each in filled for name in each.product_excipients or ())
    present.update(marker for marker, any_of in EXCIPIENT_MARKERS.items() if any_of & excipients)
    return present


def _is_buffered_rightly(portions: Sequence[Portion], diluent: Diluent | None) -> bool:
    """Say whether 1% lidocaine and 8.4% bicarbonate stand 9 to 10 parts to one."""
    if diluent is not None and diluent.ingredient in (LIDOCAINE, BICARBONATE):
        return False  # a diluent has no strength that could be checked
    lidocaine = [each for each in portions if each.ingredient == LIDOCAINE]
    bicarbonate = [each for each in portions if each.ingredient == BICARBONATE]
    if not lidocaine or not bicarbonate:
        return False
    if any(each.stock_mg_per_ml != BUFFERED_LIDOCAINE_MG_PER_ML for each in lidocaine):
        return False
    if any(each.stock_mg_per_ml != BUFFERING_BICARBONATE_MG_PER_ML for each in bicarbonate):
        return False
    ratio = sum(Fraction(each.drawn_ml) for each in lidocaine) / sum(
        Fraction(each.drawn_ml) for each in bicarbonate
    )
    return BUFFER_RATIO[0] <= ratio <= BUFFER_RATIO[1]


def strongest(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the strongest finding per rule and target, what is not possible first."""
    rank = list(MixSeverity).index
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = finding.rule.value, finding.target
        if key not in kept or rank(finding.severity) < rank(kept[key].severity):
            kept[key] = finding
    return tuple(
        sorted(kept.values(), key=lambda each: (rank(each.severity), each.rule, each.target))
    )
