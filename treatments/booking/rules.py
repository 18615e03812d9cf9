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
from treatments.booking import terms
from treatments.booking.terms import AppointmentKind, AppointmentState, Resource, day_in_words

S = AppointmentState

STEP = timedelta(minutes=15)  # the grid on which visits are offered
HORIZON = timedelta(days=365)  # no visit is booked further ahead
NEAREST = 3  # so many other times are named with a refusal

TRANSITIONS: Mapping[AppointmentState, Set[AppointmentState]] = {
    S.BOOKED: {S.CONFIRMED, S.ARRIVED, S.IN_ROOM, S.MISSED, S.CANCELLED},
    S.CONFIRMED: {S.BOOKED, S.ARRIVED, S.IN_ROOM, S.MISSED, S.CANCELLED},
    # Back to booked or confirmed: the wrong patient was clicked at the desk.
    S.ARRIVED: {S.IN_ROOM, S.DONE, S.BOOKED, S.CONFIRMED, S.CANCELLED},
    S.IN_ROOM: {S.DONE, S.ARRIVED, S.CANCELLED},
    # The patient came after all, or the wrong one was marked; the database still refuses when the
    # time was given away meanwhile.
    S.MISSED: {S.ARRIVED, S.BOOKED, S.CONFIRMED},
    S.DONE: set(),
    S.CANCELLED: set(),
}


class StateForbids(Refused):
    """An appointment cannot go from the state it is in to the one that is wanted."""

    code = "state_forbids"

    def __init__(self, state: AppointmentState, wanted: AppointmentState) -> None:
        super().__init__(terms.STATE_FORBIDS % {"state": state.label, "wanted": wanted.label})
        self.state = state
        self.wanted = wanted


class NoFreeSlot(Refused):
    """Some dates have no free time; `dates` names all of them, the words the first."""

    code = "no_free_slot"

    def __init__(self, dates: Sequence[date]) -> None:
        super().__init__(terms.NO_FREE_SLOT % {"date": day_in_words(dates[0])})
        self.dates = tuple(dates)


def check_transition(state: AppointmentState, wanted: AppointmentState) -> None:
    if wanted not in TRANSITIONS[state]:
        raise StateForbids(state, wanted)


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state that one click makes, and the word on its button."""

    to: AppointmentState
    label: str
    is_back: bool


def steps(state: AppointmentState, kind: AppointmentKind, *, on: date, today: date) -> list[Step]:
    """What may be said of the patient now, forward first.

    A session is finished by its signature, not by a click; of a later day nobody says who came.
    """
    back = terms.STEPS_BACK.get(state, {})
    forward = [
        Step(to, str(label), is_back=False)
        for to, label in terms.STEP_WORDS.items()
        if to in TRANSITIONS[state]
        and to not in back
        and not (to == S.DONE and kind == AppointmentKind.SESSION)
    ]
    backward = [Step(to, str(label), is_back=True) for to, label in back.items()]
    return [step for step in (*forward, *backward) if on <= today or step.to in terms.EXPECTED]


def check_day_has_come(wanted: AppointmentState, *, on: date, today: date) -> None:
    """Refuse to say of a later day's patient that they came, or did not."""
    if today < on and wanted not in terms.EXPECTED:
        raise TooEarly(terms.NOT_YET % {"date": day_in_words(on), "wanted": wanted.label})


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


class NotBookable(Refused):
    """The clinic does not work then, or it is past, or too far ahead; the words say what is possible."""

    code = "not_bookable"
    status = 422


class TooEarly(Refused):
    """Nobody can have come, or failed to come, on a day that is still ahead."""

    code = "too_early"
    status = 422


class NotMovable(Refused):
    """Only what is still expected can be given another time."""

    code = "not_movable"

    def __init__(self, state: AppointmentState) -> None:
        super().__init__(terms.ONLY_EXPECTED_ONES_MOVE % {"state": state.label})
        self.state = state


class RoomOccupied(Refused):
    """The patient before is still in the room."""

    code = "room_occupied"


class StaleVersion(Refused):
    """Somebody changed the visit after the reader had loaded it."""

    code = "stale_version"


class SlotTaken(Refused):
    """Physician, room or patient is in another visit; `alternatives` are the nearest free times."""

    code = "slot_taken"

    def __init__(
        self,
        *,
        resource: Resource,
        who: str,
        taken: Span,
        alternatives: Sequence[Span],
        zone: ZoneInfo,
    ) -> None:
        day = taken.starts_at.astimezone(zone).date()
        words = {
            "who": who,
            "date": day_in_words(day),
            "starts": clock_in_words(taken.starts_at, zone),
            "ends": clock_in_words(taken.ends_at, zone),
            "times": ", ".join(_moment(each.starts_at, day, zone) for each in alternatives),
        }
        alone, nearest = _TAKEN_WORDS[resource]
        super().__init__((nearest if alternatives else alone) % words)
        self.resource = resource
        self.taken = taken
        self.alternatives = tuple(alternatives)


_TAKEN_WORDS = {
    Resource.PHYSICIAN: (terms.PHYSICIAN_TAKEN, terms.PHYSICIAN_TAKEN_NEAREST),
    Resource.ROOM: (terms.ROOM_TAKEN, terms.ROOM_TAKEN_NEAREST),
    Resource.PATIENT: (terms.PATIENT_TAKEN, terms.PATIENT_TAKEN_NEAREST),
}


def clock_in_words(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _moment(moment: datetime, day: date, zone: ZoneInfo) -> str:
    """The clock time, with its date when that is another day than `day`."""
    on = moment.astimezone(zone).date()
    clock = clock_in_words(moment, zone)
    return clock if on == day else f"{day_in_words(on)} {clock}"


def check_bookable(
    span: Span,
    *,
    openings: Mapping[date, Sequence[Span]],
    closed: Mapping[date, str],
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Refuse what is past, over a year ahead, on a closed day or outside one opening.

    `openings` holds the day of the visit and some days after it, so that the refusal can name the
    next open one; `closed` holds the reasons.
    """
    day = span.starts_at.astimezone(zone).date()
    last = (now + HORIZON).astimezone(zone).date()
    if span.starts_at < now:
        raise NotBookable(terms.TIME_HAS_PASSED % {"last": day_in_words(last)})
    if day > last:
        raise NotBookable(terms.TOO_FAR_AHEAD % {"last": day_in_words(last)})
    spans = openings.get(day, ())
    if not spans:
        following = min((each for each in openings if each > day and openings[each]), default=None)
        why = closed.get(day, "")
        raise NotBookable(
            (terms.CLOSED_FOR if why else terms.CLOSED_ON)
            % {
                "date": day_in_words(day),
                "why": why,
                "next": day_in_words(following) if following else "–",
            }
        )
    if not any(
        opening.starts_at <= span.starts_at and span.ends_at <= opening.ends_at
        for opening in _joined(spans)
    ):
        hours = ", ".join(
            f"{clock_in_words(each.starts_at, zone)}–{clock_in_words(each.ends_at, zone)}"
            for each in spans
        )
        raise NotBookable(terms.OUTSIDE_HOURS % {"date": day_in_words(day), "hours": hours})


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
