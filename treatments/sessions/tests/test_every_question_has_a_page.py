"""Whatever is due for a session can be answered: all of it through the pages, by who treats.

A code that no page asks and nothing supplies would hold every signature for ever.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.catalogue.models import Product
from cocktails.composition.actions import compose_cocktail
from cocktails.tests.builders import a_catalogue
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.intake.page_queries import intake_pages
from patients.records.terms import Sex
from patients.screening.models import Purpose, Screening
from patients.screening.queries import latest_screening, response_of, what_blocks_signing
from patients.screening.rule_files import load_rule_set
from patients.tests.builders import a_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.plans.actions import screen_for_booking
from treatments.sessions.tests.builders import LAST_WEEK, decided, first_session, start_of
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

FINE = ("no", "none", "negative")
MEASURED = {
    "bmi": "24", "weight_kg": "70", "bp_systolic": "130", "bp_diastolic": "80", "egfr": "90",
    "hba1c_percent": "6", "steroid_daily_mg": "2", "steroid_days": "10",
}  # fmt: skip


@dataclass
class Story:
    """Who it is, what is otherwise than fine, and what is to be injected (product -> ml)."""

    sex: str = Sex.FEMALE
    born_on: date = date(1996, 3, 14)
    answers: dict[str, str] = field(default_factory=dict)
    medicine: str = ""
    phototype: str = "III"
    products: dict[str, str] = field(default_factory=lambda: {"txa-50": "0.2"})


STORIES = {
    "woman of 30, lidocaine and tranexamic acid": Story(
        products={"txa-50": "0.2", "lidocaine-20": "0.3"}
    ),
    "man of 70 with high blood pressure": Story(
        sex=Sex.MALE, born_on=date(1956, 5, 1), answers={"high_blood_pressure": "yes"}
    ),
    "phototype IV": Story(phototype="IV"),
    "phototype VI": Story(phototype="VI"),
    "sex not stated, amino acids": Story(sex=Sex.NOT_STATED, products={"amino-acids-10": "1"}),
    "insulin": Story(
        medicine="Lantus", answers={"diabetes": "yes"}, products={"lidocaine-20": "0.3"}
    ),
    "kidney disease": Story(answers={"kidney": "ckd"}, products={"lidocaine-20": "0.3"}),
    "asthma, steroid tablets": Story(
        answers={"asthma": "yes", "steroid_tablets_now": "yes"},
        products={"niacinamide-20": "1"},
    ),
}
# The other stories with --all: each walks the whole intake.
EVERY_CHECK = {"woman of 30, lidocaine and tranexamic acid", "man of 70 with high blood pressure"}
TOLD = [
    pytest.param(story, id=name, marks=[] if name in EVERY_CHECK else [pytest.mark.slow])
    for name, story in STORIES.items()
]


class Fields(HTMLParser):
    """What a page lets somebody fill in: name -> the values of its buttons, or [] to be typed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.choices: dict[str, list[str]] = {}
        self.typed: list[str] = []
        self.shown: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value, kind = given.get("name"), given.get("value") or "", given.get("type", "text")
        if tag != "input" or not name:
            return
        if name == "shown":
            self.shown.append(value)
        elif kind == "radio":
            self.choices.setdefault(name, []).append(value)
        elif name.endswith("__typed") and kind == "text":
            self.typed.append(name)


def filled_in(html: str, otherwise: dict[str, str]) -> dict[str, Any]:
    """All fine, but for what the story says otherwise."""
    fields = Fields(html)
    given: dict[str, Any] = {"shown": fields.shown}
    for name, values in fields.choices.items():
        fine = next((value for value in FINE if value in values), None)
        if (answer := otherwise.get(name, fine)) is not None:
            assert answer in values, (name, values)
            given[name] = answer
    for name in fields.typed:
        if (measured := MEASURED.get(name.removesuffix("__typed"))) is not None:
            given[name] = measured
    return given


