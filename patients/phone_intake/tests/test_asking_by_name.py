"""On the phone: each medicine by its name, one answer each, read back and reviewed."""

import pytest
from django.urls import reverse

from clinic.tests.builders import receptionist
from patients.intake import queries as record
from patients.intake.by_medicine import field_name
from patients.phone_intake.models import PhoneSubmission
from patients.phone_intake.reviewing import rows_of, subjects
from patients.phone_intake.rules import compare
from patients.phone_intake.terms import Comparison
from patients.phone_intake.tests.builders import Phone, an_intake
from patients.screening.rule_files import load_rule_set

pytestmark = pytest.mark.django_db
CODE = "antibiotic_for_infection"
QUESTION = load_rule_set(2).question(CODE)


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def of(medicine):
    return field_name(CODE, medicine)


def listing(phone, medicine):
    line = {"medications-text": medicine, "medications-status": "current"}
    return phone.answer("medicines", medications_none="no", go="list", **line)


def going_on(phone, **answers):
    form = phone.get("medicines").context["form"].questions
    shown = [name for asked in form for name in [asked.name, *asked.field_names]]
    return phone.answer("medicines", medications_none="no", shown=shown, **answers)


@pytest.fixture
def phone():
    phone = Phone(an_intake(language="en"))
    while phone.where() != "medicines":
        phone.answer(phone.where())
    listing(phone, "Augmentin")
    listing(phone, "Monodoks")
    return phone


def test_nobody_goes_on_before_each_medicine_has_its_answer(phone):
    body = phone.get("medicines").content.decode()
    assert of("Augmentin") in body
    assert of("Monodoks") in body

    missing = going_on(phone, **{of("Augmentin"): "no"})
    assert missing.status_code == 422
    assert f'href="#id_{CODE}"' in missing.content.decode()

    assert going_on(phone, **{of("Monodoks"): "unknown"}).status_code == 302
    assert phone.where() != "medicines"


def test_a_further_medicine_opens_the_question_again_for_it_alone(phone):
    going_on(phone, **{of("Augmentin"): "no", of("Monodoks"): "no"})
    assert phone.where() != "medicines"

    listing(phone, "Tetradox")

    assert phone.where() == "medicines"
    check = phone.get("check").content.decode()
    assert "Tetradox: " in check
    assert "disabled" in check
    step = phone.get("medicines").context["form"].page
    assert step.open_medicines(CODE) == ("Tetradox",)


def sent(phone):
    going_on(phone, **{of("Augmentin"): "no", of("Monodoks"): "yes"})
    phone.walk()
    assert "Augmentin: " in phone.get("check").content.decode()
    assert phone.send().status_code == 302
    return PhoneSubmission.objects.select_related("intake__patient").get(intake=phone.intake)


def test_it_is_read_back_sent_reviewed_and_recorded_by_name(phone, client):
    submission = sent(phone)
    row = next(
        one for one in rows_of(subjects(submission, submission.submitted_on)) if one.key == CODE
    )
    assert row.value == {"Augmentin": "no", "Monodoks": "yes"}
    assert row.comparison is Comparison.NEW

    client.force_login(receptionist())
    patient = submission.intake.patient
    address = reverse("patients:phone-intake-review", args=[patient.pk, submission.pk])
    page = client.get(address)
    rows = rows_of(page.context["subjects"])
    decided = {f"decide_{one.key}": "accept" for one in rows if one.needs_a_decision}
    changed = {f"decide_{CODE}": "change", of("Augmentin"): "yes", of("Monodoks"): "no"}
    done = client.post(address, decided | changed | {"save": "1", "seal": page.context["seal"]})

    assert done.status_code == 302
    standing = record.standing_answers(patient, submission.submitted_on)
    assert standing[CODE] == {"Augmentin": "yes", "Monodoks": "no"}


@pytest.mark.parametrize(
    ("said", "standing", "expected"),
    [
        ({"Augmentin": "no"}, None, Comparison.NEW_NO),
        ({"Augmentin": "no"}, "no", Comparison.NEW_NO),
        ({"Augmentin": "yes", "Monodoks": "no"}, None, Comparison.NEW),
        ({"Augmentin": "unknown"}, None, Comparison.NEW),
        ({"Augmentin": "no"}, {"AUGMENTIN": "no"}, Comparison.SAME),
        ({"Augmentin": "no"}, {"Augmentin": "yes"}, Comparison.DIFFERS),
        ({"Augmentin": "no"}, "yes", Comparison.DIFFERS),
    ],
)
def test_how_an_answer_for_each_medicine_stands_to_the_record(said, standing, expected):
    assert compare(said, standing, question=QUESTION, is_recordable=True) is expected
