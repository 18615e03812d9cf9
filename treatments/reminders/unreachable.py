"""Patients with a visit to come whom nobody can reach: no number to call and no way to write."""

from datetime import datetime, timedelta

from clinic.messages.hooks import Unreachable
from patients.records.ways import way_to
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED

AHEAD = timedelta(days=14)
MOST = 50


def unreachable(now: datetime) -> list[Unreachable]:
    """The earliest visit of each, within two weeks."""
    visits = (
        Appointment.objects.filter(
            starts_at__gt=now,
            starts_at__lt=now + AHEAD,
            state__in=sorted(EXPECTED),
            patient__phone="",
        )
        .select_related("patient")
        .order_by("starts_at", "pk")
    )
    found: dict[object, Unreachable] = {}
    for visit in visits:
        if way_to(visit.patient) is None:
            found.setdefault(
                visit.patient_id,
                Unreachable(visit.patient_id, visit.patient.full_name, visit.starts_at),
            )
    return list(found.values())[:MOST]
