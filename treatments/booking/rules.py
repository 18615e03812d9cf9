"""What can be booked and in which words it is refused, which of the free times to take, and what may
become of an appointment.

Pure: opening hours, absences and the moment are handed in; the arithmetic of time is that of
`spans`. See docs/rules/booking.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from clinic.hours.rules import EarlyClose
from clinic.hours.terms import Blocking
from clinic.refusals import Refused
from treatments.booking import terms
from treatments.booking.spans import (
    AT_ONCE,
    Span,
    Taken,
    clash,
    free_slots,
    joined,
    lies_within,
    nearest,
    outside,
    overlaps,
)
from treatments.booking.terms import AppointmentKind, AppointmentState, Resource, day_in_words

__all__ = [
    "AT_ONCE", "Span", "Taken", "clash", "free_slots", "joined", "lies_within", "nearest", "outside",
    "overlaps",
]  # fmt: skip

S = AppointmentState

STEP = timedelta(minutes=15)  # the grid on which visits are offered
HORIZON = timedelta(days=365)  # no visit is booked further ahead
LIVE_HOLDS = 2  # so many times are kept for one patient at once
KEPT_FOR = timedelta(minutes=10)  # how long a time is kept when nobody says otherwise
LONGEST_KEPT = timedelta(days=2)
SHORTEST_REASON = 10  # characters of a reason to overbook

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


class MayNotOverbook(Refused):
    """Only who answers for the physician's time may book it twice."""

    code = "may_not_overbook"
    status = 403


class ReasonNeeded(Refused):
    """A deliberate overbooking says why."""

    code = "reason_needed"
    status = 422


class IdempotencyMismatch(Refused):
    """The key of a request came again with another content, or from somebody else."""

    code = "idempotency_mismatch"
    status = 422


class WrongLength(Refused):
    """No visit is that short or that long."""

    code = "wrong_length"
    status = 422


class HoldExpired(Refused):
    """The time was kept, and is kept no longer."""

    code = "hold_expired"


class TooManyHolds(Refused):
    """So many times are kept for this patient already; `retry_after` seconds until one is free."""

    code = "too_many_holds"
    status = 429

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(terms.TOO_MANY_HOLDS % {"count": LIVE_HOLDS})
        self.retry_after = max(1, -(-retry_after // timedelta(seconds=1)))


class RoomOccupied(Refused):
    """The patient before is still in the room."""

    code = "room_occupied"


class StaleVersion(Refused):
    """Somebody changed the visit after the reader had loaded it."""

    code = "stale_version"


class SlotTaken(Refused):
    """Physician, room or patient is in another visit; `alternatives` are the nearest free times.

    They are looked for when somebody reads them, which is after the transaction and its locks: in a
    herd nobody waits for what the one before is told.
    """

    code = "slot_taken"

    def __init__(
        self,
        *,
        resource: Resource,
        who: str,
        taken: Span,
        find_alternatives: Callable[[], Sequence[Span]],
        zone: ZoneInfo,
    ) -> None:
        alone, self._with_times = _TAKEN_WORDS[resource]
        self._day = taken.starts_at.astimezone(zone).date()
        self._words = {
            "who": who,
            "date": day_in_words(self._day),
            "starts": clock_in_words(taken.starts_at, zone),
            "ends": clock_in_words(taken.ends_at, zone),
        }
        super().__init__(alone % self._words)
        self.resource = resource
        self.taken = taken
        self._find, self._zone = find_alternatives, zone

    @cached_property
    def alternatives(self) -> tuple[Span, ...]:
        return tuple(self._find())

    def __str__(self) -> str:
        if not self.alternatives:
            return super().__str__()
        times = [_moment(each.starts_at, self._day, self._zone) for each in self.alternatives]
        return str(self._with_times % (self._words | {"times": ", ".join(times)}))


_TAKEN_WORDS = {
    Resource.PHYSICIAN: (terms.PHYSICIAN_TAKEN, terms.PHYSICIAN_TAKEN_NEAREST),
    Resource.ROOM: (terms.ROOM_TAKEN, terms.ROOM_TAKEN_NEAREST),
    Resource.NURSE: (terms.PHYSICIAN_TAKEN, terms.PHYSICIAN_TAKEN_NEAREST),
    Resource.DEVICE: (terms.ROOM_TAKEN, terms.ROOM_TAKEN_NEAREST),
    Resource.PATIENT: (terms.PATIENT_TAKEN, terms.PATIENT_TAKEN_NEAREST),
}


def minutes_of(length: timedelta) -> int:
    return length // timedelta(minutes=1)


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
    closed_early: Mapping[date, EarlyClose] | None = None,
) -> None:
    """Refuse what is past, over a year ahead, on a closed day or outside one opening.

    `openings` holds the day of the visit and some days after it, so that the refusal can name the
    next open one; `closed` and `closed_early` hold the reasons.
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
    if lies_within(span, spans):
        return
    early = (closed_early or {}).get(day)
    if early is not None and span.ends_at > early.at:
        raise NotBookable(
            terms.CLOSED_EARLY
            % {
                "date": day_in_words(day),
                "time": clock_in_words(early.at, zone),
                "why": early.why,
            }
        )
    raise NotBookable(
        terms.OUTSIDE_HOURS % {"date": day_in_words(day), "hours": hours_in_words(spans, zone)}
    )


def check_at_work(span: Span, *, who: str, working: Sequence[Span], zone: ZoneInfo) -> None:
    """Refuse what does not lie within one stretch of the hours that one person works on the day."""
    if lies_within(span, working):
        return
    words = {
        "who": who,
        "date": day_in_words(span.starts_at.astimezone(zone).date()),
        "hours": hours_in_words(working, zone),
    }
    raise NotBookable((terms.WORKS_THEN if working else terms.WORKS_NOT) % words)


def away_in_words(
    kind: Blocking, span: Span, *, who: str, why: str, on: date, zone: ZoneInfo
) -> str:
    """Who or what is not there on a day, and until when."""
    last = (span.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    words = {
        "who": who,
        "date": day_in_words(on if last == on else last),
        "starts": clock_in_words(span.starts_at, zone),
        "ends": clock_in_words(span.ends_at, zone),
        "why": why,
    }
    if kind == Blocking.ABSENCE:
        is_within_day = span.starts_at.astimezone(zone).date() == on == last
        return (terms.AWAY_THEN if is_within_day else terms.AWAY_UNTIL) % words
    return (terms.KEPT_FREE_FOR if why else terms.KEPT_FREE) % words


def hours_in_words(spans: Iterable[Span], zone: ZoneInfo) -> str:
    return ", ".join(
        f"{clock_in_words(each.starts_at, zone)}–{clock_in_words(each.ends_at, zone)}"
        for each in spans
    )


def check_length(minutes: int, numbing_minutes: int) -> None:
    if not (5 <= minutes <= 240 and 0 <= numbing_minutes <= 120):
        raise WrongLength(terms.WRONG_LENGTH)


def check_reason(reason: str) -> str:
    """The reason of a deliberate overbooking. Raises ReasonNeeded."""
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ReasonNeeded(terms.REASON_NEEDED % {"count": SHORTEST_REASON})
    return reason


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
