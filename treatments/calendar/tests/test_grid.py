from datetime import date, datetime, time, timedelta

import pytest

from clinic.hours import actions as hours
from clinic.hours.models import BlockedTime, ClosedDay, WorkingHours
from clinic.hours.queries import clinic_zone
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from treatments.booking import actions
from treatments.booking.models import SlotHold
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.world import NOW, TUESDAY, at
from treatments.calendar.agenda import agenda
from treatments.calendar.grid import grid
from treatments.calendar.month import month
from treatments.calendar.terms import By, View
from treatments.calendar.window import Window

WEDNESDAY = TUESDAY + timedelta(days=1)


def shown(view=View.DAY, day=TUESDAY, *, now=NOW, initials=False, may_move=True, **said):
    window = Window(view=view, day=day, **said)
    lay_out = agenda if view == View.AGENDA else grid
    return lay_out(window, now=now, initials=initials, may_move=may_move, moving=None)


def column_of(found, who):
    (column,) = [each for each in found.columns if each.of == who.pk]
    return column


def place_of(block):
    return [int(part.rpartition("-")[2]) for part in block.places.split()[:4]]


def away(world, *, why="", starts="10:00", ends="11:00", **whose):
    return BlockedTime.objects.create(
        kind=Blocking.ABSENCE,
        starts_at=at(starts),
        ends_at=at(ends),
        why=why,
        entered_by=world.desk,
        entered_at=NOW,
        **whose,
    )


def test_a_visit_begins_and_ends_at_its_own_five_minutes(world):
    world.book("09:00", minutes=20)
    world.book("09:20", minutes=15, patient=world.a_patient())

    blocks = column_of(shown(), world.physician).blocks

    assert [place_of(block) for block in blocks] == [[1, 4, 1, 12], [5, 3, 1, 12]]


def test_everybody_who_works_has_a_column_although_it_is_empty(world):
    idle = clinic.physician()

    assert column_of(shown(), idle).blocks == []
    assert len(shown(by=By.ROOM).columns) == 2


def test_who_left_keeps_a_column_while_appointments_stand(world):
    world.book("09:00")
    world.physician.is_active = False
    world.physician.save()

    assert column_of(shown(), world.physician).blocks


def test_what_gave_its_time_back_stands_beside_the_grid(world):
    booked = world.book("09:00")
    actions.cancel_appointment(appointment_id=booked.pk, seen_version=1, by=world.desk, now=NOW)
    world.book("09:00", patient=world.a_patient())

    found = shown()
    column = column_of(found, world.physician)

    assert [each.id for each in column.beside] == [str(booked.pk)]
    assert len(column.blocks) == 1
    assert found.count == 1


def test_the_hours_reach_from_the_first_to_the_last_time_of_the_day(world):
    hours.set_opening_hours(
        weekday=1,
        spans=[(time(9, 30), time(12)), (time(13), time(17, 30))],
        by=world.desk,
        now=NOW,
    )

    found = shown()
    column = column_of(found, world.physician)

    assert (found.hours[0], found.hours[-1]) == ((1, "09:00"), (97, "17:00"))
    assert [each.places for each in column.hatched] == [
        "ms-from-1 ms-for-6",
        "ms-from-37 ms-for-12",
        "ms-from-103 ms-for-6",
    ]


def test_a_closed_day_says_why_and_keeps_what_stands(world):
    world.book("09:00")
    ClosedDay.objects.create(on=TUESDAY, why="Bayram")

    found = shown()

    assert (found.is_closed, found.closed_because, found.is_empty) == (True, "Bayram", False)
    assert column_of(found, world.physician).blocks
    week = shown(View.WEEK)
    (tuesday,) = [each for each in week.columns if each.day == TUESDAY]
    assert tuesday.note == "Bayram"
    assert [each.places for each in tuesday.hatched] == ["ms-from-1 ms-for-108"]


def test_half_a_closed_day_is_hatched_with_its_reason(world):
    ClosedDay.objects.create(on=TUESDAY, why="Arife", closed_from=time(13))
    world.book("09:00", WEDNESDAY)

    week = shown(View.WEEK)
    (tuesday,) = [each for each in week.columns if each.day == TUESDAY]

    assert [(each.places, each.why) for each in tuesday.hatched] == [
        ("ms-from-49 ms-for-60", "Arife")
    ]


def test_a_day_without_hours_is_closed_and_has_no_column_in_the_week(world):
    saturday = date(2026, 11, 28)
    found = shown(day=saturday)

    assert (found.is_closed, found.closed_because, found.is_empty) == (True, "", True)
    assert saturday not in [each.day for each in shown(View.WEEK).columns]


@pytest.mark.parametrize(("clock", "row"), [("09:00", 1), ("12:34", 43), ("08:59", None)])
def test_the_line_of_now_stands_at_its_row(world, clock, row):
    assert column_of(shown(now=at(clock)), world.physician).now_row == row


def test_the_line_of_now_is_on_today_alone(world):
    week = shown(View.WEEK, now=at("10:00"))

    assert [each.day for each in week.columns if each.now_row] == [TUESDAY]
    assert column_of(shown(now=NOW + timedelta(days=9)), world.physician).now_row is None


