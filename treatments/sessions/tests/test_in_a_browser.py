"""How many taps it costs to record and sign a session, counted from the page of the record, with a
mixture that was repeated from last time. Typing is free; what keeps a patient safe is counted."""

import json
from datetime import time, timedelta

import pytest
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
from treatments.sessions.models import SignedSession
from treatments.sessions.tests.builders import (
    decided,
    first_session,
    rescreened,
)
from treatments.tests.builders import a_booked_course
from treatments.tests.journeys.conftest import zone_where_it_is_late_morning
from treatments.tests.journeys.desks import a_desk, browser

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
