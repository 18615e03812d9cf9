"""How many taps a skin analysis costs, and what the map does under a finger and under a key."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.tests import builders as clinic
from patients.tests.builders import a_healthy_patient
from treatments.analysis.face_map import Mark
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.tests.builders import LENTIGO, MELASMA, an_analysis
from treatments.tests.journeys.desks import a_desk, browser

__all__ = ["a_desk", "browser"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_FOR_A_BASELINE = (
    25  # test_baseline_in_a_browser.py counts all of it, with the photographs and the way there
)
MOST_FOR_A_FOLLOW_UP = 15


@pytest.fixture
def member(db):
    return clinic.physician(language="en")


@pytest.fixture
def patient(member):
    return a_healthy_patient(now=timezone.now() - timedelta(days=90))


class Finger:
    """Taps that are counted."""

    def __init__(self, page):
        self.page, self.taps = page, 0

    def tap(self, place, **at):
        self.taps += 1
        place.click(**at)

    def choose(self, name, value):
        field = self.page.locator(f'[name="{name}"][value="{value}"]')
        self.tap(self.page.locator(f'label[for="{field.get_attribute("id")}"]'))

    def mark(self, row, region, view="frontal", **at):
        spot = self.page.locator(".spot[data-formset-row]").nth(row)
        self.tap(
            spot.locator(f'[data-map-figure="{view}"] [data-map-region="{region}"]').first, **at
        )


def score(finger, darkness=2):
    for region in ("forehead", "right_malar", "left_malar", "chin"):
        finger.choose(f"score-{region}-area", 2)
        finger.choose(f"score-{region}-darkness", darkness)


def save(finger):
    finger.tap(finger.page.get_by_role("button", name="Save analysis"))
    finger.page.wait_for_url(lambda address: not address.endswith(("/new/", "from=last")))


def describe_a_baseline(finger):
    """Two kinds of spots, six marks, four regions of the score, on an empty page."""
    finger.choose("spots-0-spot_type", "melasma")
    finger.mark(0, "cheek_right")
    finger.mark(0, "cheek_left")
    finger.choose("spots-0-wood_finding", "enhanced")
    finger.choose("spots-0-depth", "epidermal")
    finger.choose("spots-0-causes", "sun")
    finger.tap(finger.page.get_by_role("button", name="Add a spot"))
    finger.choose("spots-1-spot_type", "solar_lentigo")
    for across in (40, 60, 80, 100):
        finger.mark(1, "forehead", position={"x": across, "y": 30})
    finger.choose("spots-1-wood_finding", "enhanced")
    finger.choose("spots-1-depth", "epidermal")
    finger.choose("spots-1-causes", "sun")
    score(finger)
    finger.choose("phototype", "III")
    save(finger)


def test_a_baseline_with_four_regions_and_six_spots(a_desk, patient):
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/analyses/new/")
    finger = Finger(desk.page)
    describe_a_baseline(finger)

    assert finger.taps <= MOST_FOR_A_BASELINE
    analysis = SkinAnalysis.objects.get()
    melasma, lentigo = analysis.spots.all()
    assert (len(melasma.marks), len(lentigo.marks), lentigo.count) == (2, 4, 4)
    assert set(melasma.regions) == {"cheek_left", "cheek_right"}
    places = [mark["x"] for mark in lentigo.marks]
    assert places == sorted(places)
    assert len(set(places)) == 4
    # What is drawn afterwards is what was tapped.
    assert desk.page.locator(".map-mark").count() == 6
    assert analysis.mmasi == 4


@pytest.mark.slow
def test_a_follow_up_copies_the_description_and_scores_anew(a_desk, patient):
    an_analysis(patient, now=timezone.now() - timedelta(days=30), spots=[MELASMA])
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/analyses/new/?from=last")
    finger = Finger(desk.page)
    score(finger, darkness=1)
    finger.choose("spots-0-depth", "epidermal")
    save(finger)

    assert finger.taps <= MOST_FOR_A_FOLLOW_UP
    assert "Epidermal" in desk.page.locator("main").inner_text()
    assert SkinAnalysis.objects.latest("recorded_at").mmasi == 2


@pytest.mark.slow
def test_the_list_does_all_that_the_map_does_and_keys_reach_every_region(a_desk, patient):
    desk = a_desk()
    page = desk.page
    desk.open(f"/patients/{patient.pk}/analyses/new/")
    forehead = page.locator('[data-map-figure="frontal"] [data-map-region="forehead"]')
    assert forehead.get_attribute("role") == "button"
    assert forehead.get_attribute("aria-label") == "Forehead"
    forehead.focus()
    page.keyboard.press("Enter")
    assert forehead.get_attribute("aria-pressed") == "true"
    assert page.locator('[name="spots-0-regions"][value="forehead"]').is_checked()

    page.get_by_label("Add a mark in").select_option("profile_left cheek_left")
    rows = page.locator("[data-map-row]")
    assert rows.count() == 2
    assert page.locator('[data-map-figure="profile_left"]').is_visible()
    rows.nth(1).get_by_label("Across, in %").fill("40")
    rows.nth(1).get_by_label("Across, in %").blur()
    stored = page.locator('[name="spots-0-marks"]')
    assert '"x":0.4' in stored.input_value()
    page.locator("[data-map-row]").nth(0).get_by_role("button", name="Remove").click()
    assert rows.count() == 1
    # A region that is taken back takes its marks along.
    field = page.locator('[name="spots-0-regions"][value="cheek_left"]')
    page.locator(f'label[for="{field.get_attribute("id")}"]').click()
    assert rows.count() == 0
    assert stored.input_value() == ""


@pytest.mark.slow
def test_the_marks_survive_a_refused_form_and_the_last_ones_stand_behind(a_desk, patient):
    mark = Mark(view="frontal", region="cheek_left", x=0.66, y=0.57)
    an_analysis(
        patient,
        now=timezone.now() - timedelta(days=30),
        spots=[replace(LENTIGO, regions=("cheek_left",), marks=(mark,))],
        score_parts=None,
    )
    desk = a_desk()
    page = desk.page
    desk.open(f"/patients/{patient.pk}/analyses/new/?from=last")
    assert page.locator(".map-ghost:visible").count() == 1
    assert page.locator(".map-mark:visible").count() == 0
    finger = Finger(page)
    finger.mark(0, "cheek_left")
    # Two causes that exclude each other: the form comes back.
    finger.choose("spots-0-causes", "unknown")
    finger.tap(page.get_by_role("button", name="Save analysis"))
    page.get_by_text("Please check these points").wait_for()
    assert page.locator(".map-mark:visible").count() == 1
    assert page.locator(".map-ghost:visible").count() == 1
