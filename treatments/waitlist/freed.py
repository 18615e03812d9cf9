"""A time that became free: its page, and whether anybody waits for it."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from treatments.booking.models import Appointment
from treatments.booking.rules import Span
from treatments.waitlist.queries import FreeTime, fits
from treatments.waitlist.rules import ANSWERED_BEFORE


def address_of(free: FreeTime) -> str:
    """The page that says whom this free time suits."""
    query = {
        "physician": free.physician.pk,
        "room": free.room.pk,
        "starts": free.span.starts_at.isoformat(),
        "ends": free.span.ends_at.isoformat(),
    }
    return f"{reverse('waitlist:fits')}?{urlencode(query)}"


def page_of_freed_time(appointment: Appointment, now: datetime) -> str | None:
    """Listens to visits that the desk cancels or moves, as they stood before: where the time is
    offered when it suits somebody who waits, and not the one who gave it up."""
    if appointment.starts_at <= now + ANSWERED_BEFORE:
        return None
    free = FreeTime(
        appointment.physician,
        appointment.room,
        Span(appointment.starts_at, appointment.ends_at),
    )
    waiting = (each.entry.patient_id for each in fits(free, now).candidates)
    if all(patient_id == appointment.patient_id for patient_id in waiting):
        return None
    return address_of(free)
