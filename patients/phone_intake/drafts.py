"""What the patient has answered so far, and which questions that leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from patients.intake.by_medicine import said_of
from patients.intake.page_queries import IntakePage, pages_of
from patients.intake.queries import statement_of
from patients.intake.rules import is_recordable
from patients.intake.terms import NO, UNKNOWN, YES, Listed
from patients.phone_intake.models import DraftAnswer, DraftEntry, PhoneIntake
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.rules import questions_due

PATIENT = "patient"


@dataclass(frozen=True)
class Said:
    """All that a patient said on the phone: answers by code, and the lines of the lists."""

    answers: Mapping[str, Any]
    entries: Mapping[Listed, Sequence[Mapping[str, Any]]]

    def of(self, listed: Listed) -> list[dict[str, Any]]:
        return [dict(entry) for entry in self.entries.get(listed, ())]


@dataclass(frozen=True)
class KeptEntry:
    """A line of the draft with the id by which it can be taken out."""

    id: UUID
    content: Mapping[str, Any]


def kept_entries(intake: PhoneIntake, listed: Listed | None) -> list[KeptEntry]:
    if listed is None:
        return []
    rows = DraftEntry.objects.filter(intake=intake, listed=listed)
    return [KeptEntry(row.pk, row.content) for row in rows]


def draft_of(intake: PhoneIntake, on: date) -> Said:
    """What was said so far. An answer that the questions of today cannot read was not given."""
    rule_set = rules_in_force()
    answers = {
        row.code: row.value
        for row in DraftAnswer.objects.filter(intake=intake)
        if is_recordable(row.code, row.value, on=on, rule_set=rule_set)
    }
    entries: dict[Listed, list[Mapping[str, Any]]] = {listed: [] for listed in Listed}
    for row in DraftEntry.objects.filter(intake=intake):
        entries[Listed(row.listed)].append(row.content)
    return Said(answers, entries)


def request_of(patient: Patient, said: Said, on: date) -> dict[str, Any]:
    """What was said as the engine reads it."""
    return statement_of(
        patient,
        on,
        given=said.answers,
        medications=said.of(Listed.MEDICATIONS),
        allergies=said.of(Listed.ALLERGIES),
        procedures=[
            {"kind": entry["kind"], "on": entry["done_on"], "area": entry["regions"]}
            for entry in said.of(Listed.PROCEDURES)
        ],
    )


def steps_of(patient: Patient, said: Said, on: date) -> list[IntakePage]:
    """One page per subject with the questions that a patient answers; what is open on each.

    "Don't know" closes a question here: it is an answer, and holds the patient at the verdict.
    """
    rule_set = rules_in_force()
    request = request_of(patient, said, on)
    due = {
        question.code
        for question in questions_due(request, "intake", rule_set=rule_set)
        if question.who == PATIENT
    }
    pages = pages_of(said.answers, request, due=due, rule_set=rule_set)
    return [_without_known_lists(page, said) for page in pages if not page.is_for_the_clinic]


def _without_known_lists(page: IntakePage, said: Said) -> IntakePage:
    if page.listed is None:
        return page
    is_said = bool(said.of(page.listed)) or said.answers.get(page.listed.none_code) in (
        YES,
        UNKNOWN,
    )
    others = tuple(code for code in page.open_codes if code != page.listed.value)
    return replace(page, open_codes=others if is_said else (*others, page.listed.value))


def sent_answers(steps: Sequence[IntakePage], said: Said) -> dict[str, Any]:
    """The answers to what applies. What no longer applies (a follow-up of a corrected yes) stays out."""
    sent: dict[str, Any] = {}
    for step in steps:
        for question in step.questions:
            value = said.answers.get(question.code)
            if about := step.medicines.get(question.code):
                value = said_of(value, about) or None
            if value is not None:
                sent[question.code] = value
    for listed in Listed:
        sent[listed.none_code] = NO if said.of(listed) else said.answers[listed.none_code]
    return sent
