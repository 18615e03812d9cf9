"""Following a record that has changed since it was imported: row by row, for few have."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from clinic.audit.actions import Actor, record
from clinic.staff.models import StaffMember
from patients.importing.lines import allergy_fields, medicine_fields
from patients.importing.matching import Known
from patients.importing.merging import ALLERGY, COMPARED, MEDICINE, Fact, as_said, is_over
from patients.importing.models import ImportedFact, PatientImport
from patients.importing.outline import AllergyLine, MedicineLine
from patients.importing.terms import ConditionState
from patients.intake.models import ListedAllergy, ListedMedication
from patients.records.models import Patient

Line = TypeVar("Line", ListedMedication, ListedAllergy)


def facts_there(patients: Sequence[Patient]) -> dict[UUID, dict[tuple[str, str], ImportedFact]]:
    found: dict[UUID, dict[tuple[str, str], ImportedFact]] = {}
    if not patients:
        return found
    rows = ImportedFact.objects.filter(patient__in=patients).select_related("medication", "allergy")
    for row in rows:
        found.setdefault(row.patient_id, {})[row.kind, row.key] = row
    return found


class Follower:
    """Follows the record where it changed; what staff corrected here stays as they wrote it."""

    def __init__(self, an_import: PatientImport, *, by: Actor, now: datetime, today: date) -> None:
        self._import = an_import
        self._by, self._now, self._today = by, now, today
        self._recorded = {
            "recorded_at": now,
            "recorded_by": by if isinstance(by, StaffMember) else None,
        }

    def correct(self, known: Known) -> bool:
        """Whether something of who the patient is was changed."""
        patient, row = known.patient, known.row
        assert patient is not None
        assert row is not None
        changed = False
        for name in COMPARED:
            before, after = row.said.get(name), known.fields[name]
            if before is not None and after != before and getattr(patient, name) == before:
                setattr(patient, name, after)
                changed = True
        if changed:
            patient.save()
            record(
                verb="patient.changed", subject=patient, by=self._by, now=self._now,
                patient_id=patient.pk, **{"import": str(self._import.pk)},
            )  # fmt: skip
        said = as_said(known.fields)
        if row.said != said:
            row.said = said
            row.save(update_fields=["said"])
        return changed

    def hear(self, row: ImportedFact, fact: Fact, *, system: str) -> bool:
        """Keep what the system says of it, and follow it; whether anything is new.

        What one system ended and another still gives goes on.
        """
        told_before = row.told_by.get(system, ("",))[0]
        row.told_by[system] = [fact.state, str(self._import.pk)]
        others = [state for other, (state, _) in row.told_by.items() if other != system]
        goes_on = is_over(fact.state) and not all(map(is_over, others))
        if not goes_on and (row.state != fact.state or row.answers != dict(fact.answers)):
            self._follow(row, fact)
            return True
        if told_before != fact.state:
            row.save(update_fields=["told_by"])
            return True
        return False

    def _follow(self, row: ImportedFact, fact: Fact) -> None:
        """The record says something else now. A line that staff took out stays out."""
        if fact.kind == MEDICINE and isinstance(fact.line, MedicineLine):
            row.medication = self._replaced(row.medication, self._medicine(row, fact.line))
        elif fact.kind == ALLERGY and isinstance(fact.line, AllergyLine):
            line = self._allergy(row, fact.line) if fact.state == ConditionState.ACTIVE else None
            row.allergy = self._replaced(row.allergy, line) if row.allergy else line
            if line is not None and row.allergy is line:
                line.save()
        row.state = fact.state
        row.answers = dict(fact.answers)
        row.known = fact.known
        row.recorded_at = self._now
        row.save()

    def _replaced(self, old: Line | None, new: Line | None) -> Line | None:
        if old is None or old.removed_at is not None:
            return old
        old.removed_at = self._now
        old.save(update_fields=["removed_at"])
        if new is not None:
            new.save()
        return new or old

    def _medicine(self, row: ImportedFact, line: MedicineLine) -> ListedMedication:
        fields = medicine_fields(line, today=self._today)
        return ListedMedication(patient_id=row.patient_id, **self._recorded, **fields)

    def _allergy(self, row: ImportedFact, line: AllergyLine) -> ListedAllergy:
        return ListedAllergy(patient_id=row.patient_id, **self._recorded, **allergy_fields(line))
