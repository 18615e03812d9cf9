"""Keeping a time for one patient until it is confirmed, given back or over.

A kept time takes up what a visit does, behind the same locks. Once it is over it keeps nothing,
whether or not anybody looked: every reader asks whether it still lives.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from clinic.audit.actions import Actor, record
from clinic.hours.models import Room
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import hooks, queries, rules, terms
from treatments.booking.actions import place, record_booking
from treatments.booking.locks import again_after_deadlock
from treatments.booking.models import Appointment, SlotHold
from treatments.booking.terms import AppointmentKind
from treatments.booking.visits import (
    Visit,
    check_allowed,
    check_bookable,
    check_free,
    lock_visits,
    visit_of,
)


@again_after_deadlock
@transaction.atomic
def hold_slot(
    *,
    patient: Patient,
    physician: StaffMember,
    room: Room,
    kind: AppointmentKind,
    starts_at: datetime,
    ends_at: datetime,
    physician_from: datetime | None = None,
    keep: timedelta = rules.KEPT_FOR,
    by: Actor,
    now: datetime,
) -> SlotHold:
    """Keep a time for one patient. Raises SlotTaken, NotBookable, TooManyHolds."""
    visit = Visit(
        patient=patient,
        physician=physician,
        room=room,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        physician_from=physician_from,
    )
    lock_visits([visit])
    _end_what_is_over(patient, now)
    living = sorted(queries.live_holds(now).filter(patient=patient).values_list("expires_at"))
    if len(living) >= rules.LIVE_HOLDS:
        raise rules.TooManyHolds(retry_after=living[0][0] - now)
    check_bookable([visit], now=now)
    check_allowed([visit], now=now)
    check_free([visit], now=now)
    hold = SlotHold.objects.create(
        patient=patient,
        physician=physician,
        room=room,
        kind=kind,
        starts_at=visit.starts_at,
        physician_from=visit.treated_from,
        ends_at=visit.ends_at,
        made_at=now,
        expires_at=now + min(keep, rules.LONGEST_KEPT),
    )
    record(
        verb="slot.held",
        subject=hold,
        by=by,
        now=now,
        patient_id=patient.pk,
        starts_at=hold.starts_at.isoformat(),
        expires_at=hold.expires_at.isoformat(),
    )
    return hold


@again_after_deadlock
@transaction.atomic
def confirm_hold(
    *, hold_id: UUID, by: StaffMember, now: datetime, acting: Actor | None = None
) -> Appointment:
    """Book the time that was kept. Again: the same appointment. Raises HoldExpired, SlotTaken.

    `by` answers for the booking; `acting` is who did it, when that is the patient by a link.
    """
    visit = visit_of(_hold(hold_id))
    lock_visits([visit])
    hold = _hold(hold_id, locked=True)
    if hold.appointment is not None:
        return hold.appointment
    if hold.ended_at is not None or hold.expires_at <= now:
        raise rules.HoldExpired(terms.HOLD_EXPIRED)
    (booked,) = place([visit], by=by, now=now, hold=hold)
    hold.appointment, hold.ended_at = booked, now
    hold.save(update_fields=["appointment", "ended_at"])
    record_booking(booked, by=by, now=now, acting=acting)
    hooks.appointment_booked(booked, acting or by, now)
    return booked


@transaction.atomic
def give_back_hold(*, hold_id: UUID, by: Actor, now: datetime) -> SlotHold:
    """Let a kept time go. What is over or given back already stays so; once confirmed it is a visit."""
    hold = _hold(hold_id, locked=True)
    if hold.ended_at is None:
        hold.ended_at = now
        hold.save(update_fields=["ended_at"])
        record(verb="slot.freed", subject=hold, by=by, now=now, patient_id=hold.patient_id)
    return hold


def _end_what_is_over(patient: Patient, now: datetime) -> None:
    """Housekeeping: the index of what lives stays small. Nothing rests on it."""
    over = SlotHold.objects.filter(patient=patient, ended_at__isnull=True, expires_at__lte=now)
    over.update(ended_at=F("expires_at"))


def _hold(hold_id: UUID, *, locked: bool = False) -> SlotHold:
    holds = SlotHold.objects.select_related("patient", "physician", "room", "appointment")
    if locked:
        holds = holds.select_for_update(no_key=True, of=("self",))
    return holds.get(pk=hold_id)
