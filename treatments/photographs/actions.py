"""Keeping photographs. None without the consent in force; none is changed or deleted afterwards."""

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import localdate, make_aware

from clinic.audit.actions import record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.consents.queries import may_photograph
from patients.consents.terms import ConsentKind
from patients.records.models import Patient
from treatments.photographs import terms
from treatments.photographs.darkroom import developed
from treatments.photographs.models import AnchorPoints, Photograph, PhotographWithdrawal
from treatments.photographs.queries import photograph_storage
from treatments.photographs.rules import Points, check_points
from treatments.photographs.terms import CHECKS, Modality, Size, View

logger = logging.getLogger(__name__)
# Of an older photograph the day is known, not the time.
NOON = time(12)


class PhotographRefused(Refused):
    status = 422
    code = "photograph_refused"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


class ConsentMissing(Refused):
    """No photograph without the consent to clinical photographs."""

    code = "photo_consent_missing"

    def __init__(self, patient: Patient) -> None:
        super().__init__(terms.CONSENT_MISSING)
        self.leads_to = reverse(
            "patients:consent-decide", args=[patient.pk, ConsentKind.CLINICAL_PHOTOS]
        )


class StorageRefused(Refused):
    status = 507
    code = "storage_full"


def check_consent(patient: Patient) -> None:
    if not may_photograph(patient):
        raise ConsentMissing(patient)


def keep_photograph(
    *,
    patient: Patient,
    content: bytes,
    view: str,
    modality: str,
    taken_on: date,
    checks: Mapping[str, bool],
    device: str,
    request_key: UUID,
    by: StaffMember,
    now: datetime,
    analysis_id: UUID | None = None,
) -> Photograph:
    """Keep an upload as a photograph of the record. Sent twice with one key it is kept once.

    Raises ImageRefused, ConsentMissing or PhotographRefused; then nothing stays behind.
    """
    if not by.may(Ability.TAKE_PHOTOGRAPHS):
        raise NotAllowed(terms.NOT_YOURS_TO_TAKE)
    check_consent(patient)
    if view not in View.values or modality not in Modality.values:
        raise PhotographRefused(terms.UNREADABLE)
    if not patient.born_on <= taken_on <= localdate(now):
        raise PhotographRefused(terms.DAY_OUT_OF_RANGE)
    if kept := Photograph.objects.filter(patient=patient, request_key=request_key).first():
        return kept
    picture = developed(content)
    photograph = Photograph(
        patient=patient,
        analysis_id=analysis_id,
        view=view,
        modality=modality,
        taken_at=now
        if taken_on == localdate(now)
        else make_aware(datetime.combine(taken_on, NOON)),
        **{name: bool(checks.get(name)) for name in CHECKS},
        device=device.strip(),
        file_name=secrets.token_hex(16),
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(picture.pictures[Size.FULL]).hexdigest(),
        request_key=request_key,
        taken_by=by,
        recorded_at=now,
    )
    with _files_of(photograph, picture.pictures):
        return _recorded(photograph, by=by, now=now)


@contextlib.contextmanager
def _files_of(photograph: Photograph, pictures: Mapping[str, bytes]) -> Iterator[None]:
    """The files, for as long as the row comes about; without it they are taken away again."""
    storage = photograph_storage()
    written = []
    try:
        for size, content in pictures.items():
            name = photograph.stored_as(size)
            written.append(name)
            try:
                storage.save(name, ContentFile(content))
            except Exception as fault:  # each storage has faults of its own
                logger.exception("a photograph could not be stored")
                raise StorageRefused(terms.STORAGE_FULL) from fault
        yield
    except BaseException:
        for name in written:
            with contextlib.suppress(Exception):
                storage.delete(name)
        raise


@transaction.atomic
def _recorded(photograph: Photograph, *, by: StaffMember, now: datetime) -> Photograph:
    # Whoever withdraws the consent locks the same row: either the photograph is there before, or not.
    patient = Patient.objects.select_for_update(no_key=True).get(pk=photograph.patient_id)
    check_consent(patient)
    photograph.save(force_insert=True)
    record(
        verb="photograph.taken",
        subject=photograph,
        by=by,
        now=now,
        patient_id=patient.pk,
        view=photograph.view,
        modality=photograph.modality,
    )
    return photograph


@transaction.atomic
def withdraw_photograph(
    *, photograph: Photograph, reason: str, by: StaffMember, now: datetime
) -> PhotographWithdrawal:
    """Say that a photograph is a mistake, and why. It stays in the record, out of the album."""
    if not by.may(Ability.TAKE_PHOTOGRAPHS):
        raise NotAllowed(terms.NOT_YOURS_TO_TAKE)
    if len(reason.strip()) < terms.SHORTEST_REASON:
        raise PhotographRefused(terms.REASON_MISSING % {"count": terms.SHORTEST_REASON})
    Patient.objects.select_for_update(no_key=True).get(pk=photograph.patient_id)
    if PhotographWithdrawal.objects.filter(photograph=photograph).exists():
        raise PhotographRefused(terms.ALREADY_WITHDRAWN)
    withdrawal = PhotographWithdrawal.objects.create(
        photograph=photograph, reason=reason.strip(), withdrawn_at=now, withdrawn_by=by
    )
    record(
        verb="photograph.withdrawn",
        subject=photograph,
        by=by,
        now=now,
        patient_id=photograph.patient_id,
    )
    return withdrawal


@transaction.atomic
def mark_points(
    *, photograph: Photograph, points: Points, by: StaffMember, now: datetime
) -> AnchorPoints:
    """Note where the two pupils lie, for laying photographs over each other."""
    if not by.may(Ability.TAKE_PHOTOGRAPHS):
        raise NotAllowed(terms.NOT_YOURS_TO_TAKE)
    check_points(points)
    (x1, y1), (x2, y2) = points
    marked = AnchorPoints.objects.create(
        photograph=photograph, x1=x1, y1=y1, x2=x2, y2=y2, marked_at=now, marked_by=by
    )
    record(
        verb="photograph.points_marked",
        subject=photograph,
        by=by,
        now=now,
        patient_id=photograph.patient_id,
    )
    return marked
