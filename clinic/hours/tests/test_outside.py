"""Visits that a later change of the hours left outside: listed with why, moved by hand."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.hours import actions, outside
from clinic.hours.queries import clinic_zone
from clinic.hours.rules import lies_in
from clinic.hours.terms import Blocking
from clinic.tests import builders
from treatments.booking.tests.test_pages import Today


@pytest.fixture
def here(db):
    return Today()


def why_of(visit, now):
    return next((e.why for e in outside.visits_to_move(now) if e.visit.visit_id == visit.pk), None)


def close_weekday(here, spans=()):
    actions.set_opening_hours(weekday=here.day.weekday(), spans=spans, by="test", now=here.now)


def test_what_lies_within_the_hours_is_not_listed(here):
    here.book("10:00", here.day)

    assert outside.visits_to_move(here.now) == []


@pytest.mark.parametrize(
    ("spans", "stays"),
    [([(time(9), time(10, 30))], True), ([(time(9), time(10, 15))], False), ([], False),
     ([(time(9), time(10, 15)), (time(10, 15), time(12))], True), ([(time(11), time(12))], False)],
)  # fmt: skip
def test_other_opening_hours_leave_outside_what_they_do_not_hold(here, spans, stays):
    visit = here.book("10:00", here.day)

    close_weekday(here, spans)

    assert (why_of(visit, here.now) is None) is stays


@pytest.mark.parametrize("lifted", [False, True])
def test_an_absence_leaves_it_outside_until_it_is_taken_back(here, lifted):
    visit = here.book("10:00", here.day)
    noon = datetime.combine(here.day, time(12), clinic_zone())
    blocked = actions.block_time(
        member=here.physician, kind=Blocking.ABSENCE, starts_at=noon - timedelta(hours=3),
        ends_at=noon, by=here.physician, now=here.now,
    )  # fmt: skip
    if lifted:
        actions.lift_block(blocked_id=blocked.time.pk, by=here.physician, now=here.now)

    assert (why_of(visit, here.now) is None) is lifted


def test_a_closed_day_and_the_hours_of_a_person_leave_it_outside(here):
    visit = here.book("10:00", here.day)
    other = (here.day.weekday() + 1) % 7
    actions.set_working_hours(
        member=here.physician, week={other: [(time(9), time(17))]}, valid_from=here.day,
        by="test", now=here.now,
    )  # fmt: skip
    assert why_of(visit, here.now)

    actions.close_day(on=here.day, why="Bakim", by="test", now=here.now)
    assert "Bakim" in why_of(visit, here.now)


@pytest.mark.parametrize("keeps_it", [True, False])
def test_saving_hours_leads_to_the_visits_that_they_leave_outside(client, here, keeps_it):
    visit = here.book("10:00", here.day)
    client.force_login(builders.manager())
    client.cookies["django_language"] = "en"
    week = {f"from_{day}_1": "09:00" if keeps_it else "11:00" for day in range(7)}
    week |= {f"until_{day}_1": "17:00" for day in range(7)}

    answer = client.post(reverse("hours:opening"), week)

    page = "hours:opening" if keeps_it else "hours:to_move"
    assert answer["Location"] == reverse(page)
    listed = client.get(reverse("hours:to_move")).content.decode()
    assert (visit.patient.full_name in listed) is not keeps_it
    visit.refresh_from_db()
    assert visit.version == 1


def test_the_desk_moves_them_from_the_list(client, here):
    visit = here.book("10:00", here.day)
    close_weekday(here)
    client.force_login(here.desk)

    page = client.get(reverse("hours:to_move")).content.decode()

    assert reverse("booking:move", args=[visit.pk]) in page


@pytest.mark.parametrize("lies_outside", [True, False])
def test_the_list_of_tasks_says_that_visits_wait_for_another_time(client, here, lies_outside):
    here.book("10:00", here.day)
    if lies_outside:
        close_weekday(here)
    client.force_login(here.desk)

    page = client.get(reverse("patients:tasks")).content.decode()

    assert (reverse("hours:to_move") in page) is lies_outside


def test_the_statements_do_not_grow_with_the_visits(here):
    counts = []
    for clocks in (["10:00"], ["11:00", "12:00", "13:00", "14:00"]):
        for clock in clocks:
            here.book(clock, here.day)
        with CaptureQueriesContext(connection) as seen:
            outside.visits_to_move(here.now)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 5


def test_stretches_that_touch_are_one_and_others_are_not():
    day = datetime(2026, 11, 24, tzinfo=clinic_zone())
    nine, ten, eleven, noon = (day.replace(hour=hour) for hour in (9, 10, 11, 12))

    assert lies_in(nine, noon, [(ten, noon), (nine, ten)])
    assert not lies_in(nine, noon, [(nine, ten), (eleven, noon)])
    assert not lies_in(nine, ten, [])
