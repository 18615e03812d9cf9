"""What the clinic's time asks of those who book in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.hooks import Hook


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A span in which nobody can be booked any more: of one resource, or of the whole clinic."""

    starts_at: datetime
    ends_at: datetime
    member_id: UUID | None = None
    room_id: UUID | None = None
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit that lies in a closure: it stays until somebody moves it."""

    visit_id: UUID
    patient_id: UUID
    patient: str
    kind: str
    physician: str
    room: str
    starts_at: datetime
    ends_at: datetime
    show_url: str
    move_url: str


what_lies_in: Hook[[Closure], list[Standing]] = Hook("what lies in a closure")


def standing_in(closure: Closure) -> list[Standing]:
    """Every visit that the closure meets, in time order."""
    visits = [each for found in what_lies_in(closure) for each in found]
    return sorted(visits, key=lambda each: each.starts_at)
