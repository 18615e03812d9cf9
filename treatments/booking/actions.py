"""Booking, moving, cancelling, and running the day. The database has the last word on every time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.hours.models import Device, Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import hooks, queries, rules, terms
from treatments.booking.locks import again_after_deadlock, lock_resources
from treatments.booking.models import Appointment, BookingRequest, KindLength, SlotHold
from treatments.booking.repeats import claim_request, is_known
from treatments.booking.rules import StaleVersion
from treatments.booking.terms import (
    EXPECTED,
    HOLDING,
    AppointmentKind,
    AppointmentState,
    day_in_words,
)
from treatments.booking.visits import (
    LOOK_AHEAD,
    Visit,
    check_allowed,
    check_bookable,
    check_free,
    check_may_overbook,
    check_who,
    insert_visits,
    lock_visits,
    look_for,
    refuse_early,
    slot_taken,
    taken_as_refusal,
    visit_of,
)

__all__ = [
    "LOOK_AHEAD", "Visit", "book", "book_all", "cancel_appointment", "change_state",
    "check_bookable", "lock_visits", "move_appointment", "place", "record_booking",
    "set_kind_length", "set_kind_lengths", "slot_taken",
]  # fmt: skip

S = AppointmentState


def book(
    *,
    patient: Patient,
    physician: StaffMember,
    room: Room,
    kind: AppointmentKind,
    starts_at: datetime,
    ends_at: datetime,
    physician_from: datetime | None = None,
    nurse: StaffMember | None = None,
    device: Device | None = None,
    overbooked_because: str = "",
    request_key: UUID | None = None,
    by: StaffMember,
    now: datetime,
) -> Appointment:
    """Reserve the time of one patient, physician and room. The same key again: the same answer.

    Raises SlotTaken, NotBookable, IdempotencyMismatch; with a reason to overbook MayNotOverbook,
    ReasonNeeded.
    """
    visit = Visit(
        patient=patient,
        physician=physician,
        room=room,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        physician_from=physician_from,
        nurse=nurse,
        device=device,
        overbooked_because=overbooked_because,
    )
    try:
        refuse_early([visit], by=by, now=now)
    except Refused:
        # Sent again: what is in the way may be the visit that this very request booked.
        if request_key is None or not is_known(request_key):
            raise
    return _book_visit(visit, request_key, by=by, now=now)


@again_after_deadlock
@transaction.atomic
def _book_visit(
    visit: Visit, request_key: UUID | None, *, by: StaffMember, now: datetime
) -> Appointment:
    if request_key is not None:
        request, is_new = claim_request(request_key, _content(visit), by=by, now=now)
        if not is_new:
            return _booked_before(request, visit)
    lock_visits([visit])
    check_allowed([visit], now=now)
    (booked,) = place([visit], by=by, now=now)
    record_booking(booked, by=by, now=now)
    return booked


@again_after_deadlock
@transaction.atomic
def book_all(*, visits: Sequence[Visit], by: StaffMember, now: datetime) -> list[Appointment]:
    """Reserve all times or none, in the order of `visits`. Raises SlotTaken, NotBookable."""
    lock_visits(visits)
    check_allowed(visits, now=now)
    booked = place(visits, by=by, now=now)
    for appointment in booked:
        record_booking(appointment, by=by, now=now)
    return booked


def place(
    visits: Sequence[Visit], *, by: StaffMember, now: datetime, hold: SlotHold | None = None
) -> list[Appointment]:
    """Insert the visits, whose rows the caller has locked and whose booking the caller records.

    The number of statements does not grow with the number of visits. `hold`: the kept time that
    is confirmed by it.
    """
    visits = check_may_overbook(visits, by=by)
    check_who(visits)
    seen = look_for(visits, now=now, hold=hold)
    check_bookable(visits, now=now, seen=seen)
    visits = check_free(visits, now=now, hold=hold, seen=seen)
    appointments = [
        Appointment(
            patient=visit.patient,
            physician=visit.physician,
            room=visit.room,
            nurse=visit.nurse,
            device=visit.device,
            kind=visit.kind,
            starts_at=visit.starts_at,
            physician_from=visit.treated_from,
            ends_at=visit.ends_at,
            overbooked_because=visit.overbooked_because,
            booked_by=by,
            booked_at=now,
        )
        for visit in visits
    ]
    insert_visits(appointments, visits, now=now)
    return appointments


@again_after_deadlock
@transaction.atomic
def move_appointment(
    *,
    appointment_id: UUID,
    starts_at: datetime,
    physician: StaffMember | None = None,
    room: Room | None = None,
    overbooked_because: str = "",
    seen_version: int,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Give an expected appointment another time, physician or room; its length and phases stay.

    A confirmed one becomes booked again: the patient confirmed another time. Raises SlotTaken,
    NotBookable, StaleVersion, and what the listeners refuse (a course keeps its order and gaps).
    """
    seen = queries.appointment(appointment_id)
    later = starts_at - seen.starts_at
    moved_to = replace(
        visit_of(seen),
        physician=physician or seen.physician,
        room=room or seen.room,
        starts_at=starts_at,
        physician_from=seen.physician_from + later,
        ends_at=seen.ends_at + later,
        overbooked_because=overbooked_because,
    )
    lock_resources(
        physicians={seen.physician_id, moved_to.physician.pk},
        nurses={seen.nurse_id},
        rooms={seen.room_id, moved_to.room.pk},
        devices={seen.device_id},
        patients={seen.patient_id},
    )
    appointment = _lock_unchanged(appointment_id, seen_version)
    state = AppointmentState(appointment.state)
    if state not in EXPECTED:
        raise rules.NotMovable(state)
    (moved_to,) = check_may_overbook([moved_to], by=by)
    check_who([moved_to])
    seen_then = look_for([moved_to], now=now, excluding=appointment.pk)
    check_bookable([moved_to], now=now, seen=seen_then)
    check_allowed([moved_to], now=now, excluding=appointment.pk)
    (moved_to,) = check_free([moved_to], now=now, excluding=appointment.pk, seen=seen_then)
    was = appointment.starts_at
    appointment.physician, appointment.room = moved_to.physician, moved_to.room
    appointment.starts_at, appointment.ends_at = moved_to.starts_at, moved_to.ends_at
    appointment.physician_from = moved_to.treated_from
    appointment.overbooked_because = moved_to.overbooked_because
    appointment.state = S.BOOKED
    with taken_as_refusal([moved_to], now=now, excluding=appointment.pk):
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
        appointment.arrived_at = appointment.numbing_since = None
    visit = visit_of(appointment)
    if was not in HOLDING and to in HOLDING and not visit.overbooked_because:
        check_free([visit], now=now, excluding=appointment.pk)
    with taken_as_refusal([visit], now=now, excluding=appointment.pk):
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


