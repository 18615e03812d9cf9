"""Reads of the calendar: the visits of a day, and which times are free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from clinic.hours.models import Room
from clinic.hours.queries import day_bounds, days_between, local_date, open_calendar
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import rules
from treatments.booking.models import Appointment, AppointmentQuerySet
from treatments.booking.rules import Span
from treatments.booking.terms import AppointmentState, Resource


@dataclass(frozen=True, slots=True)
class Taken:
    """One visit that takes up time, and of whom."""

    physician_id: UUID
    room_id: UUID
    patient_id: UUID
    span: Span


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time in a room."""

    span: Span
    room: Room


@dataclass(frozen=True, slots=True)
class Availability:
    """What is open and what is taken in a window of days: read once, asked often."""

    physician_id: UUID
    patient_id: UUID | None
    openings: Mapping[date, Sequence[Span]]
    closed: Mapping[date, str]
    taken: Mapping[date, Sequence[Taken]]
    now: datetime

    def free(self, day: date, room: Room, length: timedelta) -> list[Span]:
        """The free times of one day for physician, room and patient together."""
        busy = [each.span for each in self.taken.get(day, ()) if self._shared(each, room)]
        return rules.free_slots(
            self.openings.get(day, ()), busy, length=length, step=rules.STEP, not_before=self.now
        )

    def offers(self, day: date, rooms: Iterable[Room], length: timedelta) -> list[Offer]:
        """The free times of one day in any of `rooms`, each with the first room that has it."""
        offers: dict[datetime, Offer] = {}
        for room in rooms:
            for span in self.free(day, room, length):
                offers.setdefault(span.starts_at, Offer(span, room))
        return [offers[start] for start in sorted(offers)]

    def is_open(self, span: Span) -> bool:
        day = local_date(span.starts_at)
        return any(
            opening.starts_at <= span.starts_at and span.ends_at <= opening.ends_at
            for opening in self.openings.get(day, ())
        )

    def in_the_way(self, span: Span, room: Room) -> tuple[Resource, Taken] | None:
        """The first visit that meets `span`, and what of it is needed for both."""
        for each in self.taken.get(local_date(span.starts_at), ()):
            shared = self._shared(each, room)
            if shared is not None and rules.overlaps(each.span, span):
                return shared, each
        return None

    def _shared(self, taken: Taken, room: Room) -> Resource | None:
        return resource_shared(
            taken, physician_id=self.physician_id, room_id=room.pk, patient_id=self.patient_id
        )


def resource_shared(
    taken: Taken, *, physician_id: UUID, room_id: UUID, patient_id: UUID | None
) -> Resource | None:
    if taken.patient_id == patient_id:
        return Resource.PATIENT
    if taken.physician_id == physician_id:
        return Resource.PHYSICIAN
    return Resource.ROOM if taken.room_id == room_id else None


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


def _with_people() -> AppointmentQuerySet:
    return Appointment.objects.select_related("patient", "physician", "room")


def busy_spans(
    *,
    starts_at: datetime,
    ends_at: datetime,
    physician: StaffMember | None = None,
    rooms: Iterable[Room] = (),
    patient: Patient | None = None,
    excluding: UUID | None = None,
) -> list[Taken]:
    """The visits of physician, rooms or patient in a window, in one statement."""
    whose = Q(room__in=list(rooms))
    if physician is not None:
        whose |= Q(physician=physician)
    if patient is not None:
        whose |= Q(patient=patient)
    visits = Appointment.objects.holding_a_slot().overlapping(starts_at, ends_at).filter(whose)
    if excluding is not None:
        visits = visits.exclude(pk=excluding)
    rows = visits.order_by("starts_at").values_list(
        "physician_id", "room_id", "patient_id", "starts_at", "ends_at"
    )
    return [
        Taken(physician_id, room_id, patient_id, Span(starts, ends))
        for physician_id, room_id, patient_id, starts, ends in rows
    ]


def availability(
    *,
    physician: StaffMember,
    rooms: Sequence[Room],
    patient: Patient | None,
    first: date,
    last: date,
    now: datetime,
    excluding: UUID | None = None,
) -> Availability:
    """Three statements, however many days, rooms and years of history."""
    calendar = open_calendar(first, last)
    starts_at, ends_at = day_bounds(first)[0], day_bounds(last)[1]
    taken: dict[date, list[Taken]] = {}
    for each in busy_spans(
        starts_at=starts_at,
        ends_at=ends_at,
        physician=physician,
        rooms=rooms,
        patient=patient,
        excluding=excluding,
    ):
        taken.setdefault(local_date(each.span.starts_at), []).append(each)
    return Availability(
        physician_id=physician.pk,
        patient_id=patient.pk if patient else None,
        openings=as_spans(calendar.openings),
        closed=calendar.closed,
        taken=taken,
        now=now,
    )


def free_slots_for(
    *,
    physician: StaffMember,
    rooms: Sequence[Room],
    patient: Patient | None,
    first: date,
    last: date,
    length: timedelta,
    now: datetime,
    excluding: UUID | None = None,
) -> dict[date, list[Offer]]:
    """The free times of each day between both ends, in any of `rooms` (the first that is free)."""
    window = availability(
        physician=physician,
        rooms=rooms,
        patient=patient,
        first=first,
        last=last,
        now=now,
        excluding=excluding,
    )
    return {day: window.offers(day, rooms, length) for day in days_between(first, last)}


def as_spans(
    openings: Mapping[date, Sequence[tuple[datetime, datetime]]],
) -> dict[date, list[Span]]:
    return {day: [Span(*each) for each in spans] for day, spans in openings.items()}
