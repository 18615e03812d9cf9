"""The letters of a course, written in the moment of sending: still true, still wanted, still in time?

Clinic, time and link only, in the patient's language; no health words (docs/rules/reminders.md).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.hours.queries import clinic_zone, local_date
from clinic.messages.hooks import Answer, ForTheDesk, NotNow, NotTrueAnyMore, TooLate
from clinic.messages.models import Message
from clinic.messages.terms import NO_HOUR_LEFT
from patients.links.actions import link_to
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from treatments.aftercare.queries import sheet_of
from treatments.booking.models import Appointment
from treatments.outcomes.watch import moment_of
from treatments.plans.queries import RUNNING
from treatments.plans.terms import PlanState, SessionState
from treatments.reminders import care, queries, rules, terms, uv
from treatments.reminders.actions import note_told
from treatments.reminders.addressing import addressed
from treatments.reminders.choices import address_to_stop, headers_for
from treatments.reminders.confirming import is_news
from treatments.reminders.hooks import Enclosure, enclosed, enclosed_with_course
from treatments.reminders.queries import About
from treatments.reminders.rules import Told
from treatments.reminders.terms import MessageKind

# The sheet can be opened again for as long as its last lines are of use, and a while longer.
LINK_OPENS_FOR = timedelta(days=90)
QUESTION_OPENS_FOR = timedelta(days=28)

Words = Callable[[About, datetime], tuple[str, str]]

# Letters that tell a time bring along what the patient can do about it.
# What comes morning after morning can be ended from a short message too.
AGAIN_AND_AGAIN = (MessageKind.SUN_MORNING,)
WITH_ENCLOSURE = (MessageKind.CONFIRMATION, MessageKind.SESSION_REMINDER, MessageKind.CORRECTION)


def session_reminder(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_reminder, _reminder_words)


def confirmation(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_reminder, _confirmation_words)


def course_confirmation(message: Message, now: datetime) -> Answer:
    """All times of a course that was booked, as they hold in this moment."""
    try:
        plan, course = queries.course_behind(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(terms.SESSION_GONE)
    if message.event_key != course.event_key:
        return NotTrueAnyMore(terms.COURSE_CHANGED)
    about = About(plan.pk, plan.patient, None)
    visits = queries.visits_of_course(course)
    why = "" if is_news(course) and visits else terms.RIGHT_ALREADY
    why = _why_unwanted(message, about) or why
    if why:
        return NotTrueAnyMore(why)
    note_told(message, course)
    return _in_its_hour(message, about, now, lambda _about, _now: _course_words(visits), visits)


def sun_protection(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_sheet, _sun_words)


def sun_morning(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_sun_morning, _sun_morning_words)


def late_check(message: Message, now: datetime) -> Answer:
    return _letter(
        message,
        now,
        _why_no_late_check,
        lambda about, at: _late_check_words(about, at, message),
    )


def invitation(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_invitation, _invitation_words)


def check_visit(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_check_visit, _check_visit_words)


def aftercare_link(message: Message, now: datetime) -> Answer:
    return _letter(message, now, _why_no_sheet, _sheet_words)


def correction(message: Message, now: datetime) -> Answer:
    """What the patient was told by mistake is looked up anew: several moves are one letter."""
    try:
        about = queries.about(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(terms.SESSION_GONE)
    # It was owed in time; from here on only its own last moment counts.
    wrong = queries.correction_of(about, now, call_within=rules.USELESS_BEFORE)
    if wrong is None:
        return NotTrueAnyMore(terms.RIGHT_ALREADY)
    if rules.said_in_key(message.event_key) != wrong.now_at:
        return NotTrueAnyMore(terms.MOVED)
    if wrong.call_why:
        return ForTheDesk(wrong.call_why)
    told = wrong.told
    assert told is not None  # without a message there is a call, never a letter
    return _in_its_hour(
        message, about, now, lambda _about, _now: _correction_words(told, wrong.now_at)
    )


def _letter(
    message: Message,
    now: datetime,
    why_not: Callable[[Message, About, datetime], str],
    words: Words,
) -> Answer:
    try:
        about = queries.about(message.about_id)
    except ObjectDoesNotExist:
        return NotTrueAnyMore(terms.SESSION_GONE)
    why = _why_unwanted(message, about) or why_not(message, about, now)
    if why:
        return NotTrueAnyMore(why)
    return _in_its_hour(message, about, now, words)


def _why_unwanted(message: Message, about: About) -> str:
    wishes = queries.wishes(about.patient)
    if not wishes.reachable:
        return terms.NOT_WANTED
    return "" if message.kind in wishes.kinds else terms.KIND_NOT_WANTED


def _in_its_hour(
    message: Message,
    about: About,
    now: datetime,
    words: Words,
    visits: Sequence[Appointment] = (),
) -> Answer:
    patient = about.patient
    hour = rules.sendable_at(
        now, message.not_after, zone=clinic_zone(), quiet=queries.quiet_hours()
    )
    if hour > now:
        return NotNow(until=hour)
    if hour < now:
        return TooLate(NO_HOUR_LEFT)
    with translation.override(patient.language):
        subject, text = words(about, now)
        enclosures = (
            [each for each in enclosed_with_course(visits, now) if each is not None]
            if visits
            else _enclosed(message, about, now)
        )
        stop = address_to_stop(patient.pk, message.kind)
        last = [terms.STOP_HERE % {"link": stop}] if stop else []
    written = "\n".join([text, *(each.text for each in enclosures)])
    return addressed(
        patient,
        subject=subject,
        text="\n".join([written, *last]),
        short_of=written,
        otherwise=terms.STOP_SHORT % {"link": stop} if message.kind in AGAIN_AND_AGAIN else "",
        headers=headers_for(stop),
        attachments=tuple(file for each in enclosures for file in each.attachments),
    )


def _enclosed(message: Message, about: About, now: datetime) -> list[Enclosure]:
    """What goes along with a letter about a visit that takes place."""
    visit = about.visit
    if message.kind not in WITH_ENCLOSURE or visit is None or not visit.is_expected:
        return []
    return [each for each in enclosed(visit, now) if each is not None]


def _why_no_reminder(message: Message, about: About, now: datetime) -> str:
    visit, session = about.visit, about.session
    if session is not None and session.plan.state == PlanState.ON_HOLD:
        return terms.ON_HOLD
    if session is not None and session.state != SessionState.BOOKED:
        return terms.NOT_BOOKED
    if visit is None or (session is None and not visit.is_expected):
        return terms.NOT_BOOKED
    if session is not None and session.wait_until is not None:
        return terms.UNSETTLED
    if rules.said_in_key(message.event_key) != visit.starts_at:
        return terms.MOVED
    return ""


def _why_no_sheet(message: Message, about: About, now: datetime) -> str:
    session = about.session
    if session is None or session.state != SessionState.DONE:
        return terms.NOT_DONE
    try:
        sheet_of(session.pk)
    except ObjectDoesNotExist:
        return terms.NO_SHEET
    return ""


def _why_no_sun_morning(message: Message, about: About, now: datetime) -> str:
    if about.session is None or about.session.state != SessionState.DONE:
        return terms.NOT_DONE
    if uv.index_of(local_date(now)).asks_for_protection:
        return ""
    return terms.LOW_SUN_BY_TABLE if uv.is_table() else terms.LOW_SUN


def _why_no_late_check(message: Message, about: About, now: datetime) -> str:
    session = about.session
    return "" if session and session.state == SessionState.DONE else terms.NOT_DONE


def _why_no_invitation(message: Message, about: About, now: datetime) -> str:
    session = about.session
    if session is None or session.plan.state not in RUNNING:
        return terms.TIME_FOUND
    waits = care.waits_for_a_time(queries.course_sessions(session.plan))
    booked = queries.visits_alone(about.patient, now)
    return "" if waits and not booked else terms.TIME_FOUND


def _why_no_check_visit(message: Message, about: About, now: datetime) -> str:
    if queries.visits_alone(about.patient, now):
        return terms.TIME_FOUND
    due = moment_of(about.patient, local_date(now))
    return "" if due is care.moment_in_key(message.event_key) else terms.SEEN_AGAIN


def _confirmation_words(about: About, now: datetime) -> tuple[str, str]:
    assert about.visit is not None  # asked in _why_no_reminder
    facts = _clinic() | {"when": queries.when(about.visit.starts_at)}
    return (
        _("%(clinic)s: booked for %(when)s") % facts,
        _(
            "Hello,\n\nyour appointment at %(clinic)s is booked:\n%(when)s\n\n"
            "If you cannot come, please call us: %(phone)s\n"
        )
        % facts,
    )


def _course_words(visits: Sequence[Appointment]) -> tuple[str, str]:
    facts = _clinic() | {"times": "\n".join(queries.when(each.starts_at) for each in visits)}
    return (
        _("%(clinic)s: your appointments") % facts,
        _(
            "Hello,\n\nyour appointments at %(clinic)s are booked:\n%(times)s\n\n"
            "If you cannot come, please call us: %(phone)s\n"
        )
        % facts,
    )


def _reminder_words(about: About, now: datetime) -> tuple[str, str]:
    assert about.visit is not None  # asked in _why_no_reminder
    facts = _clinic() | {"when": queries.when(about.visit.starts_at)}
    return (
        _("%(clinic)s: %(when)s") % facts,
        _(
            "Hello,\n\nwe expect you at %(clinic)s:\n%(when)s\n\n"
            "If you cannot come, please call us: %(phone)s\n"
        )
        % facts,
    )


def _correction_words(told: Told, now_at: datetime | None) -> tuple[str, str]:
    facts = _clinic()
    if now_at is None:
        assert told.says is not None  # cancelled twice is nothing to put right
        facts |= {"told": queries.when(told.says)}
        return (
            _("%(clinic)s: appointment cancelled") % facts,
            _(
                "Hello,\n\nyour appointment at %(clinic)s is cancelled:\n%(told)s\n\n"
                "Please call us for another time: %(phone)s\n"
            )
            % facts,
        )
    facts |= {"when": queries.when(now_at)}
    subject = _("%(clinic)s: now %(when)s") % facts
    if told.says is None:
        return subject, _(
            "Hello,\n\nwe expect you at %(clinic)s after all:\n%(when)s\n\n"
            "If you cannot come, please call us: %(phone)s\n"
        ) % facts
    facts |= {"told": queries.when(told.says)}
    return subject, _(
        "Hello,\n\nyour appointment of %(told)s at %(clinic)s is now:\n%(when)s\n\n"
        "If you cannot come, please call us: %(phone)s\n"
    ) % facts


def _sun_words(about: About, now: datetime) -> tuple[str, str]:
    facts = _clinic() | {"link": _link(about, now)}
    return (
        _("%(clinic)s: sun cream") % facts,
        _(
            "Hello,\n\nplease stay out of the sun today and tomorrow. Outdoors use your sun cream, and"
            " again every 2 hours.\n\nEverything else stands here:\n%(link)s\n\n%(clinic)s, %(phone)s\n"
        )
        % facts,
    )


def _sun_morning_words(about: About, now: datetime) -> tuple[str, str]:
    index = uv.index_of(local_date(now))
    facts = _clinic() | {"index": round(index.value), "source": str(index.source)}
    return (
        _("%(clinic)s: sun cream") % facts,
        _(
            "Hello,\n\nplease think of your sun cream today, and again every 2 hours outdoors.\n"
            "UV index of the day: about %(index)d (%(source)s).\n\n%(clinic)s, %(phone)s\n"
        )
        % facts,
    )


def _late_check_words(about: About, now: datetime, message: Message) -> tuple[str, str]:
    link = link_to(
        patient=about.patient,
        purpose=LinkPurpose.LATE_CHECK,
        about_id=message.pk,
        expires_at=now + QUESTION_OPENS_FOR,
        now=now,
    )
    page = reverse("tracing:late-check", args=[token_for(link.pk)])
    facts = _clinic() | {"link": settings.BASE_URL + page}
    return (
        _("%(clinic)s: how are you?") % facts,
        _(
            "Hello,\n\n%(clinic)s has one question for you:\n%(link)s\n\n"
            "You will be asked for your birth date. Questions: %(phone)s\n"
        )
        % facts,
    )


def _invitation_words(about: About, now: datetime) -> tuple[str, str]:
    facts = _clinic()
    return (
        _("%(clinic)s: your next appointment") % facts,
        _(
            "Hello,\n\nno time is booked for your next appointment at %(clinic)s.\n"
            "Please call us for one: %(phone)s\n"
        )
        % facts,
    )


def _check_visit_words(about: About, now: datetime) -> tuple[str, str]:
    facts = _clinic()
    return (
        _("%(clinic)s: time for a visit") % facts,
        _(
            "Hello,\n\nwe agreed to see you again at %(clinic)s around now.\n"
            "Please call us for a time: %(phone)s\n"
        )
        % facts,
    )


def _sheet_words(about: About, now: datetime) -> tuple[str, str]:
    facts = _clinic() | {"link": _link(about, now)}
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


def _link(about: About, now: datetime) -> str:
    sheet = sheet_of(about.id)
    link = link_to(
        patient=about.patient,
        purpose=LinkPurpose.AFTERCARE,
        about_id=sheet.pk,
        expires_at=sheet.issued_at + LINK_OPENS_FOR,
        now=now,
    )
    return settings.BASE_URL + reverse("aftercare:open", args=[token_for(link.pk)])
