"""The letter that brings the link to the questions, written in the moment of sending.

Clinic and link only, in the patient's language: no word of health (docs/rules/phone-intake.md).
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.messages.hooks import Letter, NotNow, NotTrueAnyMore
from clinic.messages.models import Message
from clinic.messages.short import short_words
from patients.links.tokens import token_for
from patients.phone_intake.actions import link_of
from patients.phone_intake.models import PhoneIntake
from patients.phone_intake.queries import intake
from patients.phone_intake.terms import ANSWERED, NO_ADDRESS, NOT_ASKED, IntakeState
from patients.records.ways import way_to_ask


def intake_letter(message: Message, now: datetime) -> Letter | NotTrueAnyMore | NotNow:
    try:
        asked = intake(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(NOT_ASKED)
    if asked.state != IntakeState.ASKED:
        return NotTrueAnyMore(ANSWERED)
    by = way_to_ask(asked.patient)
    if by is None:
        return NotTrueAnyMore(NO_ADDRESS)
    facts = {
        "clinic": settings.CLINIC_NAME,
        "phone": settings.CLINIC_PHONE,
        "link": way_to(asked, now).address,
    }
    with translation.override(asked.patient.language):
        subject = _("%(clinic)s: please open before your visit") % facts
        text = (
            _(
                "Hello,\n\nplease open this page of %(clinic)s before your visit:\n%(link)s\n\n"
                "You will be asked for your birth date. Questions: %(phone)s\n"
            )
            % facts
        )
        return Letter(
            to=by.to,
            subject=subject,
            text=text,
            channel=by.channel,
            short=short_words(subject, text, otherwise=settings.CLINIC_PHONE),
            language=asked.patient.language,
        )


@dataclass(frozen=True)
class Way:
    """The full address of the questions, and until when it opens them."""

    address: str
    valid_until: datetime


def way_to(asked: PhoneIntake, now: datetime) -> Way:
    """The way to the questions, by a link that opens."""
    link = link_of(asked, now)
    path = reverse("phone:open", args=[token_for(link.pk)])
    return Way(f"{settings.BASE_URL}{path}", link.expires_at)
