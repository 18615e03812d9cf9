"""The questions on a real phone's screen: few screens, few touches, and the same without scripts."""

import os
import re

import pytest
from django.db import connections
from django.utils import timezone

from patients.intake.terms import NO
from patients.phone_intake.letters import way_to
from patients.phone_intake.models import DraftAnswer, PhoneSubmission
from patients.phone_intake.tests.builders import an_intake
from treatments.tests.journeys.site import chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BORN = {"day": "14", "month": "3", "year": "1992"}
# Measured 48 for a woman of 30: one touch per question, one per page where most answer no.
MOST_TOUCHES = 60
MOST_SCREENS = 9


@pytest.fixture
def browser(monkeypatch):
    executable = os.environ.get("CLINIC_CHROMIUM", "")
    if not executable:
        pytest.skip("there is no Chromium: ./check says how to get one")
    # The driver runs a loop of its own in this thread; Django must not take it for ours.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium(executable) as opened:
        yield opened
        # What was asked of the database beside that loop has a connection of its own.
        connections.close_all()


@pytest.fixture
def address(live_server, settings, monkeypatch):
    # The server's threads must not hold on to the database when it is taken down.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
    settings.BASE_URL = live_server.url
    return way_to(an_intake(), timezone.now()).address


def a_phone(browser, address, *, scripts=True):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=scripts
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(address)
    for part, value in BORN.items():
        page.fill(f'[name="born-{part}"]', value)
    page.click("main button[type=submit]")
    return page


def where(page):
    return re.split(r"[?#]", page.url)[0].rstrip("/").rpartition("/")[2]


def choose_no(page):
    """Touch no wherever nothing is chosen, as a healthy person does. Returns the touches."""
    touches = 0
    everyone = page.query_selector("[data-all-no]")
    if everyone and everyone.is_visible():
        everyone.click()
        touches += 1
    for question in page.query_selector_all("#questions fieldset"):
        no = question.query_selector(f'input[value="{NO}"]')
        if no and not question.query_selector("input:checked"):
            page.click(f'label[for="{no.get_attribute("id")}"]')
            touches += 1
    if page.query_selector("#id_list_none"):
        page.click('label[for="id_list_none"]')
        touches += 1
    return touches


@pytest.mark.slow
def test_a_healthy_woman_is_through_in_nine_screens_and_few_touches(browser, address):
    page = a_phone(browser, address)
    screens, touches = 2, 1
    while where(page) != "check":
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        small = [
            label.inner_text()
            for label in page.query_selector_all(".ms-choice label, .phone-actions button")
            if label.is_visible() and label.bounding_box()["height"] < 44
        ]
        assert small == []
        touches += choose_no(page) + 1
        page.click('.phone-actions button[value="next"]')
        screens += 1
    page.click('button[name="send"]')

    assert where(page) == "sent"
    assert screens <= MOST_SCREENS
    assert touches + 1 <= MOST_TOUCHES
    assert PhoneSubmission.objects.count() == 1


@pytest.mark.slow
def test_without_scripts_it_can_be_filled_in_and_the_summary_leads_to_what_is_missing(
    browser, address
):
    page = a_phone(browser, address, scripts=False)
    page.click('.phone-actions button[value="next"]')
    assert page.query_selector(".ms-error-summary a[href='#id_pregnant']")
    while where(page) != "check":
        button = page.query_selector('noscript button, button[name="rest"]')
        if button and button.is_visible():
            button.click()
        choose_no(page)
        page.click('.phone-actions button[value="next"]')
    page.click('button[name="send"]')
    assert where(page) == "sent"


@pytest.mark.slow
def test_the_summary_of_what_is_missing_has_the_focus(browser, address):
    page = a_phone(browser, address)
    page.click('.phone-actions button[value="next"]')
    page.wait_for_selector(".ms-error-summary")
    assert page.evaluate("document.activeElement.className") == "ms-error-summary"


@pytest.mark.slow
def test_two_tabs_keep_what_each_of_them_said(browser, address):
    page = a_phone(browser, address)
    other = page.context.new_page()
    other.goto(page.url.replace("life_stage", "skin"))
    choose_no(page)
    choose_no(other)
    for tab in (other, page):
        with tab.expect_navigation():
            tab.click('.phone-actions button[value="next"]')
    kept = set(DraftAnswer.objects.values_list("code", flat=True))
    assert {"pregnant", "keloid"} <= kept
