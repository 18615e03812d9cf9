"""The lists of medicines and allergies as they are written down: picked, questioned, corrected."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from clinic.tests.builders import receptionist
from patients.intake import queries
from patients.intake.models import ListedAllergy, ListedMedication
from patients.intake.recognition import offered_names, recognition_of
from patients.intake.terms import Listed
from patients.screening.rule_files import load_rule_set
from patients.tests.builders import a_patient

RULES = load_rule_set()


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


def at(patient, section):
    return reverse("patients:intake-section", args=[patient.pk, section])


def read(text, listed=Listed.MEDICATIONS):
    return recognition_of(listed, text, rule_set=RULES)


# -- what the rules make of it -------------------------------------------------------------------


def test_several_products_in_one_line_are_several_substances():
    seen = read("Coraspin + Beloc")

    assert [name.partition(" ·")[0] for name in seen.names] == [
        "acetylsalicylic acid (low dose)",
        "metoprolol",
    ]
    assert seen.is_complete


def test_what_is_not_recognised_is_named_alone_and_asked_for():
    seen = read("Coraspin, xarelt 20 mg, Zorbexin")

    assert [part.text for part in seen.unread] == ["xarelt 20 mg", "Zorbexin"]
    first = seen.unread[0].near[0]
    assert (first.name, first.whole_text) == ("Xarelto", "Coraspin, Xarelto, Zorbexin")
    assert not seen.is_complete


def test_a_number_with_a_separator_is_no_end_of_a_product():
    assert [part.text for part in read("Zorbexin 160/12,5 mg").unread] == ["Zorbexin 160/12,5 mg"]


def test_while_typing_names_are_offered_for_the_last_product():
    offered = offered_names(Listed.MEDICATIONS, "Coraspin + xarel", rule_set=RULES)

    assert offered[0].whole_text == "Coraspin + Xarelto"
    assert offered[0].means.startswith("rivaroxaban · anticoagulant")
    assert offered_names(Listed.MEDICATIONS, "Coraspin + x", rule_set=RULES) == []


def test_allergens_are_offered_and_shown_by_their_group():
    assert read("somon", Listed.ALLERGIES).names == ("fish",)
    assert offered_names(Listed.ALLERGIES, "lidok", rule_set=RULES)


# -- the page ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["yok", "-", "none", "bilmiyorum", "alerjik bünye", "YOKTUR", "alerji yok", "n/a", "her şeye",
     "bilinen alerjisi yok", "don't know", "ilaç alerjisi", "evet var"],
)  # fmt: skip
def test_an_allergy_that_names_nothing_is_not_saved(client, text):
    patient = a_patient()
    client.force_login(receptionist())
    answer = client.post(
        at(patient, "reactions"),
        {"allergies-text": text, "allergies-severity": "mild", "go": "list"},
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="id_text_error"' in page
    assert 'href="#id_text"' in page
    assert not ListedAllergy.objects.exists()
    assert "allergies_none" not in queries.standing_answers(patient, timezone.localdate())


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["penisilin alerjisi yok", "Zorbexin", "bilinmeyen antibiyotik"])
def test_an_allergy_that_names_something_is_saved_whatever_stands_beside(client, text):
    patient = a_patient()
    client.force_login(receptionist())
    client.post(
        at(patient, "reactions"),
        {"allergies-text": text, "allergies-severity": "mild", "go": "list"},
    )
    assert ListedAllergy.objects.get().text == text


@pytest.mark.django_db
def test_no_medicine_is_said_by_its_own_control(client):
    patient = a_patient()
    client.force_login(receptionist())
    line = {"medications-text": "yok", "medications-status": "current", "go": "list"}

    assert client.post(at(patient, "medicines"), line).status_code == 422
    client.post(at(patient, "medicines"), {"medications_none": "yes"})

    assert queries.standing_answers(patient, timezone.localdate())["medications_none"] == "yes"


@pytest.mark.django_db
def test_a_misspelt_name_is_corrected_by_a_press_and_keeps_its_details(client):
    patient = a_patient(now=timezone.now())
    client.force_login(receptionist())
    client.post(
        at(patient, "medicines"),
        {"medications-text": "xarelt 20", "medications-status": "stopped",
         "medications-last_taken": "2026-01-02", "go": "list"},
    )  # fmt: skip
    wrong = ListedMedication.objects.get()

    page = client.get(at(patient, "medicines")).content.decode()
    assert f'name="correct" value="{wrong.pk} Xarelto"' in page
    answer = client.post(at(patient, "medicines"), {"correct": f"{wrong.pk} Xarelto"})

    assert answer.url.endswith("#list")
    (entry,) = queries.medications(patient)
    assert (entry.text, entry.status, entry.last_taken) == (
        "Xarelto", wrong.status, wrong.last_taken,
    )  # fmt: skip
    assert ListedMedication.objects.get(pk=wrong.pk).removed_at is not None


@pytest.mark.django_db
def test_an_entry_of_another_patient_is_not_corrected(client):
    hers, other = a_patient(), a_patient()
    client.force_login(receptionist())
    client.post(
        at(hers, "medicines"),
        {"medications-text": "xarelt", "medications-status": "current", "go": "list"},
    )
    entry = ListedMedication.objects.get()

    answer = client.post(at(other, "medicines"), {"correct": f"{entry.pk} Xarelto"})

    assert answer.status_code == 409 or answer.status_code == 422
    assert [one.text for one in queries.medications(hers)] == ["xarelt"]
    assert queries.medications(other) == []


@pytest.mark.django_db
def test_enter_in_a_field_adds_and_never_removes(client):
    """Browsers press the first button of a form; it must be the one that adds."""
    patient = a_patient()
    client.force_login(receptionist())
    client.post(
        at(patient, "medicines"),
        {"medications-text": "Xarelto", "medications-status": "current", "go": "list"},
    )
    page = client.get(at(patient, "medicines")).content.decode()
    form = page[page.index('class="ms-intake"') :]

    assert form.index('name="go" value="list"') < form.index('name="remove"')


@pytest.mark.django_db
def test_the_name_box_works_as_plain_text_and_says_what_it_is(client):
    patient = a_patient()
    client.force_login(receptionist())
    page = client.get(at(patient, "medicines")).content.decode()

    for said in ('role="combobox"', 'aria-controls="id_text_names"', 'role="listbox"',
                 'aria-autocomplete="list"'):  # fmt: skip
        assert said in page
    address = reverse("patients:recognise", args=[patient.pk, "medications"])
    answer = client.post(address, {"text": "Coraspin + xarel", "field": "id_text"}).content.decode()
    assert 'data-text="Coraspin + Xarelto"' in answer
    assert client.post(address, {"text": "<b>&"}).status_code == 200
