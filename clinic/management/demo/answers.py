"""What somebody without any trouble answers, and the few who have some."""

from collections.abc import Iterable
from typing import Any

from patients.intake.terms import UNKNOWN
from patients.screening.rule_set import Question
from patients.screening.terms import Kind

HARMLESS = ("none", "negative")


def harmless_answer(question: Question) -> Any:
    """The answer that gives no finding: "no" for nearly all of them."""
    if question.kind is Kind.NUMBER:
        usual = {"bmi": 24, "bp_systolic": 120, "bp_diastolic": 78}
        return usual.get(question.code, int(question.minimum or 0))
    if question.kind is Kind.CHOICE:
        return next((choice for choice in question.choices if choice in HARMLESS), UNKNOWN)
    return "no" if question.kind is not Kind.DATE or question.no_allowed else UNKNOWN


def harmless_answers(questions: Iterable[Question]) -> dict[str, Any]:
    return {
        question.code: harmless_answer(question)
        for question in questions
        if question.field is None and question.mandatory
    }
