"""Calendar files (RFC 5545) with neutral titles: one visit, a patient's visits, a day of the staff.

Times are UTC, so that no program has to know a zone. The same visit has the same UID for ever; its
version is the SEQUENCE, so that a program takes the newer of two.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.patient_side.rules import initials

MIME = "text/calendar; charset=utf-8; method=PUBLISH"
FILE_NAME = "visit.ics"
FILE_OF_ALL = "visits.ics"
# How often a program may look again.
REFRESH = "PT1H"


def visit_file(appointment: Appointment) -> bytes:
    """One visit, to be opened from a mail or a page."""
    return _calendar([_for_patient(appointment)])


def calendar_of_patient(appointments: Iterable[Appointment]) -> bytes:
    return _calendar(_for_patient(each) for each in appointments)


def calendar_of_staff(appointments: Iterable[Appointment]) -> bytes:
    """With the patients' initials and the room, and nothing of what is done there."""
    return _calendar(
        _event(each, title=initials(each.patient.full_name), where=each.room.name)
        for each in appointments
    )


def _for_patient(appointment: Appointment) -> Event:
    where = settings.CLINIC_ADDRESS or settings.CLINIC_NAME
    event = _event(appointment, title=settings.CLINIC_NAME, where=where)
    event.add("description", settings.CLINIC_PHONE)
    return event


def _event(appointment: Appointment, *, title: str, where: str) -> Event:
    changed_at = appointment.state_changed_at or appointment.booked_at
    event = Event()
    event.add("uid", f"{appointment.pk}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("sequence", appointment.version - 1)
    event.add("dtstamp", _utc(changed_at))
    event.add("last-modified", _utc(changed_at))
    event.add("dtstart", _utc(appointment.starts_at))
    event.add("dtend", _utc(appointment.ends_at))
    event.add("summary", title)
    event.add("location", where)
    event.add("status", _status(appointment))
    event.add("class", "PRIVATE")
    return event


def _status(appointment: Appointment) -> str:
    gone = {AppointmentState.CANCELLED, AppointmentState.MISSED}
    return "CANCELLED" if appointment.state in gone else "CONFIRMED"


def _calendar(events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Mesoderm//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", settings.CLINIC_NAME)
    calendar.add("x-published-ttl", REFRESH)
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
