"""Reads of aftercare sheets."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from treatments.aftercare.models import AftercareSheet


def sheet(sheet_id: UUID) -> AftercareSheet:
    return _sheets().get(pk=sheet_id)


def sheet_of(session_id: UUID) -> AftercareSheet:
    """The sheet of a planned session that holds. Raises DoesNotExist before it is signed."""
    return _holding().get(signed_session__planned_session_id=session_id)


def sheet_of_patient(patient_id: UUID, session_id: UUID) -> AftercareSheet:
    return _holding().get(signed_session__planned_session_id=session_id, patient_id=patient_id)


def sheet_that_holds(sheet_id: UUID) -> AftercareSheet:
    """The sheet itself, or the newest of those that took its place: a link leads to what is true."""
    return _holding().get(signed_session__sheets__pk=sheet_id)


def sheets_of(signed_session_id: UUID) -> list[UUID]:
    """Every sheet of a signed session, those that others took the place of too."""
    sheets = AftercareSheet.objects.filter(signed_session=signed_session_id)
    return list(sheets.values_list("pk", flat=True))


def has_sheet() -> Exists:
    """Of an appointment: whether its session has a sheet, for a query that reads many of them."""
    return Exists(
        AftercareSheet.objects.filter(signed_session__planned_session__appointment=OuterRef("pk"))
    )


def _holding() -> QuerySet[AftercareSheet]:
    return _sheets().filter(superseded_by__isnull=True)


def _sheets() -> QuerySet[AftercareSheet]:
    return AftercareSheet.objects.select_related("patient", "signed_session")
