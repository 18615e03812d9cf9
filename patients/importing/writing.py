"""Writing persons in bulk: few statements for many, and every fact beside where it came from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import Actor
from clinic.audit.models import AuditEntry
from clinic.folding import fold
from clinic.staff.models import StaffMember
from patients.importing.coded import ImportedPerson
from patients.importing.merging import (
    ALLERGY,
    MEDICINE,
    Fact,
    facts_of,
    identity_of,
    particulars,
)
from patients.importing.models import ImportedFact, ImportedIdentity, PatientImport
from patients.importing.outline import AllergyLine, MedicineLine, Outline, Reader
from patients.importing.refusals import ImportFailed
from patients.importing.terms import ConditionState, Use
from patients.intake.hooks import answers_changed
from patients.intake.models import ListedAllergy, ListedMedication
from patients.records.models import Patient
from patients.records.rules import UnreadableIdentity, check_birth_date
from patients.records.terms import ReminderWish

Line = TypeVar("Line", ListedMedication, ListedAllergy)
_COMPARED = ("full_name", "sex", "phone", "email", "language")


def in_batches(persons: Iterable[ImportedPerson], size: int) -> Iterator[list[ImportedPerson]]:
    rest = iter(persons)
    while batch := list(islice(rest, size)):
        yield batch


@dataclass
class Known:
    """A person of the file, and the file here that it belongs to."""

    person: ImportedPerson
    identity: tuple[str, str]
    fields: dict[str, Any]
    patient: Patient | None = None
    row: ImportedIdentity | None = None
    is_new: bool = False

    @property
    def file(self) -> Patient:
        assert self.patient is not None
        return self.patient


class Writer:
    """Brings persons in, a batch at a time, inside the caller's transaction."""

    def __init__(
        self, reader: Reader, an_import: PatientImport, *, by: Actor, now: datetime
    ) -> None:
        self.reader = reader
        self.an_import = an_import
        self.by = by
        self.now = now
        self.today = localdate(now)
        self.seen: set[int] = set()

    def would_do(self, batch: Sequence[ImportedPerson]) -> Counter[str]:
        """Count what `write` would do, without doing it."""
        counts: Counter[str] = Counter()
        for known in self._matched(batch):
            outline = self.reader.outline(known.person, self.an_import.on)
            counts["patients"] += 1
            counts["deceased"] += known.person.had_died(self.an_import.on)
            counts["new" if known.patient is None else "known"] += 1
            counts[f"verdict_{self.reader.verdict_word(outline)}"] += 1
            counts["unread_medicines"] += sum(
                not line.contents.complete for line in outline.listed_medicines()
            )
            counts["unread_illnesses"] += len(outline.unread_conditions)
        return counts

    def write(self, batch: Sequence[ImportedPerson]) -> Counter[str]:
        matched = self._matched(batch)
        counts = Counter(patients=len(matched))
        self._open_files([known for known in matched if known.patient is None], counts)
        for known in matched:
            if known.row is not None:
                self._correct(known, counts)
        self._write_facts(matched, counts)
        return counts

    # -- who is who

    def _matched(self, batch: Sequence[ImportedPerson]) -> list[Known]:
        found = [self._known(person) for person in batch]
        values = [known.identity[1] for known in found]
        rows = {
            (row.system, row.value): row
            for row in ImportedIdentity.objects.filter(value__in=values).select_related("patient")
        }
        strangers = []
        for known in found:
            known.row = rows.get(known.identity)
            if known.row is not None:
                known.patient = known.row.patient
            else:
                strangers.append(known)
        self._find_by_name(strangers)
        return found

    def _known(self, person: ImportedPerson) -> Known:
        identity = identity_of(person)
        # A digest per person is all that is kept: the whole file may have any length.
        digest = hash(identity)
        if digest in self.seen:
            raise ImportFailed(
                _("This patient is in the file twice."), row=person.place, column="identifier"
            )
        self.seen.add(digest)
        return Known(person, identity, self._fields(person))

    def _fields(self, person: ImportedPerson) -> dict[str, Any]:
        column = "birth date"
        if person.born is None:
            raise ImportFailed(_("The birth date is missing."), row=person.place, column=column)
        try:
            check_birth_date(person.born, today=self.today)
            column = "name"
            return particulars(person)
        except UnreadableIdentity as refused:
            raise ImportFailed(refused, row=person.place, column=column) from refused

    def _find_by_name(self, strangers: Sequence[Known]) -> None:
        """Somebody with this name and birth date has a file already: it is the same person."""
        born = {known.fields["born_on"] for known in strangers}
        files: dict[tuple[str, date], Patient] = {}
        for patient in Patient.objects.filter(born_on__in=born).order_by("-number"):
            files[fold(patient.full_name), patient.born_on] = patient
        taken = set(
            ImportedIdentity.objects.filter(patient__in=[p.pk for p in files.values()])
            .values_list("patient_id", "system")
        )  # fmt: skip
        for known in strangers:
            here = files.get((fold(known.fields["full_name"]), known.fields["born_on"]))
            # The same system knows that file by another number: two people of one name.
            if here is not None and (here.pk, known.identity[0]) not in taken:
                known.patient = here

    # -- files

    def _open_files(self, strangers: Sequence[Known], counts: Counter[str]) -> None:
        numbers = _next_numbers(len(strangers))
        patients = []
        for known, number in zip(strangers, numbers, strict=True):
            patient = Patient(
                number=number, registered_at=self.now, reminders=ReminderWish.PAPER, **known.fields
            )
            patient.set_keys()
            patients.append(patient)
            known.patient, known.is_new = patient, True
        Patient.objects.bulk_create(patients)
        AuditEntry.objects.bulk_create(
            self._audit(verb="patient.imported", patient=patient) for patient in patients
        )
        counts["new"] += len(patients)

    def _audit(self, *, verb: str, patient: Patient) -> AuditEntry:
        return AuditEntry(
            at=self.now,
            verb=verb,
            subject_kind=patient._meta.label_lower,
            subject_id=str(patient.pk),
            patient_id=patient.pk,
            actor=self.by if isinstance(self.by, StaffMember) else None,
            by_system=self.by if isinstance(self.by, str) else "",
            detail={"import": str(self.an_import.pk)},
        )

    def _correct(self, known: Known, counts: Counter[str]) -> None:
        """Follow the record where it changed; what staff corrected here stays as they wrote it."""
        patient, row = known.file, known.row
        assert row is not None
        changed = []
        for name in _COMPARED:
            before, after = row.said.get(name), known.fields[name]
            if before is not None and after != before and getattr(patient, name) == before:
                setattr(patient, name, after)
                changed.append(name)
        if changed:
            patient.save()
            self._audit(verb="patient.changed", patient=patient).save()
            counts["corrected"] += 1
        said = _as_said(known.fields)
        if row.said != said:
            row.said = said
            row.save(update_fields=["said"])

    # -- facts

    def _write_facts(self, matched: Sequence[Known], counts: Counter[str]) -> None:
        there = _facts_there([known.file for known in matched if known.row is not None])
        lines = _Lines()
        identities = []
        for known in matched:
            outline = self.reader.outline(known.person, self.an_import.on)
            verdict = self.reader.verdict_word(outline)
            counts[f"verdict_{verdict}"] += 1
            changed = self._merge(known.file, outline, there.get(known.file.pk, {}), lines)
            counts["facts"] += changed
            counts["deceased"] += known.person.had_died(self.an_import.on)
            if known.row is None:
                counts["linked"] += not known.is_new
                identities.append(self._identity(known, verdict))
            if changed and not known.is_new:
                lines.told.append(known.file)
        ListedMedication.objects.bulk_create(lines.medicines)
        ListedAllergy.objects.bulk_create(lines.allergies)
        ImportedIdentity.objects.bulk_create(identities)
        ImportedFact.objects.bulk_create(lines.facts)
        for patient in lines.told:
            answers_changed(patient=patient, by=self.by, now=self.now)

    def _identity(self, known: Known, verdict: str) -> ImportedIdentity:
        system, value = known.identity
        return ImportedIdentity(
            patient=known.file,
            system=system,
            value=value,
            first_import=self.an_import,
            opened_the_file=known.is_new,
            said=_as_said(known.fields),
            verdict=verdict,
            read_on=self.an_import.on,
        )

    def _merge(
        self,
        patient: Patient,
        outline: Outline,
        there: Mapping[tuple[str, str], ImportedFact],
        lines: "_Lines",
    ) -> int:
        """Add what is new, follow what has changed; return how many facts that were."""
        changed = 0
        for fact in facts_of(outline):
            row = there.get((fact.kind, fact.key))
            if row is None:
                lines.facts.append(self._new_fact(patient, fact, lines))
                changed += 1
            elif row.state != fact.state or row.answers != dict(fact.answers):
                self._follow(row, fact, patient)
                changed += 1
        return changed

    def _new_fact(self, patient: Patient, fact: Fact, lines: "_Lines") -> ImportedFact:
        row = ImportedFact(
            patient=patient,
            brought_by=self.an_import,
            kind=fact.kind,
            key=fact.key,
            text=fact.text,
            code=fact.code,
            state=fact.state,
            answers=dict(fact.answers),
            known=fact.known,
            began_on=fact.began,
            recorded_at=self.now,
        )
        if isinstance(fact.line, MedicineLine):
            row.medication = self._medicine(patient, fact.line)
            lines.medicines.append(row.medication)
        elif isinstance(fact.line, AllergyLine) and fact.state == ConditionState.ACTIVE:
            row.allergy = self._allergy(patient, fact.line)
            lines.allergies.append(row.allergy)
        return row

    def _follow(self, row: ImportedFact, fact: Fact, patient: Patient) -> None:
        """The record says something else now. A line that staff took out stays out."""
        if fact.kind == MEDICINE and isinstance(fact.line, MedicineLine):
            row.medication = self._replaced(row.medication, self._medicine(patient, fact.line))
        elif fact.kind == ALLERGY and isinstance(fact.line, AllergyLine):
            line = (
                self._allergy(patient, fact.line) if fact.state == ConditionState.ACTIVE else None
            )
            row.allergy = self._replaced(row.allergy, line) if row.allergy else line
            if line is not None and row.allergy is line:
                line.save()
        row.state = fact.state
        row.answers = dict(fact.answers)
        row.known = fact.known
        row.recorded_at = self.now
        row.save()

    def _replaced(self, old: Line | None, new: Line | None) -> Line | None:
        if old is None or old.removed_at is not None:
            return old
        old.removed_at = self.now
        old.save(update_fields=["removed_at"])
        if new is not None:
            new.save()
        return new or old

    def _medicine(self, patient: Patient, line: MedicineLine) -> ListedMedication:
        since = latest_not_after(line.order.starts or line.order.authored, self.today)
        stopped = line.use is Use.STOPPED
        return ListedMedication(
            patient=patient,
            text=line.engine_text,
            status="stopped" if stopped else ("as_needed" if line.as_needed else "current"),
            last_taken=latest_not_after(line.order.ends, self.today) if stopped else None,
            since=None if stopped else since,
            recorded_at=self.now,
            recorded_by=self.by if isinstance(self.by, StaffMember) else None,
        )

    def _allergy(self, patient: Patient, line: AllergyLine) -> ListedAllergy:
        return ListedAllergy(
            patient=patient,
            text=line.engine_text,
            reaction=line.reaction[:200],
            severity=line.severity,
            recorded_at=self.now,
            recorded_by=self.by if isinstance(self.by, StaffMember) else None,
        )


@dataclass
class _Lines:
    """What a batch writes, collected to be written at once."""

    medicines: list[ListedMedication] = field(default_factory=list)
    allergies: list[ListedAllergy] = field(default_factory=list)
    facts: list[ImportedFact] = field(default_factory=list)
    told: list[Patient] = field(default_factory=list)


def _facts_there(patients: Sequence[Patient]) -> dict[UUID, dict[tuple[str, str], ImportedFact]]:
    found: dict[UUID, dict[tuple[str, str], ImportedFact]] = {}
    rows = ImportedFact.objects.filter(patient__in=patients).select_related("medication", "allergy")
    for row in rows:
        found.setdefault(row.patient_id, {})[row.kind, row.key] = row
    return found


def latest_not_after(day: date | None, today: date) -> date | None:
    return None if day is None or day > today else day


def _as_said(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in _COMPARED}


def _next_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patient_number') FROM generate_series(1, %s)", [count])
        return [int(number) for (number,) in cursor.fetchall()]
