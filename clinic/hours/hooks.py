"""What the clinic's time asks of those who book in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.hooks import Hook


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A visit that stands where something was closed: it stays until somebody moves it.

    Physician and device are needed from `treated_from` on, the rest from the beginning. `is_served`:
    everybody whom it needs works here, and everything is in use.
    """

    visit_id: UUID
    patient_id: UUID
    patient: str
    kind: str
    physician: str
    room: str
    physician_id: UUID
    room_id: UUID
    nurse_id: UUID | None
    device_id: UUID | None
    starts_at: datetime
    treated_from: datetime
    ends_at: datetime
    is_served: bool
    show_url: str
    move_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A span in which nobody can be booked any more: of one resource, or of the whole clinic."""

    starts_at: datetime
    ends_at: datetime
    member_id: UUID | None = None
    room_id: UUID | None = None
    device_id: UUID | None = None

    def meets(self, visit: Standing) -> bool:
        """Whether the visit needs what is closed while it is closed."""
        if not (self.starts_at < visit.ends_at and visit.starts_at < self.ends_at):
            return False
        during_treatment = visit.treated_from < self.ends_at
        if self.member_id is not None:
            as_physician = during_treatment and visit.physician_id == self.member_id
            return as_physician or visit.nurse_id == self.member_id
        if self.room_id is not None:
            return visit.room_id == self.room_id
        if self.device_id is not None:
            return during_treatment and visit.device_id == self.device_id
        return True


# Asked for all closures of a page at once: the visits that could stand in any of them.
what_stands_in: Hook[[Sequence[Closure]], list[Standing]] = Hook("what stands in closures")


def standing_in(closures: Sequence[Closure]) -> list[list[Standing]]:
    """For each closure the visits that it meets, in time order."""
    visits = [visit for found in what_stands_in(closures) for visit in found] if closures else []
    visits.sort(key=lambda each: each.starts_at)
    return [[visit for visit in visits if closure.meets(visit)] for closure in closures]
