"""Changing a visit that is booked: another time, cancelled, where the patient is now."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.staff.models import StaffMember
from treatments.booking import hooks, queries, rules, terms
from treatments.booking.locks import again_after_deadlock, lock_resources
from treatments.booking.models import Appointment
from treatments.booking.recording import where_and_when
from treatments.booking.rules import StaleVersion
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentState, day_in_words
from treatments.booking.visits import (
    check_allowed,
    check_bookable,
    check_free,
    check_may_overbook,
    check_who,
    look_for,
    taken_as_refusal,
    visit_of,
)

S = AppointmentState


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
        **where_and_when(appointment),
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
