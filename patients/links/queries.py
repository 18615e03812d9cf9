"""Reads about patients' links."""

from datetime import datetime
from uuid import UUID

from patients.links.models import PatientLink
from patients.links.rules import is_locked
from patients.links.tokens import link_id_in


def link_behind(token: str, *, purpose: str, now: datetime) -> PatientLink | None:
    """The link of a token if it can still be opened: for the page that asks the birth date."""
    link_id = link_id_in(token)
    link = (
        PatientLink.objects.select_related("patient").filter(pk=link_id, purpose=purpose).first()
        if link_id
        else None
    )
    if link is None or not link.is_open(now) or is_locked(link.wrong_answers):
        return None
    return link


def living_link(*, purpose: str, about_id: UUID) -> PatientLink | None:
    """The link that was not revoked, whether or not it has expired."""
    return PatientLink.objects.filter(
        purpose=purpose, about_id=about_id, revoked_at__isnull=True
    ).first()
