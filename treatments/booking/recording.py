"""What the audit keeps of a visit: whose, where and when."""

from datetime import datetime

from clinic.audit.actions import Actor, record
from clinic.staff.models import StaffMember
from treatments.booking.models import Appointment


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
        **where_and_when(appointment),
    )


def where_and_when(appointment: Appointment) -> dict[str, str]:
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
