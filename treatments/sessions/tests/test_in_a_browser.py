"""How many taps it costs to record and sign a session, counted from the page of the record, with a
mixture that was repeated from last time. Typing is free; what keeps a patient safe is counted."""

import json
import re
from datetime import time, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from clinic.hours.models import OpeningHours
from clinic.tests import builders as clinic
from cocktails.stock.tests.builders import a_lot
from cocktails.tests.builders import a_cocktail
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.tests.builders import a_healthy_patient
from treatments.booking.actions import change_state
from treatments.booking.terms import AppointmentState
from treatments.sessions.actions import start_session
from treatments.sessions.models import SessionDraft, SignedSession
from treatments.sessions.tests.builders import (
    decided,
    first_session,
    rescreened,
)
from treatments.tests.builders import a_booked_course
from treatments.tests.journeys.conftest import zone_where_it_is_late_morning
from treatments.tests.journeys.desks import PASSWORD, a_desk, browser

__all__ = ["a_desk", "browser"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_FOR_A_SESSION = (
    12  # ux.md 2.3, from the landing page, the signature and the aftercare included
)
PORTIONS = [("txa-50", "0.4"), ("niacinamide-20", "1")]
LOTS = {"txa-50": "TX-1", "niacinamide-20": "NI-1", "saline-5": "SF-1"}


@pytest.fixture
def member(db):
    return clinic.physician(language="en")


@pytest.fixture
def course(member, settings):
    """A visit of today, the patient in the room; every product of the mixture is kept in stock."""
    settings.TIME_ZONE = zone_where_it_is_late_morning()
    now = timezone.now()
    last_week, today = now - timedelta(days=7), timezone.localdate(now)
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59))
    patient = a_healthy_patient(now=last_week)
    plan = a_booked_course(
        now=last_week,
        first_on=today,
        patient=patient,
        physician=member,
        cocktail=a_cocktail(patient, portions=PORTIONS, by=member, now=last_week),
    )
    decides(patient, ConsentKind.PROCEDURE, now=last_week, by=member)
    for code, number in LOTS.items():
        a_lot(code, f"{number}-LATER", expires_on=today + timedelta(days=300), now=last_week)
        a_lot(code, number, expires_on=today + timedelta(days=30), now=last_week)
    for state in (AppointmentState.ARRIVED, AppointmentState.IN_ROOM):
        appointment = first_session(plan).appointment
        change_state(
            appointment_id=appointment.pk,
            to=state,
            seen_version=appointment.version,
            by=member,
            now=now,
        )
    return plan


def repeat_the_mixture(desk, plan):
    desk.open(f"/patients/{plan.patient_id}/")
    desk.click('main a[href$="?from=last"]')
    desk.page.wait_for_url("**from=last")
    desk.click('button[form="composer"].btn-primary')
    desk.page.wait_for_url(f"**/patients/{plan.patient_id}/cocktails/*-*/")


def screen_and_begin(session, member):
    """What the nurse does: the questions of the day, each asked, and the record opened."""
    now = timezone.now()
    decided(rescreened(session, by=member, now=now), by=member, now=now)
    # A session takes longer than its test.
    start_session(planned_session=session, by=member, now=now - timedelta(minutes=20))


def record(desk, session):
    desk.open("/today/")
    desk.click(f'main a[href$="/sessions/{session.pk}/"]')
    desk.page.wait_for_url(f"**/sessions/{session.pk}/")
    desk.choose("technique", "papule")
    desk.choose("device", "needle")
    desk.fill('input[name="points_cheek_left"]', "20")
    desk.fill('input[name="points_cheek_right"]', "20")
    for position in range(1, len(PORTIONS) + 1):
        strength = desk.page.locator(f'input[name="strength_{position}"]')
        assert not strength.is_checked()  # somebody reads each ampoule
        desk.click(f'input[name="strength_{position}"]')
    desk.choose("reactions", "none")
    desk.choose("pain", "2")
    desk.click("button[data-now]")


