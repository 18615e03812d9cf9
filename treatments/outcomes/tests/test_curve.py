"""Where the points of a curve stand."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from treatments.outcomes import curve
from treatments.outcomes.curve import Mark, Reading, draw, value_steps

DAY = date(2026, 3, 2)
readings = st.lists(
    st.builds(
        Reading,
        on=st.integers(0, 400).map(lambda days: DAY + timedelta(days=days)),
        value=st.decimals(-30, 9999, places=1),
    ),
    min_size=1,
    max_size=12,
)


def on(days):
    return DAY + timedelta(days=days)


@given(readings=readings, sessions=st.lists(st.integers(0, 400), max_size=8))
def test_everything_stands_inside_the_drawing(readings, sessions):
    marks = [Mark(on=on(days), number=number) for number, days in enumerate(sessions, start=1)]
    drawing = draw(readings, sessions=marks, review=marks[-1] if marks else None)

    assert len(drawing.dots) == len(readings)
    assert all(curve.LEFT <= dot.x <= curve.RIGHT for dot in drawing.dots)
    assert all(curve.TOP <= dot.y <= curve.BOTTOM for dot in drawing.dots)
    assert all(curve.LEFT <= mark.x <= curve.RIGHT for mark in drawing.sessions)
    half = curve.DATE_WIDTH // 2
    assert all(half <= day.x <= curve.WIDTH - half for day in drawing.days)
    assert 2 <= len(drawing.lines) <= curve.MOST_STEPS + 2
    assert any(line.value == 0 for line in drawing.lines)


@given(readings=readings)
def test_higher_values_stand_higher_and_later_ones_further_on(readings):
    drawing = draw(readings)

    ordered = sorted(drawing.dots, key=lambda dot: dot.value)
    assert all(low.y >= high.y for low, high in itertools.pairwise(ordered))
    assert [dot.x for dot in drawing.dots] == sorted(dot.x for dot in drawing.dots)


@given(values=st.lists(st.decimals(-30, 9999, places=1), min_size=1, max_size=9))
def test_the_axis_holds_zero_and_every_value_in_even_steps(values):
    steps = value_steps(values)

    assert steps[0] <= min(*values, Decimal(0))
    assert steps[-1] >= max(*values, Decimal(0))
    assert len({later - earlier for earlier, later in itertools.pairwise(steps)}) == 1


def test_words_do_not_lie_over_each_other():
    drawing = draw([Reading(on(days), Decimal(5)) for days in (0, 1, 2, 100, 101)])

    shown = [dot.x for dot in drawing.dots if dot.is_labelled]
    assert all(later - one >= curve.VALUE_WIDTH for one, later in itertools.pairwise(shown))
    days = [day.x for day in drawing.days]
    assert all(later - one >= curve.DATE_WIDTH for one, later in itertools.pairwise(days))
    assert [day.on for day in drawing.days][:1] == [on(0)]


def test_sessions_and_the_review_have_their_places():
    drawing = draw(
        [Reading(on(0), Decimal(8)), Reading(on(40), Decimal(5))],
        sessions=[Mark(on(10), 1), Mark(on(20), 2)],
        review=Mark(on(20), 2),
    )

    assert [mark.number for mark in drawing.sessions] == [1, 2]
    assert drawing.review_x == drawing.sessions[1].x
    assert draw([Reading(on(0), Decimal(8))]).review_x is None
