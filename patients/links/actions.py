"""Giving out, opening and ending patients' links."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import record
from clinic.refusals import Refused
from patients.links.models import PatientLink
from patients.links.rules import is_locked
from patients.links.tokens import link_id_in
from patients.records.models import Patient

ACTOR = "patient link"


class Why(StrEnum):
    GONE = "gone"
    WRONG_BIRTH_DATE = "wrong_birth_date"
    TOO_MANY_TRIES = "too_many_tries"


_WORDS: dict[Why, tuple[int, str | Promise]] = {
    Why.GONE: (410, _("This link is no longer valid. Please ask the clinic for a new one.")),
    Why.WRONG_BIRTH_DATE: (422, _("This birth date does not match. Please check it.")),
    Why.TOO_MANY_TRIES: (
        429,
        _("There were too many tries. Please ask the clinic for a new link."),
    ),
}


class LinkRefused(Refused):
    """The link does not open. `why` says which kind of no it is."""

    def __init__(self, why: Why) -> None:
        self.status, words = _WORDS[why]
        self.code = f"link_{why}"
        self.why = why
        super().__init__(words)


@transaction.atomic
def link_to(
    *, patient: Patient, purpose: str, about_id: UUID, expires_at: datetime, now: datetime
) -> PatientLink:
    """Return the link to a thing. One that still opens is used again, so that mails agree."""
    # The patient's row is the queue: two workers who make the same link get the same one.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    living = PatientLink.objects.filter(
        purpose=purpose, about_id=about_id, revoked_at__isnull=True
    ).first()
    if living is not None and living.is_open(now) and not is_locked(living.wrong_answers):
        if expires_at > living.expires_at:
            living.expires_at = expires_at
            living.save(update_fields=["expires_at"])
        return living
    if living is not None:
        _revoke(living, now=now)
    link = PatientLink.objects.create(
        patient=patient,
        purpose=purpose,
        about_id=about_id,
        issued_at=now,
        expires_at=expires_at,
    )
    record(verb="link.issued", subject=link, by=ACTOR, now=now, patient_id=patient.pk)
    return link


@transaction.atomic
def revoke_links(*, purpose: str, about_id: UUID, now: datetime) -> None:
    """End the link to a thing: from now on it opens nothing."""
    for link in PatientLink.objects.select_for_update().filter(
        purpose=purpose, about_id=about_id, revoked_at__isnull=True
    ):
        _revoke(link, now=now)


@transaction.atomic
def revoke_links_of(patient: Patient, now: datetime) -> None:
    """Listens to `address_replaced`: what lies in the old mailbox opens nothing any more.

    What is still owed is written in the moment of sending, with a new link, to the new address.
    """
    for link in PatientLink.objects.select_for_update(of=["self"]).filter(
        patient=patient, revoked_at__isnull=True
    ):
        _revoke(link, now=now)


def open_link(*, token: str, purpose: str, birth_date: date, now: datetime) -> PatientLink:
    """Return the link if the birth date is the patient's. Five wrong dates lock it.

    The wrong try is written down before the refusal is raised: a rolled back count would let
    anybody try for ever.
    """
    link_id = link_id_in(token)
    if link_id is None:
        raise LinkRefused(Why.GONE)
    with transaction.atomic():
        link = (
            PatientLink.objects.select_for_update(of=["self"])
            .select_related("patient")
            .filter(pk=link_id, purpose=purpose)
            .first()
        )
        refusal = _try_birth_date(link, birth_date, now=now)
    if refusal is not None or link is None:
        raise LinkRefused(refusal or Why.GONE)
    return link


def _try_birth_date(link: PatientLink | None, birth_date: date, *, now: datetime) -> Why | None:
    if link is None or not link.is_open(now):
        return Why.GONE
    if is_locked(link.wrong_answers):
        return Why.TOO_MANY_TRIES
    if link.patient.born_on == birth_date:
        link.wrong_answers = 0
        link.save(update_fields=["wrong_answers"])
        record(verb="link.opened", subject=link, by=ACTOR, now=now, patient_id=link.patient_id)
        return None
    link.wrong_answers += 1
    link.save(update_fields=["wrong_answers"])
    if not is_locked(link.wrong_answers):
        return Why.WRONG_BIRTH_DATE
    record(verb="link.locked", subject=link, by=ACTOR, now=now, patient_id=link.patient_id)
    return Why.TOO_MANY_TRIES


def _revoke(link: PatientLink, *, now: datetime) -> None:
    link.revoked_at = now
    link.save(update_fields=["revoked_at"])
    record(verb="link.revoked", subject=link, by=ACTOR, now=now, patient_id=link.patient_id)
