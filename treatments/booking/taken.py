"""What takes up the time of people and things: visits that hold theirs, and times kept for somebody."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, UUIDField, Value
from django.db.models.query import QuerySet

from clinic.hours.models import Device, Room
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking.models import Appointment, SlotHold, meeting
from treatments.booking.rules import Span, Taken

NOBODY = Value(None, output_field=UUIDField())
COLUMNS = (
    "physician_id", "room_id", "patient_id", "starts_at", "ends_at", "physician_from",
    "of_nurse", "of_device",
)  # fmt: skip


def live_holds(now: datetime) -> QuerySet[SlotHold]:
    """The times that are kept at this moment. What is over keeps nothing, swept or not."""
    return SlotHold.objects.filter(ended_at__isnull=True, expires_at__gt=now)


def busy_spans(
    *,
    starts_at: datetime,
    ends_at: datetime,
    physician: StaffMember | None = None,
    rooms: Iterable[Room] = (),
    patient: Patient | None = None,
    nurse: StaffMember | None = None,
    device: Device | None = None,
    excluding: UUID | None = None,
    excluding_hold: UUID | None = None,
    now: datetime,
) -> list[Taken]:
    """The visits and kept times of these people and things in a window, in one statement."""
    whose = Q(room__in=list(rooms))
    if physician is not None:
        whose |= Q(physician=physician)
    if patient is not None:
        whose |= Q(patient=patient)
    of_visit = whose
    if nurse is not None:
        of_visit |= Q(nurse=nurse)
    if device is not None:
        of_visit |= Q(device=device)
    window = meeting(starts_at, ends_at)
    return taken_by(
        window & of_visit,
        window & whose,
        now=now,
        excluding=excluding,
        excluding_hold=excluding_hold,
    )


def taken_by(
    visits: Q,
    holds: Q,
    *,
    now: datetime,
    excluding: UUID | None = None,
    excluding_hold: UUID | None = None,
) -> list[Taken]:
    """What such visits and kept times take up, in time order: one statement."""
    standing = (
        Appointment.objects.holding_a_slot()
        .filter(visits & _but(excluding))
        .annotate(of_nurse=F("nurse_id"), of_device=F("device_id"), is_hold=Value(False))
    )
    kept = (
        live_holds(now)
        .filter(holds & _but(excluding_hold))
        .annotate(of_nurse=NOBODY, of_device=NOBODY, is_hold=Value(True))
    )
    columns = (*COLUMNS, "is_hold")
    rows = standing.order_by().values_list(*columns).union(
        kept.order_by().values_list(*columns), all=True
    )  # fmt: skip
    taken = [
        Taken(
            physician_id,
            room_id,
            patient_id,
            Span(starts, ends),
            physician_from,
            nurse_id,
            device_id,
            is_hold,
        )
        for (
            physician_id, room_id, patient_id, starts, ends, physician_from, nurse_id, device_id,
            is_hold,
        ) in rows
    ]  # fmt: skip
    return sorted(taken, key=lambda each: each.span.starts_at)


def _but(row: UUID | None) -> Q:
    return ~Q(pk=row) if row else Q()
