"""Reads about imports: what waits, what came from where, and what it answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from patients.importing.merging import DECEASED
from patients.importing.models import FactKind, ImportedFact, ImportedIdentity, PatientImport
from patients.importing.terms import ConditionState, ImportStep
from patients.intake.models import Answer
from patients.intake.terms import CONDITIONS
from patients.records.models import Patient
from patients.screening.terms import UNKNOWN

ERRORS_FILE = "errors.csv"
_MOST_SHOWN = 20


def patient_import(import_id: UUID) -> PatientImport:
    return PatientImport.objects.get(pk=import_id)


def recent_imports() -> list[PatientImport]:
    return list(PatientImport.objects.select_related("created_by")[:_MOST_SHOWN])


def unchecked_imports() -> list[UUID]:
    unread = PatientImport.objects.filter(step=ImportStep.UPLOADED, claimed_at__isnull=True)
    return list(unread.order_by("created_at").values_list("pk", flat=True))


def waiting_imports() -> list[UUID]:
    waiting = PatientImport.objects.filter(step=ImportStep.WAITING, claimed_at__isnull=True)
    return list(waiting.order_by("created_at").values_list("pk", flat=True))


def folder_of(import_id: UUID) -> Path:
    """Where the files of an import lie: private, and gone when it is done."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(import_id)


def files_of(an_import: PatientImport) -> list[Path]:
    folder = folder_of(an_import.pk)
    return [folder / f"{n:03d}-{name}" for n, name in enumerate(an_import.files)]


def errors_file(an_import: PatientImport) -> Path | None:
    path = folder_of(an_import.pk) / ERRORS_FILE
    return path if path.exists() else None


def progress(import_id: UUID) -> int:
    return int(cache.get(progress_key(import_id)) or 0)


def progress_key(import_id: UUID) -> str:
    return f"import-{import_id}"


def imported_facts(patient: Patient) -> list[ImportedFact]:
    return list(ImportedFact.objects.filter(patient=patient).select_related("brought_by"))


@dataclass(frozen=True, slots=True)
class RecordElsewhere:
    """That a patient came, or was added to, from another system."""

    patient_id: UUID
    files: str
    deceased: bool


def record_elsewhere(patient: Patient) -> RecordElsewhere | None:
    known = ImportedIdentity.objects.filter(patient=patient).select_related("first_import").first()
    if known is None:
        return None
    died = ImportedFact.objects.filter(patient=patient, key=DECEASED).exists()
    return RecordElsewhere(patient.pk, str(known.first_import), died)


def identities_of(patient: Patient) -> list[ImportedIdentity]:
    return list(ImportedIdentity.objects.filter(patient=patient).select_related("first_import"))


def imported_answers(patient: Patient, on: date) -> dict[str, Any]:
    """What imported illnesses answer until somebody was asked: only a later yes or no ends it.

    Whoever does not know takes nothing back. An illness that nobody knows is an illness in the record's words, and holds until it was read.
    """
    facts = [
        fact
        for fact in ImportedFact.objects.filter(patient=patient, kind=FactKind.CONDITION)
        if fact.answers or not fact.known
    ]
    if not facts:
        return {}
    since = {fact.pk: fact.recorded_at for fact in facts}
    codes = {code for fact in facts for code in fact.answers} | {CONDITIONS}
    asked = _last_asked(patient, codes, on)
    answers: dict[str, Any] = {}
    unread: list[str] = []
    for fact in facts:
        for code, value in fact.answers.items():
            if code not in asked or asked[code] < since[fact.pk]:
                answers[code] = value
        unheard = CONDITIONS not in asked or asked[CONDITIONS] < since[fact.pk]
        if not fact.known and fact.state == ConditionState.ACTIVE and unheard:
            unread.append(fact.text)
    if unread:
        answers[CONDITIONS] = unread
    return answers


def _last_asked(patient: Patient, codes: Iterable[str], on: date) -> dict[str, Any]:
    rows = (
        Answer.objects.filter(patient=patient, code__in=list(codes), answered_on__lte=on)
        .exclude(value=UNKNOWN)
        .order_by("code", "-answered_at")
        .distinct("code")
        .values_list("code", "answered_at")
    )
    return dict(rows)
