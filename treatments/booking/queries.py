"""Reads of the calendar: one visit, the visits of a day, how long a kind is offered. What is free and
what takes up time have their own files, `availability` and `taken`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from clinic.hours.queries import day_bounds, local_date
from patients.records.models import Patient
from treatments.booking.availability import (
    Availability,
    Offer,
    as_spans,
    availability,
    away_by_resource,
    free_slots_for,
    working_spans,
)
from treatments.booking.models import Appointment, AppointmentQuerySet, KindLength
from treatments.booking.rules import Taken
from treatments.booking.taken import busy_spans, live_holds, taken_by
from treatments.booking.terms import KIND_MINUTES, AppointmentKind, AppointmentState

__all__ = [
    "Availability", "Length", "Offer", "Taken", "appointment", "appointments_between",
    "appointments_on", "as_spans", "availability", "away_by_resource", "busy_spans",
    "free_slots_for", "length_of", "lengths", "live_holds", "patient_in_room", "taken_by",
    "upcoming_appointments", "working_spans",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """How long the clinic offers one kind of appointment."""

    minutes: int
    numbing_minutes: int


def length_of(kind: AppointmentKind) -> tuple[int, int]:
    """The minutes with the physician, and those of the numbing before, that the clinic offers."""
    length = lengths()[kind]
    return length.minutes, length.numbing_minutes


def lengths() -> dict[AppointmentKind, Length]:
    """Of every kind: the clinic's own length, or the shipped one."""
    own = {row.kind: Length(row.minutes, row.numbing_minutes) for row in KindLength.objects.all()}
    return {kind: own.get(kind, Length(KIND_MINUTES[kind], 0)) for kind in AppointmentKind}


def appointment(appointment_id: UUID) -> Appointment:
    return _with_people().get(pk=appointment_id)


def appointments_on(day: date) -> list[Appointment]:
    """Everything on one day of the clinic's calendar, cancelled visits too, in time order."""
    starts, ends = day_bounds(day)
    return list(
        _with_people().filter(starts_at__gte=starts, starts_at__lt=ends).order_by("starts_at", "pk")
    )


def patient_in_room(appointment: Appointment) -> Appointment | None:
    """The other visit of the same day that is in the same room now."""
    starts, ends = day_bounds(local_date(appointment.starts_at))
    return (
        Appointment.objects.filter(
            room=appointment.room_id,
            state=AppointmentState.IN_ROOM,
            starts_at__gte=starts,
            starts_at__lt=ends,
        )
        .exclude(pk=appointment.pk)
        .first()
    )


def upcoming_appointments(patient: Patient, now: datetime) -> list[Appointment]:
    """Visits of one patient that are still to come."""
    return list(
        _with_people()
        .holding_a_slot()
        .filter(patient=patient, starts_at__gte=now)
        .order_by("starts_at")
    )


def appointments_between(
    starts_at: datetime, ends_at: datetime, whose: Q | None = None
) -> list[Appointment]:
    """The visits that meet a span and are still to take place, of whom `whose` says."""
    visits = _with_people().holding_a_slot().exclude(state=AppointmentState.DONE)
    reaching = visits.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    return list((reaching.filter(whose) if whose is not None else reaching).order_by("starts_at"))


def _with_people() -> AppointmentQuerySet:
    return Appointment.objects.select_related("patient", "physician", "room", "nurse", "device")
