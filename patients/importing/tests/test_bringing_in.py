"""Patients brought in: whole files or nothing, once, and taken back as they came."""

import json
import time
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection, transaction
from django.urls import reverse

from clinic.tests.builders import NOW, manager, physician, receptionist
from patients.importing import actions, queries, tasks
from patients.importing.files import units
from patients.importing.models import ImportedFact, ImportedIdentity, PatientImport
from patients.importing.refusals import ImportFailed
from patients.importing.tests.records import (
    RXNORM,
    SNOMED,
    allergy,
    bundle,
    concept,
    illness,
    lines,
    order,
    person,
)
from patients.intake.actions import record_answers, remove_medication
from patients.intake.models import ListedAllergy, ListedMedication
from patients.intake.queries import statement
from patients.records.models import Patient
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 23)
WARFARIN = concept(RXNORM, "855332", "Warfarin Sodium 5 MG Oral Tablet")
YAZ = concept(RXNORM, "748856", "Yaz 28 Day Pack")
PREGNANT = concept(SNOMED, "72892002", "Normal pregnancy")
NOBODY_KNOWS = concept(SNOMED, "0", "Morbus fictus")


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def bring_in(*paths, now=NOW):
    for unit in units(paths):
        actions.bring_in_files(unit=unit, on=ON, by="test", now=now)


def rows():
    return [
        model.objects.count()
        for model in (Patient, ImportedIdentity, ImportedFact, ListedMedication, ListedAllergy)
    ]


def test_a_record_becomes_a_file_with_its_lists_and_its_source(tmp_path):
    latex = allergy(concept(SNOMED, "300916003", "Latex allergy"))
    bring_in(bundle(tmp_path, person(), order(YAZ), latex, illness(PREGNANT)))

    patient = Patient.objects.get()
    assert patient.full_name == "Ayşe Işık509"
    assert (patient.sex, patient.born_on) == ("F", date(1990, 5, 1))
    assert [one.text for one in ListedMedication.objects.all()] == [
        "ethinylestradiol + drospirenone"
    ]
    assert ListedAllergy.objects.get().text == "Latex"
    fact = ImportedFact.objects.get(kind="medicine")
    assert (fact.text, fact.code) == ("Yaz 28 Day Pack", "748856")
    assert fact.brought_by.files == ["record.json"]
    assert ImportedIdentity.objects.get().verdict == "refuse"


def test_what_was_imported_is_screened_like_what_was_said(tmp_path):
    bring_in(bundle(tmp_path, person(), order(WARFARIN), illness(PREGNANT)))
    patient = Patient.objects.get()

    screening = screen_patient(
        patient=patient, planned=None, purpose=Purpose.BOOKING, on=ON, by="test", now=NOW
    )

    assert screening.verdict == "refuse"
    found = {finding["rule"] for finding in screening.response["findings"]}
    assert {"R-PREG", "R-ANTICOAG"} <= found
    assert "breastfeeding" in screening.response["unanswered"]


def test_who_does_not_know_takes_nothing_back_from_the_record(tmp_path):
    bring_in(bundle(tmp_path, person(), illness(PREGNANT), illness(NOBODY_KNOWS)))
    patient = Patient.objects.get()

    record_answers(
        patient=patient, answers={"pregnant": "unknown", "conditions": "unknown"},
        occasion="intake", on=ON, by="test", now=NOW + timedelta(hours=1),
    )  # fmt: skip

    said = statement(patient, ON)
    assert said["answers"]["pregnant"] == "yes"
    assert said["conditions"] == [{"text": "Morbus fictus"}]


def test_an_answer_given_later_counts_more_than_the_record(tmp_path):
    bring_in(bundle(tmp_path, person(), illness(PREGNANT)))
    patient = Patient.objects.get()
    assert statement(patient, ON)["answers"]["pregnant"] == "yes"

    later = NOW + timedelta(hours=1)
    record_answers(
        patient=patient, answers={"pregnant": "no"}, occasion="intake", on=ON, by="test", now=later
    )

    assert statement(patient, ON)["answers"]["pregnant"] == "no"
    # Once asked, the record does not come back on another day.
    assert "pregnant" not in queries.imported_answers(patient, ON + timedelta(days=400))


def test_a_second_import_of_the_same_file_does_nothing(tmp_path):
    path = bundle(tmp_path, person(), order(WARFARIN), illness(PREGNANT))
    bring_in(path)
    before = rows()

    bring_in(path, now=NOW + timedelta(days=1))

    assert rows() == before
    assert PatientImport.objects.count() == 1