def test_two_patients_of_one_physician_overlap_lawfully_while_one_goes_numb(world):
    world.book("10:00", minutes=30)
    world.book(
        "10:00",
        minutes=60,
        patient=world.a_patient(),
        room=world.other_room,
        physician_from=at("10:30"),
    )

    column = column_of(shown(), world.physician)
    numb = [block for block in column.blocks if "ms-numb-6" in block.places]

    assert column.lanes == 2
    assert [block.sub for block in numb] == [
        f"Consultation · {world.other_room.name} · Numbing until 10:30"
    ]


def test_a_held_time_is_shown_until_it_is_over(world):
    SlotHold.objects.create(
        patient=world.patient,
        physician=world.physician,
        room=world.room,
        kind="session",
        starts_at=at("11:00"),
        physician_from=at("11:00"),
        ends_at=at("11:30"),
        made_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
    )

    (held,) = column_of(shown(), world.physician).blocks

    assert (held.state, held.word, held.movable) == ("held", "Held until 09:10", False)
    assert not column_of(shown(now=NOW + timedelta(minutes=11)), world.physician).blocks


def test_an_absence_is_hatched_with_its_reason_in_its_own_column_alone(world):
    other = clinic.physician()
    away(world, member=world.physician, why="Kongre")
    away(world, room=world.room, starts="12:00", ends="13:00")

    assert [each.why for each in column_of(shown(), world.physician).hatched] == ["Absence: Kongre"]
    assert column_of(shown(), other).hatched == []
    assert [each.why for each in column_of(shown(by=By.ROOM), world.room).hatched] == ["Absence"]
    week = shown(View.WEEK)
    (tuesday,) = [each for each in week.columns if each.day == TUESDAY]
    assert {each.name for each in tuesday.absences} == {
        world.physician.display_name,
        world.room.name,
    }


def test_hours_in_which_somebody_does_not_work_are_hatched(world):
    WorkingHours.objects.create(
        member=world.physician,
        weekday=1,
        starts=time(9),
        ends=time(13),
        valid_from=TUESDAY,
    )

    (hatched,) = column_of(shown(), world.physician).hatched

    assert (hatched.places, hatched.why) == ("ms-from-49 ms-for-60", "Not at work")


def test_filters_leave_what_they_ask_for(world):
    other = clinic.physician()
    world.book("09:00")
    world.book("10:00", physician=other, room=world.other_room, patient=world.a_patient())

    def count(**said):
        return shown(View.WEEK, **said).count

    assert count() == 2
    assert count(physician=other.pk) == count(room=world.room.pk) == 1
    assert count(kind="consultation") == count(state="booked") == 2
    assert count(kind="laser") == count(state="done") == 0


def test_initials_stand_for_names_wherever_a_name_stands(world):
    world.book("09:00", patient=world.a_patient(full_name="Işık Çelik"))

    day = shown(initials=True)
    week = shown(View.AGENDA, initials=True)

    assert [block.name for block in column_of(day, world.physician).blocks] == ["I. Ç."]
    assert "Işık" not in column_of(day, world.physician).blocks[0].move
    assert [line.block.name for each in week.days for line in each.lines] == ["I. Ç."]


def test_only_what_is_expected_has_a_handle_and_only_for_who_books(world):
    booked = world.book("09:00")
    world.book("10:00", patient=world.a_patient())
    actions.change_state(
        appointment_id=booked.pk,
        to=AppointmentState.ARRIVED,
        seen_version=1,
        by=world.desk,
        now=at("09:00"),
    )

    blocks = column_of(shown(), world.physician).blocks

    assert [block.movable for block in blocks] == [False, True]
    assert not any(b.movable for b in column_of(shown(may_move=False), world.physician).blocks)


def test_the_month_counts_and_says_how_full_the_physicians_are(world):
    world.book("09:00", minutes=90)
    ClosedDay.objects.create(on=WEDNESDAY, why="Bayram")

    found = month(Window(view=View.MONTH, day=TUESDAY), now=NOW)
    days = {each.day: each for week in found.weeks for each in week}

    assert [len(week) for week in found.weeks] == [7] * 6
    assert (days[TUESDAY].count, days[TUESDAY].percent, days[TUESDAY].tenths) == (1, 17, 1)
    assert (days[WEDNESDAY].is_closed, days[WEDNESDAY].why) == (True, "Bayram")
    assert found.count == 1


def test_an_absent_physician_is_no_capacity_of_the_month(world):
    world.book("13:00", minutes=90)
    away(world, member=world.physician, starts="09:00", ends="13:30")

    found = month(Window(view=View.MONTH, day=TUESDAY), now=NOW)
    days = {each.day: each for week in found.weeks for each in week}

    assert days[TUESDAY].percent == 33


def test_a_visit_of_the_evening_before_a_clock_change_stands_at_its_wall_clock(world, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    sunday = date(2026, 10, 25)
    starts = datetime.combine(sunday, time(9), clinic_zone())
    hours.set_opening_hours(weekday=6, spans=[(time(9), time(18))], by=world.desk, now=NOW)
    world.book(
        "09:00",
        sunday,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        now=starts - timedelta(days=1),
    )

    (block,) = column_of(shown(day=sunday), world.physician).blocks

    assert (block.clock, place_of(block)[:2]) == ("09:00", [1, 6])
