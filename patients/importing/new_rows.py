"""What a batch of an import adds, collected to be written in one statement for each table."""

import json
from datetime import date, datetime
from uuid import uuid4

from clinic.audit.actions import Actor
from clinic.audit.models import AuditEntry
from clinic.folding import turkish_sort_key
from clinic.staff.models import StaffMember
from patients.importing.copying import CopiedRows
from patients.importing.lines import allergy_fields, medicine_fields
from patients.importing.matching import Known
from patients.importing.merging import Fact, as_said
from patients.importing.models import ImportedFact, ImportedIdentity, PatientImport
from patients.importing.outline import AllergyLine, MedicineLine
from patients.importing.terms import ConditionState
from patients.intake.models import ListedAllergy, ListedMedication
from patients.records.models import Patient
from patients.records.rules import search_key
from patients.records.terms import ReminderWish

_NONE = "{}"  # most facts answer no question


class NewRows:
    """New files, identities, facts and lines, each beside where it came from."""

    def __init__(self, an_import: PatientImport, *, by: Actor, now: datetime, today: date) -> None:
        self._import = str(an_import.pk)
        self._on = str(an_import.on)
        self._now, self._today = now.isoformat(), today
        self._by = by.pk if isinstance(by, StaffMember) else None
        self._system = by if isinstance(by, str) else ""
        self._detail = json.dumps({"import": self._import})
        self._patients = CopiedRows(
            Patient, "id", "number", "full_name", "born_on", "sex", "phone", "email", "language",
            "reminders", "registered_at", "search_key", "sort_key",
        )  # fmt: skip
        self._audit = CopiedRows(
            AuditEntry,
            "at", "verb", "subject_kind", "subject_id", "patient_id", "actor", "by_system", "detail",
        )  # fmt: skip
        self._medicines = CopiedRows(
            ListedMedication,
            "id", "patient", "recorded_at", "recorded_by", "text", "status", "last_taken", "since",
        )  # fmt: skip
        self._allergies = CopiedRows(
            ListedAllergy,
            "id", "patient", "recorded_at", "recorded_by", "text", "reaction", "severity",
        )  # fmt: skip
        self._identities = CopiedRows(
            ImportedIdentity, "patient", "system", "value", "first_import", "opened_the_file",
            "said", "verdict", "read_on",
        )  # fmt: skip
        self._facts = CopiedRows(
            ImportedFact, "patient", "brought_by", "kind", "key", "text", "code", "state",
            "told_by", "answers", "known", "began_on", "recorded_at", "medication", "allergy",
        )  # fmt: skip

    def write(self) -> None:
        for rows in (
            self._patients, self._audit, self._medicines, self._allergies, self._identities,
            self._facts,
        ):  # fmt: skip
            rows.write()

    def open_file(self, known: Known, *, number: int) -> None:
        known.patient_id = uuid4()
        patient, fields = str(known.patient_id), known.fields
        name, phone, email = fields["full_name"], fields["phone"], fields["email"]
        self._patients.add(
            patient, number, name, fields["born_on"], fields["sex"], phone, email,
            fields["language"], ReminderWish.PAPER, self._now,
            search_key(folded_name=known.folded_name, phone=phone, number=number, email=email),
            turkish_sort_key(name),
        )  # fmt: skip
        verb = "patient.imported"
        self._audit.add(
            self._now, verb, Patient._meta.label_lower, patient, patient,
            self._by, self._system, self._detail,
        )  # fmt: skip

    def identity(self, known: Known, verdict: str) -> None:
        system, value = known.identity
        self._identities.add(
            known.file, system, value, self._import, known.is_new,
            json.dumps(as_said(known.fields)), verdict, self._on,
        )  # fmt: skip

    def fact(self, known: Known, fact: Fact) -> None:
        patient, system = str(known.file), known.identity[0]
        medication, allergy = None, None
        if isinstance(fact.line, MedicineLine):
            medication = self._medicine(patient, fact.line)
        elif isinstance(fact.line, AllergyLine) and fact.state == ConditionState.ACTIVE:
            allergy = self._allergy(patient, fact.line)
        self._facts.add(
            patient, self._import, fact.kind, fact.key, fact.text, fact.code, fact.state,
            json.dumps({system: [fact.state, self._import]}),
            json.dumps(dict(fact.answers)) if fact.answers else _NONE, fact.known, fact.began,
            self._now, medication, allergy,
        )  # fmt: skip

    def _medicine(self, patient: str, line: MedicineLine) -> str:
        entry = str(uuid4())
        fields = medicine_fields(line, today=self._today)
        self._medicines.add(entry, patient, self._now, self._by, *fields.values())
        return entry

    def _allergy(self, patient: str, line: AllergyLine) -> str:
        entry = str(uuid4())
        self._allergies.add(entry, patient, self._now, self._by, *allergy_fields(line).values())
        return entry
