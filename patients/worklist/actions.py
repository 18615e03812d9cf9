"""Putting something on the list, and taking it off when it is done."""

from datetime import datetime

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from patients.worklist.models import StaffTask
from patients.worklist.terms import TaskKind


@transaction.atomic
def raise_task(
    *,
    patient: Patient,
    kind: TaskKind,
    physician: StaffMember | None,
    by: Actor,
    now: datetime,
) -> StaffTask:
    """Put it on the list. What is on it already stays as it is, with the moment it began."""
    task, is_new = StaffTask.objects.get_or_create(
        patient=patient,
        kind=kind,
        done_at=None,
        defaults={"physician": physician, "since": now},
    )
    if is_new:
        record(
            verb="task.raised",
            subject=task,
            by=by,
            now=now,
            patient_id=patient.pk,
            kind=str(kind),
        )
    return task


@transaction.atomic
def finish_task(*, patient: Patient, kind: TaskKind, by: Actor, now: datetime) -> None:
    """Take it off the list, where it stands there."""
    task = (
        StaffTask.objects.select_for_update(no_key=True)
        .filter(patient=patient, kind=kind, done_at__isnull=True)
        .first()
    )
    if task is None:
        return
    task.done_at = now
    task.done_by = by if isinstance(by, StaffMember) else None
    task.save(update_fields=["done_at", "done_by"])
    record(verb="task.done", subject=task, by=by, now=now, patient_id=patient.pk, kind=str(kind))
