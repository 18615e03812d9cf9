"""The pages of the intake: which questions stand on which, and what is still open on each."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from patients.intake.by_medicine import field_names, open_medicines
from patients.intake.queries import standing_answers, statement
from patients.intake.terms import CONDITIONS, FACTS_ASKED_FOR, UNKNOWN, Listed
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.rule_set import Question, RuleSet, Section
from patients.screening.rules import medicines_asked_about, questions_due

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
    # Question code -> the medicines for each of which it is asked, as they stand in the list.
    medicines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.section.key

    def not_among(self, shown: Set[str]) -> list[str]:
        """The questions that have a field, here or for one more medicine, that was not shown."""
        return [
            question.code
            for question in self.questions
            if not shown >= set(field_names(question.code, self.medicines))
        ]

    def open_medicines(self, code: str) -> tuple[str, ...]:
        return open_medicines(self.answers.get(code), self.medicines.get(code, ()))

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
    medicines = {
        question.code: medicines_asked_about(question, request, rule_set=rule_set)
        for question in questions
        if question.per_medicine
    }
    open_codes = [
        question.code
        for question in questions
        if question.mandatory and _is_open(question, given, medicines.get(question.code, ()))
    ]
    if listed and (listed.value not in request or given.get(listed.none_code, UNKNOWN) == UNKNOWN):
        open_codes.append(listed.value)
    return IntakePage(section, questions, listed, given, tuple(open_codes), medicines)


def _is_open(question: Question, given: Mapping[str, Any], medicines: Sequence[str]) -> bool:
    if medicines:
        return bool(open_medicines(given.get(question.code), medicines))
    return question.code not in (*given, *FACTS_ASKED_FOR)
