"""Measuring in a browser: a first time by taps alone, and again with the places carried over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.tests import builders as clinic
from treatments.measuring.models import ColourMeasurement
from treatments.measuring.tests import faces
from treatments.measuring.tests.builders import measured, of_a_face
from treatments.photographs.actions import mark_points
from treatments.photographs.tests.builders import who_agreed
from treatments.tests.journeys.desks import a_desk, browser

__all__ = ["a_desk", "browser"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MOST_FOR_A_FOLLOW_UP = 4  # choose the card, two taps on it, measure


@pytest.fixture
def member(db):
    return clinic.physician(language="en")


@pytest.fixture
def patient(db):
    return who_agreed(now=timezone.now() - timedelta(days=40))


def tap(desk, points):
    picture = desk.page.locator("[data-stage] img")
    width = picture.bounding_box()["width"]
    for x, y in points:
        picture.click(position={"x": x * width, "y": y * width})
        desk.clicks.count += 1


def test_a_spot_is_measured_by_taps_alone(a_desk, patient):
    photograph = of_a_face(patient=patient, now=timezone.now())
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/measured/photographs/{photograph.pk}/")
    tap(desk, faces.SPOT_POINTS)
    desk.click('label[data-key="skin"]')
    tap(desk, faces.SKIN_POINTS)
    desk.click('label[data-key="card"]')
    tap(desk, faces.CARD_POINTS[:1])
    desk.click("[data-take-back]")
    tap(desk, faces.CARD_POINTS)
    desk.page.select_option("#id_region", "cheek_right")
    desk.click("form.measure > .ms-stack > button")
    desk.page.locator("[data-estimate]").wait_for()

    (found,) = ColourMeasurement.objects.all()
    assert [len(found.outlines[key]) for key in ("spot", "skin", "card")] == [2, 2, 4]
    assert abs(float(found.spot_lightness) - faces.colour_of(faces.SPOT).lightness) < 1
    near = desk.page.locator(".measure-near svg").first.bounding_box()
    assert near["width"] > 100


def test_the_next_time_only_the_card_is_marked(a_desk, patient):
    then, now = timezone.now() - timedelta(days=30), timezone.now()
    first = measured(of_a_face(patient=patient, now=then), now=then)
    second = of_a_face(patient=patient, now=now)
    for photograph in (first.photograph, second):
        mark_points(photograph=photograph, points=faces.PUPILS, by=clinic.nurse(), now=now)
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/measured/photographs/{second.pk}/")
    before = desk.clicks.count
    desk.click('label[data-key="card"]')
    tap(desk, ((0.85, 1.13), (0.90, 1.13)))
    desk.click("form.measure > .ms-stack > button")
    desk.page.locator("[data-estimate]").wait_for()

    assert desk.clicks.count - before <= MOST_FOR_A_FOLLOW_UP
    assert ColourMeasurement.objects.count() == 2
    assert {each.measured_place_id for each in ColourMeasurement.objects.all()} == {
        first.measured_place_id
    }
