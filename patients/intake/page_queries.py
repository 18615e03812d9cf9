"""The pages of the intake: which questions stand on which, and what is still open on each."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from patients.intake.queries import standing_answers, statement
from patients.intake.terms import CONDITIONS, FACTS_ASKED_FOR, UNKNOWN, Listed
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.rule_set import Question, RuleSet, Section
from patients.screening.rules import questions_due

# Examined and measured by those who treat; the desk neither sees nor answers it.
CLINIC_SECTION = "clinic"


@dataclass(frozen=True)
class IntakePage:
    """One page. `open_codes`: what has to be asked here and was not, or no longer holds."""

    section: Section
    questions: tuple[Question, ...]
    listed: Listed | None
    answers: Mapping[str, Any]
    open_codes: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.section.key

    @property
    def is_for_the_clinic(self) -> bool:
        return self.key == CLINIC_SECTION

    @property
    def is_complete(self) -> bool:
        return not self.open_codes

    @property
    def is_untouched(self) -> bool:
        return not any(question.code in self.answers for question in self.questions)


def intake_pages(patient: Patient, on: date) -> list[IntakePage]:
    """The pages that have anything to ask this patient, in the order of the intake."""
    rule_set = rules_in_force()
    given = standing_answers(patient, on)
    request = statement(patient, on, answers=given)
    due = {question.code for question in questions_due(request, "intake", rule_set=rule_set)}
    return pages_of(given, request, due=due | set(FACTS_ASKED_FOR), rule_set=rule_set)


def pages_of(
    given: Mapping[str, Any], request: Mapping[str, Any], *, due: Set[str], rule_set: RuleSet
) -> list[IntakePage]:
    """The pages for the codes that are due, filled with what is handed in."""
    pages = [_page(section, due, given, request, rule_set) for section in rule_set.sections]
    return [page for page in pages if page.questions or page.listed]


def intake_page(patient: Patient, on: date, key: str) -> IntakePage | None:
    return next((page for page in intake_pages(patient, on) if page.key == key), None)


def _page(
    section: Section,
    due: Set[str],
    given: Mapping[str, Any],
    request: Mapping[str, Any],
    rule_set: RuleSet,
) -> IntakePage:
    asked_like_questions = (None, CONDITIONS, *FACTS_ASKED_FOR)
    questions = tuple(
        question
        for question in rule_set.questions.values()
        if question.code in due
        and question.section == section.key
        and question.field in asked_like_questions
    )
    listed = next(
        (one for one in Listed if rule_set.question(one.value).section == section.key), None
    )
    open_codes = [
        question.code
        for question in questions
        if question.mandatory and question.code not in (*given, *FACTS_ASKED_FOR)
    ]
    if listed and (listed.value not in request or given.get(listed.none_code, UNKNOWN) == UNKNOWN):
        open_codes.append(listed.value)
    return IntakePage(section, questions, listed, given, tuple(open_codes))
