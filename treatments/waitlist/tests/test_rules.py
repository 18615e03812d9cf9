"""Whom a free time suits, on which days a session may be, and until when an offer stands."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.booking.rules import Span
from treatments.waitlist import rules
from treatments.waitlist.rules import Slot, Wish, lawful_days, misfit, offer_until
from treatments.waitlist.terms import Misfit

ISTANBUL = ZoneInfo("Europe/Istanbul")
PHYSICIAN = uuid4()
DAY = date(2026, 11, 24)  # a Tuesday
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def slot(clock="10:00", minutes=30, day=DAY):
    starts_at = datetime.combine(day, time.fromisoformat(clock), ISTANBUL)
    return Slot(PHYSICIAN, Span(starts_at, starts_at + timedelta(minutes=minutes)))


def why(free=None, **wish):
    return misfit(Wish(**({"length": HALF_HOUR} | wish)), free or slot(), ISTANBUL)


def test_whoever_wishes_nothing_in_particular_fits():
    assert why() is None


@pytest.mark.parametrize(
    ("wish", "no"),
    [
        ({"physician_id": uuid4()}, Misfit.PHYSICIAN),
        ({"length": timedelta(minutes=45)}, Misfit.TOO_SHORT),
        ({"weekdays": [0, 2, 3, 4]}, Misfit.WEEKDAY),
        ({"hours_from": time(10, 15)}, Misfit.HOUR),
        ({"hours_until": time(10, 15)}, Misfit.HOUR),
        ({"earliest_on": DAY + timedelta(days=1)}, Misfit.TOO_EARLY),
        ({"latest_on": DAY - timedelta(days=1)}, Misfit.TOO_LATE),
        ({"has_at": slot().span.starts_at}, Misfit.NO_BETTER),
        ({"first": DAY + timedelta(days=1)}, Misfit.INTERVAL),
        ({"last": DAY - timedelta(days=1)}, Misfit.INTERVAL),
    ],
)
def test_each_wish_that_is_not_met_is_named(wish, no):
    assert why(**wish) is no


@pytest.mark.parametrize(
    "wish",
    [
        {"physician_id": PHYSICIAN},
        {"weekdays": [1]},
        {"hours_from": time(10), "hours_until": time(10, 30)},
        {"earliest_on": DAY, "latest_on": DAY},
        {"has_at": slot("10:15").span.starts_at},
        {"first": DAY, "last": DAY},
    ],
)
def test_each_wish_that_is_just_met_fits(wish):
    assert why(**wish) is None


def test_a_longer_free_time_is_begun_and_not_filled():
    assert why(slot(minutes=60)) is None
    begun = slot(minutes=60).begun_with(HALF_HOUR)
    assert begun.ends_at - begun.starts_at == HALF_HOUR


def test_hours_are_those_of_the_clinics_clock():
    late = slot("23:45")
    assert why(late, hours_until=time(23, 59)) is Misfit.HOUR  # ends on the next day
    assert why(slot("00:15"), hours_from=time(0), hours_until=time(1)) is None


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(
    on=days,
    gap=st.integers(14, 60),
    interval=st.integers(7, 28),
    earlier=st.integers(0, 14),
    later=st.integers(0, 14),
)
def test_a_session_is_never_nearer_than_7_days_whatever_the_tolerance(
    on, gap, interval, earlier, later
):
    before, after = on, on + timedelta(days=gap)
    first, last = lawful_days(
        before=before,
        after=after,
        interval_days=interval,
        days_earlier=earlier,
        days_later=later,
    )
    assert first >= before + timedelta(days=rules.MINIMUM_GAP_DAYS)
    assert last <= after - timedelta(days=rules.MINIMUM_GAP_DAYS)


def test_the_tolerance_counts_from_both_neighbours():
    both = lawful_days(
        before=DAY, after=DAY + timedelta(days=28), interval_days=14, days_earlier=1, days_later=3
    )
    assert both == (DAY + timedelta(days=13), DAY + timedelta(days=15))
    alone = lawful_days(before=None, after=None, interval_days=7, days_earlier=1, days_later=3)
    assert alone == (None, None)


def until(starts_in, *, sent_in=timedelta(0), hours=2):
    return offer_until(
        sent_at=NOW + sent_in,
        starts_at=NOW + starts_in,
        now=NOW,
        answer_within=timedelta(hours=hours),
    )


def test_an_offer_stands_for_two_hours_from_when_it_goes_out():
    assert until(timedelta(days=1)) == NOW + timedelta(hours=2)
    assert until(timedelta(days=3), sent_in=timedelta(hours=10)) == NOW + timedelta(hours=12)


def test_it_is_answered_an_hour_before_the_visit_and_within_two_days():
    assert until(timedelta(hours=2)) == NOW + timedelta(hours=1)
    assert until(timedelta(days=9), hours=100) == NOW + rules.LONGEST_OFFER


@pytest.mark.parametrize("starts_in", [timedelta(minutes=74), timedelta(0), -timedelta(hours=1)])
def test_nobody_is_asked_by_letter_about_a_time_that_is_too_near(starts_in):
    with pytest.raises(rules.TooNearToOffer):
        until(starts_in)
    assert until(timedelta(minutes=75)) == NOW + rules.SHORTEST_OFFER  # just in time