def test_what_staff_took_out_of_a_list_stays_out(tmp_path):
    bring_in(bundle(tmp_path, person(), order(WARFARIN)))
    remove_medication(medication=ListedMedication.objects.get(), by="test", now=NOW)

    bring_in(bundle(tmp_path, person(), order(WARFARIN), order(YAZ, "m2")))

    standing = ListedMedication.objects.filter(removed_at__isnull=True)
    assert [one.text for one in standing] == ["ethinylestradiol + drospirenone"]


def test_a_medicine_that_was_stopped_since_is_listed_as_stopped(tmp_path):
    bring_in(bundle(tmp_path, person(), order(WARFARIN)))
    bring_in(bundle(tmp_path, person(), order(WARFARIN, status="stopped")))

    standing = ListedMedication.objects.get(removed_at__isnull=True)
    assert (standing.text, standing.status) == ("Warfarin Sodium 5 MG Oral Tablet", "stopped")


def test_a_changed_number_follows_the_record_but_not_over_the_desk(tmp_path):
    bring_in(bundle(tmp_path, person(telecom=[{"system": "phone", "value": "0532 123 45 67"}])))
    patient = Patient.objects.get()
    assert patient.phone == "+905321234567"
    moved = person(telecom=[{"system": "phone", "value": "0533 123 45 67"}])
    bring_in(bundle(tmp_path, moved))
    patient.refresh_from_db()
    assert patient.phone == "+905331234567"

    patient.phone = "+905350000000"
    patient.save()
    bring_in(bundle(tmp_path, person(telecom=[{"system": "phone", "value": "0534 123 45 67"}])))
    patient.refresh_from_db()
    assert patient.phone == "+905350000000"


def test_somebody_who_has_a_file_here_gets_no_second_one(tmp_path):
    here = a_patient(full_name="ayşe IŞIK509", born_on=date(1990, 5, 1))

    bring_in(bundle(tmp_path, person(), order(WARFARIN)))

    assert Patient.objects.get() == here
    assert ListedMedication.objects.get().patient == here


@pytest.mark.parametrize("first", ["active", "stopped"])
def test_of_two_systems_that_know_one_patient_the_order_that_holds_counts(tmp_path, first):
    here = a_patient(full_name="ayşe IŞIK509", born_on=date(1990, 5, 1))
    other = person("p2", identifier=[{"system": "urn:hospital", "value": "77"}])
    second = {"active": "stopped", "stopped": "active"}[first]
    theirs = order(WARFARIN, "m2", status=second, subject={"reference": "Patient/p2"})

    bring_in(lines(tmp_path, person(), order(WARFARIN, status=first), other, theirs))

    assert Patient.objects.get() == here
    assert ImportedIdentity.objects.filter(patient=here).count() == 2
    assert ImportedFact.objects.get().state == "active"
    assert ListedMedication.objects.get(removed_at__isnull=True).status != "stopped"


def hospital(tmp_path, *resources, name):
    """A file of another system that knows the same patient."""
    other = person("p2", identifier=[{"system": "urn:hospital", "value": "77"}])
    return lines(tmp_path, other, *resources, name=name)


def theirs(status):
    return order(WARFARIN, "m2", status=status, subject={"reference": "Patient/p2"})


def taken_now():
    [fact] = ImportedFact.objects.all()
    listed = ListedMedication.objects.get(removed_at__isnull=True)
    assert (listed.status == "stopped") is (fact.state == "stopped")
    return fact.state == "active"


def test_what_another_system_still_gives_is_not_ended_by_a_later_import(tmp_path):
    bring_in(bundle(tmp_path, person(), order(WARFARIN)))
    bring_in(hospital(tmp_path, theirs("stopped"), name="hospital.ndjson"))
    assert taken_now()
    there = PatientImport.objects.count()
    bring_in(hospital(tmp_path, theirs("stopped"), name="again.ndjson"))
    assert taken_now()
    assert PatientImport.objects.count() == there

    # Whoever gave it ends it: the negative control.
    bring_in(bundle(tmp_path, person(), order(WARFARIN, status="stopped"), name="ended.json"))
    assert not taken_now()


def test_what_only_one_of_two_systems_gives_again_is_taken_again(tmp_path):
    bring_in(bundle(tmp_path, person(), order(WARFARIN, status="stopped")))
    bring_in(hospital(tmp_path, theirs("active"), name="hospital.ndjson"))
    assert taken_now()

    bring_in(bundle(tmp_path, person(), order(WARFARIN, status="stopped"), name="again.json"))
    assert taken_now()


