"""Which times are free, which of them to take, and what may become of an appointment.

Pure: opening hours, busy times and the earliest moment are handed in. Spans are half-open, so a
visit that ends at 10:00 and one that starts at 10:00 do not meet. All arithmetic is on real
(UTC) time, because two clock times of one zone are compared by their face alone, which is wrong
in the night of a clock change. See docs/rules/booking.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.refusals import Refused
from treatments.booking.terms import NO_FREE_SLOT, STATE_FORBIDS, AppointmentState, day_in_words

S = AppointmentState

TRANSITIONS: Mapping[AppointmentState, Set[AppointmentState]] = {
    S.BOOKED: {S.CONFIRMED, S.ARRIVED, S.IN_ROOM, S.MISSED, S.CANCELLED},
    S.CONFIRMED: {S.ARRIVED, S.IN_ROOM, S.MISSED, S.CANCELLED},
    # Back to booked or confirmed: the wrong patient was clicked at the desk.
    S.ARRIVED: {S.IN_ROOM, S.DONE, S.BOOKED, S.CONFIRMED, S.CANCELLED},
    S.IN_ROOM: {S.DONE, S.ARRIVED, S.CANCELLED},
    # The patient came after all; the database still refuses when the time was given away.
    S.MISSED: {S.ARRIVED},
    S.DONE: set(),
    S.CANCELLED: set(),
}


class StateForbids(Refused):
    """An appointment cannot go from the state it is in to the one that is wanted."""

    code = "state_forbids"

    def __init__(self, state: AppointmentState, wanted: AppointmentState) -> None:
        super().__init__(STATE_FORBIDS % {"state": state.label, "wanted": wanted.label})
        self.state = state
        self.wanted = wanted


class NoFreeSlot(Refused):
    """Some dates have no free time; `dates` names all of them, the words the first."""

    code = "no_free_slot"

    def __init__(self, dates: Sequence[date]) -> None:
        super().__init__(NO_FREE_SLOT % {"date": day_in_words(dates[0])})
        self.dates = tuple(dates)


def check_transition(state: AppointmentState, wanted: AppointmentState) -> None:
    if wanted not in TRANSITIONS[state]:
        raise StateForbids(state, wanted)


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` up to, not including, `ends_at`; kept in UTC whatever zone comes in."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at"):
            moment: datetime = getattr(self, name)
            if moment.tzinfo is None:
                raise ValueError(f"{name} has no time zone")
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.ends_at <= self.starts_at:
            raise ValueError("a span ends after it starts")


def overlaps(one: Span, other: Span) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def free_slots(
    open_spans: Iterable[Span],
    busy_spans: Iterable[Span],
    *,
    length: timedelta,
    step: timedelta,
    not_before: datetime,
) -> list[Span]:
    """Return every slot of `length` that starts on the grid of its opening and meets nothing busy.

    The grid begins where an opening begins and goes on in steps of `step`; openings that touch
    are one. Slots are in UTC, in time order. Whatever must be free together (physician, room,
    patient) is handed in as one pile of busy spans.
    """
    if length <= timedelta(0) or step <= timedelta(0):
        raise ValueError("length and step are longer than nothing")
    earliest = not_before.astimezone(UTC)
    busy = _joined(busy_spans)
    slots: list[Span] = []
    first_busy = 0
    for opening in _joined(open_spans):
        while first_busy < len(busy) and busy[first_busy].ends_at <= opening.starts_at:
            first_busy += 1
        for gap_start, gap_end in _gaps(opening, busy, first_busy):
            begin = max(gap_start, earliest)
            steps = -((opening.starts_at - begin) // step)  # rounded up to the grid
            start = opening.starts_at + max(steps, 0) * step
            while start + length <= gap_end:
                slots.append(Span(start, start + length))
                start += step
    return slots


def choose_slots(
    free: Mapping[date, Sequence[Span]], *, preferred: time, zone: ZoneInfo
) -> list[Span]:
    """Return one slot for each date, in date order: the one nearest to the wished time of day.

    Of two that are equally near, the earlier one. Raises NoFreeSlot, which names every date
    without a slot, so that a course is booked as a whole or not at all.
    """
    without = [on for on in sorted(free) if not free[on]]
    if without:
        raise NoFreeSlot(without)
    wished = _minutes(preferred)

    def distance(slot: Span) -> tuple[float, datetime]:
        return abs(_minutes(slot.starts_at.astimezone(zone).time()) - wished), slot.starts_at

    return [min(free[on], key=distance) for on in sorted(free)]


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.starts_at):
        if joined and span.starts_at <= joined[-1].ends_at:
            if span.ends_at > joined[-1].ends_at:
                joined[-1] = Span(joined[-1].starts_at, span.ends_at)
        else:
            joined.append(span)
    return joined


def _gaps(
    opening: Span, busy: Sequence[Span], first_busy: int
) -> Iterator[tuple[datetime, datetime]]:
    begin = opening.starts_at
    for index in range(first_busy, len(busy)):
        taken = busy[index]
        if taken.starts_at >= opening.ends_at:
            break
        if taken.starts_at > begin:
            yield begin, taken.starts_at
        begin = max(begin, taken.ends_at)
    if begin < opening.ends_at:
        yield begin, opening.ends_at
