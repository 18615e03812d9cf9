"""Which medicines are asked about by name at the door, and what that makes of the answer.

Pure. Of a question that a yes opened, each medicine is asked about; of any other, those of which
nothing holds today: a medicine listed at the door, an earlier "don't know" (docs/rules/intake.md).
"""

from collections.abc import Mapping
from typing import Any

from patients.intake.by_medicine import said_of, unsettled_medicines
from patients.screening.rescreen import DayAnswers, codes_of_the_day
from patients.screening.rule_set import RuleSet
from patients.screening.rules import medicines_asked_about


def medicines_to_ask(
    day: DayAnswers,
    *,
    standing: Mapping[str, Any],
    request: Mapping[str, Any],
    rule_set: RuleSet,
) -> dict[str, tuple[str, ...]]:
    """Question code -> the medicines by whose names it is asked now."""
    asked = {}
    for code, about in _asked_about(request, rule_set).items():
        holds = _holds_today(code, day, standing, rule_set)
        names = about if code in day.to_ask else unsettled_medicines(holds, about)
        if names:
            asked[code] = names
    return asked


def with_what_holds(
    answers: Mapping[str, Any],
    day: DayAnswers,
    *,
    standing: Mapping[str, Any],
    request: Mapping[str, Any],
    rule_set: RuleSet,
) -> dict[str, Any]:
    """What was asked by name, beside what still holds of the other medicines."""
    whole = dict(answers)
    for code, about in _asked_about(request, rule_set).items():
        if isinstance(whole.get(code), Mapping):
            holds = said_of(_holds_today(code, day, standing, rule_set), about)
            whole[code] = holds | whole[code]
    return whole


def _asked_about(request: Mapping[str, Any], rule_set: RuleSet) -> dict[str, tuple[str, ...]]:
    return {
        question.code: medicines_asked_about(question, request, rule_set=rule_set)
        for question in rule_set.questions.values()
        if question.per_medicine
    }


def _holds_today(code: str, day: DayAnswers, standing: Mapping[str, Any], rule_set: RuleSet) -> Any:
    """The answer before anything is asked by name: of a question of the day, what its line says."""
    return day.answers.get(code) if code in codes_of_the_day(rule_set) else standing.get(code)
