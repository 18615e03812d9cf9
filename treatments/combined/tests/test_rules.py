"""Procedures and sessions stay apart in both directions, region by region, day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.combined.rules import Dated, TooNear, check_apart, kept_free

DAY = date(2026, 11, 23)
CHEEK, CHIN = ["cheek_left"], ["chin"]


def a_peel(on=DAY, *, gap=14, regions=("cheek_left",)):
    return Dated("Peel", on, gap, 14, frozenset(regions))


def days(count):
    return DAY + timedelta(days=count)


@pytest.mark.parametrize("session", [0, 1, 13, -1, -13])
def test_a_session_within_the_gap_is_refused(session):
    with pytest.raises(TooNear):
        check_apart(a_peel(), [(days(session), CHEEK)])


@pytest.mark.parametrize("session", [14, 15, -14, -40])
def test_the_first_lawful_day_is_lawful(session):
    check_apart(a_peel(), [(days(session), CHEEK)])


def test_the_refusal_names_the_first_lawful_day_on_either_side():
    with pytest.raises(TooNear) as after:
        check_apart(a_peel(), [(days(3), CHEEK)])
    with pytest.raises(TooNear) as before:
        check_apart(a_peel(), [(days(-3), CHEEK)])
    assert (after.value.earliest, before.value.earliest) == (days(14), days(11))


def test_another_region_is_not_concerned_and_no_region_means_every_region():
    check_apart(a_peel(), [(days(1), CHIN)])
    for peel, where in ((a_peel(regions=()), CHIN), (a_peel(), [])):
        with pytest.raises(TooNear):
            check_apart(peel, [(days(1), where)])


def test_care_without_a_gap_may_be_on_the_day_before_a_session_and_not_just_after_one():
    care = Dated("Care", DAY, 0, 14, frozenset())
    check_apart(care, [(days(1), CHEEK)])
    with pytest.raises(TooNear):
        check_apart(care, [(days(-1), CHEEK)])


@given(
    gap=st.integers(0, 180),
    after=st.integers(0, 30),
    session=st.integers(-200, 200),
)
def test_a_day_is_kept_free_exactly_when_a_session_on_it_would_be_refused(gap, after, session):
    procedure = Dated("Laser", DAY, gap, after, frozenset({"cheek_left"}))
    on = days(session)
    is_free = not any(
        kept.first <= on <= kept.last for kept in kept_free([procedure], CHEEK)
    ) and not (on == DAY and after and not gap)
    try:
        check_apart(procedure, [(on, CHEEK)])
    except TooNear:
        assert not is_free
    else:
        assert is_free
