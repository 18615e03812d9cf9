from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.plans import rules
from treatments.plans.terms import PlanState, SessionState

MONDAY = date(2026, 11, 23)
WEEK = timedelta(days=7)
FORTNIGHT = timedelta(days=14)

near_dates = st.dates(date(2026, 1, 1), date(2028, 12, 31))
plan_lengths = st.integers(1, 12)
intervals = st.integers(7, 28).map(lambda days: timedelta(days=days))
closed_days = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=120)


@given(first=near_dates, sessions=plan_lengths, interval=intervals, closed=closed_days)
def test_sessions_keep_their_distance_and_avoid_closed_days(first, sessions, interval, closed):
    dates = rules.propose_dates(first=first, sessions=sessions, interval=interval, closed=closed)

    assert len(dates) == sessions
    assert closed.isdisjoint(dates)
    assert dates[0] >= first
    assert all(later - earlier >= interval for earlier, later in pairwise(dates))


@given(first=near_dates, sessions=plan_lengths, interval=intervals, closed=closed_days)
def test_no_session_waits_longer_than_it_must(first, sessions, interval, closed):
    dates = rules.propose_dates(first=first, sessions=sessions, interval=interval, closed=closed)

    wishes = [first] + [earlier + interval for earlier in dates[:-1]]
    for wished, proposed in zip(wishes, dates, strict=True):
        skipped = {wished + timedelta(days=day) for day in range((proposed - wished).days)}
        assert skipped <= closed


@given(
    first=near_dates,
    sessions=plan_lengths,
    interval=intervals,
    closed=closed_days,
    earliest=near_dates,
)
def test_nothing_is_proposed_before_the_earliest_day(first, sessions, interval, closed, earliest):
    dates = rules.propose_dates(
        first=first, sessions=sessions, interval=interval, closed=closed, earliest=earliest
    )

    assert dates[0] >= max(first, earliest)


@given(
    first=near_dates, sessions=plan_lengths, interval=intervals, closed=closed_days, more=near_dates
)
def test_one_more_closed_day_never_brings_a_session_forward(
    first, sessions, interval, closed, more
):
    def dates(days):
        return rules.propose_dates(first=first, sessions=sessions, interval=interval, closed=days)

    assert all(a <= b for a, b in zip(dates(closed), dates(closed | {more}), strict=True))


def test_a_closed_day_pushes_all_that_follow():
    dates = rules.propose_dates(
        first=MONDAY, sessions=4, interval=WEEK, closed={date(2026, 11, 30)}
    )

    assert dates == [
        date(2026, 11, 23),
        date(2026, 12, 1),
        date(2026, 12, 8),
        date(2026, 12, 15),
    ]


def test_a_clinic_that_never_opens_is_refused_and_not_searched_for_ever():
    closed = {MONDAY + timedelta(days=day) for day in range(400)}

    with pytest.raises(rules.NoOpenDay):
        rules.propose_dates(first=MONDAY, sessions=4, interval=WEEK, closed=closed)


def test_dates_are_not_proposed_less_than_a_week_apart():
    with pytest.raises(rules.WrongPlan):
        rules.propose_dates(first=MONDAY, sessions=4, interval=timedelta(days=6), closed=set())


@pytest.mark.parametrize("sessions", range(4, 9))
@pytest.mark.parametrize("interval_days", [7, 10, 14])
def test_the_founding_course_needs_no_reason(sessions, interval_days):
    rules.check_plan(sessions=sessions, interval_days=interval_days, reason="")


@pytest.mark.parametrize(("sessions", "interval_days"), [(3, 14), (9, 7), (6, 15), (6, 28)])
def test_another_course_needs_a_reason(sessions, interval_days):
    with pytest.raises(rules.WrongPlan):
        rules.check_plan(sessions=sessions, interval_days=interval_days, reason="  ")

    rules.check_plan(sessions=sessions, interval_days=interval_days, reason="Phototype V")


@pytest.mark.parametrize(("sessions", "interval_days"), [(6, 6), (6, 0), (0, 7), (13, 7), (6, 29)])
def test_no_reason_opens_what_is_closed(sessions, interval_days):
    with pytest.raises(rules.WrongPlan):
        rules.check_plan(sessions=sessions, interval_days=interval_days, reason="Tolerated well")


