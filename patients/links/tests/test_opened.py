"""A link that was opened with the birth date stays open in that browser, and in no other."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from clinic.tests.builders import NOW
from patients.links import opened
from patients.links.actions import link_to, revoke_links
from patients.links.opened import (
    IDLE,
    IDLE_ON_SHARED_DEVICE,
    mark_handed_over,
    opened_link,
    remember_opened,
)
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
PURPOSE = LinkPurpose.INTAKE
MOMENT = timedelta(seconds=1)


def a_browser():
    request = HttpRequest()
    request.session = SessionStore()
    return request


def a_link(patient=None, *, purpose=PURPOSE, days=7):
    return link_to(
        patient=patient or a_patient(),
        purpose=purpose,
        about_id=uuid4(),
        expires_at=NOW + timedelta(days=days),
        now=NOW,
    )


def reopened(browser, link, now=NOW, purpose=PURPOSE):
    return opened_link(browser, token_for(link.pk), purpose, now)


def test_the_birth_date_given_once_is_enough_for_30_minutes_without_a_click():
    browser, link = a_browser(), a_link()
    assert reopened(browser, link) is None
    remember_opened(browser, link, NOW)

    assert reopened(browser, link, NOW + IDLE - MOMENT) == link
    # Every use starts the half hour anew ...
    assert reopened(browser, link, NOW + 2 * IDLE - 2 * MOMENT) == link
    # ... and a half hour without one ends it.
    assert reopened(browser, link, NOW + 3 * IDLE) is None


def test_a_device_of_the_clinic_that_was_put_down_midway_asks_after_5_minutes():
    browser, questions = a_browser(), a_link()
    next_one = a_link(questions.patient, purpose=LinkPurpose.AFTERCARE)
    mark_handed_over(browser)
    remember_opened(browser, questions, NOW)

    later = NOW + IDLE_ON_SHARED_DEVICE - MOMENT
    assert reopened(browser, next_one, later, LinkPurpose.AFTERCARE) == next_one
    put_down = later + IDLE_ON_SHARED_DEVICE
    assert reopened(browser, next_one, put_down, LinkPurpose.AFTERCARE) is None
    assert reopened(browser, questions, put_down) is None


def test_another_browser_and_another_purpose_are_asked():
    browser, link = a_browser(), a_link()
    remember_opened(browser, link, NOW)

    assert reopened(a_browser(), link) is None
    assert reopened(browser, link, purpose=LinkPurpose.AFTERCARE) is None
    assert reopened(browser, link) == link


def test_what_ends_the_link_ends_the_half_hour_too():
    browser, link = a_browser(), a_link(days=0.01)
    remember_opened(browser, link, NOW)
    assert reopened(browser, link, NOW + timedelta(minutes=14)) == link
    assert reopened(browser, link, NOW + timedelta(minutes=15)) is None

    revoked = a_link()
    remember_opened(browser, revoked, NOW)
    revoke_links(purpose=PURPOSE, about_id=revoked.about_id, now=NOW)
    assert reopened(browser, revoked) is None


def test_one_link_leads_to_the_next_of_the_same_patient_and_of_nobody_else():
    browser, link = a_browser(), a_link()
    following = a_link(link.patient, purpose=LinkPurpose.AFTERCARE)
    someone_elses = a_link()
    remember_opened(browser, link, NOW)

    assert reopened(browser, following, purpose=LinkPurpose.AFTERCARE) == following
    assert reopened(browser, someone_elses) is None


def test_a_link_that_has_ended_leads_nowhere():
    browser, link = a_browser(), a_link()
    following = a_link(link.patient, purpose=LinkPurpose.AFTERCARE)
    remember_opened(browser, link, NOW)
    revoke_links(purpose=PURPOSE, about_id=link.about_id, now=NOW)

    assert reopened(browser, following, purpose=LinkPurpose.AFTERCARE) is None


def test_the_session_keeps_what_else_stood_in_it_and_gets_a_new_key():
    """A staff member who opens a patient's link stays signed in; a known key is worth nothing."""
    browser, link = a_browser(), a_link()
    browser.session["_auth_user_id"] = "7"
    browser.session.create()
    key = browser.session.session_key

    remember_opened(browser, link, NOW)

    assert browser.session["_auth_user_id"] == "7"
    assert browser.session.session_key != key
    assert link.patient.full_name not in str(dict(browser.session.items()))


def test_without_the_idle_limit_a_forgotten_phone_would_stay_open(monkeypatch):
    """Negative control of the half hour."""
    browser, link = a_browser(), a_link()
    remember_opened(browser, link, NOW)
    monkeypatch.setattr(opened, "IDLE", timedelta(days=9))
    assert reopened(browser, link, NOW + 3 * IDLE) == link
