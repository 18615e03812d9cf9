"""Where the patient goes on after the questions: to the consents that are due, by the same link."""

from datetime import datetime

from django.urls import reverse

from patients.consents import queries
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.records.models import Patient

LINK_PURPOSE = LinkPurpose.INTAKE
BY_LINK = "patient link"


def consents_after_questions(patient: Patient, now: datetime) -> str | None:
    """Listens to `after_submission`: the address of the consents, while something is due."""
    if not queries.notice_is_due(patient) and not queries.due(patient):
        return None
    link = (
        PatientLink.objects.filter(
            patient=patient, purpose=LINK_PURPOSE, revoked_at__isnull=True, expires_at__gt=now
        )
        .order_by("-issued_at")
        .first()
    )
    return reverse("consents:phone", args=[token_for(link.pk)]) if link else None
