"""The pages of patients and of the desk in a real browser: few clicks, and the same without scripts."""

import os
import re
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from clinic.hours.models import OpeningHours
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from patients.tests.builders import a_patient
from treatments.booking import actions as booking
from treatments.booking import queries as visits
from treatments.booking.models import SlotHold
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.booking.tests.world import at
from treatments.patient_side.models import VisitorRequest
from treatments.patient_side.terms import VisitAct
from treatments.patient_side.tests.builders import a_link, address
from treatments.tests.journeys.site import Desk, chromium
from treatments.waitlist.tests.builders import waits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long walk in spring"
# ux.md 2.3: cancel a visit and fill its time from the waitlist. Typing is free.
MOST_CLICKS = 4


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
def visit(live_server, settings, monkeypatch):
    """A consultation in three days."""
    # The server's threads must not hold on to the database when it is taken down.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
    settings.BASE_URL = live_server.url
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens="09:00", closes="18:00")
    now = timezone.now()
    starts_at = at("10:00", local_date(now + timedelta(days=3)))
    booked = booking.book(
        patient=a_patient(full_name="Fatma Öztürk", now=now),
        physician=clinic.physician(),
        room=clinic.room(),
        kind=AppointmentKind.CONSULTATION,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        by=clinic.receptionist(),
        now=now,
    )
    return visits.appointment(booked.pk)


def a_page(browser, *, scripts=False, width=390, height=844):
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=scripts
    )
    context.set_default_timeout(60_000)
    return context.new_page()


@pytest.mark.slow
def test_cancelling_a_visit_and_offering_its_time_takes_four_clicks(browser, live_server, visit):
    member = clinic.receptionist(language="en")
    member.set_password(PASSWORD)
    member.save()
    waits(a_patient(full_name="Ayla Çelik"), now=timezone.now())
    page = a_page(browser, scripts=True, width=1366, height=768)
    desk = Desk(page=page, base_url=live_server.url)
    desk.sign_in(member.email, PASSWORD)
    # The patient telephones: the name is typed, and Enter opens the file.
    page.fill('header input[type="search"]', "Fatma Öztürk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/**")

    desk.click(f'a[href="{reverse("booking:show", args=[visit.pk])}"]')
    desk.click(f'a[href="{reverse("booking:cancel", args=[visit.pk])}"]')
    desk.click("main form button.btn-danger")
    page.wait_for_url("**/waitlist/fits/**")
    desk.click("[data-offer]")
    page.wait_for_url("**/waitlist/")

    assert desk.clicks.count <= MOST_CLICKS
    assert SlotHold.objects.get().starts_at == visit.starts_at


@pytest.mark.parametrize("act", list(VisitAct))
def test_a_patient_acts_on_a_phone_without_scripts(browser, live_server, visit, act):
    link = a_link(act, visit, now=timezone.now())
    page = a_page(browser)
    page.goto(live_server.url + address(link))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = [
        each.inner_text()
        for each in page.query_selector_all("main button, main .ms-choice label")
        if each.bounding_box()["height"] < 44
    ]
    assert small == []
    if act is VisitAct.MOVE:
        page.locator(".ms-choice label").first.click()
    page.locator("main button").last.click()
    page.wait_for_url("**/visit/done/**")
    page.goto(live_server.url + address(link))
    assert page.locator('[data-code="link_used"]').count() == 1
    if act is VisitAct.CONFIRM:
        assert visits.appointment(visit.pk).state == AppointmentState.CONFIRMED


@pytest.mark.slow
def test_a_visitor_asks_without_scripts(browser, live_server, visit):
    page = a_page(browser)
    page.goto(f"{live_server.url}/visit/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill('[name="full_name"]', "Zeynep Gümüş")
    page.fill('[name="phone"]', "0532 111 22 33")
    page.wait_for_timeout(3_100)
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/visit/asked/")
    assert VisitorRequest.objects.get().full_name == "Zeynep Gümüş"


@pytest.mark.slow
def test_a_member_makes_a_calendar_and_a_program_reads_it(browser, live_server, visit):
    member = visit.physician
    member.set_password(PASSWORD)
    member.save()
    page = a_page(browser, scripts=True, width=1024, height=768)
    Desk(page=page, base_url=live_server.url).sign_in(member.email, PASSWORD)
    page.goto(f"{live_server.url}/calendar/own/")
    page.locator('main button[value="make"]').click()
    made = page.locator("#made").inner_text()
    program = a_page(browser)
    text = program.request.get(made).text()
    assert re.search(r"SUMMARY:F\. Ö\.", text)
    assert "Fatma" not in text
