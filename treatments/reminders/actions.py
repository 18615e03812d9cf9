"""Keeping the ledger in step with the course: what is owed is written, what is not is cancelled."""

from datetime import datetime

from django.db import transaction

from clinic.audit.actions import Actor
from clinic.hours.queries import clinic_zone
from clinic.messages.actions import Owing, cancel_messages, owe_messages
from patients.records.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import plans_of
from treatments.reminders import queries, rules
from treatments.reminders.terms import COURSE_CHANGED, MessageKind
from treatments.sessions.models import SignedSession


@transaction.atomic
def owe_for_course(plan: TreatmentPlan, by: Actor, now: datetime) -> None:
    """Owe exactly what the sessions of this course owe now, in the transaction that changed them."""
    sessions = queries.course_sessions(plan)
    owed = [
        each
        for each in rules.owed(
            sessions,
            wishes=queries.wishes(plan.patient),
            zone=clinic_zone(),
            quiet=queries.quiet_hours(),
        )
        if each.not_after > now
    ]
    cancel_messages(
        about_ids=[each.id for each in sessions],
        kinds=MessageKind.values,
        keep={each.event_key for each in owed},
        why=COURSE_CHANGED,
        now=now,
    )
    owe_messages(
        patient_id=plan.patient_id,
        owing=[
            Owing(
                kind=each.kind,
                event_key=each.event_key,
                about_id=each.session_id,
                due_at=each.due_at,
                not_after=each.not_after,
            )
            for each in owed
        ],
        now=now,
    )


def owe_after_session(signed: SignedSession, by: Actor, now: datetime) -> None:
    """Listens to `session_signed`: the sheet's link and the sun cream are owed from now on."""
    owe_for_course(signed.planned_session.plan, by, now)


def owe_after_change(patient: Patient, by: Actor, now: datetime) -> None:
    """Listens to `patient_changed`: whoever wishes mail from now on is owed what is still to come.

    Whoever wishes none any more is asked about when a message's turn has come.
    """
    if queries.wishes(patient).reachable:
        for plan in plans_of(patient):
            owe_for_course(plan, by, now)
