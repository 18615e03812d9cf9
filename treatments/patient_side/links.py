"""Links that act: made for a letter, used once, ended when the visit changes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from clinic.audit.actions import Actor, record, record_each
from patients.records.models import Patient
from treatments.booking.models import Appointment
from treatments.patient_side import rules, terms
from treatments.patient_side.models import VisitLink
from treatments.patient_side.terms import BY_LINK, VisitAct
from treatments.waitlist.tokens import id_in, key_for


def purpose_of(act: VisitAct) -> str:
    return f"visit.{act}"


def address_of(link: VisitLink) -> str:
    """The path of its page. The act stands in it, and signs the key too."""
    key = key_for(purpose_of(VisitAct(link.act)), link.pk)
    return reverse("patient:visit", args=[key, link.act])


def link_id_in(key: str, act: VisitAct) -> UUID | None:
    return id_in(purpose_of(act), key)


def link_to_act(*, appointment: Appointment, act: VisitAct, now: datetime) -> VisitLink | None:
    """The living link of a visit and an act, made when there is none. None: it would act no more."""
    return links_to_act(appointment=appointment, acts=[act], now=now).get(act)


@transaction.atomic
def links_to_act(
    *, appointment: Appointment, acts: Iterable[VisitAct], now: datetime
) -> dict[VisitAct, VisitLink]:
    """The living links of a visit, of those acts that it still can be acted by."""
    if not appointment.is_expected:
        return {}
    until = {
        act: rules.acts_until(act, appointment.starts_at, change_hours=settings.CHANGE_HOURS)
        for act in acts
    }
    until = {act: expires_at for act, expires_at in until.items() if expires_at > now}
    if not until:
        return {}
    # The patient's row is the queue: two workers who make the same link get the same one.
    Patient.objects.select_for_update(no_key=True).get(pk=appointment.patient_id)
    links: dict[VisitAct, VisitLink] = {}
    for link in VisitLink.objects.filter(
        appointment=appointment, act__in=until, used_at__isnull=True, revoked_at__isnull=True
    ):
        if link.expires_at == until[VisitAct(link.act)]:
            links[VisitAct(link.act)] = link
        else:
            _revoke(link, now=now)
    made = VisitLink.objects.bulk_create(
        VisitLink(appointment=appointment, act=act, issued_at=now, expires_at=expires_at)
        for act, expires_at in until.items()
        if act not in links
    )
    record_each(
        verb="link.issued", subjects=made, by=BY_LINK, now=now, patient_id=appointment.patient_id
    )
    return links | {VisitAct(link.act): link for link in made}


def link_behind(key: str, act: VisitAct) -> VisitLink | None:
    """The link of a key, whether or not it still acts. Looking changes nothing."""
    link_id = link_id_in(key, act)
    if link_id is None:
        return None
    return (
        VisitLink.objects.select_related(
            "appointment__patient", "appointment__physician", "appointment__room"
        )
        .filter(pk=link_id, act=act)
        .first()
    )


def check_open(link: VisitLink, now: datetime) -> None:
    """Raises LinkUsed or LinkOver."""
    if link.used_at is not None:
        raise rules.LinkUsed(terms.LINK_USED)
    if link.is_open(now) and link.appointment.is_expected:
        return
    if link.revoked_at is None and link.appointment.is_expected:
        raise rules.LinkOver(terms.TOO_LATE_BY_LINK)
    raise rules.LinkOver(terms.LINK_OVER)


def use(link_id: UUID, now: datetime) -> VisitLink:
    """Mark it used. The caller has locked the visit's people; of two the second is refused."""
    link = (
        VisitLink.objects.select_for_update(of=("self",))
        .select_related("appointment__patient", "appointment__physician", "appointment__room")
        .get(pk=link_id)
    )
    check_open(link, now)
    link.used_at = now
    link.save(update_fields=["used_at"])
    record(
        verb="link.used",
        subject=link,
        by=BY_LINK,
        now=now,
        patient_id=link.appointment.patient_id,
        act=link.act,
    )
    return link


def revoke_after_change(appointment: Appointment, by: Actor, now: datetime) -> None:
    """Listens to moved and cancelled visits: what was sent was about another time."""
    for link in VisitLink.objects.filter(
        appointment=appointment, used_at__isnull=True, revoked_at__isnull=True
    ):
        _revoke(link, now=now)


def revoke_of_patient(patient: Patient, now: datetime) -> None:
    """Listens to a replaced address: what lies in the old mailbox does nothing any more."""
    for link in VisitLink.objects.filter(
        appointment__patient=patient, used_at__isnull=True, revoked_at__isnull=True
    ).select_related("appointment"):
        _revoke(link, now=now)


def _revoke(link: VisitLink, *, now: datetime) -> None:
    link.revoked_at = now
    link.save(update_fields=["revoked_at"])
    record(
        verb="link.revoked",
        subject=link,
        by=BY_LINK,
        now=now,
        patient_id=link.appointment.patient_id,
    )
