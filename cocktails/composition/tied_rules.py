"""The screening rules that an ingredient brings: they come with it and go with it.

The verdict itself is given elsewhere and stored; here it is only asked what this mixture would
bring into it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cocktails.catalogue.rules import Facts
from cocktails.composition.objections import Objection
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.actions import request_for
from patients.screening.labels import source_words
from patients.screening.plan import PlannedIngredient, PlannedTreatment
from patients.screening.rule_set import RuleSet
from patients.screening.rules import Finding, Response, screen_safely
from patients.screening.terms import Scope, Severity
from patients.screening.words import words_of_code

# What the arithmetic and the allergies of the page say themselves, with the numbers.
SAID_BY_THE_PAGE = frozenset(
    {
        "R-DOSE-LIMIT",
        "R-TOPICAL-ONLY",
        "R-VITAMIN-E-OIL",
        "R-MIX-INCOMPATIBLE",
        "R-MIX-WARN",
        "R-ALLERGY-INGREDIENT",
    }
)
SILENCES_OF_THE_PAGE = frozenset({"weight_kg", "anaesthetic_cream_g"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """What a mixture brings into the screening: findings, and questions nobody asked yet."""

    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...]
    rule_set: RuleSet


def tied_rules(
    patient: Patient, cocktail: Collection[PlannedIngredient], facts: Facts, *, on: date
) -> Tied:
    """What screening finds because of this cocktail and would not find without it."""
    rule_set = rules_in_force()
    request = request_for(patient, None, on=on)
    planned = PlannedTreatment(cocktail=tuple(cocktail), ingredient_facts=facts.ingredients)
    without = screen_safely(request, rule_set=rule_set)
    response = screen_safely(
        request | planned.as_json(), rule_set=rule_set, ingredients=planned.facts(rule_set)
    )
    return Tied(
        findings=tuple(_brought(response, without)),
        unanswered=tuple(
            code
            for code in response.unanswered
            if code not in without.unanswered
            and code in rule_set.questions
            and code not in SILENCES_OF_THE_PAGE
        ),
        rule_set=rule_set,
    )


def _brought(response: Response, without: Response) -> list[Finding]:
    stood = {(each.rule, each.target, each.severity) for each in without.findings}
    return [
        each
        for each in response.findings
        if each.scope is Scope.INGREDIENT
        and each.rule not in SAID_BY_THE_PAGE
        and (each.rule, each.target, each.severity) not in stood
    ]


def objections_of(tied: Tied, facts: Facts) -> list[Objection]:
    """The same in words. An absolute finding stops the mixture; the others are decided in the verdict."""
    language = get_language() or "en"
    return [
        *(_of_finding(each, tied.rule_set, facts, language) for each in tied.findings),
        *_of_questions(tied),
    ]


def _of_finding(finding: Finding, rule_set: RuleSet, facts: Facts, language: str) -> Objection:
    rule = rule_set.rule(finding.rule)
    target = finding.target or ""
    known = facts.ingredients.get(target)
    named = {
        "ingredient": known.name(language) if known else target.replace("_", " "),
        "rule": rule.title.to(language),
    }
    is_absolute = finding.severity is Severity.ABSOLUTE
    return Objection(
        rule=finding.rule,
        target=target,
        is_absolute=is_absolute,
        label=_LABELS[finding.severity](),
        what=_("%(ingredient)s: %(rule)s") % named,
        why=_because(finding, rule_set),
        source=source_words(rule.source, language),
        solve=_solve(finding, may_be_overridden=rule.may_be_overridden(finding.severity)),
        is_hold=not is_absolute and finding.severity is not Severity.CAUTION,
    )


def _because(finding: Finding, rule_set: RuleSet) -> str:
    said = [words_of_code(code, rule_set) for code in finding.because.get("answer", ())]
    said += [
        value
        for key in ("medication", "inn", "procedure")
        for value in finding.because.get(key, ())
    ]
    return _("Because of: %(what)s") % {"what": ", ".join(dict.fromkeys(said))} if said else ""


def _solve(finding: Finding, *, may_be_overridden: bool) -> str:
    if finding.severity is Severity.ABSOLUTE:
        return _("Take it out of the mixture. No reason overrides this.")
    if finding.severity is Severity.CAUTION:
        return ""
    if finding.clears_on is not None:
        return _("Take it out of the mixture, or wait until %(day)s.") % {
            "day": date_format(finding.clears_on, "SHORT_DATE_FORMAT")
        }
    if not may_be_overridden:
        return _("Take it out of the mixture, or wait until it has cleared.")
    return _("Take it out of the mixture, or decide it in writing in the verdict.")


def _of_questions(tied: Tied) -> list[Objection]:
    if not tied.unanswered:
        return []
    return [
        Objection(
            rule="R-UNANSWERED",
            target="unanswered",
            is_absolute=False,
            label=_("Not asked yet"),
            what=_("This mixture asks for answers that are not there: %(questions)s.")
            % {
                "questions": "; ".join(
                    words_of_code(code, tied.rule_set) for code in tied.unanswered
                )
            },
            why=_("An open question never counts as a no; the screening stays on hold until then."),
            source=_("Questions of the screening rules"),
            solve=_("Ask them in the intake."),
            is_hold=True,
        )
    ]


_LABELS = {
    Severity.ABSOLUTE: lambda: _("Screening: not possible"),
    Severity.TEMPORARY: lambda: _("Screening: not yet"),
    Severity.RELATIVE: lambda: _("Screening: a physician decides"),
    Severity.CAUTION: lambda: _("Screening: caution"),
}
