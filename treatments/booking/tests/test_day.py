from datetime import date, time, timedelta

import pytest

from clinic.hours.actions import close_day, set_opening_hours
from clinic.tests import builders as clinic
from treatments.booking import actions
from treatments.booking.day import day_grid
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.world import NOW, TUESDAY, at

S = AppointmentState


def column_of(grid, who):
    (column,) = [each for each in grid.columns if each.key == str(who.pk)]
    return column


def test_a_visit_begins_and_ends_at_its_own_five_minutes(world):
    world.book("09:00", minutes=20)
    world.book("09:20", minutes=15, patient=world.a_patient())

    blocks = column_of(day_grid(TUESDAY, by="physician", now=NOW), world.physician).blocks

    assert [(block.row, block.rows) for block in blocks] == [(1, 4), (5, 3)]


def test_everybody_who_works_has_a_column_although_it_is_empty(world):
    idle = clinic.physician()

    grid = day_grid(TUESDAY, by="physician", now=NOW)

    assert column_of(grid, idle).blocks == []
    assert len(day_grid(TUESDAY, by="room", now=NOW).columns) == 2


def test_who_left_keeps_a_column_while_appointments_stand(world):
    world.book("09:00")
    world.physician.is_active = False
    world.physician.save()

    assert column_of(day_grid(TUESDAY, by="physician", now=NOW), world.physician).blocks


def test_what_gave_its_time_back_stands_beside_the_grid(world):
    booked = world.book("09:00")
    actions.cancel_appointment(appointment_id=booked.pk, seen_version=1, by=world.desk, now=NOW)
    world.book("09:00", patient=world.a_patient())

    grid = day_grid(TUESDAY, by="physician", now=NOW)
    column = column_of(grid, world.physician)

    assert [each.pk for each in column.beside] == [booked.pk]
    assert len(column.blocks) == 1
    assert len(column.all_in_time_order) == 2
    assert grid.count == 1


def test_the_hours_reach_from_the_first_to_the_last_time_of_the_day(world):
    set_opening_hours(
        weekday=1,
        spans=[(time(9, 30), time(12)), (time(13), time(17, 30))],
        by=world.desk,
        now=NOW,
    )

    grid = day_grid(TUESDAY, by="physician", now=NOW)

    assert (grid.hours[0].clock, grid.hours[-1].clock) == ("09:00", "17:00")
    assert [(each.row, each.rows) for each in grid.closed_rows] == [(1, 6), (37, 12), (103, 6)]


def test_a_closed_day_says_why_and_keeps_what_stands(world):
    world.book("09:00")
    close_day(on=TUESDAY, why="Bayram", by=world.desk, now=NOW)

    grid = day_grid(TUESDAY, by="physician", now=NOW)

    assert (grid.is_closed, grid.closed_because, grid.is_empty) == (True, "Bayram", False)
    assert column_of(grid, world.physician).blocks


def test_a_day_without_hours_is_closed_without_a_reason(world):
    grid = day_grid(date(2026, 11, 28), by="physician", now=NOW)

    assert (grid.is_closed, grid.closed_because, grid.is_empty) == (True, "", True)


@pytest.mark.parametrize(("clock", "row"), [("09:00", 1), ("12:34", 43), ("08:59", None)])
def test_the_line_of_now_stands_at_its_row(world, clock, row):
    assert day_grid(TUESDAY, by="physician", now=at(clock)).now_row == row


def test_there_is_no_line_of_now_on_another_day(world):
    assert day_grid(TUESDAY, by="physician", now=NOW + timedelta(days=9)).now_row is None
