"""The letters of a course, written in the moment of sending: still true, still wanted, still in time?

Clinic, time and link only, in the patient's language; no health words (docs/rules/reminders.md).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from babel.dates import format_datetime
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.hours.queries import clinic_zone
from clinic.messages.hooks import Letter, NotNow, NotTrueAnyMore
from clinic.messages.models import Message
from clinic.messages.terms import NO_HOUR_LEFT
from patients.links.actions import link_to
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.records.models import Patient
from treatments.aftercare.queries import sheet_of
from treatments.plans.models import PlannedSession
from treatments.plans.terms import PlanState, SessionState
from treatments.reminders import queries, rules, terms

# The sheet can be opened again for as long as its last lines are of use, and a while longer.
LINK_OPENS_FOR = timedelta(days=90)

Answer = Letter | NotTrueAnyMore | NotNow
Words = Callable[[PlannedSession, datetime], tuple[str, str]]


def session_reminder(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_reminder, _reminder_words)


def sun_protection(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_sheet, _sun_words)


def aftercare_link(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_sheet, _sheet_words)


def _letter(
    message: Message,
    now: datetime,
    why_not: Callable[[Message, PlannedSession], str],
    words: Words,
) -> Answer:
    try:
        session = queries.session(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(terms.SESSION_GONE)
    patient = session.plan.patient
    why = why_not(message, session)
    if not queries.wishes(patient).reachable:
        why = terms.NOT_WANTED
    if why:
        return NotTrueAnyMore(why)
    hour = rules.sendable_at(
        now, message.not_after, zone=clinic_zone(), quiet=queries.quiet_hours()
    )
    if hour > now:
        return NotNow(until=hour)
    if hour < now:
        return NotTrueAnyMore(NO_HOUR_LEFT)
    with translation.override(patient.language):
        subject, text = words(session, now)
    return Letter(to=patient.email, subject=subject, text=text)


def _why_no_reminder(message: Message, session: PlannedSession) -> str:
    if session.plan.state == PlanState.ON_HOLD:
        return terms.ON_HOLD
    visit = session.appointment
    if session.state != SessionState.BOOKED or visit is None:
        return terms.NOT_BOOKED
    if not message.event_key.startswith(rules.reminder_key(session.pk, visit.starts_at)):
        return terms.MOVED
    return ""


def _why_no_sheet(message: Message, session: PlannedSession) -> str:
    if session.state != SessionState.DONE:
        return terms.NOT_DONE
    try:
        sheet_of(session.pk)
    except ObjectDoesNotExist:
        return terms.NO_SHEET
    return ""


def _reminder_words(session: PlannedSession, now: datetime) -> tuple[str, str]:
    assert session.appointment is not None  # asked in _why_no_reminder
    facts = _clinic() | {"when": _when(session.appointment.starts_at)}
    return (
        _("%(clinic)s: %(when)s") % facts,
        _(
            "Hello,\n\nwe expect you at %(clinic)s:\n%(when)s\n\n"
            "If you cannot come, please call us: %(phone)s\n"
        )
        % facts,
    )


def _sun_words(session: PlannedSession, now: datetime) -> tuple[str, str]:
    facts = _clinic() | {"link": _link(session.plan.patient, session, now)}
    return (
        _("%(clinic)s: sun cream") % facts,
        _(
            "Hello,\n\nplease think of your sun cream today, and again every 2 hours outdoors.\n\n"
            "Everything else stands here:\n%(link)s\n\n%(clinic)s, %(phone)s\n"
        )
        % facts,
    )


def _sheet_words(session: PlannedSession, now: datetime) -> tuple[str, str]:
    facts = _clinic() | {"link": _link(session.plan.patient, session, now)}
    return (
        _("%(clinic)s: your sheet") % facts,
        _(
            "Hello,\n\nyour sheet from %(clinic)s opens here:\n%(link)s\n\n"
            "You will be asked for your birth date. Questions: %(phone)s\n"
        )
        % facts,
    )


def _clinic() -> dict[str, str]:
    return {"clinic": settings.CLINIC_NAME, "phone": settings.CLINIC_PHONE}


def _when(moment: datetime) -> str:
    """ "Tuesday 24 November, 15:40", "24 Kasım Salı 15:40"."""
    turkish = (translation.get_language() or "").startswith("tr")
    pattern = "d MMMM EEEE HH:mm" if turkish else "EEEE d MMMM, HH:mm"
    return format_datetime(
        moment.astimezone(clinic_zone()), pattern, locale="tr" if turkish else "en"
    )


def _link(patient: Patient, session: PlannedSession, now: datetime) -> str:
    sheet = sheet_of(session.pk)
    link = link_to(
        patient=patient,
        purpose=LinkPurpose.AFTERCARE,
        about_id=sheet.pk,
        expires_at=sheet.issued_at + LINK_OPENS_FOR,
        now=now,
    )
    return settings.BASE_URL + reverse("aftercare:open", args=[token_for(link.pk)])
