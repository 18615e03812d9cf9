"""The letter that offers a free time, written in the moment of sending.

Clinic, time and link only, in the patient's language; no health words.
"""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.hours.queries import clinic_zone
from clinic.messages.hooks import Answer, NotNow, NotTrueAnyMore, TooLate
from clinic.messages.models import Message
from clinic.messages.terms import NO_HOUR_LEFT
from treatments.reminders import rules as hours
from treatments.reminders.addressing import addressed
from treatments.reminders.queries import quiet_hours, when, wishes
from treatments.waitlist import queries, terms
from treatments.waitlist.tokens import OFFER, key_for


def slot_offer(message: Message, now: datetime) -> Answer:
    try:
        offer = queries.offer(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(terms.OFFER_GONE)
    patient = offer.entry.patient
    if not offer.is_open(now):
        return NotTrueAnyMore(terms.OFFER_GONE)
    if not wishes(patient).reachable:
        return NotTrueAnyMore(terms.NO_ADDRESS)
    hour = hours.sendable_at(now, message.not_after, zone=clinic_zone(), quiet=quiet_hours())
    if hour > now:
        return NotNow(until=hour)
    if hour < now:
        return TooLate(NO_HOUR_LEFT)
    with translation.override(patient.language):
        facts = {
            "clinic": settings.CLINIC_NAME,
            "phone": settings.CLINIC_PHONE,
            "when": when(offer.hold.starts_at),
            "until": when(offer.expires_at),
            "link": settings.BASE_URL + reverse("patient:offer", args=[key_for(OFFER, offer.pk)]),
        }
        return addressed(
            patient,
            subject=_("%(clinic)s: a free time") % facts,
            text=_(
                "Hello,\n\na time became free at %(clinic)s:\n%(when)s\n\n"
                "It is kept for you until %(until)s. Say yes or no here:\n%(link)s\n\n"
                "Whoever does not answer keeps what is booked. Questions: %(phone)s\n"
            )
            % facts,
        )
