from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.audit.models import AuditEntry
from clinic.hours import actions, queries, rules
from clinic.hours.models import BlockedTime, ClosedDay, OpeningHours, Room, WorkingHours
from clinic.hours.terms import Blocking
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


class TestHalfDays:
    def test_a_half_day_is_open_until_it_closes_and_says_why(self):
        builders.open_weekdays()
        actions.close_day(on=MONDAY, why="Arife", closed_from=time(13), by=BY, now=NOW)

        calendar = queries.open_calendar(MONDAY, MONDAY)

        assert clocks(MONDAY) == [("09:00", "13:00")]
        assert calendar.closed == {}
        assert (calendar.closed_early[MONDAY].why, f"{calendar.closed_early[MONDAY].at:%H:%M}") == (
            "Arife",
            "13:00",
        )

    def test_a_half_day_that_begins_before_the_clinic_opens_is_a_closed_one(self):
        builders.open_weekdays()
        actions.close_day(on=MONDAY, why="Arife", closed_from=time(9), by=BY, now=NOW)

        assert queries.open_calendar(MONDAY, MONDAY).closed == {MONDAY: "Arife"}

    def test_a_half_day_that_begins_after_closing_time_changes_nothing(self):
        builders.open_weekdays()
        actions.close_day(on=MONDAY, why="Arife", closed_from=time(20), by=BY, now=NOW)

        calendar = queries.open_calendar(MONDAY, MONDAY)

        assert clocks(MONDAY) == [("09:00", "18:00")]
        assert calendar.closed_early == {}

    def test_the_clinic_may_work_on_a_closed_day_and_close_it_again(self):
        builders.open_weekdays()
        actions.close_day(on=MONDAY, why="Bayram", by=BY, now=NOW)

        actions.work_on(on=MONDAY, by=BY, now=NOW)
        assert clocks(MONDAY) == [("09:00", "18:00")]

        actions.close_day(on=MONDAY, why="Bayram", by=BY, now=NOW)
        assert clocks(MONDAY) == []


class TestHolidays:
    def test_the_public_holidays_of_a_year_are_copied_with_their_half_days(self):
        copied = actions.copy_holidays(year=2027, by=BY, now=NOW)

        days = {each.on: each for each in ClosedDay.objects.all()}
        assert len(copied) == len(days) == 16
        assert days[date(2027, 1, 1)].closed_from is None
        assert days[date(2027, 10, 28)].closed_from == time(13)
        # A whole holiday and half of another one on the same day is a whole one.
        assert days[date(2027, 5, 19)].closed_from is None
        assert AuditEntry.objects.filter(verb="day.closed").count() == 16

    def test_copying_again_keeps_what_the_clinic_changed(self):
        actions.copy_holidays(year=2027, by=BY, now=NOW)
        actions.work_on(on=date(2027, 1, 1), by=BY, now=NOW)
        actions.close_day(
            on=date(2027, 4, 23), why="Yarım gün", closed_from=time(12), by=BY, now=NOW
        )
        before = list(ClosedDay.objects.values_list("on", "why", "closed_from", "is_worked"))

        again = actions.copy_holidays(year=2027, by=BY, now=NOW)

        assert again == []
        assert before == list(
            ClosedDay.objects.values_list("on", "why", "closed_from", "is_worked")
        )

    def test_another_country_has_its_own(self, settings):
        settings.CLINIC_COUNTRY = "DE"

        actions.copy_holidays(year=2027, by=BY, now=NOW)

        assert ClosedDay.objects.filter(on=date(2027, 10, 3)).exists()

    @pytest.mark.parametrize(("country", "year"), [("XX", 2027), ("TR", 2190)])
    def test_what_is_not_known_is_refused_in_words(self, settings, country, year):
        settings.CLINIC_COUNTRY = country

        with pytest.raises(rules.NoHolidaysKnown):
            actions.copy_holidays(year=year, by=BY, now=NOW)


WEEK = {weekday: [(time(9), time(13))] for weekday in range(5)}


