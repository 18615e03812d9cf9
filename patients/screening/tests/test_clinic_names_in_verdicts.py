"""A verdict with the clinic's own names can be computed again, whatever becomes of the names."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from clinic.tests.builders import NOW, physician
from patients.clinic_names.actions import remove_name, settle_name
from patients.clinic_names.terms import Meaning, NameList
from patients.intake import actions as intake
from patients.rulebook.queries import rule_set_of, rules_in_force
from patients.screening.actions import screen_patient
from patients.screening.explained import explained
from patients.screening.models import Purpose
from patients.screening.own_names import CLINIC_NAMES, ClinicNames
from patients.screening.queries import allergy_groups
from patients.screening.rules import screen
from patients.tests.builders import a_healthy_patient

pytestmark = pytest.mark.django_db


def takes(patient, text):
    intake.list_medication(
        patient=patient, text=text, status="current", last_taken=None, since=None, by="test",
        now=NOW,
    )  # fmt: skip


def verdict(patient):
    return screen_patient(
        patient=patient, planned=None, purpose=Purpose.BOOKING, on=NOW.date(), by="test", now=NOW
    )


def settle(name, **said):
    said.setdefault("meaning", Meaning.KNOWN)
    said.setdefault("listed", NameList.MEDICATIONS)
    return settle_name(name=name, written=name, by=physician(), now=NOW, **said)


@pytest.fixture
def patient():
    patient = a_healthy_patient(now=NOW)
    takes(patient, "Zorbexin 40 mg")
    return patient


def unrecognised(screening):
    return [gap["text"] for gap in screening.response["unrecognised"]]


def test_settling_lets_go_and_removing_holds_again(patient):
    assert unrecognised(verdict(patient)) == ["Zorbexin 40 mg"]

    settled = settle("zorbexin", meaning=Meaning.NO_BEARING, reason="Eye vitamins, nothing else")
    assert unrecognised(verdict(patient)) == []

    remove_name(change_id=settled.pk, reason="", by=physician(), now=NOW)
    assert unrecognised(verdict(patient)) == ["Zorbexin 40 mg"]


def test_a_settled_blood_thinner_refuses(patient):
    settle("zorbexin", substance="Coumadin")

    assert verdict(patient).verdict == "refuse"


def test_a_verdict_is_computed_again_from_what_is_stored(patient):
    settle("anderes", substance="parol")
    settled = settle("zorbexin", substance="Coumadin")
    screening = verdict(patient)
    remove_name(change_id=settled.pk, reason="", by=physician(), now=NOW)

    kept = screening.request[CLINIC_NAMES]
    assert [one["name"] for one in kept["medications"]] == ["zorbexin"]
    then = rule_set_of(screening.rule_set_version).with_names(ClinicNames.from_json(kept))
    assert screen(screening.request, rule_set=then).as_json() == screening.response
    # The negative control: with the names of today it would be another one.
    assert screen(screening.request, rule_set=rules_in_force()).as_json() != screening.response


def test_without_own_names_nothing_is_added_to_the_request(patient):
    settle("anderes", substance="parol")
    assert CLINIC_NAMES not in verdict(patient).request


def test_an_allergy_is_shown_with_its_group_without_any_cocktail():
    patient = a_healthy_patient(now=NOW)
    intake.list_allergy(
        patient=patient, text="C vitamini", reaction="", severity="mild", by="test", now=NOW
    )
    with translation.override("en"):
        shown = explained(verdict(patient)).allergies

    assert [(one.text, one.groups) for one in shown] == [("C vitamini", "vitamin C")]


def test_a_reaction_to_antiseptic_or_numbing_cream_is_an_allergy():
    patient = a_healthy_patient(
        now=NOW, answers={"antiseptic_reaction": ["povidone_iodine", "numbing_cream"]}
    )
    assert allergy_groups(patient, NOW.date()) >= {"iodine_povidone", "amide_anaesthetic"}


def test_the_headline_never_denies_a_finding_that_stands_below(patient):
    settle("zorbexin", substance="Lustral")
    intake.record_answers(
        patient=patient, answers={"keloid": "unknown"}, occasion="intake", on=NOW.date(),
        by="test", now=NOW,
    )  # fmt: skip
    with translation.override("en"):
        told = explained(verdict(patient))

    assert told.findings
    assert "No contraindication" not in told.sub


def test_the_verdict_page_leads_the_physician_to_settling(client):
    patient = a_healthy_patient(now=timezone.now())
    takes(patient, "Zorbexin")
    client.force_login(physician())

    page = client.get(reverse("patients:verdict", args=[patient.pk])).content.decode()

    assert reverse("patients:unread-names", args=[patient.pk]) in page