def to_the_signature(desk, session):
    desk.click('button[name="go"][value="sign"]')
    desk.page.wait_for_url(f"**/sessions/{session.pk}/sign/")
    desk.submit()
    desk.page.wait_for_url(f"**/sessions/{session.pk}/")


def test_a_session_with_a_repeated_mixture_is_signed_within_twelve_taps(a_desk, course, member):
    desk = a_desk(1024, 768)
    desk.clicks.reset()
    repeat_the_mixture(desk, course)
    session = first_session(course)
    screen_and_begin(session, member)
    record(desk, session)
    to_the_signature(desk, session)

    assert desk.clicks.count <= MOST_FOR_A_SESSION
    signed = SignedSession.objects.get(planned_session=session)
    # The first expiring lot of each, without a tap; each strength read by somebody.
    assert {each.product.code: each.lot.number for each in signed.draws.all()} == LOTS
    portions = json.loads(signed.record)["cocktail"]["portions"]
    assert [each["strength_read"] for each in portions] == ["50", "20"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["tap", "key"])
def test_a_region_of_the_map_leads_to_its_points_in_the_list(a_desk, course, member, how):
    desk = a_desk(1024, 768)
    session = first_session(course)
    screen_and_begin(session, member)
    desk.open(f"/patients/{course.patient_id}/sessions/{session.pk}/")
    glabella = desk.page.locator('[data-session-map] [data-map-region="glabella"]').first
    assert "is-chosen" not in glabella.get_attribute("class")

    if how == "tap":
        glabella.click()
    else:
        glabella.focus()
        desk.page.keyboard.press("Enter")
    # It was folded away: nothing is planned there.
    assert desk.page.evaluate("document.activeElement.name") == "points_glabella"
    desk.page.keyboard.type("3")

    assert "is-chosen" in glabella.get_attribute("class")


@pytest.mark.slow
def test_without_a_strength_read_ampoule_by_ampoule_nothing_is_signed(a_desk, course, member):
    """The negative control of the taps: fewer of them are not enough."""
    desk = a_desk(1024, 768)
    session = first_session(course)
    screen_and_begin(session, member)
    record(desk, session)
    desk.page.locator('input[name="strength_2"]').uncheck()
    desk.click('button[name="go"][value="sign"]')
    desk.page.wait_for_url(f"**/sessions/{session.pk}/sign/")

    assert desk.page.locator('main form[method="post"] button.btn-primary').is_disabled()
    assert not SignedSession.objects.exists()


# --- half an hour without a network ------------------------------------------------------------------

OFFLINE = "No connection: what you typed is still here"


@pytest.fixture
def record_page(a_desk, course, member):
    """The record of a session that was begun, under a clock that the test moves."""
    desk, session = a_desk(1024, 768), first_session(course)
    screen_and_begin(session, member)
    desk.page.clock.install()
    desk.open(f"/patients/{course.patient_id}/sessions/{session.pk}/")
    return desk, session


