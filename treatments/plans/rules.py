"""How many sessions, how far apart, on which dates, and what may become of them.

Pure: first day, closed days and the earliest day are handed in. The founding article has 4-8
sessions one to two weeks apart; that less than 7 days is refused whatever the tolerance, and
what needs a physician's reason, stands in docs/rules/plan-dates.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, time, timedelta
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
# How far a session may lie from its day, when nobody says otherwise, and at most.
DAYS_EARLIER, DAYS_LATER = 1, 3
MOST_DAYS_EARLIER, MOST_DAYS_LATER = 7, 14
MAINTENANCE_DAYS_EARLIER, MAINTENANCE_DAYS_LATER = 7, 14
MOST_MAINTENANCE_VISITS = 24
# Visits and the days between them: monthly three times, then quarterly for a year.
MONTHLY, QUARTERLY = (3, 28), (4, 84)
WEEK_DAYS = 7
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


def check_maintenance(*, visits: int = 1, interval_days: int) -> None:
    """Refuse maintenance visits that are not 4-12 weeks apart; the 4-8 rule is not theirs."""
    if not SHORTEST_MAINTENANCE_DAYS <= interval_days <= LONGEST_MAINTENANCE_DAYS:
        raise WrongPlan(
            terms.MAINTENANCE_OUT_OF_RANGE
            % {"shortest": SHORTEST_MAINTENANCE_DAYS, "longest": LONGEST_MAINTENANCE_DAYS}
        )
    if not 1 <= visits <= MOST_MAINTENANCE_VISITS:
        raise WrongPlan(terms.VISITS_OUT_OF_RANGE % {"most": MOST_MAINTENANCE_VISITS})


def usual_maintenance(before: tuple[int, int] | None) -> tuple[int, int]:
    """Visits and days between them that a new maintenance is offered with.

    `before`: those of the patient's last maintenance. After the monthly ones come quarterly ones; a
    rhythm that a physician chose otherwise goes on.
    """
    if before is None:
        return MONTHLY
    return QUARTERLY if before[1] == MONTHLY[1] else before


def check_length(
    *,
    was: int,
    becomes: int,
    fewest: int,
    interval_days: int,
    reason: str,
    is_maintenance: bool = False,
) -> None:
    """Refuse another length of a running course that is none, has no reason, or drops what is done.

    `fewest`: the sessions that are done or have begun.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise WrongPlan(terms.REASON_FOR_LENGTH % {"count": SHORTEST_REASON})
    if becomes == was:
        raise WrongPlan(terms.SAME_LENGTH % {"count": was})
    if becomes < fewest:
        raise WrongPlan(terms.DONE_ALREADY % {"done": fewest})
    if is_maintenance:
        check_maintenance(visits=becomes, interval_days=interval_days)
    else:
        check_plan(sessions=becomes, interval_days=interval_days, reason=reason)


def is_usual_length(sessions: int) -> bool:
    return FEWEST_SESSIONS <= sessions <= MOST_SESSIONS


def check_hours(starts: time, ends: time) -> None:
    if ends <= starts:
        raise WrongPlan(terms.HOURS_THE_WRONG_WAY_ROUND)


def check_tolerance(*, days_earlier: int, days_later: int) -> None:
    """Refuse a tolerance that is none, or so wide that the interval would say nothing."""
    if not (0 <= days_earlier <= MOST_DAYS_EARLIER and 0 <= days_later <= MOST_DAYS_LATER):
        raise WrongPlan(
            terms.TOLERANCE_OUT_OF_RANGE % {"earlier": MOST_DAYS_EARLIER, "later": MOST_DAYS_LATER}
        )


