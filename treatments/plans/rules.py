"""How many sessions, how far apart, on which dates, and what may become of them.

Pure: first day, closed days and the earliest day are handed in. The founding article has 4-8
sessions one to two weeks apart; that less than 7 days is refused whatever the tolerance, and
what needs a physician's reason, stands in docs/rules/plan-dates.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import date, timedelta
from itertools import pairwise

from clinic.refusals import Refused
from treatments.booking.terms import day_in_words
from treatments.plans import terms
from treatments.plans.terms import PlanState, SessionState

FEWEST_SESSIONS, MOST_SESSIONS = 4, 8
FEWEST_WITH_REASON, MOST_WITH_REASON = 1, 12
SHORTEST_INTERVAL_DAYS, LONGEST_INTERVAL_DAYS = 7, 14
LONGEST_INTERVAL_WITH_REASON_DAYS = 28
SHORTEST_MAINTENANCE_DAYS, LONGEST_MAINTENANCE_DAYS = 28, 84
MINIMUM_GAP = timedelta(days=7)
# "ok" says nothing to the colleague who reads it; an amendment asks for as much.
SHORTEST_REASON = 10
SHORTEST_SESSION_MINUTES, LONGEST_SESSION_MINUTES = 10, 90

# A calendar that is closed for longer is a wrong calendar.
LONGEST_CLOSURE = timedelta(days=365)

P, S = PlanState, SessionState

PLAN_TRANSITIONS: Mapping[PlanState, Set[PlanState]] = {
    P.PROPOSED: {P.ACTIVE, P.ON_HOLD, P.STOPPED},
    P.ACTIVE: {P.ON_HOLD, P.COMPLETED, P.STOPPED},
    P.ON_HOLD: {P.PROPOSED, P.ACTIVE, P.STOPPED},
    P.COMPLETED: set(),
    P.STOPPED: set(),
}

TRANSITIONS: Mapping[SessionState, Set[SessionState]] = {
    S.PLANNED: {S.BOOKED, S.ON_HOLD, S.CANCELLED},
    S.BOOKED: {S.PLANNED, S.DONE, S.MISSED, S.ON_HOLD, S.CANCELLED},
    S.MISSED: {S.PLANNED, S.BOOKED, S.ON_HOLD, S.CANCELLED},
    # Back to booked: its time was never given away.
    S.ON_HOLD: {S.PLANNED, S.BOOKED, S.CANCELLED},
    S.DONE: set(),
    S.CANCELLED: set(),
}


class StateForbids(Refused):
    """A plan or session cannot go from the state it is in to the one that is wanted."""

    code = "state_forbids"


class WrongPlan(Refused):
    """The number of sessions or their interval is not one that a course may have."""

    code = "wrong_plan"
    status = 422


class PlanRunsAlready(Refused):
    """A patient has one course at a time."""

    code = "plan_runs_already"


class BookingBlocked(Refused):
    """What the patient answered, or a hold, stands against a treatment appointment."""

    code = "booking_blocked"


class CourseChanged(Refused):
    """The course is not any more what the reader saw."""

    code = "stale_version"


class IdempotencyMismatch(Refused):
    """The key of a request came again with another content."""

    code = "idempotency_mismatch"
    status = 422


class TooClose(Refused):
    """The skin would get less than 7 days; `earliest` is the first day that is possible."""

    code = "too_close"
    status = 422

    def __init__(self, *, previous_on: date, earliest: date) -> None:
        super().__init__(
            terms.TOO_CLOSE
            % {
                "days": MINIMUM_GAP.days,
                "previous": day_in_words(previous_on),
                "earliest": day_in_words(earliest),
            }
        )
        self.previous_on = previous_on
        self.earliest = earliest


class NoOpenDay(Refused):
    """There is no open day within a year."""

    code = "no_open_day"


def check_plan(*, sessions: int, interval_days: int, reason: str = "") -> None:
    """Refuse a course that is outside 4-8 sessions or 7-14 days without a physician's reason.

    A reason of at least 10 characters stretches the course to 1-12 sessions and 28 days, never below 7 days.
    """
    given = len(reason.strip()) >= SHORTEST_REASON
    if interval_days < SHORTEST_INTERVAL_DAYS:
        raise WrongPlan(terms.INTERVAL_TOO_SHORT % {"days": SHORTEST_INTERVAL_DAYS})
    if not FEWEST_WITH_REASON <= sessions <= MOST_WITH_REASON:
        raise WrongPlan(
            terms.SESSIONS_OUT_OF_RANGE % {"fewest": FEWEST_WITH_REASON, "most": MOST_WITH_REASON}
        )
    if interval_days > LONGEST_INTERVAL_WITH_REASON_DAYS:
        raise WrongPlan(
            terms.INTERVAL_OUT_OF_RANGE % {"longest": LONGEST_INTERVAL_WITH_REASON_DAYS}
        )
    if not given and not FEWEST_SESSIONS <= sessions <= MOST_SESSIONS:
        raise WrongPlan(
            terms.REASON_NEEDED_FOR_SESSIONS % {"fewest": FEWEST_SESSIONS, "most": MOST_SESSIONS}
        )
    if not given and interval_days > LONGEST_INTERVAL_DAYS:
        raise WrongPlan(
            terms.REASON_NEEDED_FOR_INTERVAL
            % {"shortest": SHORTEST_INTERVAL_DAYS, "longest": LONGEST_INTERVAL_DAYS}
        )


def check_steps(*, session_minutes: int, regions: Collection[str]) -> None:
    """Refuse a plan whose sessions have no place or no sensible length."""
    if not SHORTEST_SESSION_MINUTES <= session_minutes <= LONGEST_SESSION_MINUTES:
        raise WrongPlan(
            terms.SESSION_MINUTES_OUT_OF_RANGE
            % {"shortest": SHORTEST_SESSION_MINUTES, "longest": LONGEST_SESSION_MINUTES}
        )
    if not regions:
        raise WrongPlan(terms.REGIONS_NEEDED)


def check_maintenance(*, interval_days: int) -> None:
    """Refuse maintenance visits that are not 4-12 weeks apart; their number is free."""
    if not SHORTEST_MAINTENANCE_DAYS <= interval_days <= LONGEST_MAINTENANCE_DAYS:
        raise WrongPlan(
            terms.MAINTENANCE_OUT_OF_RANGE
            % {"shortest": SHORTEST_MAINTENANCE_DAYS, "longest": LONGEST_MAINTENANCE_DAYS}
        )


def propose_dates(
    *,
    first: date,
    sessions: int,
    interval: timedelta,
    closed: Set[date],
    earliest: date | None = None,
) -> list[date]:
    """Return one date per session, at least `interval` apart, on open days.

    A session that falls on a closed day moves forward, and pushes the later ones, so that the
    skin never gets less than `interval` to recover. Nothing is proposed before `earliest`, the
    day from which a finding or the last session allows it.
    """
    if sessions < 1:
        raise ValueError("a course has at least one session")
    if interval < MINIMUM_GAP:
        raise WrongPlan(terms.INTERVAL_TOO_SHORT % {"days": MINIMUM_GAP.days})
    wanted = first if earliest is None else max(first, earliest)
    dates: list[date] = []
    for _number in range(sessions):
        dates.append(_next_open_day(wanted, closed))
        wanted = dates[-1] + interval
    return dates


def check_gap(previous_on: date, next_on: date) -> None:
    """Refuse two sessions that are less than 7 calendar days apart, in whichever order."""
    earlier, later = sorted((previous_on, next_on))
    if later - earlier < MINIMUM_GAP:
        raise TooClose(previous_on=earlier, earliest=earlier + MINIMUM_GAP)


def check_gaps(dates: Iterable[date]) -> None:
    """Refuse a course in which any two sessions are less than 7 calendar days apart."""
    for previous_on, next_on in pairwise(sorted(dates)):
        check_gap(previous_on, next_on)


def check_order(dates: Sequence[tuple[int, date]]) -> None:
    """Refuse sessions that overtake each other or stand less than 7 days apart.

    `dates` are pairs of session number and day, for the sessions that have one.
    """
    for (number, on), (next_number, next_on) in pairwise(sorted(dates)):
        if next_on < on:
            raise WrongPlan(terms.OUT_OF_ORDER % {"number": next_number, "other": number})
        check_gap(on, next_on)


def play(interval_days: int) -> timedelta:
    """How far any session may leave its proposed day while every gap stays at least 7 days.

    Two neighbours may both use it, towards each other.
    """
    return timedelta(days=max(0, (interval_days - MINIMUM_GAP.days) // 2))


def reflow(
    dates: Sequence[date],
    *,
    earliest: date,
    interval: timedelta,
    closed: Set[date],
    last: date | None = None,
) -> list[date]:
    """Return the dates of a course of which nothing may stand before `earliest`.

    `dates` are in the order of the sessions. Only what lies before `earliest` moves; a later
    session follows when it would come nearer to the one before than the play of the interval
    allows, and then gets its full distance again. Nothing moves to an earlier day, and order and
    at least 7 days are kept. `last`: the day of the last session that was done.
    """
    moved: list[date] = []
    previous, before = last, last
    for on in dates:
        wanted = max(on, earliest)
        if previous is not None and before is not None:
            gap = max(MINIMUM_GAP, min(on - before, interval))
            nearest = max(MINIMUM_GAP, gap - play(interval.days))
            if wanted != on or wanted - previous < nearest:
                wanted = max(wanted, previous + (nearest if previous == last else gap))
        moved.append(on if wanted == on else _next_open_day(wanted, closed))
        previous, before = moved[-1], on
    return moved


def check_transition(state: SessionState, wanted: SessionState) -> None:
    if wanted not in TRANSITIONS[state]:
        raise StateForbids(
            terms.SESSION_STATE_FORBIDS % {"state": state.label, "wanted": wanted.label}
        )


def check_plan_transition(state: PlanState, wanted: PlanState) -> None:
    if wanted not in PLAN_TRANSITIONS[state]:
        raise StateForbids(
            terms.PLAN_STATE_FORBIDS % {"state": state.label, "wanted": wanted.label}
        )


def _next_open_day(wanted: date, closed: Set[date]) -> date:
    for days in range(LONGEST_CLOSURE.days):
        day = wanted + timedelta(days=days)
        if day not in closed:
            return day
    raise NoOpenDay(
        terms.NO_OPEN_DAY % {"days": LONGEST_CLOSURE.days, "date": day_in_words(wanted)}
    )
