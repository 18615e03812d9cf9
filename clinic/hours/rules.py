"""Which hours fit together, and what becomes of earlier ones when new ones are set.

Pure: spans of a day and the days on which they hold come in as plain values. See docs/rules/hours.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from clinic.hours import terms
from clinic.refusals import Refused

DAY = timedelta(days=1)
Clocks = tuple[time, time]
Stretch = tuple[datetime, datetime]


class WrongHours(Refused):
    """A weekday's spans end before they begin, or meet each other."""

    code = "wrong_hours"
    status = 422


class WrongClosure(Refused):
    """A time to keep free ends before it begins, or is of nobody."""

    code = "wrong_closure"
    status = 422


class AlreadyLifted(Refused):
    """Somebody has taken it back already."""

    code = "already_lifted"


class WrongName(Refused):
    """A room or a device without a name, or with that of another one."""

    code = "wrong_name"
    status = 422


class NoHolidaysKnown(Refused):
    """The package of holidays knows nothing of this year."""

    code = "no_holidays_known"
    status = 422


def lies_in(starts_at: datetime, ends_at: datetime, spans: Iterable[Stretch]) -> bool:
    """Whether it lies within one of the spans; spans that touch are one."""
    reached: Stretch | None = None
    for begin, end in sorted((begin.astimezone(UTC), end.astimezone(UTC)) for begin, end in spans):
        together = reached is not None and begin <= reached[1]
        reached = (reached[0], max(reached[1], end)) if reached and together else (begin, end)
        if reached[0] <= starts_at and ends_at <= reached[1]:
            return True
    return False


def ordered_spans(spans: Iterable[Clocks]) -> list[Clocks]:
    """The spans of one day in time order. Raises WrongHours."""
    ordered = sorted(spans)
    last_end: time | None = None
    for starts, ends in ordered:
        if ends <= starts or (last_end is not None and starts < last_end):
            raise WrongHours(terms.SPANS_MEET)
        last_end = ends
    return ordered


@dataclass(frozen=True, slots=True)
class Shift:
    """One span of one weekday (Monday is 0), from a day until a day, both included."""

    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        return (
            self.weekday == day.weekday()
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
        )


def outside_of(shift: Shift, first: date, last: date | None) -> Iterator[Shift]:
    """What is left of an earlier shift when the days from `first` until `last` are set anew."""
    ends_before = shift.valid_until is not None and shift.valid_until < first
    begins_after = last is not None and shift.valid_from > last
    if ends_before or begins_after:
        yield shift
        return
    if shift.valid_from < first:
        yield replace(shift, valid_until=first - DAY)
    if last is not None and (shift.valid_until is None or shift.valid_until > last):
        yield replace(shift, valid_from=last + DAY)


@dataclass(frozen=True, slots=True)
class EarlyClose:
    """A half day: from when the clinic is closed, and why."""

    at: datetime
    why: str


def check_days(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise WrongHours(terms.UNTIL_BEFORE_FROM)


def check_closure(starts_at: datetime, ends_at: datetime, of: Sequence[object | None]) -> None:
    """A time to keep free is of one person, room or device, and ends after it begins."""
    if sum(each is not None for each in of) != 1:
        raise WrongClosure(terms.ONE_OF_THEM)
    if ends_at <= starts_at:
        raise WrongClosure(terms.ENDS_BEFORE_IT_BEGINS)
