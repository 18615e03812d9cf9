"""Writing the record of changes and of readings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from clinic.audit.models import AuditEntry, ChartReading
from clinic.staff.models import StaffMember

Actor = StaffMember | str  # a person, or the name of the task or command that acts for nobody


def record(
    *,
    verb: str,
    subject: models.Model,
    by: Actor,
    now: datetime,
    patient_id: UUID | None = None,
    **detail: Any,
) -> AuditEntry:
    """Write down a change in the transaction that makes it. `detail`: ids and states only."""
    (entry,) = record_each(
        verb=verb, subjects=[subject], by=by, now=now, patient_id=patient_id, **detail
    )
    return entry


def record_each(
    *,
    verb: str,
    subjects: Iterable[models.Model],
    by: Actor,
    now: datetime,
    patient_id: UUID | None = None,
    **detail: Any,
) -> list[AuditEntry]:
    """Write down the same change of several things, in one statement."""
    return AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,
            verb=verb,
            subject_kind=subject._meta.label_lower,
            subject_id=str(subject.pk),
            patient_id=patient_id,
            actor=by if isinstance(by, StaffMember) else None,
            by_system=by if isinstance(by, str) else "",
            detail=detail,
        )
        for subject in subjects
    )


def record_reading(*, patient_id: UUID, section: str, method: str, by: Any, now: datetime) -> None:
    """Write down that `by` opened a page of a patient's record."""
    ChartReading.objects.create(
        at=now, patient_id=patient_id, section=section, method=method, reader=by
    )
