"""The one way in which a patient is written to: by wish, where there is an address for it."""

from dataclasses import dataclass

from django.conf import settings

from clinic.messages.terms import Channel
from patients.records.models import Patient
from patients.records.rules import can_be_texted
from patients.records.terms import ReminderWish


@dataclass(frozen=True, slots=True)
class Way:
    channel: Channel
    to: str


def ways_offered() -> frozenset[ReminderWish]:
    """What a patient can choose: short messages only where the clinic has a gateway for them."""
    offered = {ReminderWish.EMAIL, ReminderWish.PAPER}
    if settings.SMS_URL:
        offered.add(ReminderWish.SMS)
    if settings.WHATSAPP_URL:
        offered.add(ReminderWish.WHATSAPP)
    return frozenset(offered)


def way_to_ask(patient: Patient) -> Way | None:
    """By which the questions are sent that the desk has just been asked for: the patient's own way, or
    the e-mail of whoever wishes paper otherwise.
    """
    way = way_to(patient)
    if way is None and patient.email:
        return Way(Channel.EMAIL, patient.email)
    return way


def way_to(patient: Patient) -> Way | None:
    """None: nothing is written to this patient. There is never a second way beside the first."""
    if patient.reminders not in ways_offered():
        return None
    if patient.reminders == ReminderWish.EMAIL and patient.email:
        return Way(Channel.EMAIL, patient.email)
    if patient.reminders == ReminderWish.SMS and can_be_texted(patient.phone):
        return Way(Channel.SMS, patient.phone)
    if patient.reminders == ReminderWish.WHATSAPP and can_be_texted(patient.phone):
        return Way(Channel.WHATSAPP, patient.phone)
    return None
