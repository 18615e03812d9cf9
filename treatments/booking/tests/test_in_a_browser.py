"""How many clicks a single visit costs the desk, counted from Today. Typing is free (ux.md 2.3)."""

import os
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from clinic.tests import builders as clinic
from patients.records.models import Patient
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.test_pages import Today
from treatments.tests.journeys.site import Desk, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long walk in spring"
MOST_FOR_A_VISIT = 3
MORE_FOR_A_NEW_PATIENT = 2
MOST_FOR_ARRIVED = 1
MOST_FOR_A_NO_SHOW = 3
MOST_FOR_A_MOVE = 3
FREE_TIME = '.ms-times button[name="slot"]'


@pytest.fixture
def browser(monkeypatch):
    executable = os.environ.get("CLINIC_CHROMIUM", "")
    if not executable:
        pytest.skip("there is no Chromium: ./check says how to get one")
    # The driver runs a loop of its own in this thread; Django must not take it for ours.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium(executable) as opened:
        yield opened
        connections.close_all()


@pytest.fixture
def here(live_server, monkeypatch):
    # The server's threads must not hold on to the database when it is taken down.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
    return Today()


@pytest.fixture
def desk(live_server, browser, here):
    """A receptionist on Today."""
    member = clinic.receptionist(language="en")
    member.set_password(PASSWORD)
    member.save()
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    screen = Desk(page=context.new_page(), base_url=live_server.url)
    screen.sign_in(member.email, PASSWORD)
    yield screen
    context.close()


def look_for(desk, name):
    """To the page of a new appointment, and whose it is: typed, then Enter."""
    desk.go('.ms-rail a[href="/calendar/"], nav a[href="/calendar/"]')
    desk.go('a[href*="/calendar/new/"]')
    desk.fill("#whose", name)
    with desk.page.expect_navigation():
        desk.page.locator("#whose").press("Enter")


def test_one_visit_of_a_known_patient(desk, here):
    patient = here.a_patient(full_name="Işık Tanınan")

    look_for(desk, "isik taninan")
    desk.go(FREE_TIME)

    assert Appointment.objects.get().patient == patient
    assert desk.clicks.count <= MOST_FOR_A_VISIT


@pytest.mark.slow
def test_one_visit_of_who_telephones_for_the_first_time(desk, here):
    look_for(desk, "Ayşe Yeni")
    desk.fill("#id_phone", "0532 123 45 67")
    desk.fill("#id_born_on", "31.12.1990")
    desk.choose("sex", "F")
    desk.click('form[action$="/calendar/new/patient/"] button.btn-primary')
    desk.page.wait_for_selector(FREE_TIME)
    desk.go(FREE_TIME)

    assert Appointment.objects.get().patient == Patient.objects.get(full_name="Ayşe Yeni")
    assert desk.clicks.count <= MOST_FOR_A_VISIT + MORE_FOR_A_NEW_PATIENT


def todays(here):
    """A visit of this day, whatever the hour of the test."""
    return here.book("23:00", here.today, now=here.now - timedelta(days=1))


@pytest.mark.slow
def test_arrived(desk, here):
    booked = todays(here)
    desk.open("/today/")

    desk.go('form:has(input[name="to"][value="arrived"]) button')

    booked.refresh_from_db()
    assert booked.state == AppointmentState.ARRIVED
    assert desk.clicks.count <= MOST_FOR_ARRIVED


@pytest.mark.slow
def test_who_did_not_come_gets_another_time(desk, here):
    booked = todays(here)
    desk.open("/today/")

    desk.go('form:has(input[name="to"][value="missed"]) button')
    desk.click(f'a[href="{reverse("booking:new-time", args=[booked.pk])}"]')
    desk.page.wait_for_selector(FREE_TIME)
    desk.go(FREE_TIME)

    states = sorted(Appointment.objects.values_list("state", flat=True))
    assert states == [AppointmentState.BOOKED, AppointmentState.MISSED]
    assert desk.clicks.count <= MOST_FOR_A_NO_SHOW


@pytest.mark.slow
def test_a_visit_is_moved_within_its_week(desk, here):
    booked = todays(here)
    was = booked.starts_at
    desk.open(reverse("booking:show", args=[booked.pk]))

    desk.click(f'a[href="{reverse("booking:move", args=[booked.pk])}"]')
    desk.page.wait_for_selector(FREE_TIME)
    desk.go(FREE_TIME)

    booked.refresh_from_db()
    assert was != booked.starts_at >= timezone.now() - timedelta(minutes=5)
    assert desk.clicks.count + 1 <= MOST_FOR_A_MOVE  # one to open the visit from the calendar
