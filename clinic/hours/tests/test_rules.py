from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.hours import rules
from clinic.hours.rules import Shift

MONDAY = date(2026, 11, 23)
days = st.integers(0, 40).map(lambda number: MONDAY + timedelta(days=number))
shifts = st.builds(
    lambda weekday, first, length: Shift(
        weekday,
        time(9),
        time(12),
        first,
        None if length is None else first + timedelta(days=length),
    ),
    st.integers(0, 6),
    days,
    st.none() | st.integers(0, 30),
)


@given(shift=shifts, first=days, length=st.none() | st.integers(0, 20))
def test_new_hours_take_exactly_their_own_days_from_the_earlier_ones(shift, first, length):
    last = None if length is None else first + timedelta(days=length)

    left = list(rules.outside_of(shift, first, last))

    for number in range(90):
        day = MONDAY + timedelta(days=number)
        is_new = first <= day and (last is None or day <= last)
        held = any(each.holds_on(day) for each in left)
        assert held == (shift.holds_on(day) and not is_new)


def test_a_closure_is_of_exactly_one_and_ends_after_it_begins():
    now, later = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (9, 10))

    rules.check_closure(now, later, ("somebody", None, None))
    with pytest.raises(rules.WrongClosure):
        rules.check_closure(now, later, (None, None, None))
    with pytest.raises(rules.WrongClosure):
        rules.check_closure(now, later, ("somebody", "a room", None))
    with pytest.raises(rules.WrongClosure):
        rules.check_closure(now, now, ("somebody", None, None))
