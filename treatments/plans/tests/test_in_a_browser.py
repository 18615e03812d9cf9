"""How many clicks a course costs the desk, counted from Today; and that it can be done without any
script. Typing is free."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from clinic.hours.models import OpeningHours
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from treatments.booking import actions as booking
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.plans import queries
from treatments.plans.terms import SessionState
from treatments.tests.builders import a_booked_course, a_set_plan
from treatments.tests.journeys.conftest import zone_where_it_is_late_morning
from treatments.tests.journeys.desks import a_desk, browser

__all__ = ["a_desk", "browser"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SLOW = pytest.mark.slow
S = SessionState
MOST_FOR_A_COURSE = 6
MOST_FOR_A_MOVE = 3
MOST_FOR_A_NEW_TIME = 3
MOST_FOR_A_CANCEL = 4
MOST_FOR_ARRIVED = 1


@pytest.fixture(autouse=True)
def _open_and_late_morning(db, settings):
    """Whatever the hour and the weekday, a visit of today is still to come."""
    settings.TIME_ZONE = zone_where_it_is_late_morning()
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59))


@pytest.fixture
def member(db):
    return clinic.receptionist(language="en")


def find(desk, patient):
    """`/`, the name, Enter: no click."""
    desk.page.keyboard.press("/")
    desk.page.keyboard.type(patient.full_name)
    desk.page.get_by_role("option").first.wait_for()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url(f"**/patients/{patient.pk}/**")


def states(plan):
    return [each.state for each in queries.planned_sessions(plan)]


def days(plan):
    return [on for _number, on in queries.dates_of(queries.planned_sessions(plan))]


@pytest.mark.parametrize(
    ("width", "height"),
    [(1366, 768), pytest.param(1024, 768, marks=SLOW), pytest.param(390, 844, marks=SLOW)],
)
def test_a_course_of_six_is_booked_within_six_clicks(a_desk, width, height):
    plan = a_set_plan(now=timezone.now())
    desk = a_desk(width, height)
    find(desk, plan.patient)
    desk.click('main a[href$="/book/"]')
    desk.page.wait_for_url("**/book/**")
    desk.click(".ms-proposal-options > summary")
    other = desk.page.locator('.ms-proposal li:first-child input[type="radio"]').nth(1)
    desk.click(f'label[for="{other.get_attribute("id")}"]')
    picked = desk.page.locator("[data-picked-time]").first.inner_text()
    desk.submit()
    desk.page.wait_for_url(f"**/plans/{plan.pk}/")

    assert desk.clicks.count <= MOST_FOR_A_COURSE
    assert states(plan) == [S.BOOKED] * 6
    first = queries.planned_sessions(plan)[0].appointment
    assert f"{timezone.localtime(first.starts_at):%H:%M}" == picked


def test_a_session_moves_with_all_that_follows_within_three_clicks(a_desk):
    plan = a_booked_course(now=timezone.now())
    before = days(plan)
    desk = a_desk()
    find(desk, plan.patient)
    desk.click('nav a[href$="/plans/"]')
    desk.click('a[href*="/sessions/3/replan/"]')
    desk.page.locator("#id_day").fill(f"{before[2] + timedelta(days=2):%Y-%m-%d}")
    desk.page.wait_for_url("**day=**")
    desk.page.locator(".ms-ripple-goes").nth(3).wait_for()
    desk.submit()
    desk.page.wait_for_url(f"**/plans/{plan.pk}/")

    assert desk.clicks.count <= MOST_FOR_A_MOVE
    after = days(plan)
    assert after[:2] == before[:2]
    assert all(later > earlier for later, earlier in zip(after[2:], before[2:], strict=True))

    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Undo").click()
    assert days(plan) == before


@pytest.mark.slow
def test_one_date_of_a_course_is_cancelled_and_planned_anew_within_four_clicks(a_desk):
    """The patient telephones: the time is free for others, and the session has its place again."""
    plan = a_booked_course(now=timezone.now())
    desk = a_desk()
    find(desk, plan.patient)
    desk.click('nav a[href$="/plans/"]')
    desk.click('a[href$="/sessions/3/cancel/"]')
    assert states(plan) == [S.BOOKED] * 6  # nothing goes before it was read what goes
    desk.submit()
    desk.page.wait_for_url("**/sessions/3/replan/**")
    assert states(plan) == [S.BOOKED, S.BOOKED, S.PLANNED, *[S.BOOKED] * 3]
    desk.submit()
    desk.page.wait_for_url(f"**/plans/{plan.pk}/")

    assert desk.clicks.count <= MOST_FOR_A_CANCEL
    assert states(plan) == [S.BOOKED] * 6


def test_a_patient_of_a_course_has_arrived_with_one_click(a_desk):
    now = timezone.now()
    plan = a_booked_course(now=now, first_on=local_date(now))
    visit = queries.planned_sessions(plan)[0].appointment
    desk = a_desk()
    desk.open("/today/")
    desk.click('form:has(input[name="to"][value="arrived"]) button')
    desk.page.locator('.ms-visit[data-state="arrived"]').wait_for()

    assert desk.clicks.count == MOST_FOR_ARRIVED
    visit.refresh_from_db()
    assert visit.state == AppointmentState.ARRIVED


@pytest.mark.slow
def test_who_did_not_come_gets_another_time_within_three_clicks(a_desk):
    now = timezone.now()
    plan = a_booked_course(now=now, first_on=local_date(now))
    visit = queries.planned_sessions(plan)[0].appointment
    later = max(visit.ends_at, now)
    booking.change_state(
        appointment_id=visit.pk,
        to=AppointmentState.MISSED,
        seen_version=visit.version,
        by=clinic.receptionist(),
        now=later,
    )
    desk = a_desk()
    find(desk, plan.patient)
    desk.click('nav a[href$="/plans/"]')
    desk.click('a[href*="/sessions/1/replan/"]')
    desk.submit()
    desk.page.wait_for_url(f"**/plans/{plan.pk}/")

    assert desk.clicks.count <= MOST_FOR_A_NEW_TIME
    assert states(plan) == [S.BOOKED] * 6


@pytest.mark.slow
def test_without_a_script_the_later_dates_follow_too(a_desk):
    plan = a_set_plan(now=timezone.now(), interval_days=14)
    desk = a_desk(scripts=False)
    desk.open(f"/patients/{plan.patient_id}/plans/{plan.pk}/book/")
    first = desk.page.locator(".ms-proposal li").first
    first.locator("summary").click()
    before = desk.page.locator("[data-picked-day]").all_inner_texts()
    other = first.locator('input[data-follow="1"]').first
    first.locator(f'label[for="{other.get_attribute("id")}"]').click()
    first.locator('button[name="follow"]').click()
    after = desk.page.locator("[data-picked-day]").all_inner_texts()

    assert all(one != two for one, two in zip(before, after, strict=True))
    assert not Appointment.objects.exists()