class TestWorkingHours:
    def working(self, member, day):
        calendar = queries.open_calendar(day, day, members=[member.pk])
        own = calendar.working.get(member.pk)
        return None if own is None else [f"{a:%H:%M}-{b:%H:%M}" for a, b in own[day]]

    def test_who_has_no_hours_works_with_the_clinic(self):
        assert self.working(builders.physician(), MONDAY) is None

    def test_hours_hold_from_a_day_until_a_day_and_the_rest_stays(self):
        builders.open_weekdays()
        member = builders.physician()
        actions.set_working_hours(member=member, week=WEEK, valid_from=MONDAY, by=BY, now=NOW)
        second = MONDAY + timedelta(days=7)

        actions.set_working_hours(
            member=member,
            week={0: [(time(14), time(18))]},
            valid_from=second,
            valid_until=second + timedelta(days=6),
            by=BY,
            now=NOW,
        )

        assert self.working(member, MONDAY) == ["09:00-13:00"]
        assert self.working(member, second) == ["14:00-18:00"]
        assert self.working(member, second + timedelta(days=1)) == []
        assert self.working(member, second + timedelta(days=7)) == ["09:00-13:00"]
        assert AuditEntry.objects.filter(verb="hours.of_member_set").count() == 2

    def test_until_the_first_hours_begin_the_clinics_own_hold(self):
        builders.open_weekdays()
        member = builders.physician()

        actions.set_working_hours(
            member=member, week=WEEK, valid_from=MONDAY + timedelta(days=7), by=BY, now=NOW
        )

        assert self.working(member, MONDAY) == ["09:00-18:00"]
        assert self.working(member, MONDAY + timedelta(days=7)) == ["09:00-13:00"]

    @pytest.mark.parametrize(
        ("week", "valid_until"),
        [
            ({}, None),
            ({0: []}, None),
            ({0: [(time(12), time(9))]}, None),
            (WEEK, MONDAY - timedelta(days=1)),
        ],
    )
    def test_hours_that_make_no_sense_are_refused_and_change_nothing(self, week, valid_until):
        with pytest.raises(actions.WrongHours):
            actions.set_working_hours(
                member=builders.physician(),
                week=week,
                valid_from=MONDAY,
                valid_until=valid_until,
                by=BY,
                now=NOW,
            )
        assert not WorkingHours.objects.exists()


class TestBlockedTime:
    def block(self, **fields):
        values: dict[str, Any] = {
            "kind": Blocking.ABSENCE,
            "starts_at": queries.day_bounds(MONDAY)[0],
            "ends_at": queries.day_bounds(MONDAY)[1],
            "by": builders.manager(),
            "now": NOW,
        }
        return actions.block_time(**(values | fields)).time

    def test_it_is_read_with_the_calendar_until_it_is_taken_back(self):
        member = builders.physician()
        blocked = self.block(member=member, why="Kongre")
        self.block(member=builders.physician())

        (away,) = queries.open_calendar(MONDAY, MONDAY, members=[member.pk]).away
        assert (away.of, away.why, away.kind) == (member.pk, "Kongre", Blocking.ABSENCE)

        actions.lift_block(blocked_id=blocked.pk, by=member, now=NOW)
        assert queries.open_calendar(MONDAY, MONDAY, members=[member.pk]).away == []
        with pytest.raises(rules.AlreadyLifted):
            actions.lift_block(blocked_id=blocked.pk, by=member, now=NOW)

    def test_one_that_began_weeks_ago_is_found(self):
        room = builders.room()
        self.block(room=room, starts_at=NOW - timedelta(days=60))

        assert len(queries.open_calendar(MONDAY, MONDAY, rooms=[room.pk]).away) == 1
        assert (
            queries.open_calendar(
                MONDAY + timedelta(days=1), MONDAY + timedelta(days=9), rooms=[room.pk]
            ).away
            == []
        )

    def test_the_table_keeps_it_to_one_resource(self):
        member, room = builders.physician(), builders.room()
        row = {
            "kind": Blocking.ABSENCE,
            "starts_at": NOW,
            "ends_at": NOW + timedelta(hours=1),
            "entered_by": member,
            "entered_at": NOW,
        }
        BlockedTime.objects.create(member=member, **row)

        for wrong in ({}, {"member": member, "room": room}):
            with pytest.raises(IntegrityError), transaction.atomic():
                BlockedTime.objects.create(**row, **wrong)

    def test_without_the_constraint_it_would_be_of_two(self):
        """The negative control."""
        (guard,) = [
            each
            for each in BlockedTime._meta.constraints
            if each.name == "blocked_time_is_of_one_resource"
        ]
        with connection.schema_editor() as editor:
            editor.remove_constraint(BlockedTime, guard)

        BlockedTime.objects.create(
            member=builders.physician(),
            room=builders.room(),
            kind=Blocking.ABSENCE,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
            entered_by=builders.manager(),
            entered_at=NOW,
        )


def test_everybody_and_everything_of_a_year_is_four_statements(django_assert_num_queries):
    builders.open_weekdays()
    members = [builders.physician().pk for _number in range(3)]
    rooms = [builders.room().pk for _number in range(3)]
    device = actions.add_device(name="Lazer", by=BY, now=NOW)

    with django_assert_num_queries(4):
        queries.open_calendar(
            MONDAY,
            MONDAY + timedelta(days=364),
            members=members,
            rooms=rooms,
            devices=[device.pk],
        )


def test_a_room_is_renamed_and_taken_out_of_use():
    room, other = builders.room("Oda A"), builders.room("Oda B")

    assert actions.name_resource(resource=room, name=" Lazer odası ", by=BY, now=NOW).name == (
        "Lazer odası"
    )
    for wrong in ("Oda B", "  "):
        with pytest.raises(rules.WrongName):
            actions.name_resource(resource=room, name=wrong, by=BY, now=NOW)
    actions.use_resource(resource=other, is_used=False, by=BY, now=NOW)
    assert [each.name for each in queries.rooms()] == ["Lazer odası"]
    assert [each.name for each in queries.all_rooms()] == ["Lazer odası", "Oda B"]
