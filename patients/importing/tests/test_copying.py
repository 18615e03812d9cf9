"""Rows by COPY: what is written is what was given, and what is not given is the model's default."""

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.audit.models import AuditEntry
from clinic.tests.builders import NOW
from patients.importing import actions
from patients.importing.copying import CopiedRows
from patients.importing.files import units
from patients.importing.models import ImportedFact, ImportedIdentity, PatientImport
from patients.intake.models import ListedAllergy, ListedMedication
from patients.records.models import Patient
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
ON = NOW.date()
ODD = ['a,b;"c"\td', "two\nlines\rhere", "\\.", "\\N", "", "'; drop table x --", "ığüşöç 😀"]


def allergies_of(patient, texts):
    rows = CopiedRows(ListedAllergy, "id", "patient", "text", "severity", "recorded_at")
    for n, text in enumerate(texts):
        rows.add(f"00000000-0000-4000-8000-{n:012d}", str(patient.pk), text, "mild", NOW)
    rows.write()
    return rows


def test_every_text_arrives_as_it_was_given():
    allergies_of(a_patient(), ODD)

    found = ListedAllergy.objects.order_by("pk")
    assert [one.text for one in found] == ODD
    assert {(one.reaction, one.removed_at, one.recorded_by) for one in found} == {("", None, None)}
    assert {one.recorded_at for one in found} == {NOW}


def test_rows_are_written_once():
    patient = a_patient()
    rows = allergies_of(patient, ["latex"])
    rows.write()

    assert ListedAllergy.objects.count() == 1


def test_what_the_table_refuses_is_refused():
    rows = CopiedRows(ImportedIdentity, "patient", "value", "first_import", "opened_the_file",
                      "read_on")  # fmt: skip
    an_import = PatientImport.objects.create(on=ON, created_at=NOW)
    for _ in range(2):
        rows.add(a_patient().pk, "1", an_import.pk, True, ON)

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.write()


def test_an_audit_entry_that_was_copied_stays_as_it_is():
    rows = CopiedRows(AuditEntry, "at", "verb", "subject_kind", "subject_id", "by_system")
    rows.add(NOW, "patient.imported", "patients.patient", "x", "test")
    rows.write()

    assert AuditEntry.objects.get(subject_id="x").detail == {}
    with pytest.raises(InternalError), transaction.atomic():
        AuditEntry.objects.filter(subject_id="x").update(verb="y")


@pytest.mark.parametrize("model", [Patient, ImportedFact])
def test_a_column_without_a_default_must_be_given(model):
    with pytest.raises(ValueError, match="has no default"):
        CopiedRows(model, "id")


def table(folder, numbers):
    path = folder / "patients.csv"
    lines = [
        f"{n};Ayşe Yılmaz{n};{1 + n % 28:02d}.05.1990;K;Coumadin 5 mg;lateks;migren"
        for n in numbers
    ]
    head = "dosya no;ad soyad;doğum tarihi;cinsiyet;ilaçlar;alerjiler;hastalıklar"
    path.write_text("\n".join([head, *lines]), encoding="utf-8")
    return path


def statements_of(path):
    """Statements of an import; COPY is not among those that can be captured."""
    copied: list[int] = []
    write = CopiedRows.write

    def counted(rows: CopiedRows) -> None:
        copied.append(rows.count)
        write(rows)

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as asked:
        patch.setattr(CopiedRows, "write", counted)
        for unit in units([path]):
            actions.bring_in_files(unit=unit, on=ON, by="test", now=NOW)
    return len(asked) + sum(count > 0 for count in copied)


def test_a_thousand_patients_take_at_most_ten_statements(tmp_path, monkeypatch):
    in_thousands = actions.PERSONS_AT_ONCE / 1000
    monkeypatch.setattr(actions, "PERSONS_AT_ONCE", 50)

    one_batch = statements_of(table(tmp_path, range(50)))
    three_batches = statements_of(table(tmp_path, range(1000, 1150)))

    assert (three_batches - one_batch) / 2 <= 10 * in_thousands
    assert ListedMedication.objects.count() == 200
