"""What was said at the intake is offered as a cause, unticked; red flags block their region."""

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.tests import builders as clinic
from patients.intake.actions import list_medication, record_answers
from patients.intake.terms import MedicationStatus, Occasion
from patients.lesions.queries import blocked_regions
from patients.screening.causes import CauseKind, possible_causes
from patients.tests.builders import a_healthy_patient
from treatments.analysis.terms import Cause

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(settings):
    settings.LANGUAGE_CODE = "en"
    return timezone.now()


@pytest.fixture
def patient(now):
    return a_healthy_patient(now=now)


def said(patient, now, **answers):
    record_answers(
        patient=patient, answers=answers, occasion=Occasion.INTAKE, on=timezone.localdate(now),
        by="test", now=now,
    )  # fmt: skip


def takes(patient, now, text):
    list_medication(
        patient=patient, text=text, status=MedicationStatus.CURRENT, last_taken=None, since=None,
        by="test", now=now,
    )  # fmt: skip


def causes(patient, now):
    return {(each.kind, each.reason) for each in possible_causes(patient, timezone.localdate(now))}


def kinds(patient, now):
    return {kind for kind, _reason in causes(patient, now)}


def test_whoever_said_no_to_everything_has_no_cause_to_offer(patient, now):
    assert causes(patient, now) == set()


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"pregnant": "yes"}, CauseKind.PREGNANCY),
        ({"hormonal_contraception": "combined"}, CauseKind.HORMONES),
        ({"fertility_treatment": "yes"}, CauseKind.HORMONES),
        ({"scented_cosmetics": "yes"}, CauseKind.COSMETICS),
    ],
)
def test_an_answer_is_offered(patient, now, answers, kind):
    said(patient, now, **answers)
    assert kinds(patient, now) == {kind}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Yasmin", CauseKind.HORMONES),
        ("Estrofem 2 mg", CauseKind.HORMONES),
        ("Cordarone 200 mg", CauseKind.MEDICINE),
        ("Monodoks 100 mg", CauseKind.MEDICINE),
    ],
)
def test_a_medicine_is_offered_with_its_reason_and_day(patient, now, text, kind):
    takes(patient, now, text)

    found = causes(patient, now)

    assert kind in {each for each, _reason in found}
    assert all(text in reason and "listed on" in reason for _kind, reason in found)


def test_a_harmless_medicine_is_not_offered(patient, now):
    takes(patient, now, "Parol 500 mg")
    assert causes(patient, now) == set()


@pytest.mark.parametrize("unsure", ["unknown", "no"])
def test_neither_a_no_nor_dont_know_is_offered(patient, now, unsure):
    said(patient, now, pregnant=unsure)
    assert causes(patient, now) == set()


def test_every_offered_kind_is_a_cause_of_the_form():
    assert {kind.value for kind in CauseKind} <= set(Cause.values)


def test_the_form_shows_them_and_ticks_nothing(client, patient, now):
    takes(patient, now, "Yasmin")
    client.force_login(clinic.physician())

    page = client.get(reverse("analysis:new", args=[patient.pk])).content.decode()

    assert "Yasmin" in page
    _before, _form, form = page.partition("data-formset")
    assert " checked" not in form.partition("</form>")[0]


def test_red_flags_of_an_analysis_block_their_region(client, patient, now):
    client.force_login(clinic.physician())
    entry = {
        "spots-TOTAL_FORMS": "1",
        "spots-INITIAL_FORMS": "0",
        "spots-0-spot_type": "solar_lentigo",
        "spots-0-regions": ["chin"],
        "spots-0-wood_finding": "enhanced",
        "spots-0-depth": "epidermal",
        "spots-0-causes": ["sun"],
        "phototype": "III",
        "red_flags-features": ["border"],
    }
    url = reverse("analysis:new", args=[patient.pk])
    assert client.post(url, entry).status_code == 422
    assert blocked_regions(patient, timezone.localdate(now)) == []

    assert client.post(url, entry | {"red_flags-flagged_regions": ["chin"]}).status_code == 302
    assert blocked_regions(patient, timezone.localdate(now)) == ["chin"]
