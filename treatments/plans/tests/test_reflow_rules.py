"""The laws of a course whose dates change: for whatever course, cause and calendar."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from treatments.plans import rules

MONDAY = date(2026, 11, 23)
GAP = rules.MINIMUM_GAP
WEEK = timedelta(days=7)
FORTNIGHT = timedelta(days=14)


def days(number):
    return timedelta(days=number)


@st.composite
def changes(draw):
    """A lawful course, one of its sessions wished elsewhere, a wait or none, and closed days."""
    interval = draw(st.integers(7, 28))
    extra = draw(st.lists(st.integers(-3, 9), min_size=1, max_size=8))
    on, dates = MONDAY, []
    for more in extra:
        dates.append(on)
        on += days(max(7, interval + more))
    index = draw(st.integers(0, len(dates) - 1))
    earliest = draw(st.none() | st.integers(0, 90).map(lambda n: MONDAY + days(n)))
    nearest = dates[index - 1] + GAP if index else MONDAY
    wish = nearest + days(draw(st.integers(0, 80)))
    if earliest is not None:
        # A wait moves the one before as well: the wish is read behind it.
        wish = max(wish, earliest + days(28 * 9))
    return {
        "dates": dates,
        "interval": days(interval),
        "slack": days(draw(st.integers(0, 10))),
        "closed": {MONDAY + days(n) for n in draw(st.sets(st.integers(0, 250), max_size=60))},
        "earliest": earliest,
        "last": draw(st.none() | st.just(MONDAY - WEEK)),
        "moved": {index: wish},
        "anew": draw(st.sampled_from([frozenset(), frozenset({index})])),
    }


def reflowed(change, reflow=rules.reflow):
    change = dict(change)
    return reflow(change.pop("dates"), **change)


def broken_laws(change, after):
    """The names of the laws that this answer breaks."""
    before, (index, wish) = change["dates"], next(iter(change["moved"].items()))
    line = [*([change["last"]] if change["last"] else []), *after]
    broken = set()
    if len(after) != len(before):
        broken.add("count")
    if line != sorted(line):
        broken.add("order")
    if any(two - one < GAP for one, two in pairwise(line)):
        broken.add("seven days")
    if change["earliest"] and any(on < change["earliest"] for on in after):
        broken.add("wait")
    if after[index] < wish:
        broken.add("wish")
    for i, (was, on) in enumerate(zip(before, after, strict=True)):
        if i != index and on < was:
            broken.add("nobody who follows comes to an earlier day")
        if i != index and on != was and on in change["closed"]:
            broken.add("closed day")
        if i != index and (on == was) != is_lawful_where_it_is(change, after, i):
            broken.add("untouched are those that were lawful already")
    return broken


def is_lawful_where_it_is(change, after, i):
    """Told apart from the code under test: neither before the wait nor nearer than its own distance
    less the slack to the one before, wherever that one is now."""
    dates, interval = change["dates"], change["interval"]
    if change["earliest"] and dates[i] < change["earliest"]:
        return False
    previous = after[i - 1] if i else change["last"]
    if previous is None:
        return True
    was_before = dates[i - 1] if i else change["last"]
    had = interval if i - 1 in change["anew"] else dates[i] - was_before
    least = max(GAP, max(GAP, min(had, interval)) - change["slack"])
    return dates[i] - previous >= least


@given(changes())
def test_a_course_keeps_its_laws_whatever_changes(change):
    assert broken_laws(change, reflowed(change)) == set()


def only_the_one_moves(dates, *, moved, **_rest):
    return [moved.get(index, on) for index, on in enumerate(dates)]


def everybody_moves(dates, *, moved, **_rest):
    """What a recurrence rule does: the whole rest is shifted, lawful or not."""
    index, wish = next(iter(moved.items()))
    return [
        on + max(wish - dates[index], days(0)) if i >= index else on for i, on in enumerate(dates)
    ]


def without_a_wait(dates, *, earliest, **rest):
    return rules.reflow(dates, **rest)


@pytest.mark.parametrize(
    ("reflow", "law"),
    [
        (only_the_one_moves, "seven days"),
        (only_the_one_moves, "order"),
        (everybody_moves, "untouched are those that were lawful already"),
        (without_a_wait, "wait"),
    ],
)
def test_the_laws_find_a_mechanism_that_breaks_them(reflow, law):
    """The negative control: each of these would be caught by the test above."""
    assert find(changes(), lambda change: law in broken_laws(change, reflowed(change, reflow)))


def test_a_day_too_near_to_the_session_before_is_refused_with_the_first_possible_one():
    dates = [MONDAY, MONDAY + FORTNIGHT]

    with pytest.raises(rules.TooClose) as refusal:
        rules.reflow(dates, interval=FORTNIGHT, closed=set(), moved={1: MONDAY + days(6)})

    assert refusal.value.earliest == MONDAY + WEEK


def test_a_weekly_course_follows_day_by_day():
    dates = [MONDAY + WEEK * number for number in range(4)]

    after = rules.reflow(dates, interval=WEEK, closed=set(), moved={1: MONDAY + days(9)})

    assert after == [MONDAY, MONDAY + days(9), MONDAY + days(16), MONDAY + days(23)]


def test_who_keeps_within_the_tolerance_stays():
    dates = [MONDAY + FORTNIGHT * number for number in range(4)]

    after = rules.reflow(
        dates, interval=FORTNIGHT, closed=set(), moved={1: MONDAY + days(18)}, slack=days(4)
    )

    assert after == [dates[0], MONDAY + days(18), *dates[2:]]


near_dates = st.dates(date(2026, 1, 1), date(2028, 12, 31))
intervals = st.integers(7, 28).map(days)
closed_days = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=120)
wishes = st.builds(
    rules.Wishes,
    days_earlier=st.integers(0, 7),
    days_later=st.integers(0, 14),
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
)


@given(near_dates, st.integers(1, 12), intervals, closed_days, wishes, near_dates)
def test_no_tolerance_and_no_wish_goes_below_seven_days_or_before_a_wait(
    first, sessions, interval, closed, wishes, earliest
):
    dates = rules.propose_dates(
        first=first,
        sessions=sessions,
        interval=interval,
        closed=closed,
        earliest=earliest,
        wishes=wishes,
    )

    assert len(dates) == sessions
    assert dates[0] >= max(first, earliest)
    assert closed.isdisjoint(dates)
    assert all(two - one >= GAP for one, two in pairwise(dates))
    assert all(two - one >= interval - days(wishes.days_earlier) for one, two in pairwise(dates))


@given(near_dates, st.integers(2, 8), intervals, wishes)
def test_on_an_open_calendar_every_date_lies_within_the_tolerance(
    first, sessions, interval, wishes
):
    dates = rules.propose_dates(
        first=first, sessions=sessions, interval=interval, closed=frozenset(), wishes=wishes
    )

    for one, two in pairwise(dates):
        away = two - (one + interval)
        assert -days(wishes.days_earlier) <= away <= days(wishes.days_later)


def test_a_weekday_that_suits_is_taken_within_the_tolerance_and_kept():
    wishes = rules.Wishes(days_earlier=1, days_later=3, weekdays=frozenset({3}))

    dates = rules.propose_dates(
        first=MONDAY, sessions=3, interval=FORTNIGHT, closed=set(), wishes=wishes
    )

    assert [day.weekday() for day in dates] == [3, 3, 3]
    assert dates[0] == MONDAY + days(3)


def test_later_dates_follow_the_one_that_was_picked():
    dates = rules.propose_dates(
        first=MONDAY, sessions=4, interval=WEEK, closed=set(), picked={1: MONDAY + days(9)}
    )

    assert dates == [MONDAY, MONDAY + days(9), MONDAY + days(16), MONDAY + days(23)]


def test_a_pick_that_is_too_near_is_only_a_wish():
    dates = rules.propose_dates(
        first=MONDAY, sessions=2, interval=WEEK, closed=set(), picked={1: MONDAY + days(5)}
    )

    assert dates == [MONDAY, MONDAY + WEEK]


@pytest.mark.parametrize(("interval", "earlier"), [(7, 0), (8, 1), (14, 1)])
def test_what_is_kept_of_a_tolerance_leaves_seven_days(interval, earlier):
    assert rules.lawful_days_earlier(1, interval) == earlier


@pytest.mark.parametrize(("earlier", "later"), [(-1, 3), (8, 3), (1, 15), (1, -1)])
def test_a_tolerance_that_is_none_is_refused(earlier, later):
    with pytest.raises(rules.WrongPlan):
        rules.check_tolerance(days_earlier=earlier, days_later=later)


@pytest.mark.parametrize("becomes", [4, 8])
def test_a_running_course_changes_its_length_for_a_written_reason(becomes):
    length = {"was": 6, "becomes": becomes, "fewest": 3, "interval_days": 14}
    rules.check_length(**length, reason="Half of it is gone after three.")
    with pytest.raises(rules.WrongPlan):
        rules.check_length(**length, reason="ok")


@pytest.mark.parametrize(("becomes", "says"), [(6, "already"), (2, "done"), (13, "between")])
def test_a_length_that_is_none_is_refused(becomes, says):
    with pytest.raises(rules.WrongPlan) as refusal:
        rules.check_length(
            was=6, becomes=becomes, fewest=3, interval_days=14, reason="After the review."
        )
    assert says in str(refusal.value)
