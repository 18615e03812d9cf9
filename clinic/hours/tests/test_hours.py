from datetime import date, time, timedelta

import pytest

from clinic.audit.models import AuditEntry
from clinic.hours import actions, queries
from clinic.hours.models import OpeningHours, Room
from clinic.tests import builders
from clinic.tests.builders import MONDAY, NOW

pytestmark = pytest.mark.django_db

BY = "test"


def clocks(day):
    return [(f"{opens:%H:%M}", f"{closes:%H:%M}") for opens, closes in queries.open_spans(day)]


def test_a_weekday_is_open_in_its_spans():
    actions.set_opening_hours(
        weekday=0, spans=[(time(13), time(18)), (time(9), time(12))], by=BY, now=NOW
    )

    assert clocks(MONDAY) == [("09:00", "12:00"), ("13:00", "18:00")]
    assert clocks(MONDAY + timedelta(days=1)) == []


def test_new_hours_replace_the_old_ones():
    builders.open_weekdays()

    actions.set_opening_hours(weekday=0, spans=[], by=BY, now=NOW)

    assert clocks(MONDAY) == []
    assert OpeningHours.objects.count() == 4


@pytest.mark.parametrize(
    "spans",
    [
        [(time(12), time(9))],
        [(time(9), time(9))],
        [(time(9), time(13)), (time(12), time(18))],
    ],
)
def test_spans_that_end_before_they_begin_or_meet_are_refused(spans):
    builders.open_weekdays()

    with pytest.raises(actions.WrongHours):
        actions.set_opening_hours(weekday=0, spans=spans, by=BY, now=NOW)
    assert clocks(MONDAY) == [("09:00", "18:00")]


def test_a_closed_day_has_no_hours_and_a_reason():
    builders.open_weekdays()
    actions.close_day(on=MONDAY, why="Bayram", by=BY, now=NOW)
    actions.close_day(on=MONDAY, why="Resmî tatil", by=BY, now=NOW)

    assert clocks(MONDAY) == []
    assert queries.open_calendar(MONDAY, MONDAY + timedelta(days=6)).closed == {
        MONDAY: "Resmî tatil",
        date(2026, 11, 28): "",
        date(2026, 11, 29): "",
    }


def test_a_window_of_any_length_is_two_statements(django_assert_num_queries):
    builders.open_weekdays()

    with django_assert_num_queries(2):
        calendar = queries.open_calendar(MONDAY, MONDAY + timedelta(days=364))
    assert len(calendar.openings) == 365


def test_a_room_is_added_once_and_taken_into_use_again():
    room = actions.add_room(name="Oda 1", by=BY, now=NOW)
    Room.objects.update(is_active=False)
    assert queries.rooms() == []

    again = actions.add_room(name="Oda 1", by=BY, now=NOW)
    actions.add_room(name="Oda 1", by=BY, now=NOW)

    assert again == room
    assert queries.rooms() == [room]
    assert AuditEntry.objects.filter(verb="room.added").count() == 2
