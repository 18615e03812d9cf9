"""A physician, two rooms, a receptionist, weekdays from nine to six, and patients as needed."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from clinic.hours.queries import clinic_zone
from clinic.tests import builders as clinic
from patients.records.actions import register_patient
from treatments.booking import actions
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING, AppointmentKind

TUESDAY = clinic.MONDAY + timedelta(days=1)
NOW = clinic.NOW
_numbers = count(1)


def at(clock: str, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), clinic_zone())


class World:
    def __init__(self):
        clinic.open_weekdays()
        self.physician = clinic.physician()
        self.room = clinic.room()
        self.other_room = clinic.room()
        self.desk = clinic.receptionist()
        self.patient = self.a_patient()

    def a_patient(self, **fields):
        values: dict[str, Any] = {
            "full_name": f"Hasta {next(_numbers)}",
            "born_on": date(1990, 1, 1),
            "sex": "F",
            "phone": "",
            "email": "",
            "language": "tr",
            "reminders": "paper",
        }
        return register_patient(**(values | fields), by=self.desk, now=NOW)

    def wish(self, clock="10:00", day=TUESDAY, *, minutes=30, **fields):
        starts_at = at(clock, day)
        values = {
            "patient": self.patient,
            "physician": self.physician,
            "room": self.room,
            "kind": AppointmentKind.CONSULTATION,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes),
        }
        return values | fields

    def visit(self, *args, **fields):
        return actions.Visit(**self.wish(*args, **fields))

    def book(self, *args, now=NOW, **fields):
        return actions.book(**self.wish(*args, **fields), by=self.desk, now=now)


def holding():
    return list(Appointment.objects.filter(state__in=HOLDING).order_by("starts_at"))


def overlaps_among(appointments):
    """Pairs that share time and a physician, a room or a patient."""
    return [
        (one, other)
        for index, one in enumerate(appointments)
        for other in appointments[index + 1 :]
        if one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
        and (
            one.physician_id == other.physician_id
            or one.room_id == other.room_id
            or one.patient_id == other.patient_id
        )
    ]