def _lock_with_resources(appointment_id: UUID, seen_version: int) -> Appointment:
    seen = queries.appointment(appointment_id)
    lock_resources(
        physicians=[seen.physician_id],
        nurses=[seen.nurse_id],
        rooms=[seen.room_id],
        devices=[seen.device_id],
        patients=[seen.patient_id],
    )
    return _lock_unchanged(appointment_id, seen_version)


def _lock_unchanged(appointment_id: UUID, seen_version: int) -> Appointment:
    appointment = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "physician", "room", "nurse", "device")
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
            "physician", "room", "starts_at", "physician_from", "ends_at", "overbooked_because",
            "state", "version", "arrived_at", "numbing_since", "state_changed_at",
        ]
    )  # fmt: skip


def _where_and_when(appointment: Appointment) -> dict[str, str]:
    where = {
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "physician": str(appointment.physician_id),
        "room": str(appointment.room_id),
    }
    optional = {
        "nurse": str(appointment.nurse_id or ""),
        "device": str(appointment.device_id or ""),
        "overbooked_because": appointment.overbooked_because,
    }
    return where | {name: value for name, value in optional.items() if value}


def _content(visit: Visit) -> list[str]:
    """What a repeated request must be the same in."""
    return [
        str(visit.patient.pk),
        str(visit.physician.pk),
        str(visit.room.pk),
        str(visit.nurse.pk if visit.nurse else ""),
        str(visit.device.pk if visit.device else ""),
        visit.kind,
        *(str(each.timestamp()) for each in (visit.starts_at, visit.treated_from, visit.ends_at)),
        visit.overbooked_because,
    ]


def _booked_before(request: BookingRequest, visit: Visit) -> Appointment:
    booked = Appointment.objects.filter(
        patient=visit.patient, booked_by=request.by_id, booked_at=request.at
    )
    return queries.appointment(booked.values_list("pk", flat=True)[0])


@transaction.atomic
def set_kind_lengths(
    *, wished: Mapping[AppointmentKind, queries.Length], by: Actor, now: datetime
) -> list[AppointmentKind]:
    """Set the lengths that are others than before; the kinds whose length is."""
    before = queries.lengths()
    changed = [kind for kind, length in wished.items() if length != before[kind]]
    for kind in changed:
        set_kind_length(
            kind=kind,
            minutes=wished[kind].minutes,
            numbing_minutes=wished[kind].numbing_minutes,
            by=by,
            now=now,
        )
    return changed


@transaction.atomic
def set_kind_length(
    *, kind: AppointmentKind, minutes: int, numbing_minutes: int, by: Actor, now: datetime
) -> KindLength:
    """How long the clinic offers a kind from now on. What is booked keeps its time."""
    rules.check_length(minutes, numbing_minutes)
    length, _created = KindLength.objects.update_or_create(
        kind=kind, defaults={"minutes": minutes, "numbing_minutes": numbing_minutes}
    )
    record(
        verb="length.set",
        subject=length,
        by=by,
        now=now,
        minutes=minutes,
        numbing_minutes=numbing_minutes,
    )
    return length


def record_booking(
    appointment: Appointment, *, by: StaffMember, now: datetime, acting: Actor | None = None
) -> None:
    """`acting`: who did it, when that is not whoever answers for it (a patient by a link)."""
    record(
        verb="appointment.booked",
        subject=appointment,
        by=acting or by,
        now=now,
        patient_id=appointment.patient_id,
        kind=appointment.kind,
        **_where_and_when(appointment),
    )