@pytest.fixture
def at(client, monkeypatch):
    """Somebody signs in at a moment; the pages read that clock."""

    def sign_in(member, moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        client.force_login(member)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def take_intake(browser, patient, story):
    """Page by page, and again as long as answers open further questions."""
    for _round in range(4):
        pages = [page for page in intake_pages(patient, LAST_WEEK.date()) if not page.is_complete]
        if not pages:
            return
        for page in pages:
            address = reverse("patients:intake-section", args=[patient.pk, page.key])
            given = filled_in(browser.get(address).content.decode(), story.answers)
            if page.listed and not (story.medicine and page.listed == "medications"):
                given[f"{page.listed}_none"] = "yes"
            elif page.listed:
                given |= {"medications-text": story.medicine, "medications-status": "current"}
            assert browser.post(address, given | {"go": "next"}).status_code == 302, page.key
    raise AssertionError([(page.key, page.open_codes) for page in pages])


def a_mixture(patient, story, physician):
    a_catalogue(now=LAST_WEEK)
    return compose_cocktail(
        patient=patient,
        portions=[
            (Product.objects.get(code=code), Decimal(ml)) for code, ml in story.products.items()
        ],
        diluent=Product.objects.get(code="saline-10"),
        diluent_ml=Decimal(3),
        points=20,
        ml_per_point=Decimal("0.05"),
        by=physician,
        now=LAST_WEEK,
    )


def a_session(at, story):
    """From the door to the booked first session: intake by the nurse, plan by the physician."""
    physician, nurse = clinic.physician(), clinic.nurse()
    patient = a_patient(now=LAST_WEEK, sex=story.sex, born_on=story.born_on)
    take_intake(at(nurse, LAST_WEEK), patient, story)
    plan = a_set_plan(
        now=LAST_WEEK,
        patient=patient,
        physician=physician,
        analysis=an_analysis(patient, by=physician, now=LAST_WEEK, phototype=story.phototype),
        cocktail=a_mixture(patient, story, physician),
    )
    decides(patient, ConsentKind.PROCEDURE, now=LAST_WEEK, by=physician)
    ahead = screen_for_booking(patient, by=physician, now=LAST_WEEK)
    decided(ahead, by=physician, now=LAST_WEEK)
    return first_session(a_booked_course(plan=plan, now=LAST_WEEK, first_on=NOW.date())), nurse


def rescreen(browser, session) -> Screening:
    address = reverse("sessions:rescreen", args=[session.plan.patient_id, session.pk])
    answer = browser.get(address)
    for _round in range(3):
        answer = browser.post(address, filled_in(answer.content.decode(), {}))
        if answer.status_code == 302:
            break
    assert answer.status_code == 302
    screening = latest_screening(session.plan.patient, Purpose.SESSION)
    assert screening is not None
    return screening


@pytest.mark.parametrize("story", TOLD)
def test_nothing_due_stays_without_an_answer(at, story):
    session, nurse = a_session(at, story)
    moment = start_of(session)

    screening = rescreen(at(nurse, moment), session)

    response = response_of(screening)
    assert screening.rule_set_version == load_rule_set().version
    assert (response.unanswered, response.unrecognised, response.fault) == ((), (), False)
    decided(screening, by=session.plan.physician, now=moment + timedelta(minutes=1))
    assert what_blocks_signing(screening) == []


def test_what_nobody_answers_blocks(at):
    """Negative control: the same way, but the page of the day is sent with one answer missing."""
    session, nurse = a_session(at, Story())
    browser = at(nurse, start_of(session))
    address = reverse("sessions:rescreen", args=[session.plan.patient_id, session.pk])
    given = filled_in(browser.get(address).content.decode(), {})
    del given["intoxicated"]
    browser.post(address, given)

    screening = latest_screening(session.plan.patient, Purpose.SESSION)
    assert screening is not None
    assert response_of(screening).unanswered == ("intoxicated",)
    assert what_blocks_signing(screening)