def minutes_pass(desk, minutes, *, touching):
    """So many minutes on the tablet, touched every five of them or not at all."""
    for _each in range(minutes // 5):
        if touching:
            desk.page.locator("h1").first.click()
        desk.page.clock.run_for(5 * 60_000)


def as_the_server_sees_it(page, minutes):
    """Its clock is not moved: what it remembers of the last request is."""
    cookie = next(each for each in page.context.cookies() if each["name"] == "sessionid")
    session = SessionStore(session_key=cookie["value"])
    session["last_seen"] = (timezone.now() - timedelta(minutes=minutes)).isoformat()
    session.save()


def stored(session):
    return {
        each["region"]: str(each["points"])
        for each in SessionDraft.objects.get(planned_session=session).regions
        if each["points"]
    }


def sign_in_beside(desk, member):
    with desk.page.context.expect_page() as opened:
        desk.page.get_by_role("link", name="Sign in in a new tab").click()
    beside = opened.value
    beside.fill('input[name="login"]', member.email)
    beside.fill('input[name="password"]', PASSWORD)
    beside.locator('main button[type="submit"].btn-primary').first.click()
    beside.wait_for_url("**/today/**")
    beside.close()


def go_on(page):
    """Presses "Go on", which the page may have done already: it sees a sign-in in another tab."""
    page.locator("[data-idle-uncover]").dispatch_event("click")


def covered(desk):
    return desk.page.locator("dialog.ms-cover[open]")


@pytest.mark.parametrize("touching", [True, False])
def test_half_an_hour_without_a_network_loses_nothing(record_page, member, touching):
    """Somebody works all the time, or lays the tablet aside: then the page is covered, not left."""
    desk, session = record_page
    page = desk.page
    address = page.url
    page.context.set_offline(True)
    page.fill('input[name="points_cheek_left"]', "21")
    page.clock.run_for(3000)
    page.get_by_text(OFFLINE).wait_for()
    minutes_pass(desk, 30, touching=touching)
    typed = {"cheek_left": "21"}
    if touching:
        page.fill('input[name="points_cheek_right"]', "19")
        typed["cheek_right"] = "19"
    assert page.url == address
    assert covered(desk).count() == (not touching)
    assert "cheek_left" not in stored(session)

    page.context.set_offline(False)
    as_the_server_sees_it(page, 30)
    page.clock.run_for(15_000)
    covered(desk).wait_for()
    assert page.locator('input[name="points_cheek_left"]').input_value() == "21"

    sign_in_beside(desk, member)
    go_on(page)
    covered(desk).wait_for(state="detached")
    page.clock.run_for(3000)
    page.get_by_text(re.compile(r"^Saved \d")).wait_for()

    assert stored(session).items() >= typed.items()


def test_what_is_pressed_without_a_network_is_done_when_it_is_back(record_page):
    desk, session = record_page
    page = desk.page
    page.context.set_offline(True)
    page.fill('input[name="points_cheek_left"]', "21")
    page.locator('button[name="go"][value="save"]').click()
    page.get_by_text(OFFLINE).wait_for()
    assert "cheek_left" not in stored(session)

    page.context.set_offline(False)
    with page.expect_navigation():
        page.clock.run_for(11_000)

    assert stored(session)["cheek_left"] == "21"


def test_for_somebody_else_the_covered_page_is_closed(record_page):
    desk, session = record_page
    page = desk.page
    page.context.set_offline(True)
    page.fill('input[name="points_cheek_left"]', "21")
    minutes_pass(desk, 30, touching=False)
    covered(desk).wait_for()
    page.context.set_offline(False)
    as_the_server_sees_it(page, 30)
    other = clinic.nurse(language="en")
    other.set_password(PASSWORD)
    other.save()
    sign_in_beside(desk, other)

    with page.expect_navigation():
        go_on(page)

    assert page.locator('input[name="points_cheek_left"]').input_value() != "21"
    assert "cheek_left" not in stored(session)


def test_a_page_on_which_nothing_was_typed_is_left(record_page):
    """The negative control of the cover."""
    desk, _session = record_page
    as_the_server_sees_it(desk.page, 16)
    with desk.page.expect_navigation(url="**/accounts/login/**"):
        desk.page.clock.run_for(16 * 60_000)


def test_who_says_that_they_are_there_stays(record_page):
    desk, _session = record_page
    as_the_server_sees_it(desk.page, 14)
    desk.page.clock.run_for(14 * 60_000)
    desk.page.get_by_role("button", name="Stay signed in").click()
    desk.page.locator("#idle-warning[open]").wait_for(state="detached")

    desk.page.clock.run_for(5 * 60_000)

    assert "/accounts/login/" not in desk.page.url


def test_a_half_filled_form_is_covered_too(a_desk, member):
    desk = a_desk(1024, 768)
    desk.page.clock.install()
    desk.open("/patients/new/")
    desk.fill('input[name="full_name"]', "Gülşen")
    as_the_server_sees_it(desk.page, 30)
    minutes_pass(desk, 30, touching=False)
    covered(desk).wait_for()

    sign_in_beside(desk, member)
    go_on(desk.page)
    covered(desk).wait_for(state="detached")

    assert desk.page.locator('input[name="full_name"]').input_value() == "Gülşen"
