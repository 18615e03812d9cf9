"""Issuing the sheet that belongs to a signed session."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any
from uuid import UUID

from babel.dates import format_date
from django.conf import settings
from django.db import transaction
from django.utils import translation

from clinic.audit.actions import Actor, record
from clinic.hours.queries import local_date
from clinic.refusals import Refused
from patients.records.models import Patient
from patients.screening.causes import medicines_sensitive_to_light
from treatments.aftercare import facts
from treatments.aftercare.documents import sheet_pdf
from treatments.aftercare.models import AftercareSheet
from treatments.aftercare.queries import sheet, sheet_of
from treatments.aftercare.rules import Advice, Duration, lengthened, merge, written
from treatments.aftercare.terms import AdviceGroup
from treatments.booking.queries import upcoming_appointments
from treatments.booking.terms import AppointmentKind
from treatments.combined.advice import still_running
from treatments.combined.models import HomeProduct
from treatments.combined.queries import home_products
from treatments.sessions.models import SessionAmendment, SignedSession
from treatments.sessions.queries import region_label

logger = logging.getLogger(__name__)
_draws_at_once: ContextVar[bool] = ContextVar("draws_at_once", default=True)


def issue_sheet(*, signed: SignedSession, now: datetime, by: Actor = "aftercare") -> AftercareSheet:
    """Write down everything the sheet says, and draw it as soon as the signature is committed."""
    issued, created = AftercareSheet.objects.get_or_create(
        signed_session=signed,
        supersedes=None,
        defaults={
            "patient": signed.patient,
            "language": signed.patient.language,
            "content": sheet_content(signed),
            "issued_at": now,
        },
    )
    if created:
        _say_issued(issued, by=by, now=now)
    return issued


def replace_when_the_end_changed(amendment: SessionAmendment, by: Actor, now: datetime) -> None:
    """Listens to `session_amended`: another end is another sheet, which says what it replaces."""
    if amendment.ended_at is None:
        return
    # Behind its row: who comes second replaces what the first one issued.
    signed = SignedSession.objects.select_for_update(no_key=True).get(
        pk=amendment.signed_session_id
    )
    before = sheet_of(signed.planned_session_id)
    content = sheet_content(signed, ended_at=amendment.ended_at)
    issued = AftercareSheet.objects.create(
        signed_session=signed,
        patient=signed.patient,
        language=signed.patient.language,
        content=content | {"replaces": before.issued_at.isoformat()},
        issued_at=now,
        supersedes=before,
    )
    _say_issued(issued, by=by, now=now)


def _say_issued(issued: AftercareSheet, *, by: Actor, now: datetime) -> None:
    record(verb="aftercare.issued", subject=issued, by=by, now=now, patient_id=issued.patient_id)
    if _draws_at_once.get():
        transaction.on_commit(partial(_draw, issued.pk), robust=True)


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


def sheet_content(signed: SignedSession, *, ended_at: datetime | None = None) -> dict[str, Any]:
    """Return what the sheet of a session says, in the patient's language.

    `ended_at`: when it ended, if the record is wrong in that.
    """
    patient = signed.patient
    ended_at = ended_at or signed.ended_at
    upcoming = [
        each
        for each in upcoming_appointments(patient, ended_at)
        if each.kind == AppointmentKind.SESSION and each.pk != signed.planned_session.appointment_id
    ]
    say = partial(
        written,
        ended_at=ended_at,
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
        "ended_at": ended_at.isoformat(),
        "next_at": upcoming[0].starts_at.isoformat() if upcoming else None,
        "avoid": say(_to_avoid(signed, ended_at)),
        "do": [
            *_with_home_care(
                say(each for each in facts.advice() if each.group == AdviceGroup.DO),
                signed,
                ended_at,
            ),
            *say(_that_apply(patient, has_next=bool(upcoming))),
        ],
        "normal": say(facts.normal_course()),
        "red_flags": say(facts.red_flags()),
    }


def _that_apply(patient: Patient, *, has_next: bool) -> Iterator[Advice]:
    """The lines that only some patients get."""
    lines = facts.when_it_applies()
    if medicines := medicines_sensitive_to_light(patient):
        yield lines["light_medicine"].about(", ".join(medicines))
    if has_next:
        yield lines["preparation"]


def _to_avoid(signed: SignedSession, ended_at: datetime) -> list[Advice]:
    """What the session asks for; where a laser or a peel still asks for longer, that."""
    others: dict[str, Duration] = {}
    because: dict[str, str] = {}
    for each in still_running(signed.patient, ended_at):
        hours = ceil((each.until - ended_at) / timedelta(hours=1))
        was = others.get(each.advice_id)
        if was is None or hours > (was.hours or 0):
            day = format_date(each.on, "d MMM", locale=signed.patient.language)
            because[each.advice_id] = f"{each.what}, {day}"
        source = Duration(hours=hours, sources=frozenset({each.what}))
        others = merge(others, {each.advice_id: source})
    own = (each for each in facts.advice() if each.group == AdviceGroup.AVOID)
    return lengthened(own, others, because=because)


def _with_home_care(lines: list[Any], signed: SignedSession, ended_at: datetime) -> list[Any]:
    """The line about creams names the products that the physician advised, and when each goes on."""
    language = signed.patient.language
    ended_on = local_date(ended_at)
    with translation.override(language):
        said = [
            _product_words(each, ended_on, language)
            for each in home_products(signed.patient, on=ended_on)
        ]
    if not said:
        return lines
    words = facts.sheet_line("home_list", language).format(products="; ".join(said))
    return [
        line | {"text": words, "short": words} if line["id"] == "home" else line for line in lines
    ]


def _product_words(product: HomeProduct, ended_on: date, language: str) -> str:
    what = f"{product.words} ({product.use})"
    if not product.pause_days:
        return what
    again_on = ended_on + timedelta(days=product.pause_days)
    day = format_date(again_on, "EEE d MMM", locale=language)
    return facts.sheet_line("home_again", language).format(what=what, day=day)


def _areas(signed: SignedSession, language: str) -> Sequence[str]:
    regions = json.loads(signed.record)["regions"]
    return [region_label(each["region"], language) for each in regions]


def _draw(sheet_id: UUID) -> None:
    try:
        sheet_pdf(sheet(sheet_id))
    except Refused as unavailable:
        # The sheet itself stands; its page serves until the libraries are there.
        logger.warning("sheet %s was not drawn: %s", sheet_id, unavailable.code)
