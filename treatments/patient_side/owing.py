"""Owing the letters that lead to the page of the appointments: a course was booked, a wish answered."""

from datetime import datetime, timedelta

from clinic.audit.actions import Actor
from clinic.messages.actions import cancel_messages, owe_message
from treatments.patient_side import terms
from treatments.patient_side.models import MoveWish
from treatments.patient_side.queries import visits_of
from treatments.patient_side.terms import MessageKind
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState
from treatments.reminders.queries import wishes

# Whoever comes sooner reads it too late to change anything.
USELESS_BEFORE = timedelta(hours=2)
ANSWER_IS_NEWS_FOR = timedelta(days=1)


def owe_after_booking(plan: TreatmentPlan, by: Actor, now: datetime) -> None:
    """Listens to `course_changed`. A course is told of once, however often it changes; while it is
    on hold its times may not be, and nothing is said of them."""
    if plan.state != PlanState.ACTIVE:
        cancel_messages(
            about_ids=[plan.pk], kinds=[MessageKind.VISITS_PAGE], why=terms.NOTHING_BOOKED, now=now
        )
        return
    visits = visits_of(plan.patient, now)
    if not visits or not wishes(plan.patient).reachable:
        return
    not_after = visits[-1].starts_at - USELESS_BEFORE
    if not_after <= now:
        return
    owe_message(
        patient_id=plan.patient_id,
        kind=MessageKind.VISITS_PAGE,
        event_key=f"{MessageKind.VISITS_PAGE}:{plan.pk}",
        about_id=plan.pk,
        due_at=now,
        not_after=not_after,
        now=now,
    )


def owe_answer(wish: MoveWish, now: datetime) -> bool:
    """The desk has answered a wish. False: the patient gets no mail, somebody has to say it."""
    patient = wish.appointment.patient
    if not wishes(patient).reachable:
        return False
    owe_message(
        patient_id=patient.pk,
        kind=MessageKind.WISH_ANSWERED,
        event_key=f"{MessageKind.WISH_ANSWERED}:{wish.pk}",
        about_id=wish.pk,
        due_at=now,
        not_after=now + ANSWER_IS_NEWS_FOR,
        now=now,
    )
    return True
