"""The letter that brings the link to the questions, written in the moment of sending.

Clinic and link only, in the patient's language: no word of health (docs/rules/phone-intake.md).
"""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.messages.hooks import Letter, NotNow, NotTrueAnyMore
from clinic.messages.models import Message
from patients.links.tokens import token_for
from patients.phone_intake.actions import link_of
from patients.phone_intake.models import PhoneIntake
from patients.phone_intake.queries import intake
from patients.phone_intake.terms import ANSWERED, NO_ADDRESS, NOT_ASKED, IntakeState


def intake_letter(message: Message, now: datetime) -> Letter | NotTrueAnyMore | NotNow:
    try:
        asked = intake(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(NOT_ASKED)
    if asked.state != IntakeState.ASKED:
        return NotTrueAnyMore(ANSWERED)
    if not asked.patient.email:
        return NotTrueAnyMore(NO_ADDRESS)
    facts = {
        "clinic": settings.CLINIC_NAME,
        "phone": settings.CLINIC_PHONE,
        "link": address_of(asked, now),
    }
    with translation.override(asked.patient.language):
        return Letter(
            to=asked.patient.email,
            subject=_("%(clinic)s: please open before your visit") % facts,
            text=_(
                "Hello,\n\nplease open this page of %(clinic)s before your visit:\n%(link)s\n\n"
                "You will be asked for your birth date. Questions: %(phone)s\n"
            )
            % facts,
        )


def address_of(asked: PhoneIntake, now: datetime) -> str:
    """The full address of the questions, with a link that opens."""
    path: str = reverse("phone:open", args=[token_for(link_of(asked, now).pk)])
    return f"{settings.BASE_URL}{path}"
