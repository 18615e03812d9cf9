"""Patients to test with, brought where they are by the real actions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from typing import Any

from django.utils.timezone import localdate

from clinic.hooks import Hook
from clinic.tests.builders import NOW
from clinic.tests.laid_out import laid_out
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.intake import actions as intake
from patients.intake import queries as said
from patients.intake.hooks import answers_changed
from patients.intake.terms import CONDITIONS, Listed, Occasion
from patients.records.actions import register_patient
from patients.records.models import Patient
from patients.records.terms import PatientLanguage, ReminderWish, Sex
from patients.screening.rule_files import load_rule_set
from patients.screening.rule_set import Question
from patients.screening.rules import questions_due
from patients.screening.terms import Kind

_numbers = count(1)
BY = "test builder"


def a_patient(
    *, now: datetime = NOW, by: Any = BY, care_messages: bool = True, **fields: Any
) -> Patient:
    """A registered woman of 34 of whom nothing else is known; she permits the mail she wishes."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "full_name": f"Ayşe Işık {number}",
        "born_on": date(1992, 3, 14),
        "sex": Sex.FEMALE,
        "phone": f"+90532{number:07d}",
        "email": f"patient{number}@mail.example",
        "language": PatientLanguage.TURKISH,
        "reminders": ReminderWish.EMAIL,
        "although_known": True,
    }
    patient = register_patient(**(values | fields), by=by, now=now)
    if care_messages and patient.reminders == ReminderWish.EMAIL:
        decides(patient, ConsentKind.CARE_MESSAGES, now=now, by=by)
    return patient


@contextmanager
def unheard(hook: Hook[..., Any]) -> Iterator[None]:
    """Nobody hears of what happens meanwhile."""
    listeners, hook._listeners = hook._listeners, []
    try:
        yield
    finally:
        hook._listeners = listeners


@laid_out
def a_healthy_patient(
    *,
    now: datetime = NOW,
    by: Any = BY,
    answers: dict[str, Any] | None = None,
    **fields: Any,
) -> Patient:
    """A patient who was asked everything at the intake and said no to all of it.

    `answers` replace single ones: `{"pregnant": "yes"}`.
    """
    patient = a_patient(now=now, by=by, **fields)
    on = localdate(now)
    # The verdict follows the last of what is said; those on the way to it would cost most of the time.
    with unheard(answers_changed):
        for listed in Listed:
            intake.state_none(patient=patient, listed=listed, by=by, now=now)
    rule_set = load_rule_set()
    always = {
        question.code: harmless_answer(question)
        for question in rule_set.asked_in_answers
        if question.mandatory and question.applies is None
    }
    due = questions_due(said.statement(patient, on, answers=always), "intake", rule_set=rule_set)
    given = {
        question.code: harmless_answer(question)
        for question in due
        if question.mandatory and question.field in (None, CONDITIONS)
    } | (answers or {})
    intake.record_answers(
        patient=patient, answers=given, occasion=Occasion.INTAKE, on=on, by=by, now=now
    )
    return patient


def harmless_answer(question: Question) -> Any:
    """What somebody without any trouble answers."""
    if question.kind is Kind.NUMBER:
        return 24 if question.code == "bmi" else question.minimum
    if question.kind is Kind.CHOICE:
        return next(choice for choice in question.choices if choice in ("none", "negative"))
    return "no"
