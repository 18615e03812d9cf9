"""Stretches of time: which are free for a visit of one or two phases, and which visits meet.

Pure arithmetic. Spans are half-open, so a visit that ends at 10:00 and one that starts at 10:00 do
not meet. It is done on real (UTC) time, because two clock times of one zone are compared by their
face alone, which is wrong in the night of a clock change. See docs/rules/booking.md.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from treatments.booking.terms import Resource

NEAREST = 3  # so many other times are named with a refusal
AT_ONCE = timedelta(0)  # no numbing before the physician comes


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` up to, not including, `ends_at`; kept in UTC whatever zone comes in."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at"):
            moment: datetime = getattr(self, name)
            if moment.tzinfo is UTC:  # as the database gives it, hundreds of times in one answer
                continue
            if moment.tzinfo is None:
                raise ValueError(f"{name} has no time zone")
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.ends_at <= self.starts_at:
            raise ValueError("a span ends after it starts")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one visit takes up: its room, patient and nurse for the whole `span`, its physician and
    device from `physician_from` on (without it: at once). A kept time takes it up as a visit does.
    """

    physician_id: UUID
    room_id: UUID
    patient_id: UUID | None
    span: Span
    physician_from: datetime | None = None
    nurse_id: UUID | None = None
    device_id: UUID | None = None
    is_hold: bool = False

    @property
    def treatment(self) -> Span:
        """While the physician is there."""
        if self.physician_from is None:
            return self.span
        return Span(self.physician_from, self.span.ends_at)


def clash(one: Taken, other: Taken) -> Resource | None:
    """What both need at the same time, the patient first; None when both can take place."""
    if not overlaps(one.span, other.span):
        return None
    if one.patient_id is not None and one.patient_id == other.patient_id:
        return Resource.PATIENT
    treated_at_once = overlaps(one.treatment, other.treatment)
    if treated_at_once and one.physician_id == other.physician_id:
        return Resource.PHYSICIAN
    if one.room_id == other.room_id:
        return Resource.ROOM
    if one.nurse_id is not None and one.nurse_id == other.nurse_id:
        return Resource.NURSE
    if treated_at_once and one.device_id is not None and one.device_id == other.device_id:
        return Resource.DEVICE
    return None


def lies_within(span: Span, spans: Iterable[Span]) -> bool:
    return any(
        each.starts_at <= span.starts_at and span.ends_at <= each.ends_at for each in joined(spans)
    )


def nearest(slots: Iterable[Span], wished: datetime, *, count: int = NEAREST) -> list[Span]:
    """The `count` slots whose start is nearest to `wished`, in time order."""
    near = sorted(slots, key=lambda slot: (abs(slot.starts_at - wished), slot.starts_at))[:count]
    return sorted(near, key=lambda slot: slot.starts_at)


def overlaps(one: Span, other: Span) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def free_slots(
    open_spans: Iterable[Span],
    busy_spans: Iterable[Span],
    *,
    length: timedelta,
    step: timedelta,
    not_before: datetime,
    numbing: timedelta = AT_ONCE,
    busy_in_treatment: Iterable[Span] = (),
) -> list[Span]:
    """Return every slot of `numbing` and then `length` that starts on the grid of its opening.

    The grid begins where an opening begins and goes on in steps of `step`; openings that touch
    are one. Slots are in UTC, in time order. Whatever must be free for the whole of a slot (room,
    patient, nurse) is one pile of busy spans; what must be free only after the numbing (physician,
    device) is another one.
    """
    if length <= timedelta(0) or step <= timedelta(0) or numbing < timedelta(0):
        raise ValueError("length and step are longer than nothing")
    earliest = not_before.astimezone(UTC)
    busy = joined(busy_spans)
    treating = joined(busy_in_treatment)
    whole = numbing + length
    slots: list[Span] = []
    for opening in joined(open_spans):
        # When a slot can start: its whole fits into a gap of the one, its treatment of the other.
        starts = _within(
            [(begin, end - whole) for begin, end in _gaps(opening, busy)],
            [(begin - numbing, end - whole) for begin, end in _gaps(opening, treating)],
        )
        for first, last in starts:
            begin = max(first, earliest)
            steps = -((opening.starts_at - begin) // step)  # rounded up to the grid
            start = opening.starts_at + max(steps, 0) * step
            while start <= last:
                slots.append(Span(start, start + whole))
                start += step
    return slots


def joined(spans: Iterable[Span]) -> list[Span]:
    """In time order; those that touch or overlap are one."""
    together: list[Span] = []
    for span in sorted(spans, key=lambda each: each.starts_at):
        if together and span.starts_at <= together[-1].ends_at:
            if span.ends_at > together[-1].ends_at:
                together[-1] = Span(together[-1].starts_at, span.ends_at)
        else:
            together.append(span)
    return together


def outside(openings: Iterable[Span], spans: Iterable[Span]) -> list[Span]:
    """What of the openings lies outside of `spans`: when somebody who works in them is not there."""
    there = joined(spans)
    return [Span(*gap) for opening in joined(openings) for gap in _gaps(opening, there)]


def _gaps(opening: Span, busy: Sequence[Span]) -> Iterator[tuple[datetime, datetime]]:
    begin = opening.starts_at
    first = bisect_right(busy, opening.starts_at, key=lambda each: each.ends_at)
    for taken in busy[first:]:
        if taken.starts_at >= opening.ends_at:
            break
        if taken.starts_at > begin:
            yield begin, taken.starts_at
        begin = max(begin, taken.ends_at)
    if begin < opening.ends_at:
        yield begin, opening.ends_at


def _within(
    one: Sequence[tuple[datetime, datetime]], other: Sequence[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """The moments that lie in a stretch of both, ends included; both are in time order."""
    left, right = 0, 0
    while left < len(one) and right < len(other):
        first = max(one[left][0], other[right][0])
        last = min(one[left][1], other[right][1])
        if first <= last:
            yield first, last
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
