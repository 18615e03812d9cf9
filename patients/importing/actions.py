"""Importing: receiving files, checking them, bringing their patients in, and taking them back."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, ProtectedError, QuerySet
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import Actor, record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.transactions import long_transaction
from patients.importing.error_file import write_errors
from patients.importing.files import Unit, persons_of, units
from patients.importing.memory import heap_set_aside
from patients.importing.models import ImportedFact, ImportedIdentity, PatientImport
from patients.importing.outline import Reader
from patients.importing.queries import ERRORS_FILE, files_of, folder_of, progress_key
from patients.importing.refusals import FileTooLarge, ImportFailed
from patients.importing.tables import table_of
from patients.importing.terms import ImportStep
from patients.importing.writing import Writer, in_batches
from patients.intake.models import ListedAllergy, ListedMedication
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force

LARGEST_UPLOAD = 500 * 1024 * 1024
PERSONS_AT_ONCE = 1500
# What is larger is read by a worker: a request must not wait for it.
CHECKED_AT_ONCE = 512 * 1024
_KEPT_FOR_SECONDS = 24 * 60 * 60


class NotNow(Refused):
    """The import has gone on since the page was opened."""

    code = "stale_import"


def receive_files(
    *, files: Iterable[UploadedFile], on: date, by: StaffMember, now: datetime
) -> PatientImport:
    """Keep uploaded files until they are imported, and look at their head."""
    uploads = list(files)
    if sum(upload.size or 0 for upload in uploads) > LARGEST_UPLOAD:
        raise FileTooLarge(
            _("Together the files may have %(limit)d MB.") % {"limit": LARGEST_UPLOAD >> 20}
        )
    names = [get_valid_filename(upload.name or "file")[-100:] for upload in uploads]
    # Claimed: whoever received the files says who checks them.
    an_import = PatientImport(files=names, on=on, created_at=now, created_by=by, claimed_at=now)
    folder = folder_of(an_import.pk)
    folder.mkdir(parents=True, mode=0o700)
    try:
        for upload, path in zip(uploads, files_of(an_import), strict=True):
            with path.open("wb") as kept:
                for chunk in upload.chunks():
                    kept.write(chunk)
        work = units(files_of(an_import))
        an_import.is_table = any(not unit.records for unit in work)
        if an_import.is_table:
            if len(work) > 1:
                raise ImportFailed(_("Import one table at a time."))
            an_import.mapping = dict(table_of(files_of(an_import)[0]).mapping)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    an_import.save()
    record(verb="import.uploaded", subject=an_import, by=by, now=now, files=len(names))
    return an_import


def check_soon(
    *, an_import: PatientImport, mapping: Mapping[str, str] | None, now: datetime
) -> PatientImport:
    """Check small files at once, and leave large ones to a worker."""
    if sum(path.stat().st_size for path in files_of(an_import)) <= CHECKED_AT_ONCE:
        return _check_or_fail(an_import, mapping, now)
    _refuse_what_went_on(an_import)
    if mapping is not None:
        an_import.mapping = dict(mapping)
    an_import.step, an_import.claimed_at = ImportStep.UPLOADED, None
    an_import.save()
    return an_import


def check_waiting(*, import_id: UUID, now: datetime) -> None:
    """Claim files that nobody has read yet, and check them. Two workers: one check."""
    claimed = PatientImport.objects.filter(
        pk=import_id, step=ImportStep.UPLOADED, claimed_at__isnull=True
    ).update(claimed_at=now)
    if not claimed:
        return
    an_import = PatientImport.objects.get(pk=import_id)
    _check_or_fail(an_import, None, now)


def _check_or_fail(
    an_import: PatientImport, mapping: Mapping[str, str] | None, now: datetime
) -> PatientImport:
    try:
        return check_files(an_import=an_import, mapping=mapping, now=now)
    except Refused:
        raise
    except BaseException:
        _fail(an_import, str(_("The check stopped unexpectedly.")), now)
        raise


def _refuse_what_went_on(an_import: PatientImport) -> None:
    if an_import.step not in (ImportStep.UPLOADED, ImportStep.CHECKED):
        raise NotNow(_("This import has gone on since you opened the page."))


def check_files(
    *, an_import: PatientImport, mapping: Mapping[str, str] | None, now: datetime
) -> PatientImport:
    """Read the files once without writing anything; count what would be, and what is wrong."""
    _refuse_what_went_on(an_import)
    if mapping is not None:
        an_import.mapping = dict(mapping)
    counts: Counter[str] = Counter()
    an_import.problem = ""
    reader = Reader(rules_in_force())
    writer = Writer(reader, an_import, by="import", now=now)
    try:
        for unit in units(files_of(an_import)):
            with heap_set_aside(), persons_of(unit, an_import.mapping or None) as persons:
                for batch in in_batches(persons, PERSONS_AT_ONCE):
                    counts.update(writer.would_do(batch))
                    _tell_progress(an_import, counts["patients"])
    except ImportFailed as failed:
        an_import.problem = str(failed)
        counts["errors"] = write_errors(
            files_of(an_import), failed, an_import.mapping or None,
            folder_of(an_import.pk) / ERRORS_FILE,
        )  # fmt: skip
    an_import.counts = dict(counts)
    an_import.total = counts["patients"]
    an_import.step, an_import.claimed_at = ImportStep.CHECKED, None
    an_import.save()
    _tell_progress(an_import, 0)
    return an_import


def ask_for_import(*, an_import: PatientImport, by: StaffMember, now: datetime) -> None:
    """Owe the import: a worker brings it in."""
    changed = PatientImport.objects.filter(
        pk=an_import.pk, step=ImportStep.CHECKED, problem=""
    ).update(step=ImportStep.WAITING)
    if not changed:
        raise NotNow(_("This import has gone on since you opened the page."))
    record(verb="import.asked", subject=an_import, by=by, now=now)


def bring_in_waiting(*, import_id: UUID, now: datetime) -> None:
    """Claim a waiting import and bring it in. Two workers: one import."""
    claimed = PatientImport.objects.filter(
        pk=import_id, step=ImportStep.WAITING, claimed_at__isnull=True
    ).update(claimed_at=now, step=ImportStep.RUNNING)
    if not claimed:
        return
    an_import = PatientImport.objects.select_related("created_by").get(pk=import_id)
    try:
        with long_transaction():
            counts: Counter[str] = Counter()
            for unit in units(files_of(an_import)):
                counts.update(
                    _bring_in(an_import, unit, by=an_import.created_by or "import", now=now)
                )
            _finish(an_import, counts, now)
    except ImportFailed as failed:
        _fail(an_import, str(failed), now)
    except BaseException:
        _fail(an_import, str(_("The import stopped unexpectedly.")), now)
        raise
    shutil.rmtree(folder_of(import_id), ignore_errors=True)


def bring_in_files(*, unit: Unit, on: date, by: Actor, now: datetime) -> PatientImport:
    """Import files from the command line, whole or not at all."""
    with long_transaction():
        an_import = PatientImport.objects.create(
            files=[path.name for path in unit.paths],
            is_table=not unit.records,
            on=on,
            step=ImportStep.RUNNING,
            created_at=now,
        )
        counts = _bring_in(an_import, unit, by=by, now=now)
        _finish(an_import, counts, now)
        if not any(counts[changed] for changed in ("new", "facts", "corrected", "linked")):
            # The file says nothing that is not here: there is nothing to remember of it.
            transaction.set_rollback(True)
    return an_import


def _bring_in(an_import: PatientImport, unit: Unit, *, by: Actor, now: datetime) -> Counter[str]:
    writer = Writer(Reader(rules_in_force()), an_import, by=by, now=now)
    counts: Counter[str] = Counter()
    with heap_set_aside(), persons_of(unit, an_import.mapping or None) as persons:
        for batch in in_batches(persons, PERSONS_AT_ONCE):
            counts.update(writer.write(batch))
            _tell_progress(an_import, counts["patients"])
    record(
        verb="import.brought_in", subject=an_import, by=by, now=now,
        patients=counts["patients"], new=counts["new"],
    )  # fmt: skip
    return counts


def _tell_progress(an_import: PatientImport, done: int) -> None:
    cache.set(progress_key(an_import.pk), done, _KEPT_FOR_SECONDS)


def _finish(an_import: PatientImport, counts: Counter[str], now: datetime) -> None:
    an_import.counts = dict(counts)
    an_import.total = counts["patients"]
    an_import.step = ImportStep.DONE
    an_import.finished_at = now
    an_import.save()


def _fail(an_import: PatientImport, problem: str, now: datetime) -> None:
    PatientImport.objects.filter(pk=an_import.pk).update(
        step=ImportStep.FAILED, problem=problem, finished_at=now
    )


@long_transaction()
def take_back(*, an_import: PatientImport, by: StaffMember, now: datetime) -> Counter[str]:
    """Remove what this import created. A patient on whom anything was built since stays."""
    locked = PatientImport.objects.select_for_update().get(pk=an_import.pk)
    if locked.step != ImportStep.DONE:
        raise NotNow(_("Only a finished import can be taken back."))
    _leave_to_others(locked)
    facts = ImportedFact.objects.filter(brought_by=locked)
    opened = list(
        ImportedIdentity.objects.filter(first_import=locked, opened_the_file=True)
        .values_list("patient_id", flat=True)
        .distinct()
    )
    counts: Counter[str] = Counter()
    for start in range(0, len(opened), PERSONS_AT_ONCE):
        for patient_id in _untouched(opened[start : start + PERSONS_AT_ONCE], locked):
            counts["removed" if _remove_patient(patient_id) else "kept"] += 1
    counts["kept"] = len(opened) - counts["removed"]
    _remove_lines(facts.filter(patient__imported_identities__opened_the_file=False))
    locked.step = ImportStep.UNDONE
    locked.counts = {**locked.counts, "removed": counts["removed"], "kept": counts["kept"]}
    locked.save()
    record(
        verb="import.taken_back", subject=locked, by=by, now=now,
        removed=counts["removed"], kept=counts["kept"],
    )  # fmt: skip
    return counts


def _leave_to_others(an_import: PatientImport) -> None:
    """What another import said too is its own from now on; what this one said is forgotten."""
    known_to_several = (
        ImportedIdentity.objects.values("patient")
        .annotate(systems=Count("pk"))
        .filter(systems__gt=1)
        .values("patient")
    )
    ours = str(an_import.pk)
    for fact in ImportedFact.objects.filter(patient__in=known_to_several):
        others = {name: told for name, told in fact.told_by.items() if told[1] != ours}
        if not others or others == fact.told_by:
            continue
        fact.told_by = others
        if fact.brought_by_id == an_import.pk:
            fact.brought_by_id = UUID(next(iter(others.values()))[1])
        fact.save(update_fields=["told_by", "brought_by"])


def _untouched(patient_ids: list[UUID], an_import: PatientImport) -> list[UUID]:
    """Those whose lists hold nothing but what this import brought."""
    own_medicines = ImportedFact.objects.filter(brought_by=an_import, medication__isnull=False)
    own_allergies = ImportedFact.objects.filter(brought_by=an_import, allergy__isnull=False)
    added = set(
        ListedMedication.objects.filter(patient__in=patient_ids)
        .exclude(pk__in=own_medicines.values("medication"))
        .values_list("patient_id", flat=True)
    ) | set(
        ListedAllergy.objects.filter(patient__in=patient_ids)
        .exclude(pk__in=own_allergies.values("allergy"))
        .values_list("patient_id", flat=True)
    )
    added |= set(
        ImportedFact.objects.filter(patient__in=patient_ids)
        .exclude(brought_by=an_import)
        .values_list("patient_id", flat=True)
    )
    return [patient_id for patient_id in patient_ids if patient_id not in added]


def _remove_patient(patient_id: UUID) -> bool:
    try:
        with transaction.atomic():
            _remove_lines(ImportedFact.objects.filter(patient=patient_id))
            ImportedIdentity.objects.filter(patient=patient_id).delete()
            Patient.objects.filter(pk=patient_id).delete()
    except ProtectedError:
        return False
    return True


def _remove_lines(facts: QuerySet[ImportedFact]) -> None:
    medicines = list(facts.exclude(medication=None).values_list("medication", flat=True))
    allergies = list(facts.exclude(allergy=None).values_list("allergy", flat=True))
    facts.delete()
    ListedMedication.objects.filter(pk__in=medicines).delete()
    ListedAllergy.objects.filter(pk__in=allergies).delete()
