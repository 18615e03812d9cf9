"""Owing the letter that leads to the page of the appointments: a wish was answered."""

from datetime import datetime, timedelta

from clinic.messages.actions import owe_message
from treatments.patient_side.models import MoveWish
from treatments.patient_side.terms import MessageKind
from treatments.reminders.queries import wishes

ANSWER_IS_NEWS_FOR = timedelta(days=1)


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
