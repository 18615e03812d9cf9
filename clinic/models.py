"""Contents: the tables of the core."""

from clinic.audit.models import AuditEntry, ChartReading
from clinic.hours.models import (
    BlockedTime,
    ClosedDay,
    Device,
    OpeningHours,
    Room,
    WorkingHours,
)
from clinic.messages.models import ChannelPace, LedgerMark, Message, Reply
from clinic.staff.models import StaffMember

__all__ = [
    "AuditEntry",
    "BlockedTime",
    "ChannelPace",
    "ChartReading",
    "ClosedDay",
    "Device",
    "LedgerMark",
    "Message",
    "OpeningHours",
    "Reply",
    "Room",
    "StaffMember",
    "WorkingHours",
]