def check_reason_for_tolerance(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise WrongPlan(terms.REASON_FOR_TOLERANCE % {"count": SHORTEST_REASON})


def lawful_days_earlier(days_earlier: int, interval_days: int) -> int:
    """What of the tolerance towards the session before leaves 7 days: a weekly course has none."""
    return max(0, min(days_earlier, interval_days - MINIMUM_GAP.days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How far a session may lie from its day, and which weekdays (Monday is 0) suit the patient."""

    days_earlier: int = 0
    days_later: int = 0
    weekdays: Set[int] = field(default_factory=frozenset)

    def shortest(self, interval: timedelta) -> timedelta:
        """The least distance of two sessions; never below 7 days."""
        return max(MINIMUM_GAP, interval - timedelta(days=self.days_earlier))

    def slack(self) -> timedelta:
        """How much nearer two neighbours may come when both use their tolerance."""
        return timedelta(days=self.days_earlier + self.days_later)

    def suits(self, day: date) -> bool:
        return not self.weekdays or day.weekday() in self.weekdays


EXACTLY = Wishes()


def propose_dates(
    *,
    first: date,
    sessions: int,
    interval: timedelta,
    closed: Set[date],
    earliest: date | None = None,
    wishes: Wishes = EXACTLY,
    picked: Mapping[int, date] | None = None,
) -> list[date]:
    """Return one date per session, on open days, each about `interval` after the one before.

    Without wishes a session that falls on a closed day moves forward, and pushes the later ones, so
    that the skin never gets less than `interval` to recover. With wishes it lies within their
    tolerance where an open day does, on a weekday that suits where there is one, and never less
    than 7 days behind the one before. Nothing is proposed before `earliest`, the day from which a
    finding or the last session allows it. `picked`: days that stand, by index, and that the later
    ones follow; one that is not lawful is a wish like any other.
    """
    if sessions < 1:
        raise ValueError("a course has at least one session")
    if interval < MINIMUM_GAP:
        raise WrongPlan(terms.INTERVAL_TOO_SHORT % {"days": MINIMUM_GAP.days})
    not_before = wanted = first if earliest is None else max(first, earliest)
    dates: list[date] = []
    for index in range(sessions):
        if dates:
            not_before = max(not_before, dates[-1] + wishes.shortest(interval))
        pick = (picked or {}).get(index)
        nearest = dates[-1] + MINIMUM_GAP if dates else earliest or first
        if pick is not None and pick not in closed and pick >= nearest:
            dates.append(pick)
        else:
            dates.append(
                best_day(pick or wanted, not_before, closed, wishes_of_index(wishes, index))
            )
        wanted = dates[-1] + interval
    return dates


def best_day(wanted: date, not_before: date, closed: Set[date], wishes: Wishes) -> date:
    """The open day within the tolerance that suits best, else the first open one behind it.

    Of two days that suit alike the nearer to `wanted` wins, then the later: the skin has more time.
    """
    wanted = max(wanted, not_before)
    around = range(-wishes.days_earlier, wishes.days_later + 1)
    days = [wanted + timedelta(days=days) for days in around]
    lawful = [day for day in days if day >= not_before and day not in closed]
    if lawful:
        return min(
            lawful,
            key=lambda day: (not wishes.suits(day), abs(day - wanted), wanted - day),
        )
    return _next_open_day(days[-1] + timedelta(days=1), closed)


def wishes_of_index(wishes: Wishes, index: int) -> Wishes:
    """The first session of a course waits up to a week for a weekday that suits."""
    if index or not wishes.weekdays:
        return wishes
    return Wishes(
        days_earlier=wishes.days_earlier,
        days_later=max(wishes.days_later, WEEK_DAYS - 1),
        weekdays=wishes.weekdays,
    )


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
    interval: timedelta,
    closed: Set[date],
    earliest: date | None = None,
    last: date | None = None,
    slack: timedelta | None = None,
    moved: Mapping[int, date] | None = None,
    anew: Set[int] = frozenset(),
) -> list[date]:
    """Return the dates of a course after one of them changed, for whatever cause.

    `dates` are in the order of the sessions. What moves: what lies before `earliest`, the day a wait
    ends; what is in `moved`, by index, to the first open day from there on; and whoever follows
    nearer than its own distance less `slack` (the tolerance of two neighbours), who then gets its
    full distance again. Everybody else stays. Order and at least 7 days are kept, and nobody who
    only follows comes to an earlier day. `anew`: indexes of `moved` that had no day before.
    `last`: the day of the last session that was done. Raises TooClose for a wished day that is too
    near to the session before it.
    """
    wishes = moved or {}
    slack = play(interval.days) if slack is None else slack
    after: list[date] = []
    previous, before = last, last
    for index, on in enumerate(dates):
        wanted = max(wishes.get(index, on), earliest or date.min)
        if previous is not None and index in wishes:
            if wanted - previous < MINIMUM_GAP:
                raise TooClose(previous_on=previous, earliest=previous + MINIMUM_GAP)
        elif previous is not None:
            apart = on - before if before is not None else interval
            gap = max(MINIMUM_GAP, min(apart, interval))
            nearest = max(MINIMUM_GAP, gap - slack)
            if wanted != on or wanted - previous < nearest:
                wanted = max(wanted, previous + (nearest if previous == last else gap))
        after.append(on if wanted == on and index not in anew else _next_open_day(wanted, closed))
        previous, before = after[-1], None if index in anew else on
    return after


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
