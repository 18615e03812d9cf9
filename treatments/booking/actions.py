"""Contents: what may be done to a visit. Booking is here; each other subject has its own file.

The database has the last word on every time.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.hours.models import Device, Room
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import hooks, queries
from treatments.booking.changing import cancel_appointment, change_state, move_appointment
from treatments.booking.locks import again_after_deadlock
from treatments.booking.models import Appointment, BookingRequest, SlotHold
from treatments.booking.recording import record_booking
from treatments.booking.repeats import claim_request, is_known
from treatments.booking.setting_lengths import set_kind_length, set_kind_lengths
from treatments.booking.terms import AppointmentKind
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
)

__all__ = [
    "LOOK_AHEAD", "Visit", "book", "book_all", "cancel_appointment", "change_state",
    "check_bookable", "lock_visits", "move_appointment", "place", "record_booking",
    "set_kind_length", "set_kind_lengths", "slot_taken",
]  # fmt: skip


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
    hooks.appointment_booked(booked, by, now)
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
        hooks.appointment_booked(appointment, by, now)
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
