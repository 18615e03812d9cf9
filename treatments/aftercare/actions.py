"""Issuing the sheet that belongs to a signed session."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.pdf import PdfUnavailable
from treatments.aftercare import facts
from treatments.aftercare.documents import sheet_pdf
from treatments.aftercare.models import AftercareSheet
from treatments.aftercare.queries import sheet
from treatments.aftercare.rules import written
from treatments.aftercare.terms import AdviceGroup
from treatments.booking.queries import upcoming_appointments
from treatments.booking.terms import AppointmentKind
from treatments.sessions.models import SignedSession
from treatments.sessions.queries import region_label

logger = logging.getLogger(__name__)
_draws_at_once: ContextVar[bool] = ContextVar("draws_at_once", default=True)


def issue_sheet(*, signed: SignedSession, now: datetime, by: Actor = "aftercare") -> AftercareSheet:
    """Write down everything the sheet says, and draw it as soon as the signature is committed."""
    issued, created = AftercareSheet.objects.get_or_create(
        signed_session=signed,
        defaults={
            "patient": signed.patient,
            "language": signed.patient.language,
            "content": sheet_content(signed),
            "issued_at": now,
        },
    )
    if created:
        record(
            verb="aftercare.issued", subject=issued, by=by, now=now, patient_id=signed.patient_id
        )
        if _draws_at_once.get():
            transaction.on_commit(partial(_draw, issued.pk), robust=True)
    return issued


def issue_when_signed(signed: SignedSession, by: Actor, now: datetime) -> None:
    """Listens to `session_signed`."""
    issue_sheet(signed=signed, now=now, by=by)


@contextmanager
def drawn_on_first_view() -> Iterator[None]:
    """For whoever signs many sessions at once (a demo clinic): no PDF is drawn meanwhile."""
    before = _draws_at_once.set(False)
    try:
        yield
    finally:
        _draws_at_once.reset(before)


def sheet_content(signed: SignedSession) -> dict[str, Any]:
    """Return what the sheet of a signed session says, in the patient's language."""
    patient = signed.patient
    upcoming = [
        each
        for each in upcoming_appointments(patient, signed.ended_at)
        if each.kind == AppointmentKind.SESSION and each.pk != signed.planned_session.appointment_id
    ]
    say = partial(
        written,
        ended_at=signed.ended_at,
        language=patient.language,
        emergency=settings.EMERGENCY_NUMBER,
    )
    return {
        "version": facts.version(),
        "language": patient.language,
        "zone": settings.TIME_ZONE,
        "clinic": {
            "name": settings.CLINIC_NAME,
            "phone": settings.CLINIC_PHONE,
            "emergency": settings.EMERGENCY_NUMBER,
        },
        "patient": patient.full_name,
        "areas": _areas(signed, patient.language),
        "ended_at": signed.ended_at.isoformat(),
        "next_at": upcoming[0].starts_at.isoformat() if upcoming else None,
        "avoid": say(each for each in facts.advice() if each.group == AdviceGroup.AVOID),
        "do": say(each for each in facts.advice() if each.group == AdviceGroup.DO),
        "normal": say(facts.normal_course()),
        "red_flags": say(facts.red_flags()),
    }


def _areas(signed: SignedSession, language: str) -> Sequence[str]:
    regions = json.loads(signed.record)["regions"]
    return [region_label(each["region"], language) for each in regions]


def _draw(sheet_id: UUID) -> None:
    try:
        sheet_pdf(sheet(sheet_id))
    except PdfUnavailable as unavailable:
        # The sheet itself stands; its page serves until the libraries are there.
        logger.warning("sheet %s was not drawn: %s", sheet_id, unavailable.code)
