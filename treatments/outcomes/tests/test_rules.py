"""Which value counts, where a review stands, and the interval of a mean."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.outcomes import rules
from treatments.outcomes.rules import CourseResult, Value
from treatments.outcomes.terms import Missing, Moment, Standing

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST_SESSION = DAY + timedelta(days=1)
amounts = st.decimals(min_value=0, max_value=24, places=1)


def value(days, amount, hours=0):
    at = DAY + timedelta(days=days, hours=hours)
    return Value(on=at.date(), at=at, value=Decimal(amount))


def standing(values, reached_after=22, threshold=25):
    return rules.review_standing(
        values,
        threshold_percent=threshold,
        first_session_at=FIRST_SESSION,
        reached_on=None if reached_after is None else (DAY + timedelta(days=reached_after)).date(),
    )


def test_the_states_of_a_review_are_four_different_things():
    before, after = value(0, "8.0"), value(23, "6.0")
    assert standing([before, after], reached_after=None).standing is Standing.NOT_DUE
    assert standing([before, after]).standing is Standing.MET
    assert standing([before, value(23, "6.1")]).standing is Standing.NOT_MET
    assert standing([before]).standing is Standing.SCORE_MISSING


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([value(0, "8")], Missing.AFTER),
        # Between the first session and that of the review: it says nothing about the review.
        ([value(0, "8"), value(10, "1")], Missing.AFTER),
        ([value(23, "1")], Missing.BEFORE),
        ([value(2, "8"), value(23, "1")], Missing.BEFORE),
        ([value(0, "0"), value(23, "0")], Missing.FROM_ZERO),
        ([], Missing.BEFORE),
    ],
)
def test_a_missing_value_is_never_a_threshold_that_was_not_met(values, missing):
    found = standing(values)

    assert (found.standing, found.missing) == (Standing.SCORE_MISSING, missing)
    assert found.fall_percent is None


@given(before=amounts.filter(bool), after=amounts, threshold=st.integers(1, 100))
def test_a_threshold_is_met_by_the_exact_fall_and_by_no_less(before, after, threshold):
    found = standing([value(0, before), value(23, after)], threshold=threshold)

    exact = (before - after) * 100 / before
    assert (found.standing is Standing.MET) == (exact >= threshold)
    assert (found.standing is Standing.NOT_MET) == (exact < threshold)


def test_the_rounded_percent_does_not_meet_a_threshold():
    found = standing([value(0, "2000"), value(23, "1500.9")], threshold=25)

    assert found.fall_percent == Decimal("25.0")
    assert found.standing is Standing.NOT_MET


def test_an_analysis_is_put_right_by_another_of_the_same_day():
    found = standing([value(0, "8"), value(0, "10", hours=1), value(23, "9"), value(23, "5", 1)])

    assert (found.before.value, found.after.value) == (Decimal(10), Decimal(5))
    later = standing([value(0, "8"), value(23, "9"), value(40, "1")])
    assert later.after.value == Decimal(9)


def test_a_rise_is_a_negative_fall():
    assert rules.fall_percent(Decimal("5"), Decimal("6")) == Decimal("-20.0")
    assert rules.fall_percent(Decimal("7.6"), Decimal("3.3")) == Decimal("56.6")
    assert rules.fall_percent(Decimal("10"), Decimal("-2")) == Decimal("120.0")
    assert rules.fall_percent(Decimal("0"), Decimal("3")) is None
    assert rules.fall_percent(Decimal("-1"), Decimal("3")) is None


def test_a_review_is_set_for_a_session_to_come_with_a_threshold_and_a_reason():
    right: dict[str, Any] = {
        "session_number": 4,
        "to_come": {3, 4, 5},
        "threshold_percent": 25,
        "reason": "usual here",
    }
    rules.check_review_set(**right)
    for wrong in (
        {"session_number": 2},
        {"session_number": 6},
        {"threshold_percent": 0},
        {"threshold_percent": 101},
        {"reason": " short   "},
    ):
        with pytest.raises(rules.WrongReview):
            rules.check_review_set(**(right | wrong))


# Published two-sided 95% values of Student's t.
@pytest.mark.parametrize(
    ("freedom", "published"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (5, 2.571), (9, 2.262), (30, 2.042), (120, 1.980)],
)
def test_the_quantiles_are_those_of_the_tables(freedom, published):
    assert rules.t_quantile(freedom) == pytest.approx(published, abs=0.0006)
    assert rules.t_quantile(rules.MANY + 1) == pytest.approx(1.95996, abs=0.00001)


def test_the_interval_of_a_worked_example():
    # n 5, mean -3.0, standard deviation 1.5811, half width 2.776 x 0.7071 = 1.963
    found = rules.mean_interval(
        [Decimal("-1"), Decimal("-2"), Decimal("-3"), Decimal("-4"), Decimal("-5")]
    )
    assert (found.mean, found.low, found.high) == (
        Decimal("-3.00"),
        Decimal("-4.96"),
        Decimal("-1.04"),
    )


@given(changes=st.lists(st.decimals(-24, 24, places=1), min_size=2, max_size=40))
def test_the_interval_lies_around_its_mean_and_is_as_wide_as_students_t_says(changes):
    found = rules.mean_interval(changes)

    assert found.low <= found.mean <= found.high
    width = 2 * rules.t_quantile(len(changes) - 1) * float(stdev(changes)) / len(changes) ** 0.5
    assert float(found.high - found.low) == pytest.approx(width, abs=0.011)


def course(**fields):
    values: dict[str, Any] = {
        "is_drop_out": False,
        "before": Decimal(8),
        "after": Decimal(5),
        "phototype": "III",
    }
    return CourseResult(**(values | fields))


def by_phototype(each):
    return [each.phototype]


def test_groups_of_four_are_hidden_and_of_five_are_shown():
    four = [course(phototype="II")] * 4
    five = [course()] * 5

    grouped = rules.grouped(four + five, by_phototype)

    assert [(each.key, each.count) for each in grouped.shown] == [("III", 5)]
    assert grouped.hidden == 1
    assert rules.grouped([*four, course(phototype="II"), *five], by_phototype).hidden == 0


def test_who_stopped_or_was_not_scored_is_no_part_of_the_change_and_fills_no_group():
    dropped = course(is_drop_out=True, after=Decimal(20))
    unscored = course(after=None)
    four = [course()] * 4

    assert rules.grouped([*four, dropped, unscored], by_phototype).shown == []
    (group,) = rules.grouped([*four, course(), dropped, dropped, unscored], by_phototype).shown
    assert (group.count, group.drop_outs, group.change.mean) == (5, 2, Decimal("-3.00"))


def test_a_course_with_two_mixtures_has_not_one():
    txa, mixed = ("tranexamic_acid",), ("niacinamide", "tranexamic_acid")
    assert rules.mixture_of(course(mixtures=frozenset({txa}))) == txa
    assert rules.mixture_of(course(mixtures=frozenset({txa, mixed}))) is None


def test_a_course_that_is_over_is_looked_at_after_three_and_six_months_and_in_spring():
    last = date(2026, 9, 1)
    days = rules.watch_days(last)
    assert days[Moment.SPRING] == date(2027, 3, 1)
    assert rules.watch_days(date(2026, 2, 1))[Moment.SPRING] == date(2026, 3, 1)
    assert rules.watch_days(date(2026, 2, 2))[Moment.SPRING] == date(2027, 3, 1)

    def due(today, seen_on=None):
        return rules.moment_due(last, seen_on=seen_on, today=today)

    assert due(date(2026, 11, 30)) is None
    assert due(date(2026, 12, 1)) is Moment.THREE_MONTHS
    assert due(date(2026, 12, 5), seen_on=date(2026, 12, 1)) is None
    assert due(date(2026, 12, 5), seen_on=date(2026, 11, 30)) is Moment.THREE_MONTHS
    assert due(date(2027, 3, 1), seen_on=date(2026, 12, 1)) is Moment.SPRING
