"""What booking tells those who come after it. Listeners run in the transaction of the change.

A listener that raises a `Refused` takes the change back: so a plan keeps its sessions in order and
far enough apart, although booking knows nothing of plans.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.records.models import Patient
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind


@dataclass(frozen=True, slots=True)
class DayLimits:
    """The days to which an appointment may move, and why no others; `refusal` when it may not."""

    first: date | None = None
    last: date | None = None
    reasons: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the desk must know about a patient who was told of a time; `must_call`: telephone."""

    text: str
    must_call: bool = False


# Asked before somebody moves or cancels a visit, and after it: what was the patient told?
notices_before_change: Hook[[Appointment, datetime], Notice | None] = Hook("before a change")
notices_after_change: Hook[[Appointment, datetime], Notice | None] = Hook("after a change")

# Not called for the sessions of a course: that is told as a whole by the hook of the course.
appointment_booked: Hook[[Appointment, Actor, datetime], None] = Hook("appointment booked")
appointment_moved: Hook[[Appointment, Actor, datetime], None] = Hook("appointment moved")
appointment_cancelled: Hook[[Appointment, Actor, datetime], None] = Hook("appointment cancelled")
appointment_state_changed: Hook[[Appointment, Actor, datetime], None] = Hook(
    "appointment state changed"
)
limits_of_move: Hook[[Appointment, datetime], DayLimits] = Hook("limits of a move")


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysAsked:
    """For whom and what for which days are looked at; `excluding`: the visit that would move."""

    patient: Patient
    kind: AppointmentKind
    first: date
    last: date
    now: datetime
    excluding: UUID | None = None


# Which days a patient must not have such a visit on, and why: a wait, a washout, a gap. Asked when
# days are shown, and again behind the locks when one is booked or moved.
limits_of_booking: Hook[[DaysAsked], Mapping[date, str]] = Hook("limits of booking")
# Where a missed visit gets a new time, when it is not booked like any other (a session of a course).
new_time_page: Hook[[Appointment], str | None] = Hook("page of a new time")
# Where a visit is called off together with what belongs to it, when it is part of a course.
page_of_course: Hook[[Appointment], str | None] = Hook("page of the course")

# Where the time of a visit, as it stood before the desk cancelled or moved it, is offered to others.
page_of_freed_time: Hook[[Appointment, datetime], str | None] = Hook("page of a freed time")


def blocked_days(asked: DaysAsked) -> dict[date, str]:
    """Each blocked day with the first reason that somebody gave."""
    blocked: dict[date, str] = {}
    for days in limits_of_booking(asked):
        for day, why in days.items():
            blocked.setdefault(day, why)
    return blocked


def joined(limits: Iterable[DayLimits]) -> DayLimits:
    """The days that every listener allows."""
    known = list(limits)
    return DayLimits(
        first=max((each.first for each in known if each.first), default=None),
        last=min((each.last for each in known if each.last), default=None),
        reasons=tuple(reason for each in known for reason in each.reasons),
        refusal=next((each.refusal for each in known if each.refusal), ""),
    )
