"""S5: a product whose leaflet changed is checked again in every open course that uses it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.tests.builders import NOW
from cocktails.catalogue import facts
from cocktails.catalogue.actions import load_catalogue
from cocktails.catalogue.hooks import substances_changed
from cocktails.tests.builders import a_cocktail
from patients.intake.actions import list_allergy
from patients.rulebook.actions import screen_those_behind
from patients.screening.models import Purpose
from patients.screening.queries import latest_screening
from patients.tests.builders import a_healthy_patient
from treatments.plans.queries import booking_limit
from treatments.plans.terms import SCREENED_BEFORE_A_CHANGE
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def course():
    """A running course with tranexamic acid, for somebody who reacts to sulfite."""
    patient = a_healthy_patient(now=NOW, answers={"sulfite_reaction": "no"})
    cocktail = a_cocktail(patient)
    list_allergy(patient=patient, text="sülfit", reaction="", severity="mild", by="test", now=NOW)
    return a_set_plan(patient=patient, cocktail=cocktail)


@pytest.fixture
def new_leaflet(monkeypatch):
    """What is shipped next says that the ampoule holds sulfite."""
    shipped = tuple(
        replace(one, excipients=frozenset({"sulfite"})) if one.code == "txa-50" else one
        for one in facts.products()
    )
    monkeypatch.setattr(facts, "products", lambda: shipped)
    monkeypatch.setattr(facts, "version", lambda: "next")


def findings(course):
    screening = latest_screening(course.patient, Purpose.BOOKING)
    return {each["rule"] for each in screening.response["findings"]}


def test_an_excipient_added_to_a_product_is_found_in_the_open_course(course, new_leaflet):
    assert "R-ALLERGY-SULFITE" not in findings(course)

    load_catalogue(by="load_catalogue", now=LATER)

    assert "R-ALLERGY-SULFITE" not in findings(course)
    assert booking_limit(course).refusal == str(SCREENED_BEFORE_A_CHANGE)
    screen_those_behind(by="test", now=LATER, most=10)
    assert "R-ALLERGY-SULFITE" in findings(course)
    assert booking_limit(course).refusal != str(SCREENED_BEFORE_A_CHANGE)


def test_nobody_would_hear_of_it_without_the_hook(course, new_leaflet, monkeypatch):
    monkeypatch.setattr(substances_changed, "_listeners", [])

    load_catalogue(by="load_catalogue", now=LATER)
    screen_those_behind(by="test", now=LATER, most=10)

    assert "R-ALLERGY-SULFITE" not in findings(course)


def test_a_course_without_the_substance_is_left_alone(new_leaflet):
    other = a_set_plan()
    before = latest_screening(other.patient, Purpose.BOOKING)

    load_catalogue(by="load_catalogue", now=LATER)
    screen_those_behind(by="test", now=LATER, most=10)

    assert latest_screening(other.patient, Purpose.BOOKING) == before
