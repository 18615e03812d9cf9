"""What letters bring: links that act, the visit as a calendar file, and the page of all visits.

Clinic, time and link only, in the patient's language; no health words.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.hours.queries import clinic_zone
from clinic.messages.hooks import Answer, Attachment, NotNow, NotTrueAnyMore, TooLate
from clinic.messages.models import Message
from clinic.messages.terms import NO_HOUR_LEFT
from patients.links.tokens import token_for
from patients.records.models import Patient
from patients.records.queries import patient as patient_of
from treatments.booking.models import Appointment
from treatments.patient_side import feeds, links, queries, terms
from treatments.patient_side.documents import (
    FILE_NAME,
    FILE_OF_ALL,
    MIME,
    calendar_of_patient,
    visit_file,
)
from treatments.patient_side.terms import VisitAct
from treatments.reminders import rules as hours
from treatments.reminders.addressing import addressed
from treatments.reminders.hooks import Enclosure
from treatments.reminders.queries import quiet_hours, wishes


def enclose(appointment: Appointment, now: datetime) -> Enclosure:
    """Listens to `enclosed`: what can be done about this visit, and the file for one's calendar."""
    asks = {
        VisitAct.CONFIRM: _("I will come:"),
        VisitAct.MOVE: _("I need another time:"),
        VisitAct.CANCEL: _("I cancel:"),
    }
    if appointment.state == terms.CONFIRMED:
        del asks[VisitAct.CONFIRM]
    found = links.links_to_act(appointment=appointment, acts=asks, now=now)
    return Enclosure(
        text="\n".join(
            f"{words}\n{settings.BASE_URL}{links.address_of(found[act])}\n"
            for act, words in asks.items()
            if act in found
        ),
        attachments=(Attachment(FILE_NAME, visit_file(appointment), MIME),),
    )


def enclose_with_course(visits: Sequence[Appointment], now: datetime) -> Enclosure:
    """Listens to `enclosed_with_course`: the page of all visits, and all of them in one file."""
    return Enclosure(
        text=_(
            "You can confirm or cancel them here, or ask for another time. "
            "You will be asked for your birth date:\n%(link)s\n"
        )
        % {"link": page_address(visits[0].patient, now)},
        attachments=(Attachment(FILE_OF_ALL, calendar_of_patient(visits), MIME),),
    )


def visits_page(message: Message, now: datetime) -> Answer:
    """Where all visits stand. Owed by earlier versions after a booking; what still waits goes out."""
    return _leading_to_page(message, now, _after_booking)


def wish_answered(message: Message, now: datetime) -> Answer:
    """The clinic has answered the wish for another time; what holds now stands on the page."""
    return _leading_to_page(message, now, _after_answer)


def _leading_to_page(
    message: Message, now: datetime, words: Callable[[dict[str, str]], tuple[str, str]]
) -> Answer:
    try:
        patient = patient_of(message.patient_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(terms.NOTHING_BOOKED)
    if not queries.visits_of(patient, now):
        return NotTrueAnyMore(terms.NOTHING_BOOKED)
    if not wishes(patient).reachable:
        return NotTrueAnyMore(terms.NO_ADDRESS)
    hour = hours.sendable_at(now, message.not_after, zone=clinic_zone(), quiet=quiet_hours())
    if hour > now:
        return NotNow(until=hour)
    if hour < now:
        return TooLate(NO_HOUR_LEFT)
    with translation.override(patient.language):
        subject, text = words(
            {
                "clinic": settings.CLINIC_NAME,
                "phone": settings.CLINIC_PHONE,
                "link": page_address(patient, now),
            }
        )
    return addressed(patient, subject=subject, text=text)


def _after_booking(facts: dict[str, str]) -> tuple[str, str]:
    return (
        _("%(clinic)s: your appointments") % facts,
        _(
            "Hello,\n\nyour appointments at %(clinic)s stand here:\n%(link)s\n\n"
            "You can confirm or cancel them there, ask for another time, and put them into "
            "your calendar. You will be asked for your birth date. Questions: %(phone)s\n"
        )
        % facts,
    )


def _after_answer(facts: dict[str, str]) -> tuple[str, str]:
    return (
        _("%(clinic)s: about your appointment") % facts,
        _(
            "Hello,\n\n%(clinic)s has answered your wish for another time. "
            "What holds now stands here:\n%(link)s\n\n"
            "You will be asked for your birth date. Questions: %(phone)s\n"
        )
        % facts,
    )


def page_address(patient: Patient, now: datetime) -> str:
    """The full address of the page of the patient's visits."""
    link = feeds.page_link(patient, now)
    return settings.BASE_URL + reverse("patient:visits", args=[token_for(link.pk)])
