"""What became of a course: the values that count, their change, where a review stands, mean and interval.

Pure. Which value counts, the states of a review and the method of the interval: docs/rules/outcomes.md.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from itertools import takewhile
from statistics import NormalDist
from typing import Generic, TypeVar

from clinic.refusals import Refused
from treatments.outcomes import terms
from treatments.outcomes.terms import Decision, Missing, Moment, Standing

K = TypeVar("K", bound=Hashable)

SHORTEST_REASON = 10
# A smaller group says nothing about a mixture and too much about a patient.
SMALLEST_GROUP = 5
# As long as answers hold; a later score is of another story.
AFTER_A_COURSE = timedelta(days=180)
# From here on the t and the normal quantile agree in the first two decimals.
MANY = 1000
THREE_MONTHS, SIX_MONTHS = timedelta(days=91), timedelta(days=182)
SPRING_BEGINS = (3, 1)
# A spring that begins sooner after the last session is still part of the treatment.
SPRING_NOT_BEFORE = timedelta(days=28)
# The last look is at most a year and a month after the last session; then the list lets go.
WATCHED_FOR = timedelta(days=450)
ONE_DECIMAL, TWO_DECIMALS = Decimal("0.1"), Decimal("0.01")


class WrongReview(Refused):
    """What was entered is no review, or not now."""

    status = 422
    code = "wrong_review"


class NotDue(Refused):
    status = 409
    code = "review_not_due"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of one measure: the day it was seen, and when it was recorded."""

    on: date
    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a review stands, with the values behind it; `missing` says why nothing can be said."""

    standing: Standing
    before: Value | None = None
    after: Value | None = None
    missing: Missing | None = None
    fall_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Mean of a change with its 95% confidence interval."""

    mean: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseResult:
    """One course that is over. `before` and `after`: mMASI, None where it was not taken."""

    is_drop_out: bool
    before: Decimal | None
    after: Decimal | None
    spot_types: AbstractSet[str] = frozenset()
    depths: AbstractSet[str] = frozenset()
    phototype: str = ""
    # The ingredients of every signed session, in the order of their ids; one entry per combination.
    mixtures: AbstractSet[tuple[str, ...]] = frozenset()

    @property
    def is_compared(self) -> bool:
        return not self.is_drop_out and self.before is not None and self.after is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Generic[K]):
    """Courses that have something in common."""

    key: K
    count: int
    drop_outs: int
    before: Decimal
    after: Decimal
    change: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped(Generic[K]):
    """The groups that are large enough to be shown, and how many are not."""

    shown: Sequence[Group[K]]
    hidden: int


def of_first_day(values: Iterable[Value]) -> Value | None:
    """The last value of the first day with one: an analysis is put right by another of that day."""
    ordered = sorted(values, key=lambda each: (each.on, each.at))
    same_day = takewhile(lambda each: each.on == ordered[0].on, ordered)
    return max(same_day, key=lambda each: each.at, default=None)


def before_treatment(values: Iterable[Value], first_session_at: datetime | None) -> Value | None:
    """What a course is compared with: the first value, if it is from before the first session."""
    return of_first_day(
        each for each in values if first_session_at is None or each.at < first_session_at
    )


def fall_percent(before: Decimal, after: Decimal) -> Decimal | None:
    """How far a value fell, below 0 when it rose; None where there was nothing to fall from."""
    if before <= 0:
        return None
    return ((before - after) * 100 / before).quantize(ONE_DECIMAL, ROUND_HALF_UP)


def review_standing(
    values: Sequence[Value],
    *,
    threshold_percent: int,
    first_session_at: datetime | None,
    reached_on: date | None,
) -> Found:
    """Where a review stands. `reached_on`: the day of its session, None while that is not signed.

    The threshold is held against the exact percent, not the rounded one.
    """
    if reached_on is None:
        return Found(standing=Standing.NOT_DUE)
    before = before_treatment(values, first_session_at)
    after = of_first_day(each for each in values if each.on >= reached_on)
    missing = _missing(before, after)
    if missing is not None or before is None or after is None:
        return Found(standing=Standing.SCORE_MISSING, before=before, after=after, missing=missing)
    is_met = (before.value - after.value) * 100 >= threshold_percent * before.value
    return Found(
        standing=Standing.MET if is_met else Standing.NOT_MET,
        before=before,
        after=after,
        fall_percent=fall_percent(before.value, after.value),
    )


def _missing(before: Value | None, after: Value | None) -> Missing | None:
    if before is None:
        return Missing.BEFORE
    if after is None:
        return Missing.AFTER
    return Missing.FROM_ZERO if before.value <= 0 else None


def check_review_set(
    *, session_number: int, to_come: AbstractSet[int], threshold_percent: int, reason: str
) -> None:
    """Refuse a review at a session that is over (its result would be known) or without a reason."""
    if session_number not in to_come:
        raise WrongReview(terms.NO_SUCH_SESSION % {"number": session_number})
    if not 1 <= threshold_percent <= 100:
        raise WrongReview(terms.THRESHOLD_OUT_OF_RANGE)
    check_reason(reason)


