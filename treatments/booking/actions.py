"""Booking, moving, cancelling, and running the day. The database has the last word on every time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from clinic.audit.actions import Actor, record
from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date, open_calendar
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.records.models import Patient
from treatments.booking import hooks, queries, rules, terms
from treatments.booking.locks import again_after_deadlock, lock_resources
from treatments.booking.models import Appointment, meeting
from treatments.booking.rules import NotBookable, SlotTaken, Span, StaleVersion
from treatments.booking.terms import (
    EXPECTED,
    AppointmentKind,
    AppointmentState,
    Resource,
    day_in_words,
)

S = AppointmentState

LOOK_AHEAD = timedelta(days=14)  # how far other times and the next open day are looked for
EXCLUSIONS = {
    "physician_is_never_in_two_places": Resource.PHYSICIAN,
    "room_never_holds_two_visits": Resource.ROOM,
    "patient_is_never_in_two_places": Resource.PATIENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is wished for: whose time, where, and when."""

    patient: Patient
    physician: StaffMember
    room: Room
    kind: AppointmentKind
    starts_at: datetime
    ends_at: datetime

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


@again_after_deadlock
@transaction.atomic
def book(
    *,
    patient: Patient,
    physician: StaffMember,
    room: Room,
    kind: AppointmentKind,
    starts_at: datetime,
    ends_at: datetime,
    by: StaffMember,
    now: datetime,
) -> Appointment:
    """Reserve the time of one patient, physician and room. Raises SlotTaken, NotBookable."""
    visit = Visit(
        patient=patient,
        physician=physician,
        room=room,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    lock_visits([visit])
    (booked,) = place([visit], by=by, now=now)
    _record_booking(booked, by=by, now=now)
    return booked


@again_after_deadlock
@transaction.atomic
def book_all(*, visits: Sequence[Visit], by: StaffMember, now: datetime) -> list[Appointment]:
    """Reserve all times or none, in the order of `visits`. Raises SlotTaken, NotBookable."""
    lock_visits(visits)
    booked = place(visits, by=by, now=now)
    for appointment in booked:
        _record_booking(appointment, by=by, now=now)
    return booked


def lock_visits(visits: Sequence[Visit]) -> None:
    lock_resources(
        physicians=(visit.physician.pk for visit in visits),
        rooms=(visit.room.pk for visit in visits),
        patients=(visit.patient.pk for visit in visits),
    )


def place(visits: Sequence[Visit], *, by: StaffMember, now: datetime) -> list[Appointment]:
    """Insert the visits, whose rows the caller has locked and whose booking the caller records.

    The number of statements does not grow with the number of visits.
    """
    check_bookable(visits, now=now)
    _check_free(visits, now=now)
    appointments = [
        Appointment(
            patient=visit.patient,
            physician=visit.physician,
            room=visit.room,
            kind=visit.kind,
            starts_at=visit.starts_at,
            physician_from=visit.starts_at,
            ends_at=visit.ends_at,
            booked_by=by,
            booked_at=now,
        )
        for visit in visits
    ]
    with _taken_as_refusal(visits, now=now):
        # In time order: two courses that meet then wait for each other in one direction only.
        Appointment.objects.bulk_create(sorted(appointments, key=lambda each: each.starts_at))
    return appointments


@again_after_deadlock
@transaction.atomic
def move_appointment(
    *,
    appointment_id: UUID,
    starts_at: datetime,
    physician: StaffMember | None = None,
    room: Room | None = None,
    seen_version: int,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Give an expected appointment another time, physician or room; its length stays.

    A confirmed one becomes booked again: the patient confirmed another time. Raises SlotTaken,
    NotBookable, StaleVersion, and what the listeners refuse (a course keeps its order and gaps).
    """
    seen = queries.appointment(appointment_id)
    moved_to = Visit(
        patient=seen.patient,
        physician=physician or seen.physician,
        room=room or seen.room,
        kind=AppointmentKind(seen.kind),
        starts_at=starts_at,
        ends_at=starts_at + (seen.ends_at - seen.starts_at),
    )
    lock_resources(
        physicians={seen.physician_id, moved_to.physician.pk},
        rooms={seen.room_id, moved_to.room.pk},
        patients={seen.patient_id},
    )
    appointment = _lock_unchanged(appointment_id, seen_version)
    state = AppointmentState(appointment.state)
    if state not in EXPECTED:
        raise rules.NotMovable(state)
    check_bookable([moved_to], now=now)
    _check_free([moved_to], now=now, excluding=appointment.pk)
    was = appointment.starts_at
    appointment.physician_from += moved_to.starts_at - was
    appointment.physician, appointment.room = moved_to.physician, moved_to.room
    appointment.starts_at, appointment.ends_at = moved_to.starts_at, moved_to.ends_at
    appointment.state = S.BOOKED
    with _taken_as_refusal([moved_to], now=now, excluding=appointment.pk):
        _save_changed(appointment, now=now)
    record(
        verb="appointment.moved",
        subject=appointment,
        by=by,
        now=now,
        patient_id=appointment.patient_id,
        was=was.isoformat(),
        **_where_and_when(appointment),
    )
    hooks.appointment_moved(appointment, by, now)
    return appointment


@again_after_deadlock
@transaction.atomic
def cancel_appointment(
    *, appointment_id: UUID, seen_version: int, by: Actor, now: datetime
) -> Appointment:
    """Give the time back. Raises StaleVersion, and StateForbids for what is done or missed."""
    appointment = _lock_with_resources(appointment_id, seen_version)
    was = AppointmentState(appointment.state)
    rules.check_transition(was, S.CANCELLED)
    appointment.state = S.CANCELLED
    _save_changed(appointment, now=now)
    record(
        verb="appointment.cancelled",
        subject=appointment,
        by=by,
        now=now,
        patient_id=appointment.patient_id,
        was=was,
    )
    hooks.appointment_cancelled(appointment, by, now)
    return appointment


@again_after_deadlock
@transaction.atomic
def change_state(
    *, appointment_id: UUID, to: AppointmentState, seen_version: int, by: Actor, now: datetime
) -> Appointment:
    """Say where the patient is now. Raises StaleVersion, StateForbids, and SlotTaken when the time
    of a missed appointment was given away meanwhile.
    """
    if to == S.CANCELLED:
        return cancel_appointment(
            appointment_id=appointment_id, seen_version=seen_version, by=by, now=now
        )
    appointment = _lock_with_resources(appointment_id, seen_version)
    was = AppointmentState(appointment.state)
    rules.check_transition(was, to)
    rules.check_day_has_come(to, on=local_date(appointment.starts_at), today=local_date(now))
    if to == S.IN_ROOM:
        _check_room_is_free(appointment)
    appointment.state = to
    if to == S.ARRIVED and was != S.IN_ROOM:
        appointment.arrived_at = now
    elif to in EXPECTED:
        appointment.arrived_at = None
    with _taken_as_refusal([_visit_of(appointment)], now=now, excluding=appointment.pk):
        _save_changed(appointment, now=now)
    record(
        verb="appointment.state",
        subject=appointment,
        by=by,
        now=now,
        patient_id=appointment.patient_id,
        was=was,
        to=to,
    )
    hooks.appointment_state_changed(appointment, by, now)
    return appointment


def _check_room_is_free(appointment: Appointment) -> None:
    """Refuse a second patient in a room from which nobody has come out yet. Its row is locked."""
    inside = queries.patient_in_room(appointment)
    if inside is not None:
        raise rules.RoomOccupied(
            terms.ROOM_OCCUPIED
            % {
                "who": appointment.room.name,
                "since": rules.clock_in_words(
                    inside.state_changed_at or inside.starts_at, clinic_zone()
                ),
            }
        )


def check_bookable(visits: Sequence[Visit], *, now: datetime) -> None:
    """Refuse what the clinic's hours, rooms or people do not allow, whoever is free."""
    for visit in visits:
        if visit.physician.role != Role.PHYSICIAN or not visit.physician.is_active:
            raise NotBookable(terms.NOT_A_PHYSICIAN % {"who": visit.physician.display_name})
        if not visit.room.is_active:
            raise NotBookable(terms.ROOM_NOT_IN_USE % {"who": visit.room.name})
    days = [local_date(visit.starts_at) for visit in visits]
    calendar = open_calendar(min(days), max(days) + LOOK_AHEAD)
    openings = queries.as_spans(calendar.openings)
    for visit in visits:
        rules.check_bookable(
            visit.span, openings=openings, closed=calendar.closed, now=now, zone=clinic_zone()
        )


def _check_free(visits: Sequence[Visit], *, now: datetime, excluding: UUID | None = None) -> None:
    """Name who is in the way, read behind the locks; the constraint would only say that there is one."""
    in_the_way = Q(pk__in=[])
    for visit in visits:
        in_the_way |= meeting(visit.starts_at, visit.ends_at) & (
            Q(physician=visit.physician) | Q(room=visit.room) | Q(patient=visit.patient)
        )
    meetings = Appointment.objects.holding_a_slot().filter(in_the_way)
    if excluding is not None:
        meetings = meetings.exclude(pk=excluding)
    rows = meetings.order_by("starts_at").values_list(
        "physician_id", "room_id", "patient_id", "starts_at", "ends_at"
    )
    taken = [
        queries.Taken(physician_id, room_id, patient_id, Span(starts, ends))
        for physician_id, room_id, patient_id, starts, ends in rows
    ]
    for visit in sorted(visits, key=lambda each: each.starts_at):
        for each in taken:
            if not rules.overlaps(each.span, visit.span):
                continue
            resource = queries.resource_shared(
                each,
                physician_id=visit.physician.pk,
                room_id=visit.room.pk,
                patient_id=visit.patient.pk,
            )
            if resource is not None:
                raise slot_taken(visit, resource, each.span, now=now, excluding=excluding)


def slot_taken(
    visit: Visit,
    resource: Resource,
    taken: Span,
    *,
    now: datetime,
    excluding: UUID | None = None,
) -> SlotTaken:
    """The refusal in words, with the nearest times that are free for the same people and room."""
    who = {
        Resource.PHYSICIAN: visit.physician.display_name,
        Resource.ROOM: visit.room.name,
        Resource.PATIENT: visit.patient.full_name,
    }[resource]
    day = local_date(visit.starts_at)
    today = local_date(now)
    free = queries.free_slots_for(
        physician=visit.physician,
        rooms=[visit.room],
        patient=visit.patient,
        first=max(today, day - timedelta(days=1)),
        last=max(today, day) + LOOK_AHEAD,
        length=visit.ends_at - visit.starts_at,
        now=now,
        excluding=excluding,
    )
    spans = [offer.span for offers in free.values() for offer in offers]
    return SlotTaken(
        resource=resource,
        who=who,
        taken=taken,
        alternatives=rules.nearest(spans, visit.starts_at),
        zone=clinic_zone(),
    )


@contextmanager
def _taken_as_refusal(
    visits: Sequence[Visit], *, now: datetime, excluding: UUID | None = None
) -> Iterator[None]:
    """Turn a violated exclusion constraint into SlotTaken; anything else stays what it is."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as violation:
        diagnosis = getattr(violation.__cause__, "diag", None)
        resource = EXCLUSIONS.get(getattr(diagnosis, "constraint_name", None) or "")
        if resource is None:
            raise
        _check_free(visits, now=now, excluding=excluding)
        first = min(visits, key=lambda each: each.starts_at)
        raise slot_taken(first, resource, first.span, now=now, excluding=excluding) from violation


def _lock_with_resources(appointment_id: UUID, seen_version: int) -> Appointment:
    seen = queries.appointment(appointment_id)
    lock_resources(physicians=[seen.physician_id], rooms=[seen.room_id], patients=[seen.patient_id])
    return _lock_unchanged(appointment_id, seen_version)


def _lock_unchanged(appointment_id: UUID, seen_version: int) -> Appointment:
    appointment = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "physician", "room")
        .get(pk=appointment_id)
    )
    if appointment.version != seen_version:
        zone = clinic_zone()
        changed_at = appointment.state_changed_at or appointment.booked_at
        raise StaleVersion(
            terms.CHANGED_MEANWHILE
            % {
                "at": rules.clock_in_words(changed_at, zone),
                "date": day_in_words(local_date(appointment.starts_at)),
                "time": rules.clock_in_words(appointment.starts_at, zone),
                "state": AppointmentState(appointment.state).label,
            }
        )
    return appointment


def _save_changed(appointment: Appointment, *, now: datetime) -> None:
    appointment.version += 1
    appointment.state_changed_at = now
    appointment.save(
        update_fields=[
            "physician", "room", "starts_at", "physician_from", "ends_at", "state", "version",
            "arrived_at", "state_changed_at",
        ]
    )  # fmt: skip


def _visit_of(appointment: Appointment) -> Visit:
    return Visit(
        patient=appointment.patient,
        physician=appointment.physician,
        room=appointment.room,
        kind=AppointmentKind(appointment.kind),
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
    )


def _where_and_when(appointment: Appointment) -> dict[str, str]:
    return {
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "physician": str(appointment.physician_id),
        "room": str(appointment.room_id),
    }


def _record_booking(appointment: Appointment, *, by: StaffMember, now: datetime) -> None:
    record(
        verb="appointment.booked",
        subject=appointment,
        by=by,
        now=now,
        patient_id=appointment.patient_id,
        kind=appointment.kind,
        **_where_and_when(appointment),
    )
