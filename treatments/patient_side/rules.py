"""Until when a patient's link acts, how often a public door may be tried, and how staff calendars
name a patient.

Pure: moments, counts and names are handed in. The numbers are conventions of this clinic, see
docs/rules/patient-links.md.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from clinic.refusals import Refused
from treatments.patient_side import terms
from treatments.patient_side.terms import VisitAct

AN_HOUR = timedelta(hours=1)
# A form that comes back sooner was filled in by no person; one that is older is a page left open.
FASTEST_FORM = timedelta(seconds=3)
LONGEST_FORM = timedelta(hours=12)
# How far ahead a visit that belongs to no course may be moved by its patient.
MOVES_WITHIN = timedelta(days=28)
# A picked time is kept until the desk has looked, at most two working days.
WISH_IS_KEPT = timedelta(days=2)


class Door(StrEnum):
    """The public doors, each counted for itself."""

    LINK = "link"  # keys of links that open nothing
    FEED = "feed"  # keys of calendars that open nothing
    READ = "read"  # one calendar, read by a program
    VISITOR = "visitor"  # one address asking for an appointment
    VISITORS = "visitors"  # all addresses together


# So often in one hour; the one after it is refused.
MOST_KNOCKS = {
    Door.LINK: 19,
    Door.FEED: 19,
    Door.READ: 120,
    Door.VISITOR: 10,
    Door.VISITORS: 100,
}


class TooManyKnocks(Refused):
    """Nobody looks again for `retry_after` seconds."""

    status = 429
    code = "too_many_tries"

    def __init__(self, retry_after: int) -> None:
        super().__init__(terms.TOO_MANY)
        self.retry_after = retry_after


class LinkUsed(Refused):
    status = 410
    code = "link_used"


class LinkOver(Refused):
    """Expired, revoked because the visit changed, or never given out."""

    status = 410
    code = "link_over"


class NotAmongThem(Refused):
    """The wish names no time that is possible, and no words."""

    status = 422
    code = "not_among_them"


class SettledAlready(Refused):
    code = "settled_already"


def hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def check_knocks(door: Door, count: int, now: datetime) -> None:
    """Refuse the try after the last one that is allowed in this hour."""
    if count > MOST_KNOCKS[door]:
        left = hour_of(now) + AN_HOUR - now
        raise TooManyKnocks(max(1, -(-left // timedelta(seconds=1))))


def acts_until(act: VisitAct, starts_at: datetime, *, change_hours: int) -> datetime:
    """Until when the link of this act acts: a visit is confirmed until it begins, changed earlier."""
    if act is VisitAct.CONFIRM:
        return starts_at
    return starts_at - timedelta(hours=change_hours)


def initials(full_name: str) -> str:
    """ "Ayşe Işık" as a calendar of the staff shows it: "A. I." """
    return " ".join(f"{word[0]}." for word in full_name.split())


def is_form_of_a_person(age: timedelta) -> bool:
    return FASTEST_FORM <= age <= LONGEST_FORM
