"""Reads of aftercare sheets."""

from uuid import UUID

from django.db.models import QuerySet

from treatments.aftercare.models import AftercareSheet


def sheet(sheet_id: UUID) -> AftercareSheet:
    return _sheets().get(pk=sheet_id)


def sheet_of(session_id: UUID) -> AftercareSheet:
    """The sheet of a planned session. Raises DoesNotExist before it is signed."""
    return _sheets().get(signed_session__planned_session_id=session_id)


def sheet_of_patient(patient_id: UUID, session_id: UUID) -> AftercareSheet:
    return _sheets().get(signed_session__planned_session_id=session_id, patient_id=patient_id)


def _sheets() -> QuerySet[AftercareSheet]:
    return AftercareSheet.objects.select_related("patient", "signed_session")