@pytest.mark.parametrize("said", ["active", "stopped"])
def test_an_import_taken_back_leaves_what_another_system_said(tmp_path, said):
    bring_in(bundle(tmp_path, person(), order(WARFARIN)))
    bring_in(hospital(tmp_path, theirs("active"), name="hospital.ndjson"))
    first = PatientImport.objects.get(files=["record.json"])
    second = PatientImport.objects.get(files=["hospital.ndjson"])
    assert second.facts.count() == 0

    actions.take_back(an_import=first, by=receptionist(), now=NOW)

    assert taken_now()
    assert second.facts.count() == 1
    bring_in(hospital(tmp_path, theirs(said), name="later.ndjson"))
    assert taken_now() is (said == "active")


def test_one_bad_line_refuses_the_whole_file(tmp_path):
    good = [person(f"p{n}", name=[{"family": f"F{n}", "given": ["A"]}]) for n in range(30)]
    bad = lines(tmp_path, *good, person("px", birthDate="1990-02-31"), order(WARFARIN))

    with pytest.raises(ImportFailed) as refused:
        bring_in(bad)

    assert "Line 31" in str(refused.value)
    assert "birthDate" in str(refused.value)
    assert rows() == [0, 0, 0, 0, 0]
    assert PatientImport.objects.count() == 0


