"""The verdict: who may be treated on a day with a plan, who must wait, who must not, and why.

Pure: plain values in, decisions out. Every number stands in the rule set, with its source
(docs/rules/screening.md); here are only the laws of section 4, 6 and 7 of the screening contract.
Monotonic: a further finding, an unknown or a further rule never makes the verdict milder.
Total: every request has exactly one verdict; a fault of the engine is a hold, never a clear.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from patients.screening.conditions import Witness
from patients.screening.facts import (
    Facts,
    PlannedIngredient,
    PlannedPair,
    PlannedStep,
    Target,
)
from patients.screening.ingredients import IngredientFacts
from patients.screening.reading import Reading, Unrecognised, read_request
from patients.screening.rule_set import (
    Case,
    Clearing,
    Question,
    Rule,
    RuleSet,
    medicines_behind,
)
from patients.screening.terms import Asked, Scope, Severity, Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that holds. `because` names what fired it: key -> what was said or planned."""

    rule: str
    severity: Severity
    scope: Scope
    target: str | None
    because: Mapping[str, tuple[str, ...]]
    clears_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity.value,
            "scope": self.scope.value,
        }
        if self.target is not None:
            shown["target"] = self.target
        shown["because"] = {
            key: values[0] if len(values) == 1 else list(values)
            for key, values in self.because.items()
        }
        if self.clears_on is not None:
            shown["clears_on"] = self.clears_on.isoformat()
        return shown


@dataclass(frozen=True, slots=True)
class Response:
    """What screening says of one request. `fault`: the engine failed, so nothing is cleared."""

    id: object
    verdict: Verdict
    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...]
    unrecognised: tuple[Unrecognised, ...]
    earliest_on: date | None = None
    rule_set_version: str = ""
    fault: bool = field(default=False)

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "verdict": self.verdict.value}
        if self.earliest_on is not None:
            shown["earliest_on"] = self.earliest_on.isoformat()
        shown["findings"] = [finding.as_json() for finding in self.findings]
        shown["unanswered"] = list(self.unanswered)
        shown["unrecognised"] = [
            {"field": gap.field, "text": gap.text} for gap in self.unrecognised
        ]
        if self.fault:
            shown["fault"] = True
        return shown


def screen(
    request: Mapping[str, Any], *, rule_set: RuleSet, ingredients: IngredientFacts | None = None
) -> Response:
    """Screen one request (section 1 of the contract: JSON values, dates as ISO text).

    `ingredients` are the clinic's own facts; without them those of the rule set hold.
    Raises UnreadableRequest where the day of the request cannot be read.
    """
    reading = read_request(request, rule_set, ingredients)
    findings = tuple(strongest_first(findings_of(reading.facts, rule_set.rules)))
    verdict = verdict_of(findings, is_complete=is_complete(reading))
    return Response(
        id=request.get("id"),
        verdict=verdict,
        findings=findings,
        unanswered=reading.unanswered,
        unrecognised=reading.unrecognised,
        earliest_on=earliest_day(findings) if verdict is Verdict.HOLD else None,
        rule_set_version=rule_set.version,
    )


def screen_safely(
    request: Mapping[str, Any], *, rule_set: RuleSet, ingredients: IngredientFacts | None = None
) -> Response:
    """Screen, and hold the patient when the engine itself fails. Never raises."""
    try:
        return screen(request, rule_set=rule_set, ingredients=ingredients)
    except Exception:  # noqa: BLE001  a fault must hold the patient, whatever it is
        return held_by_fault(request, rule_set.version)


def held_by_fault(request: object, version: str) -> Response:
    return Response(
        id=request.get("id") if isinstance(request, Mapping) else None,
        verdict=Verdict.HOLD,
        findings=(),
        unanswered=(),
        unrecognised=(),
        rule_set_version=version,
        fault=True,
    )


def is_complete(reading: Reading) -> bool:
    return not reading.unanswered and not reading.unrecognised


def verdict_of(findings: Iterable[Finding], *, is_complete: bool) -> Verdict:
    found = list(findings)
    absolute = [f for f in found if f.severity is Severity.ABSOLUTE]
    if any(finding.scope is Scope.PROCEDURE for finding in absolute):
        return Verdict.REFUSE
    waits = any(f.severity in (Severity.TEMPORARY, Severity.RELATIVE) for f in found)
    if absolute or waits or not is_complete:
        return Verdict.HOLD
    return Verdict.CAUTION if found else Verdict.CLEAR


def earliest_day(findings: Iterable[Finding]) -> date | None:
    """Return the day before which screening again is no use. With two waits the later wins."""
    return max((f.clears_on for f in findings if f.clears_on is not None), default=None)


