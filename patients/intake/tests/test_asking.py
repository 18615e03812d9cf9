"""The intake as staff ask it, page by page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.tests.builders import manager, nurse, receptionist
from patients.intake import queries
from patients.intake.models import Answer, ListedMedication
from patients.intake.page_queries import CLINIC_SECTION, intake_pages
from patients.records.terms import Sex
from patients.screening.rule_files import load_rule_set
from patients.tests.builders import a_healthy_patient, a_patient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def at(patient, section):
    return reverse("patients:intake-section", args=[patient.pk, section])


def here(patient):
    return reverse("patients:intake", args=[patient.pk])


def said(patient):
    return queries.standing_answers(patient, timezone.localdate())


def shown(page):
    return {"shown": [question.name for question in page.context["form"]]}


def test_the_whole_intake_of_a_healthy_woman_takes_at_most_nine_pages_and_few_clicks(client):
    patient = a_patient(now=timezone.now())
    client.force_login(nurse())
    address, pages, clicks = at(patient, "life_stage"), 0, 0
    while address != here(patient):
        page = client.get(address)
        pages += 1
        answers = shown(page)
        for question in page.context["form"]:
            if question.can_be_no:
                answers[question.name] = "no"  # one press on "no to all unanswered here"
        clicks += 1
        for question in page.context["form"]:
            if not question.can_be_no and not question.is_optional:
                clicks += 1
                if question.kind == "number":
                    answers[f"{question.name}__typed"] = "24"
                else:
                    answers[question.name] = "negative"
        listed = page.context["page"].listed
        if listed:
            answers[f"{listed}_none"] = "yes"
            clicks += 1
        address = client.post(address, answers | {"go": "next"}).url
        clicks += 1

    # The check of the answers is the last page.
    assert pages + 1 <= 9
    assert clicks <= 25
    assert all(page.is_complete for page in intake_pages(patient, timezone.localdate()))
    assert "Everything was asked" in client.get(address).content.decode()


def test_no_answer_is_chosen_before_somebody_answers(client):
    patient = a_patient()
    client.force_login(receptionist())
    for page in intake_pages(patient, timezone.localdate()):
        if page.key != CLINIC_SECTION:
            body = client.get(at(patient, page.key)).content.decode()
            assert " checked" not in body.partition("<main")[2].partition("</main>")[0], page.key


def test_only_what_was_answered_is_recorded(client):
    patient = a_patient()
    client.force_login(receptionist())

    answer = client.post(at(patient, "life_stage"), {"pregnant": "no", "breastfeeding": "unknown"})

    assert answer.status_code == 302
    assert said(patient) == {"pregnant": "no", "breastfeeding": "unknown"}


def test_saving_the_same_page_again_writes_nothing_and_asking_anew_writes_all(client):
    patient = a_patient()
    client.force_login(receptionist())
    for _ in range(2):
        client.post(at(patient, "life_stage"), {"pregnant": "no"})
    assert Answer.objects.count() == 1

    body = client.get(f"{at(patient, 'life_stage')}?anew=1").content.decode()
    assert 'id="id_pregnant_no" value="no" checked' not in body
    client.post(at(patient, "life_stage"), {"pregnant": "no", "anew": "1"})
    assert Answer.objects.count() == 2


def test_what_stands_is_shown_as_chosen(client):
    patient = a_patient(now=timezone.now())
    client.force_login(receptionist())
    client.post(at(patient, "life_stage"), {"pregnant": "no"})
    body = client.get(at(patient, "life_stage")).content.decode()
    assert 'id="id_pregnant_no" value="no" checked' in body


def test_no_to_the_rest_without_scripts_answers_what_was_shown_and_nothing_else(client):
    patient = a_patient()
    client.force_login(receptionist())
    asked = ["pregnant", "period_late", "hormonal_contraception"]

    client.post(at(patient, "life_stage"), {"rest": "no", "shown": asked, "pregnant": "yes"})

    assert said(patient) == {
        "pregnant": "yes",
        "period_late": "no",
        "hormonal_contraception": "none",
    }


def test_a_question_that_follows_from_an_answer_appears_at_once(client):
    patient = a_patient()
    client.force_login(receptionist())
    page = client.get(at(patient, "skin"))
    assert "koebner_active_12m" not in shown(page)["shown"]

    answer = client.post(at(patient, "skin"), shown(page) | {"koebner_disease": "yes"})

    assert answer.url == f"{at(patient, 'skin')}#id_koebner_active_12m"
    assert "koebner_active_12m" in shown(client.get(at(patient, "skin")))["shown"]


def test_a_man_is_not_asked_about_pregnancy(client):
    patient = a_patient(sex=Sex.MALE)
    client.force_login(receptionist())
    assert client.get(at(patient, "life_stage")).status_code == 404
    assert client.get(here(patient)).context["first_open"].key == "skin"


@pytest.mark.parametrize(
    ("section", "fields", "words"),
    [
        ("life_stage", {"delivered_on": "day"}, "Enter the day"),
        (
            "life_stage",
            {"delivered_on": "day", "delivered_on__typed": "2026-02-30"},
            "does not exist",
        ),
        (
            "life_stage",
            {"delivered_on": "day", "delivered_on__typed": "2999-01-01"},
            "in the future",
        ),
        ("life_stage", {"pregnant": "perhaps"}, "choose one of the answers"),
        (
            "skin",
            {"spot_changed": "no", "spot_changed__named": ["forehead"]},
            "decide for one",
        ),
        ("reactions", {"antiseptic_reaction": "yes"}, "what it was"),
        ("illness", {"conditions": "yes"}, "write down the illnesses"),
        ("illness", {"conditions": "yes", "conditions__typed": "a\x00b"}, "invisible characters"),
        ("clinic", {"bmi__typed": "1e309"}, "Enter a number from 10 to 80"),
        ("clinic", {"bmi__typed": "NaN"}, "Enter a number from 10 to 80"),
        ("clinic", {"bmi__typed": "9"}, "Enter a number from 10 to 80"),
        ("medicines", {"medications-text": "Aspirin"}, "Choose how it is taken"),
        (
            "medicines",
            {
                "medications-text": "Aspirin",
                "medications-status": "stopped",
                "medications-last_taken": "2999-01-01",
            },
            "in the future",
        ),
        (
            "medicines",
            {"medications-text": "Aspi\u202erin", "medications-status": "current"},
            "invisible",
        ),
        ("reactions", {"allergies-text": "latex"}, "Choose how severe"),
        ("treatments_sun", {"procedures-kind": "ipl"}, "Enter the day"),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_beside_its_question(
    client, section, fields, words
):
    patient = a_patient()
    client.force_login(nurse())

    answer = client.post(at(patient, section), {"keloid": "no"} | fields)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert said(patient) == {}
    assert not ListedMedication.objects.exists()


def test_a_comma_in_a_number_is_a_decimal_comma(client):
    patient = a_patient()
    client.force_login(nurse())
    client.post(at(patient, "clinic"), {"bmi__typed": "24,5"})
    assert said(patient)["bmi"] == 24.5


def test_regions_and_days_are_recorded_as_the_rules_read_them(client):
    patient = a_patient()
    client.force_login(receptionist())
    client.post(
        at(patient, "skin"),
        {
            "spot_changed": "yes",
            "spot_changed__named": ["forehead", "elsewhere"],
            "infection_in_area": "yes",
            "herpes_healed_on": "day",
            "herpes_healed_on__typed": "2026-11-01",
        },
    )
    assert said(patient) == {
        "spot_changed": ["forehead", "elsewhere"],
        "infection_in_area": "yes",
        "herpes_healed_on": "2026-11-01",
    }


def test_a_medicine_is_listed_with_what_the_rules_make_of_it(client):
    patient = a_patient()
    client.force_login(receptionist())

    for text in ("kumadin 5 mg", "Zorbexin 40 mg"):
        answer = client.post(
            at(patient, "medicines"),
            {"medications-text": text, "medications-status": "current", "go": "list"},
        )
    page = client.get(answer.url).content.decode()

    assert answer.url == f"{at(patient, 'medicines')}#list"
    assert "warfarin · anticoagulant (blood thinner)" in page
    assert "“Zorbexin 40 mg” is not recognised: holds until the physician settles it" in page


def test_a_medicine_listed_by_mistake_is_removed_and_stays_readable(client):
    patient = a_patient()
    client.force_login(receptionist())
    client.post(
        at(patient, "medicines"),
        {"medications-text": "Coumadin", "medications-status": "current", "go": "list"},
    )
    entry = ListedMedication.objects.get()

    client.post(at(patient, "medicines"), {"remove": str(entry.pk)})

    assert queries.medications(patient) == []
    assert ListedMedication.objects.get().removed_at is not None


def test_nobody_removes_the_medicine_of_another_patient(client):
    patient, other = a_patient(), a_patient()
    client.force_login(receptionist())
    client.post(
        at(other, "medicines"),
        {"medications-text": "Coumadin", "medications-status": "current", "go": "list"},
    )
    client.post(at(patient, "medicines"), {"remove": str(ListedMedication.objects.get().pk)})
    assert len(queries.medications(other)) == 1


def test_takes_nothing_and_a_medicine_at_once_is_refused(client):
    patient = a_patient()
    client.force_login(receptionist())
    answer = client.post(
        at(patient, "medicines"),
        {
            "medications_none": "yes",
            "medications-text": "Coumadin",
            "medications-status": "current",
        },
    )
    assert answer.status_code == 422
    assert not ListedMedication.objects.exists()


def test_a_name_is_recognised_while_it_is_typed_without_standing_in_the_address(client):
    patient = a_patient()
    client.force_login(receptionist())
    address = reverse("patients:recognise", args=[patient.pk, "medications"])

    known = client.post(address, {"text": "kumadin"}).content.decode()
    near = client.post(address, {"text": "xarelt", "field": "id_text"}).content.decode()

    assert "warfarin" in known
    assert 'data-pick-text="Xarelto"' in near
    assert client.get(address, {"text": "kumadin"}).status_code == 405


def test_an_allergen_is_recognised_too(client):
    patient = a_patient()
    client.force_login(receptionist())
    address = reverse("patients:recognise", args=[patient.pk, "allergies"])
    assert "fish" in client.post(address, {"text": "somon"}).content.decode()


def test_what_is_examined_in_the_clinic_is_not_for_the_desk(client):
    patient = a_patient()
    client.force_login(receptionist())
    assert client.get(at(patient, CLINIC_SECTION)).status_code == 403
    assert client.post(at(patient, CLINIC_SECTION), {"bmi__typed": "24"}).status_code == 403
    body = client.get(here(patient)).content.decode()
    assert at(patient, CLINIC_SECTION) not in body
    client.force_login(nurse())
    assert client.get(at(patient, CLINIC_SECTION)).status_code == 200


def test_asking_requires_the_role(client):
    patient = a_patient()
    client.force_login(manager())
    for address in (here(patient), at(patient, "skin")):
        assert client.get(address).status_code == 403
    assert client.post(at(patient, "skin"), {"keloid": "no"}).status_code == 403
    recognise = reverse("patients:recognise", args=[patient.pk, "medications"])
    assert client.post(recognise, {"text": "x"}).status_code == 403
    assert not Answer.objects.exists()


def test_the_check_page_names_what_is_open_and_what_was_told(client):
    patient = a_healthy_patient(now=timezone.now(), answers={"asthma": "yes"})
    client.force_login(receptionist())
    page = client.get(here(patient))
    body = page.content.decode()
    assert page.context["open_count"] == 1  # the last attack follows from the asthma
    assert "Do you have asthma?" in body
    assert f"{at(patient, 'illness')}#id_asthma_last_attack_on" in body


def test_the_questions_are_asked_in_the_language_of_the_reader(client):
    patient = a_patient()
    client.force_login(receptionist())
    client.cookies["django_language"] = "tr"
    body = client.get(at(patient, "life_stage")).content.decode()
    assert load_rule_set().question("pregnant").text.tr in body


def test_a_page_of_the_intake_asks_the_database_little(client):
    """The same for whoever said nothing yet and for whoever said everything, more than once."""
    new, known = a_patient(), a_healthy_patient(now=timezone.now() - timedelta(days=1))
    assert Answer.objects.filter(patient=known).count() > 20
    client.force_login(nurse())
    client.get(at(new, "illness"))  # what is read once per process
    counts = []
    for patient in (new, known):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(at(patient, "illness")).status_code == 200
        counts.append(len(asked))
        # Which rules hold is asked once for the whole page.
        assert sum('FROM "patients_rulesedition"' in each["sql"] for each in asked) == 1
    assert counts[0] == counts[1]
