"""A letter in the patient's channel: whole as a mail, or short as a message on the telephone."""

from collections.abc import Mapping

from django.conf import settings

from clinic.messages.hooks import Attachment, Letter
from clinic.messages.short import short_words
from patients.records.models import Patient
from patients.records.ways import way_to


def addressed(
    patient: Patient,
    *,
    subject: str,
    text: str,
    short_of: str = "",
    otherwise: str = "",
    headers: Mapping[str, str] | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Letter:
    """`short_of`: the part of the text whose first link a short message takes along; `otherwise`: what
    it says in place of a link, without it the clinic's number.
    """
    way = way_to(patient)
    assert way is not None  # who is not reachable was asked about before
    return Letter(
        to=way.to,
        subject=subject,
        text=text,
        attachments=attachments,
        headers=headers or {},
        channel=way.channel,
        short=short_words(subject, short_of or text, otherwise=otherwise or settings.CLINIC_PHONE),
        language=patient.language,
    )
