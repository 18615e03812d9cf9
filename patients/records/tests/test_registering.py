"""Opening, correcting and finding files."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from clinic.audit.models import AuditEntry, ChartReading
from clinic.tests.builders import NOW, manager, nurse, receptionist
from patients.records import actions, queries
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def filled(**changes):
    return {
        "full_name": "Gülşen İğde",
        "born_on": "31.12.1990",
        "sex": "F",
        "phone": "0532 123 45 67",
        "email": "gulsen@mail.example",
        "language": "tr",
        "reminders": "email",
    } | changes


def test_the_receptionist_registers_a_patient(client):
    client.force_login(receptionist())

    answer = client.post(reverse("patients:register"), filled())

    patient = Patient.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("chart", args=[patient.pk])
    assert patient.phone == "+905321234567"
    assert patient.born_on == date(1990, 12, 31)
    assert patient.number >= 1001
    assert AuditEntry.objects.get(verb="patient.registered").patient_id == patient.pk


def test_numbers_go_up_one_by_one():
    first, second = a_patient(), a_patient()
    assert second.number == first.number + 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        # One letter that is written as three where it is composed.
        ("full_name", "\ufb2c" * 120, "at most 120 characters"),
        ("born_on", "30.02.1990", "This day does not exist"),
        ("born_on", "24.11.2999", "in the future"),
        ("born_on", "01.01.1890", "over 120"),
        ("born_on", "yesterday", "This day does not exist"),
        ("born_on", "31.12.90", "year with four digits"),
        ("born_on", "", "Enter the birth date"),
        ("full_name", "Ayşe\u202eIşık", "invisible characters"),
        ("full_name", "Ayşe\u200bIşık", "invisible characters"),
        ("full_name", "", "Enter the patient"),
        ("full_name", "x" * 121, "at most 120"),
        ("phone", "0532 CALL ME", "no letters"),
        ("email", "", "an e-mail address is needed"),
        ("email", "not an address", "Enter an e-mail address"),
        ("sex", "", "Choose one"),
        ("reminders", "", "Choose how"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(client, field, value, words):
    client.force_login(receptionist())

    answer = client.post(reverse("patients:register"), filled(**{field: value}))

    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert words in answer.content.decode()
    assert 'value="gulsen@mail.example"' in answer.content.decode() or field == "email"
    assert not Patient.objects.exists()


def test_a_patient_without_email_is_registered_for_paper(client):
    client.force_login(receptionist())

    answer = client.post(reverse("patients:register"), filled(email="", reminders="paper"))

    assert answer.status_code == 302


def test_the_database_itself_wants_an_address_for_reminders_by_email():
    patient = a_patient()
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(email="")
    # Negative control: without the wish for e-mail the same row is allowed.
    Patient.objects.filter(pk=patient.pk).update(email="", reminders=ReminderWish.PAPER)


def test_a_second_file_for_the_same_name_and_birth_date_needs_a_word(client):
    known = a_patient(full_name="GÜLŞEN İĞDE", born_on=date(1990, 12, 31))
    client.force_login(receptionist())

    answer = client.post(reverse("patients:register"), filled())

    assert answer.status_code == 422
    assert reverse("chart", args=[known.pk]) in answer.content.decode()
    assert 'name="register_anyway"' in answer.content.decode()
    assert Patient.objects.count() == 1

    answer = client.post(reverse("patients:register"), filled(register_anyway="on"))

    assert answer.status_code == 302
    assert Patient.objects.count() == 2


def test_the_same_name_with_another_birth_date_is_another_person(client):
    a_patient(full_name="Gülşen İğde", born_on=date(1990, 12, 30))
    client.force_login(receptionist())

    assert client.post(reverse("patients:register"), filled()).status_code == 302


@pytest.mark.parametrize("address", ["patients:register"])
def test_registering_requires_the_role(client, address):
    client.force_login(manager())
    assert client.get(reverse(address)).status_code == 403
    assert client.post(reverse(address), filled()).status_code == 403
    assert not Patient.objects.exists()


def test_a_correction_is_saved_and_the_audit_names_fields_without_values(client):
    patient = a_patient()
    client.force_login(nurse())

    answer = client.post(
        reverse("patients:edit", args=[patient.pk]), filled(full_name="Ayşe Yeni-Soyadı")
    )

    patient.refresh_from_db()
    entry = AuditEntry.objects.get(verb="patient.changed")
    assert answer.status_code == 302
    assert patient.full_name == "Ayşe Yeni-Soyadı"
    assert "full_name" in entry.detail["fields"]
    assert "Yeni" not in str(entry.detail)


def test_a_correction_that_changes_nothing_leaves_no_trace():
    patient = a_patient()
    fields = {name: getattr(patient, name) for name in actions.FIELDS}

    actions.change_patient(patient=patient, **fields, by=nurse(), now=NOW)

    assert not AuditEntry.objects.filter(verb="patient.changed").exists()


def test_the_desk_hears_that_links_to_the_old_address_are_over(client):
    patient = a_patient(email="gulsen@mail.example")
    client.force_login(receptionist())
    edit, english = reverse("patients:edit", args=[patient.pk]), {"accept-language": "en"}

    same = client.post(edit, filled(), follow=True, headers=english).content.decode()
    moved = client.post(edit, filled(email="new@mail.example"), follow=True, headers=english)

    assert "open nothing any more" not in same
    assert "open nothing any more" in moved.content.decode()


def test_a_bad_correction_is_refused_and_keeps_the_file(client):
    patient = a_patient()
    client.force_login(receptionist())

    answer = client.post(reverse("patients:edit", args=[patient.pk]), filled(born_on="30.02.1990"))

    assert answer.status_code == 422
    patient.refresh_from_db()
    assert patient.born_on == date(1992, 3, 14)


def test_correcting_requires_the_role_and_opening_a_file_is_written_down(client):
    patient = a_patient()
    client.force_login(manager())
    assert client.get(reverse("patients:edit", args=[patient.pk])).status_code == 403
    assert not ChartReading.objects.exists()

    reader = receptionist()
    client.force_login(reader)
    assert client.get(reverse("patients:edit", args=[patient.pk])).status_code == 200
    assert ChartReading.objects.get().reader == reader


def test_a_file_that_does_not_exist_is_not_found(client):
    client.force_login(receptionist())
    missing = "00000000-0000-4000-8000-000000000000"
    assert client.get(reverse("patients:edit", args=[missing])).status_code == 404


@pytest.mark.parametrize(
    "typed", ["isik", "ISIK", "ışık", "Işık gül", "gul isik", "123 45", "1234567", "0532123"]
)
def test_search_finds_a_patient_however_it_is_typed(typed):
    patient = a_patient(full_name="Gül Işık", phone="0532 123 45 67")
    a_patient(full_name="Somebody Else", phone="0533 999 88 77", email="x@mail.example")

    assert list(queries.patients_matching(typed)) == [patient]


def test_search_finds_the_file_number():
    patient = a_patient()
    assert patient in queries.patients_matching(str(patient.number))


def test_the_search_box_gets_at_most_ten_rows_and_a_last_one_that_registers(client):
    for _ in range(12):
        a_patient(full_name="Işık Çağlar")
    client.force_login(receptionist())

    rows = client.get(reverse("patients:search"), {"q": "isik"}).content.decode()

    assert rows.count('role="option"') == 11
    assert "name=isik" in rows


def test_who_may_not_register_gets_no_row_for_it(client):
    client.force_login(manager())
    rows = client.get(reverse("patients:search"), {"q": "nobody"}).content.decode()
    assert 'role="option"' not in rows
    assert "Nobody found" in rows


def test_the_search_box_escapes_what_is_typed(client):
    client.force_login(receptionist())
    rows = client.get(reverse("patients:search"), {"q": "<script>x\x00</script>"}).content.decode()
    assert "<script>" not in rows


def test_searching_requires_signing_in(client):
    assert client.get(reverse("patients:search"), {"q": "isik"}).status_code == 302
    assert client.get(reverse("patients:list")).status_code == 302


def test_the_list_has_pages_of_fifty_in_turkish_order(client, django_assert_max_num_queries):
    for name in ("Zeynep", "Çiçek", "Cem", "Işık", "İnci", "Şule", "Sude"):
        a_patient(full_name=name)
    for number in range(50):
        a_patient(full_name=f"Ömer {number:02d}")
    client.force_login(receptionist())

    with django_assert_max_num_queries(8):
        first = client.get(reverse("patients:list"))
    second = client.get(reverse("patients:list"), {"page": "2"})

    names = [patient.full_name for page in (first, second) for patient in page.context["page"]]
    assert len(first.context["page"]) == 50
    assert [name for name in names if "Ömer" not in name] == [
        "Cem", "Çiçek", "Işık", "İnci", "Sude", "Şule", "Zeynep",
    ]  # fmt: skip


def test_the_list_shows_what_was_searched(client):
    a_patient(full_name="Gül Işık")
    a_patient(full_name="Somebody Else", email="else@mail.example")
    client.force_login(manager())

    page = client.get(reverse("patients:list"), {"q": "isik"}).content.decode()

    assert "Gül Işık" in page
    assert "Somebody Else" not in page


def test_a_duplicate_is_searched_for_by_index(django_assert_num_queries):
    a_patient(full_name="Gül Işık")
    with django_assert_num_queries(1):
        found = queries.patients_like(full_name="GUL IŞIK", born_on=date(1992, 3, 14))
    assert [one.full_name for one in found] == ["Gül Işık"]
