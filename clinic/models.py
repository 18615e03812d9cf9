"""Contents: the tables of the core."""

from clinic.audit.models import AuditEntry, ChartReading
from clinic.hours.models import ClosedDay, OpeningHours, Room
from clinic.messages.models import Message
from clinic.staff.models import StaffMember

__all__ = [
    "AuditEntry",
    "ChartReading",
    "ClosedDay",
    "Message",
    "OpeningHours",
    "Room",
    "StaffMember",
]
