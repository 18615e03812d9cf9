"""A question about a medicine names each of them: at the desk and in the verdict."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.tests.builders import receptionist
from patients.intake import actions, queries
from patients.intake.by_medicine import field_name
from patients.intake.models import Answer
from patients.intake.page_queries import intake_page
from patients.intake.terms import Occasion
from patients.screening.actions import request_for, screen_patient
from patients.screening.explained import explained
from patients.screening.models import Purpose
from patients.screening.open_points import words_of_open
from patients.screening.rule_files import load_rule_set
from patients.screening.rules import screen
from patients.tests.builders import a_healthy_patient

pytestmark = pytest.mark.django_db
CODE = "antibiotic_for_infection"
V2 = load_rule_set(2)


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def desk(client):
    client.force_login(receptionist())
    return client


def today():
    return timezone.localdate()


def takes(patient, *texts):
    for text in texts:
        actions.list_medication(
            patient=patient, text=text, status="current", last_taken=None, since=None,
            by="test builder", now=timezone.now(),
        )  # fmt: skip
    return patient


def says(patient, value, **when):
    now = timezone.now() - timedelta(**when)
    actions.record_answers(
        patient=patient, answers={CODE: value}, occasion=Occasion.INTAKE,
        on=timezone.localdate(now), by="test builder", now=now,
    )  # fmt: skip


def on_two(*texts):
    return takes(a_healthy_patient(now=timezone.now()), *(texts or ("Augmentin", "Monodoks")))


def at(patient):
    return reverse("patients:intake-section", args=[patient.pk, "medicines"])


def of(medicine):
    return field_name(CODE, medicine)


def post(desk, patient, **more):
    page = desk.get(at(patient))
    shown = [name for asked in page.context["form"] for name in [asked.name, *asked.field_names]]
    return desk.post(at(patient), {"shown": shown, "go": "check"} | more)


def page_of(patient):
    return intake_page(patient, today(), "medicines")


def said(patient):
    return queries.standing_answers(patient, today()).get(CODE)


def unanswered(patient):
    response = screen(request_for(patient, None, on=today()), rule_set=V2)
    return CODE in response.unanswered


def test_the_page_names_each_medicine_and_chooses_nothing(desk):
    patient = on_two()
    body = desk.get(at(patient)).content.decode()
    asked = body.partition(f'<fieldset class="ms-asked ms-asked-wide" id="id_{CODE}"')[2]
    asked = asked.partition("</fieldset>")[0]

    assert "Is this medicine on your list for an infection" in asked
    for medicine in ("Augmentin", "Monodoks"):
        assert f">{medicine}</p>" in asked
        for answer in ("yes", "no", "unknown"):
            assert f'name="{of(medicine)}" id="id_{of(medicine)}_{answer}"' in asked
    assert "checked" not in asked
    assert f'name="{CODE}"' not in asked


def test_one_answer_for_each_medicine_is_written_down_as_one(desk):
    patient = on_two()
    assert unanswered(patient)

    post(desk, patient, **{of("Augmentin"): "no", of("Monodoks"): "yes"})

    assert said(patient) == {"Augmentin": "no", "Monodoks": "yes"}
    assert not unanswered(patient)
    assert "checked" in desk.get(at(patient)).content.decode()
    check = desk.get(reverse("patients:intake", args=[patient.pk])).content.decode()
    assert "Augmentin: No; Monodoks: Yes" in check


def test_an_answer_for_one_of_two_leaves_the_question_open_for_the_other(desk):
    patient = on_two()
    post(desk, patient, **{of("Augmentin"): "no"})

    assert said(patient) == {"Augmentin": "no"}
    assert CODE in page_of(patient).open_codes
    assert unanswered(patient)
    check = desk.get(reverse("patients:intake", args=[patient.pk])).content.decode()
    assert "Monodoks: Is this medicine on your list" in check
    request = request_for(patient, None, on=today())
    assert words_of_open(CODE, request, V2).startswith("Monodoks: Is this medicine")


def test_a_medicine_added_later_opens_the_question_for_it_alone(desk):
    patient = on_two("Augmentin")
    says(patient, {"Augmentin": "no"})
    assert CODE not in page_of(patient).open_codes
    assert not unanswered(patient)

    takes(patient, "Monodoks")

    assert page_of(patient).open_medicines(CODE) == ("Monodoks",)
    assert CODE in page_of(patient).open_codes
    assert unanswered(patient)


def test_a_medicine_listed_on_this_page_brings_its_field_before_one_goes_on(desk):
    patient = on_two("Augmentin")
    line = {"medications-text": "Monodoks", "medications-status": "current"}

    answered = post(desk, patient, **line, **{of("Augmentin"): "no"})

    assert answered.url == f"{at(patient)}#id_{CODE}"
    # Negative control: without a further medicine it goes on.
    assert post(desk, patient, **{of("Monodoks"): "no"}).url.endswith("/intake/")


def test_a_medicine_taken_off_the_list_is_not_asked_about_and_says_nothing_any_more(desk):
    patient = on_two()
    says(patient, {"Augmentin": "yes", "Monodoks": "no"})
    request = request_for(patient, None, on=today())
    assert request["answers"][CODE]["Augmentin"] == "yes"

    entry = next(one for one in queries.medications(patient) if one.text == "Augmentin")
    actions.remove_medication(medication=entry, by="test builder", now=timezone.now())

    assert page_of(patient).medicines[CODE] == ("Monodoks",)
    assert request_for(patient, None, on=today())["answers"][CODE] == {"Monodoks": "no"}
    assert of("Augmentin") not in desk.get(at(patient)).content.decode()


def test_do_not_know_for_one_medicine_holds_the_verdict(desk):
    patient = on_two()
    post(desk, patient, **{of("Augmentin"): "no", of("Monodoks"): "unknown"})

    assert said(patient) == {"Augmentin": "no", "Monodoks": "unknown"}
    assert unanswered(patient)


def test_no_to_all_the_rest_without_scripts_answers_for_each_medicine_that_was_shown(desk):
    patient = on_two()
    post(desk, patient, rest="no", **{of("Monodoks"): "yes"})
    assert said(patient) == {"Augmentin": "no", "Monodoks": "yes"}

    takes(patient, "Tetradox")
    desk.post(at(patient), {"rest": "no", "shown": [CODE, of("Augmentin"), of("Monodoks")]})
    assert "Tetradox" not in said(patient)


def test_a_field_of_a_medicine_that_is_not_listed_and_a_made_up_word_are_not_taken(desk):
    patient = on_two("Augmentin")

    post(desk, patient, **{of("Heparin"): "no"})
    assert said(patient) is None

    refused = post(desk, patient, **{of("Augmentin"): "never"})
    assert refused.status_code == 422
    assert said(patient) is None


def test_the_verdict_says_what_was_answered_for_each_medicine():
    patient = on_two()
    says(patient, {"Augmentin": "yes", "Monodoks": "no"})

    screening = screen_patient(
        patient=patient, planned=None, purpose=Purpose.BOOKING, on=today(),
        by="test builder", now=timezone.now(),
    )  # fmt: skip

    because = [words for one in explained(screening).findings for _label, words in one.because]
    assert "Augmentin: Yes; Monodoks: No" in because


def test_a_plain_no_of_the_first_version_is_asked_again_and_a_plain_yes_holds():
    patient = on_two()
    says(patient, "no", days=2)
    assert unanswered(patient)
    assert CODE in page_of(patient).open_codes

    says(patient, "yes", days=1)
    assert not unanswered(patient)
    assert request_for(patient, None, on=today())["answers"][CODE] == "yes"
    assert Answer.objects.filter(patient=patient, code=CODE).count() == 2