def strongest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Order as a reader needs it: what refuses, what waits, what needs a decision, the rest."""

    def weight(finding: Finding) -> int:
        if finding.severity is Severity.ABSOLUTE:
            # A block of an area, a step or an ingredient goes away with a changed plan.
            return 0 if finding.scope is Scope.PROCEDURE else 3
        return {Severity.TEMPORARY: 1, Severity.RELATIVE: 2, Severity.CAUTION: 4}[finding.severity]

    return sorted(findings, key=weight)


# -- findings ---------------------------------------------------------------------------------


def findings_of(facts: Facts, rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield one finding per rule and target: the strongest severity that holds."""
    tested = tested_targets(facts)
    for rule in rules:
        holding: dict[str | None, list[tuple[Case, Target]]] = {}
        for case in rule.cases:
            targets = tested.get(case.target, ((case.target, None),))
            for name, target in targets:
                if case.condition.holds(facts, target):
                    shown = None if rule.scope is Scope.PROCEDURE else name
                    holding.setdefault(shown, []).append((case, target))
        for name, cases in holding.items():
            yield _finding(rule, name, cases, facts)


def tested_targets(facts: Facts) -> Mapping[str | None, tuple[tuple[str | None, Target], ...]]:
    """Return what the cases with a `$` target are tested for, with the name in the report."""
    return {
        "$region": tuple((region, region) for region in facts.regions),
        "$ingredient": tuple(facts.cocktail.items()),
        "$step": tuple(facts.steps.items()),
        "$pair": tuple((pair.name, pair) for pair in facts.pairs),
    }


def _finding(
    rule: Rule, name: str | None, cases: list[tuple[Case, Target]], facts: Facts
) -> Finding:
    severity = max((case.severity for case, _ in cases), key=lambda found: found.rank)
    strongest = [(case, target) for case, target in cases if case.severity is severity]
    days = [
        day
        for case, target in strongest
        if case.clears and (day := clearing_day(case, case.clears, facts, target))
    ]
    return Finding(
        rule=rule.id,
        severity=severity,
        scope=rule.scope,
        target=name,
        because=_because(rule, cases, facts),
        clears_on=max(days, default=None) if severity is Severity.TEMPORARY else None,
    )


def clearing_day(case: Case, clears: Clearing, facts: Facts, target: Target) -> date | None:
    witnesses = case.condition.witnesses(facts, target)
    if clears.start == "gap_end":
        ends = [w.procedure.gap_end() for w in witnesses if w.procedure is not None]
        return max((end for end in ends if end is not None), default=None)
    start: object
    if clears.start == "today":
        start = facts.on
    elif clears.start == "last_dose":
        doses = [w.product.last_dose for w in witnesses if w.product is not None]
        start = max((dose for dose in doses if dose is not None), default=None)
    else:
        start = facts.answers.get(clears.start)
    return start + timedelta(days=clears.days) if isinstance(start, date) else None


def _because(
    rule: Rule, cases: list[tuple[Case, Target]], facts: Facts
) -> Mapping[str, tuple[str, ...]]:
    because: dict[str, dict[str, None]] = {}
    for case, target in cases:
        for witness in (*case.condition.witnesses(facts, target), *_target_witness(target)):
            because.setdefault(witness.key, {})[witness.value] = None
    if not because:
        because["answer"] = dict.fromkeys(rule.codes or ("plan",))
    return {key: tuple(values) for key, values in because.items()}


def _target_witness(target: Target) -> Iterator[Witness]:
    if isinstance(target, PlannedIngredient):
        yield Witness("ingredient", target.id)
    elif isinstance(target, PlannedPair):
        yield from (Witness("ingredient", name) for name in target.ingredients)
    elif isinstance(target, PlannedStep):
        yield Witness("answer", f"steps.{target.name}")


# -- questions --------------------------------------------------------------------------------


def applies(question: Question, request: Mapping[str, Any], *, rule_set: RuleSet) -> bool:
    """Whether the question is asked of this patient, as far as the request tells."""
    if question.applies is None:
        return True
    return question.applies.holds(read_request(request, rule_set).facts, None)


def medicines_asked_about(
    question: Question, request: Mapping[str, Any], *, rule_set: RuleSet
) -> tuple[str, ...]:
    """Return the medicines, as they were written, for each of which the question is asked."""
    if not question.per_medicine:
        return ()
    facts = read_request(request, rule_set).facts
    return medicines_behind(question, facts.products, facts.on)


def applying_codes(request: Mapping[str, Any], *, rule_set: RuleSet) -> frozenset[str]:
    """Return the codes of all questions that apply, for a form that shows many at once."""
    facts = read_request(request, rule_set).facts
    return frozenset(
        question.code
        for question in rule_set.questions.values()
        if question.applies is None or question.applies.holds(facts, None)
    )


_ASKED_IN = {
    "intake": frozenset({Asked.INTAKE, Asked.BOTH}),
    "session": frozenset({Asked.EACH_SESSION, Asked.BOTH}),
}


def questions_due(
    request: Mapping[str, Any], phase: str, *, rule_set: RuleSet
) -> tuple[Question, ...]:
    """Return the questions that apply and are asked at "intake" or before each "session"."""
    applying = applying_codes(request, rule_set=rule_set)
    asked = _ASKED_IN[phase]
    return tuple(
        question
        for question in rule_set.questions.values()
        if question.asked in asked and question.code in applying
    )
