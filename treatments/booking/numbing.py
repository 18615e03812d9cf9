"""The cream is on: since when, and when the skin is ready for the physician."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import Actor, record
from treatments.booking import terms
from treatments.booking.models import Appointment
from treatments.booking.rules import StaleVersion, StateForbids
from treatments.booking.terms import AppointmentState

HERE = (AppointmentState.ARRIVED, AppointmentState.IN_ROOM)


def ready_at(appointment: Appointment) -> datetime | None:
    """When the numbing that this visit was planned with is over; None: it has not begun."""
    if appointment.numbing_since is None:
        return None
    return appointment.numbing_since + (appointment.physician_from - appointment.starts_at)


def awaits_numbing(appointment: Appointment) -> bool:
    """The patient is here for a visit with a numbing phase, and the cream is not on yet."""
    return (
        appointment.state in HERE
        and appointment.numbing_since is None
        and appointment.starts_at < appointment.physician_from
    )


@transaction.atomic
def note_numbing(
    *, appointment_id: UUID, begins: bool, seen_version: int, by: Actor, now: datetime
) -> Appointment:
    """The cream is on from now on; `begins` False: that was a wrong click.

    Raises StateForbids for whoever is not here, StaleVersion.
    """
    appointment = Appointment.objects.select_for_update(no_key=True).get(pk=appointment_id)
    state = AppointmentState(appointment.state)
    if appointment.version != seen_version:
        raise StaleVersion(terms.NUMBING_CHANGED)
    if state not in HERE:
        raise StateForbids(state, AppointmentState.IN_ROOM)
    appointment.numbing_since = now if begins else None
    appointment.version += 1
    appointment.save(update_fields=["numbing_since", "version"])
    record(
        verb="appointment.numbing",
        subject=appointment,
        by=by,
        now=now,
        patient_id=appointment.patient_id,
        begins=begins,
    )
    return appointment