@pytest.mark.parametrize(("interval_days", "allowed"), [(27, False), (28, True), (84, True)])
def test_maintenance_is_four_to_twelve_weeks_apart(interval_days, allowed):
    if allowed:
        rules.check_maintenance(interval_days=interval_days)
    else:
        with pytest.raises(rules.WrongPlan):
            rules.check_maintenance(interval_days=interval_days)


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        (None, (3, 28)),
        ((3, 28), (4, 84)),
        ((1, 28), (4, 84)),
        ((4, 84), (4, 84)),
        ((2, 42), (2, 42)),
    ],
)
def test_maintenance_is_offered_monthly_three_times_and_then_quarterly(before, offered):
    assert rules.usual_maintenance(before) == offered


def test_maintenance_more_than_twelve_weeks_apart_is_refused():
    with pytest.raises(rules.WrongPlan):
        rules.check_maintenance(interval_days=85)


def test_six_days_are_too_close_and_the_seventh_is_offered():
    with pytest.raises(rules.TooClose) as refusal:
        rules.check_gap(MONDAY, MONDAY + timedelta(days=6))

    assert refusal.value.earliest == MONDAY + timedelta(days=7)
    assert "7" in str(refusal.value)
    rules.check_gap(MONDAY, refusal.value.earliest)


@given(one=near_dates, other=near_dates)
def test_the_gap_is_the_same_from_both_sides(one, other):
    def is_refused(previous_on, next_on):
        try:
            rules.check_gap(previous_on, next_on)
        except rules.TooClose:
            return True
        return False

    assert is_refused(one, other) == is_refused(other, one) == (abs(one - other) < WEEK)


@given(first=near_dates, sessions=plan_lengths, interval=intervals, closed=closed_days)
def test_every_proposed_course_keeps_the_gaps(first, sessions, interval, closed):
    rules.check_gaps(
        rules.propose_dates(first=first, sessions=sessions, interval=interval, closed=closed)
    )


def test_a_move_between_two_neighbours_is_checked_on_both_sides():
    with pytest.raises(rules.TooClose):
        rules.check_gaps([MONDAY, MONDAY + FORTNIGHT, MONDAY + timedelta(days=9)])


def test_each_state_has_its_row():
    assert set(rules.TRANSITIONS) == set(SessionState)
    assert set(rules.PLAN_TRANSITIONS) == set(PlanState)


@pytest.mark.parametrize("wanted", SessionState)
@pytest.mark.parametrize("state", [SessionState.DONE, SessionState.CANCELLED])
def test_a_done_or_cancelled_session_stays_so(state, wanted):
    with pytest.raises(rules.StateForbids):
        rules.check_transition(state, wanted)


def test_a_held_session_is_never_done_and_goes_on_with_its_time_or_without():
    with pytest.raises(rules.StateForbids):
        rules.check_transition(SessionState.ON_HOLD, SessionState.DONE)
    rules.check_transition(SessionState.ON_HOLD, SessionState.PLANNED)
    rules.check_transition(SessionState.ON_HOLD, SessionState.BOOKED)


def test_only_a_booked_session_is_done():
    assert {state for state, next_ in rules.TRANSITIONS.items() if SessionState.DONE in next_} == {
        SessionState.BOOKED
    }


@pytest.mark.parametrize("wanted", PlanState)
@pytest.mark.parametrize("state", [PlanState.COMPLETED, PlanState.STOPPED])
def test_a_finished_plan_stays_finished(state, wanted):
    with pytest.raises(rules.StateForbids):
        rules.check_plan_transition(state, wanted)
    rules.check_plan_transition(PlanState.PROPOSED, PlanState.ACTIVE)


def test_a_reason_of_two_letters_is_no_reason():
    with pytest.raises(rules.WrongPlan):
        rules.check_plan(sessions=3, interval_days=7, reason="ok")

    rules.check_plan(sessions=3, interval_days=7, reason="Patient leaves the country")