def check_decided(
    found: Found, *, session_number: int, decision: str, without_score: bool, reason: str
) -> None:
    """Refuse a decision before its time, or one that passes over a missing score in silence."""
    if found.standing is Standing.NOT_DUE:
        raise NotDue(terms.REVIEW_NOT_DUE % {"number": session_number})
    if found.standing is Standing.SCORE_MISSING and not without_score:
        raise WrongReview(terms.SAY_WITHOUT_SCORE)
    if decision not in Decision.values:
        raise WrongReview(terms.NO_DECISION)
    check_reason(reason)


def check_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise WrongReview(terms.REASON_TOO_SHORT % {"count": SHORTEST_REASON})


def mean_interval(changes: Sequence[Decimal]) -> Interval:
    """The mean of at least two changes and its 95% confidence interval by Student's t."""
    count = len(changes)
    exact = [Fraction(each) for each in changes]
    mean = sum(exact, Fraction(0)) / count
    variance = sum(((each - mean) ** 2 for each in exact), Fraction(0)) / (count - 1)
    half = t_quantile(count - 1) * math.sqrt(variance / count)
    return Interval(
        mean=_rounded(float(mean)),
        low=_rounded(float(mean) - half),
        high=_rounded(float(mean) + half),
    )


@cache
def t_quantile(freedom: int) -> float:
    """The 97.5% quantile of Student's t for whole degrees of freedom."""
    if freedom > MANY:
        return NormalDist().inv_cdf(0.975)
    low, high = 1.9, 13.0  # that of 1 degree is 12.706, and it only falls
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 0.95 else (low, middle)
    return (low + high) / 2


def _within(t: float, freedom: int) -> float:
    """The share of Student's t between -t and t (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine, is_odd = math.cos(angle), freedom % 2
    term = cosine if is_odd else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(2 + is_odd, freedom - 1, 2):
        term *= cosine**2 * (step - 1) / step
        total += term
    share = math.sin(angle) * total
    return 2 / math.pi * (angle + share) if is_odd else share


def grouped(
    results: Sequence[CourseResult], keys: Callable[[CourseResult], Iterable[K]]
) -> Grouped[K]:
    """The results by what `keys` says they belong to, without the groups that are too small."""
    members: dict[K, list[CourseResult]] = {}
    for each in results:
        for key in keys(each):
            members.setdefault(key, []).append(each)
    groups = {key: summed(key, each) for key, each in members.items()}
    shown = [each for each in groups.values() if each is not None]
    return Grouped(shown=shown, hidden=len(groups) - len(shown))


def summed(key: K, members: Sequence[CourseResult]) -> Group[K] | None:
    """One group in numbers; None below the smallest size that is shown."""
    pairs = [
        (each.before, each.after)
        for each in members
        if each.is_compared and each.before is not None and each.after is not None
    ]
    if len(pairs) < SMALLEST_GROUP:
        return None
    return Group(
        key=key,
        count=len(pairs),
        drop_outs=sum(each.is_drop_out for each in members),
        before=_mean([before for before, _ in pairs]),
        after=_mean([after for _, after in pairs]),
        change=mean_interval([after - before for before, after in pairs]),
    )


def mixture_of(result: CourseResult) -> tuple[str, ...] | None:
    """The one combination of a course; None where the sessions had different ones."""
    return next(iter(result.mixtures)) if len(result.mixtures) == 1 else None


def watch_days(last_session_on: date) -> dict[Moment, date]:
    """When a course that is over is looked at again. The sun returns in spring, and melasma with it."""
    spring = date(last_session_on.year, *SPRING_BEGINS)
    if spring < last_session_on + SPRING_NOT_BEFORE:
        spring = date(last_session_on.year + 1, *SPRING_BEGINS)
    return {
        Moment.THREE_MONTHS: last_session_on + THREE_MONTHS,
        Moment.SIX_MONTHS: last_session_on + SIX_MONTHS,
        Moment.SPRING: spring,
    }


def moment_due(last_session_on: date, *, seen_on: date | None, today: date) -> Moment | None:
    """The latest look that is due and was not made: nobody was analysed since its day."""
    days = watch_days(last_session_on)
    due = [moment for moment, day in days.items() if day <= today]
    latest = max(due, key=lambda moment: days[moment], default=None)
    if latest is None or (seen_on is not None and seen_on >= days[latest]):
        return None
    return latest


def _mean(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(TWO_DECIMALS, ROUND_HALF_UP)


def _rounded(value: float) -> Decimal:
    # Adding 0 turns a negative zero into a plain one.
    return Decimal(repr(value)).quantize(TWO_DECIMALS, ROUND_HALF_UP) + 0
