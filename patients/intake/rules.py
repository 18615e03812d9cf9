"""Which answers are still valid, and which can be recorded at all.

Pure. Answers hold for 180 days, those about the day itself for that day (docs/rules/intake.md). An
answer that cannot be read is refused when it is given, so that nobody finds out at the verdict.
"Don't know" can always be recorded: it holds the patient until somebody knows.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.refusals import Refused
from patients.intake.by_medicine import says_by_medicine
from patients.intake.terms import ANSWER_NOT_READABLE, CONDITIONS, NO, UNKNOWN, YES, Listed
from patients.screening.readable import read_date, read_number
from patients.screening.rule_set import Question, RuleSet
from patients.screening.terms import ANSWERS_HOLD_DAYS, ELSEWHERE, Asked, Kind

HOLDS_FOR_DAYS = ANSWERS_HOLD_DAYS
# A test in the clinic speaks of the day it was done, though it may be entered at the intake too.
ONLY_THAT_DAY = frozenset({"pregnancy_test"})
NONE_CODES = frozenset(listed.none_code for listed in Listed)


class AnswerNotReadable(Refused):
    status = 422
    code = "unreadable_answer"


def still_holds(code: str, answered_on: date, on: date, *, rule_set: RuleSet) -> bool:
    """Whether an answer of `answered_on` may be used on `on`."""
    question = rule_set.questions.get(code)
    if code in ONLY_THAT_DAY or (question and question.asked is Asked.EACH_SESSION):
        return answered_on == on
    return (on - answered_on).days <= rule_set.answers_hold_days


def check_answers(answers: Mapping[str, Any], *, on: date, rule_set: RuleSet) -> None:
    """Refuse answers to questions that nobody asks, and values that say nothing."""
    for code, value in answers.items():
        if not is_recordable(code, value, on=on, rule_set=rule_set):
            raise AnswerNotReadable(ANSWER_NOT_READABLE)


def is_recordable(code: str, value: Any, *, on: date, rule_set: RuleSet) -> bool:
    if code in NONE_CODES:
        return value in (YES, NO, UNKNOWN)
    question = rule_set.questions.get(code)
    if question is None:
        return False
    if value == UNKNOWN:
        return True
    if code == CONDITIONS:
        return value == NO or _is_list_of_texts(value)
    return _fits(question, value, on=on, rule_set=rule_set)


def _fits(question: Question, value: Any, *, on: date, rule_set: RuleSet) -> bool:
    match question.kind:
        case Kind.YES_NO:
            # A plain word may still come from a time when the question named no medicine.
            return value in (YES, NO) or (question.per_medicine and says_by_medicine(value))
        case Kind.CHOICE:
            return value in question.choices
        case Kind.NUMBER:
            return number_fits(question, read_number(value))
        case Kind.DATE:
            return (value == NO and question.no_allowed) or read_date(value, latest=on) is not None
        case Kind.LIST:
            if value == NO or (value == YES and question.about_regions):
                return True
            return _is_list_of_texts(value) and set(value) <= choices_of(question, rule_set)


def number_fits(question: Question, number: Decimal | int | None) -> bool:
    if number is None:
        return False
    low, high = question.minimum, question.maximum
    return (low is None or number >= low) and (high is None or number <= high)


def choices_of(question: Question, rule_set: RuleSet) -> frozenset[str]:
    """What a list answer may name."""
    if question.about_regions:
        return frozenset(rule_set.vocabulary.regions) | {ELSEWHERE}
    return frozenset(question.choices)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
