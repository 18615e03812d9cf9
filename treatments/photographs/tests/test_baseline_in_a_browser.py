"""What a first examination costs a physician in taps, from Today: three photographs with the camera, six
marked spots, four scored regions (ux.md 2.3)."""

import re
from datetime import time, timedelta

import pytest
from django.utils import timezone

from clinic.hours.models import OpeningHours
from clinic.tests import builders as clinic
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.tests.test_in_a_browser import Finger, describe_a_baseline
from treatments.booking import actions as booking
from treatments.booking.terms import AppointmentKind
from treatments.photographs.models import Photograph
from treatments.photographs.terms import CHECKS
from treatments.photographs.tests.builders import who_agreed
from treatments.photographs.tests.test_in_a_browser import browser
from treatments.tests.journeys.conftest import zone_where_it_is_late_morning
from treatments.tests.journeys.desks import a_desk

__all__ = ["a_desk", "browser"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TAPS = 35


@pytest.fixture
def member(db):
    return clinic.physician(language="en")


@pytest.fixture
def patient(member, settings):
    """Expected for a consultation today; agreed to clinical photographs."""
    settings.TIME_ZONE = zone_where_it_is_late_morning()
    now = timezone.now()
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59))
    patient = who_agreed(now=now - timedelta(days=1))
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    booking.book(
        patient=patient,
        physician=member,
        room=clinic.room(),
        kind=AppointmentKind.CONSULTATION,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        by=clinic.receptionist(),
        now=now,
    )
    return patient


def test_a_first_examination_with_three_photographs(a_desk, patient):
    desk = a_desk(1024, 768)
    page, finger = desk.page, Finger(desk.page)
    finger.tap(page.locator(f'main a[href="/patients/{patient.pk}/"]').first)
    finger.tap(page.locator(f'.ms-tabs a[href$="{patient.pk}/photographs/"]'))
    finger.tap(page.get_by_role("link", name="Take photographs").first)
    finger.tap(page.get_by_role("button", name="Open the camera"))
    finger.tap(page.get_by_role("button", name="All of it holds"))
    for taken in range(1, 4):
        finger.tap(page.get_by_role("button", name="Take the picture"))
        page.wait_for_function(
            "count => document.querySelectorAll('.photo-row[data-kept]').length === count",
            arg=taken,
        )
    finger.tap(page.get_by_role("link", name="New analysis"))
    page.wait_for_url(re.compile("/analyses/new/"))
    describe_a_baseline(finger)

    assert finger.taps <= MOST_TAPS
    photographs = Photograph.objects.order_by("recorded_at")
    assert len({each.view for each in photographs}) == len(photographs) == 3
    assert all(getattr(each, name) for each in photographs for name in CHECKS)
    analysis = SkinAnalysis.objects.get()
    assert analysis.mmasi == 4
    assert sum(len(each.marks) for each in analysis.spots.all()) == 6