def test_the_command_names_the_file_and_ends_with_one(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("Ad Soyad;Doğum Tarihi\nAda;31.02.1990\n", encoding="utf-8")

    with pytest.raises(SystemExit) as ended:
        call_command("import_patients", str(path))

    assert ended.value.code == 1
    assert "t.csv: Row 2" in capsys.readouterr().err
    with pytest.raises(CommandError):
        call_command("import_patients", str(path), json=True)


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    call_command("import_patients", str(bundle(tmp_path, person())), dry_run=True, json=True)

    assert json.loads(capsys.readouterr().out)["identifier"] == "p1"
    assert rows() == [0, 0, 0, 0, 0]


# -- through the pages


def upload(client, path):
    with path.open("rb") as stream:
        return client.post(reverse("patients:imports"), {"uploads": [stream]})


def test_from_upload_to_undo_by_the_pages(client, tmp_path):
    client.force_login(receptionist())
    answer = upload(client, bundle(tmp_path, person(), order(WARFARIN)))
    kept = PatientImport.objects.get()
    assert answer.url == reverse("patients:import", args=[kept.pk])
    page = client.get(answer.url).content.decode()
    assert "Import 1 patient" in page
    assert Patient.objects.count() == 0

    client.post(reverse("patients:start-import", args=[kept.pk]))
    assert "hx-get" in client.get(answer.url).content.decode()
    actions.bring_in_waiting(import_id=kept.pk, now=NOW)
    actions.bring_in_waiting(import_id=kept.pk, now=NOW)

    assert Patient.objects.count() == 1
    assert not queries.folder_of(kept.pk).exists()
    client.post(reverse("patients:undo-import", args=[kept.pk]))
    assert rows() == [0, 0, 0, 0, 0]
    assert PatientImport.objects.get().step == "undone"


def test_a_patient_on_whom_something_was_built_is_not_taken_back(client, tmp_path):
    client.force_login(receptionist())
    upload(client, lines(tmp_path, person(), person("p2", name=[{"family": "B", "given": ["C"]}])))
    kept = PatientImport.objects.get()
    client.post(reverse("patients:start-import", args=[kept.pk]))
    actions.bring_in_waiting(import_id=kept.pk, now=NOW)
    used = Patient.objects.order_by("number")[0]
    record_answers(
        patient=used, answers={"asthma": "no"}, occasion="intake", on=ON, by="test", now=NOW
    )

    counts = actions.take_back(an_import=PatientImport.objects.get(), by=receptionist(), now=NOW)

    assert (counts["removed"], counts["kept"]) == (1, 1)
    assert Patient.objects.get() == used


def test_a_bad_table_shows_where_and_gives_the_error_file(client, tmp_path):
    client.force_login(physician())
    path = tmp_path / "t.csv"
    path.write_text("Ad Soyad;Doğum Tarihi\nAda;31.02.1990\n", encoding="utf-8")

    page = client.get(upload(client, path).url).content.decode()
    errors = client.get(reverse("patients:import-errors", args=[PatientImport.objects.get().pk]))

    assert "Row 2" in page
    assert "Import 0 patients" not in page
    assert b"31.02.1990" in b"".join(errors.streaming_content)


def test_the_columns_can_be_named_by_hand(client, tmp_path):
    client.force_login(receptionist())
    path = tmp_path / "t.csv"
    path.write_text("Alan 1;Alan 2\nAda Işık;02.01.1990\n", encoding="utf-8")
    page = upload(client, path).url

    twice = client.post(page + "check/", {"column-0": "name", "column-1": "name"})
    client.post(page + "check/", {"column-0": "name", "column-1": "birth_date"})

    assert twice.status_code == 422
    assert "Import 1 patient" in client.get(page).content.decode()


def test_a_file_of_another_kind_is_refused_with_words(client, tmp_path):
    client.force_login(receptionist())
    path = tmp_path / "x.json"
    path.write_text('{"resourceType": "Basic"', encoding="utf-8")

    page = client.get(upload(client, path).url).content.decode()

    assert "This file holds one record" in page
    assert reverse("patients:start-import", args=[PatientImport.objects.get().pk]) not in page


def test_the_pages_need_their_role(client):
    client.force_login(manager())
    assert client.get(reverse("patients:imports")).status_code in (403, 404)


def test_the_imported_record_shows_its_source(client, tmp_path):
    bring_in(bundle(tmp_path, person(), order(YAZ)))
    client.force_login(physician())

    page = client.get(reverse("patients:imported", args=[Patient.objects.get().pk]))

    assert "Yaz 28 Day Pack" in page.content.decode()
    assert "record.json" in page.content.decode()


def test_a_large_file_is_checked_by_a_worker_and_shows_how_far_it_is(client, tmp_path, monkeypatch):
    monkeypatch.setattr(actions, "CHECKED_AT_ONCE", 10)
    client.force_login(receptionist())
    path = bundle(tmp_path, person(), order(WARFARIN))
    with path.open("rb") as upload:
        answer = client.post(reverse("patients:imports"), {"uploads": upload})
    address = answer["Location"]
    an_import = PatientImport.objects.get()
    assert an_import.step == "uploaded"
    assert "being checked" in client.get(address).content.decode()

    tasks.bring_in_imports()

    an_import.refresh_from_db()
    assert (an_import.step, an_import.total, an_import.claimed_at) == ("checked", 1, None)
    assert "being checked" not in client.get(address).content.decode()
    assert Patient.objects.count() == 0


def test_whoever_has_died_is_counted_and_held_until_a_physician_reads_it(client, tmp_path):
    bring_in(bundle(tmp_path, person(deceasedDateTime="2020-02-03T10:00:00Z")))

    assert PatientImport.objects.get().counts["deceased"] == 1
    patient = Patient.objects.get()
    assert ImportedFact.objects.get().text == "Deceased 2020-02-03"
    assert "Deceased 2020-02-03" in str(statement(patient, ON)["conditions"])
    client.force_login(physician())
    for address in ("chart", "patients:intake"):
        page = client.get(reverse(address, args=[patient.pk]), follow=True).content.decode()
        assert "has died" in page
        assert reverse("patients:imported", args=[patient.pk]) in page


def test_whoever_dies_later_is_not_held_on_the_day(tmp_path):
    bring_in(bundle(tmp_path, person(deceasedDateTime="2030-01-01")))
    assert not ImportedFact.objects.exists()


def test_the_chart_leads_to_the_imported_record_only_where_there_is_one(client, tmp_path):
    bring_in(bundle(tmp_path, person()))
    imported, own = Patient.objects.get(), a_patient()
    client.force_login(physician())
    assert "has died" not in client.get(reverse("chart", args=[imported.pk])).content.decode()
    for patient, leads in ((imported, True), (own, False)):
        page = client.get(reverse("chart", args=[patient.pk])).content.decode()
        assert (reverse("patients:imported", args=[patient.pk]) in page) is leads


def paused(persons_of, seconds):
    """Read as a machine reads that has a long file, or something else to do."""

    @contextmanager
    def slowly(*unit):
        with persons_of(*unit) as persons:
            time.sleep(seconds)
            yield persons

    return slowly


@pytest.fixture
def hasty_database(transactional_db):
    """One that ends a transaction in which nothing was asked for a tenth of a second."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '100ms'")
    yield
    connection.close()


def test_a_long_file_does_not_cost_the_connection(hasty_database, tmp_path, monkeypatch):
    monkeypatch.setattr(actions, "persons_of", paused(actions.persons_of, 0.3))
    bring_in(bundle(tmp_path, person()))
    assert Patient.objects.count() == 1


def test_control_a_transaction_that_pauses_loses_its_connection(hasty_database):
    @transaction.atomic
    def pauses():
        Patient.objects.count()
        time.sleep(0.3)
        Patient.objects.count()

    with pytest.raises((OperationalError, InterfaceError)):
        pauses()
