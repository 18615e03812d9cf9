"""Reading the log. Only its own page imports this."""

from uuid import UUID

from django.db.models import QuerySet

from clinic.audit.models import AuditEntry, ChartReading


def readings(patient_id: UUID | None = None) -> QuerySet[ChartReading]:
    """Who opened which chart, newest first."""
    rows = ChartReading.objects.select_related("reader").order_by("-at", "-pk")
    return rows.filter(patient_id=patient_id) if patient_id else rows


def changes(patient_id: UUID) -> QuerySet[AuditEntry]:
    """What was changed in one patient's record, newest first."""
    return (
        AuditEntry.objects.filter(patient_id=patient_id)
        .select_related("actor")
        .order_by("-at", "-pk")
    )
