"""What the rules of reminders need to know: the sessions of a course, the wish, the quiet hours."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from babel.dates import format_datetime
from django.conf import settings
from django.utils import translation

from clinic.hours.queries import clinic_zone
from clinic.messages.models import Message
from clinic.messages.queries import messages_needing_the_desk, what_was_said
from clinic.messages.terms import MessageState
from patients.consents.queries import may_send_care_messages
from patients.records.models import Patient
from patients.records.ways import way_to
from treatments.booking.hooks import Notice
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED, AppointmentState
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState
from treatments.reminders import rules, terms
from treatments.reminders.confirming import Course
from treatments.reminders.corrections import Correction, correction, told_by_time
from treatments.reminders.models import KindChoice, ToldTime
from treatments.reminders.rules import CourseSession, Owed, QuietHours, Told, Wishes
from treatments.reminders.terms import MessageKind
from treatments.sessions.queries import corrected_end

TIME_TELLING = [
    MessageKind.CONFIRMATION,
    MessageKind.SESSION_REMINDER,
    MessageKind.CORRECTION,
]


# What told of a course before one letter named all its times.
TELLING_COURSE = [MessageKind.COURSE_CONFIRMATION, "visits_page"]

# In the key of a link that the desk sends anew.
RENEWED = "again-"

# How a visit on its own stands, in the words of a session; who is here or was here is "done".
STATE_ALONE = dict.fromkeys(EXPECTED, SessionState.BOOKED) | {
    AppointmentState.MISSED: SessionState.MISSED,
    AppointmentState.CANCELLED: SessionState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about: a session of a course, or a visit on its own (`session` is None)."""

    id: UUID
    patient: Patient
    visit: Appointment | None
    session: PlannedSession | None = None

    @property
    def known(self) -> CourseSession:
        """It with what the patient heard of it."""
        if self.session is not None:
            return _among_its_course(self.session)
        assert self.visit is not None
        return visit_alone(self.visit)[0]


def about(about_id: UUID) -> About:
    """Raises ObjectDoesNotExist."""
    found = abouts([about_id]).get(about_id)
    if found is None:
        raise Appointment.DoesNotExist
    return found


def abouts(about_ids: Collection[UUID]) -> dict[UUID, About]:
    sessions = PlannedSession.objects.filter(pk__in=about_ids).select_related(
        "plan__patient", "appointment"
    )
    found = {
        each.pk: About(each.pk, each.plan.patient, each.appointment, each) for each in sessions
    }
    rest = set(about_ids) - set(found)
    visits = Appointment.objects.filter(pk__in=rest).select_related("patient") if rest else []
    return found | {each.pk: About(each.pk, each.patient, each) for each in visits}


def renewed_links(session_ids: Collection[UUID]) -> set[str]:
    """The keys of the links to sheets that the desk sends anew and that have not left yet."""
    if not session_ids:
        return set()
    letters = Message.objects.filter(
        about_id__in=session_ids,
        kind=MessageKind.AFTERCARE_LINK,
        event_key__contains=f":{RENEWED}",
    )
    return set(letters.still_open().values_list("event_key", flat=True))


def is_of_course(appointment: Appointment) -> bool:
    return PlannedSession.objects.filter(appointment=appointment).exists()


def visits_alone(patient: Patient, now: datetime) -> list[Appointment]:
    """What is still to come and belongs to no course."""
    return list(
        Appointment.objects.filter(
            patient=patient, starts_at__gt=now, state__in=sorted(EXPECTED), planned_session=None
        ).select_related("patient")
    )


def visit_alone(appointment: Appointment) -> list[CourseSession]:
    """A visit that belongs to no course, as a course of one."""
    return [as_visit_alone(appointment, what_was_said([appointment.pk], TIME_TELLING))]


def as_visit_alone(appointment: Appointment, said: Sequence[Message]) -> CourseSession:
    """`said`: what the patient heard of it, the earliest first."""
    reminded = [each for each in said if each.kind == MessageKind.SESSION_REMINDER]
    here = rules.reminder_key(appointment.pk, appointment.starts_at)
    return CourseSession(
        id=appointment.pk,
        state=STATE_ALONE.get(AppointmentState(appointment.state), SessionState.DONE),
        starts_at=appointment.starts_at,
        moved=sum(not each.event_key.startswith(here) for each in reminded),
        told=_told(said[-1]) if said else None,
        set_at=appointment.state_changed_at or appointment.booked_at,
    )


def session_ids(plan: TreatmentPlan) -> list[UUID]:
    return list(PlannedSession.objects.filter(plan=plan).values_list("pk", flat=True))


def course_sessions(plan: TreatmentPlan) -> list[CourseSession]:
    sessions = PlannedSession.objects.filter(plan=plan).select_related("appointment", "signed")
    sessions = sessions.annotate(
        ended_really_at=corrected_end("ended_at"), corrected_at=corrected_end("amended_at")
    )
    rows = list(sessions.order_by("number"))
    said: dict[UUID, list[Message]] = {}
    for message in what_was_said([row.pk for row in rows], TIME_TELLING):
        said.setdefault(message.about_id, []).append(message)
    together = _told_together(plan)
    known = [_as_course_session(row, said.get(row.pk, [])) for row in rows]
    return told_by_time(
        [
            replace(each, told=_later(each.told, together.get(each.id))) if together else each
            for each in known
        ]
    )


def course_of(plan: TreatmentPlan, sessions: Sequence[CourseSession]) -> Course:
    return Course(
        id=plan.pk,
        # While it waits or is over, nothing is said of its times.
        sessions=sessions if plan.state == PlanState.ACTIVE else [],
        told_before=bool(what_was_said([plan.pk], TELLING_COURSE)),
    )


def course_behind(plan_id: UUID) -> tuple[TreatmentPlan, Course]:
    """Raises ObjectDoesNotExist."""
    plan = TreatmentPlan.objects.select_related("patient").get(pk=plan_id)
    return plan, course_of(plan, course_sessions(plan))


def visits_of_course(course: Course) -> list[Appointment]:
    """The visits that take place, the earliest first."""
    ids = [each.id for each in course.expected]
    visits = Appointment.objects.filter(planned_session__in=ids).select_related("patient", "room")
    return list(visits.order_by("starts_at"))


def _told_together(plan: TreatmentPlan) -> dict[UUID, Told]:
    """What the last letter about all times of the course told of each session."""
    told: dict[UUID, Told] = {}
    letters = what_was_said([plan.pk], [MessageKind.COURSE_CONFIRMATION])
    rows = ToldTime.objects.filter(message_id__in=[each.pk for each in letters])
    by_letter: dict[UUID, list[ToldTime]] = {}
    for row in rows:
        by_letter.setdefault(row.message_id, []).append(row)
    for letter in letters:
        for row in by_letter.get(letter.pk, []):
            sure = letter.state != MessageState.UNCERTAIN
            # Each of its lines is put right by itself: the line is what a correction names.
            told[row.session_id] = Told(
                message_id=row.pk, at=letter.said_at, says=row.starts_at, sure=sure
            )
    return told


def _later(one: Told | None, other: Told | None) -> Told | None:
    if one is None or other is None:
        return one or other
    return one if one.at >= other.at else other


def calls_out_of_date(sessions: Collection[CourseSession], owed: Collection[Owed]) -> list[Message]:
    """Calls on the desk's list by which a patient would hear of a time that does not hold."""
    truth = {each.id: each.expected_at for each in sessions}
    kept = {each.event_key for each in owed}
    waiting = messages_needing_the_desk().filter(about_id__in=list(truth), kind__in=TIME_TELLING)
    return [
        message
        for message in waiting
        if message.event_key not in kept
        and (_is_of_unsettled(message) or not _tells(message, truth[message.about_id]))
    ]


def _is_of_unsettled(message: Message) -> bool:
    return message.event_key.endswith(f":{rules.UNSETTLED}")


def _tells(message: Message, truth: datetime | None) -> bool:
    try:
        return rules.said_in_key(message.event_key) == truth
    except ValueError:
        return False


def wishes(patient: Patient) -> Wishes:
    """Who wants paper, has no address, or did not permit it, gets no message.

    The wish in the file is the way, the consent is the permission (docs/rules/consents.md).
    """
    reachable = way_to(patient) is not None and may_send_care_messages(patient)
    refused = kinds_refused(patient) if reachable else frozenset()
    return Wishes(reachable=reachable, kinds=frozenset(MessageKind) - refused)


def kinds_refused(patient: Patient) -> frozenset[MessageKind]:
    """The kinds of letters that the patient wants no more, by the newest choice about each."""
    newest = KindChoice.objects.filter(patient=patient).order_by("kind", "-chosen_at", "-id")
    rows = newest.distinct("kind").values_list("kind", "is_wanted")
    return frozenset(MessageKind(kind) for kind, is_wanted in rows if not is_wanted)


def quiet_hours() -> QuietHours:
    starts, _dash, ends = settings.QUIET_HOURS.partition("-")
    return QuietHours(starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))


def leads() -> tuple[timedelta, ...]:
    """How long before a visit this clinic reminds of it."""
    return rules.leads_in(settings.REMIND_BEFORE)


def names_of(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """The patients' names, for the pages of the ledger, which knows no patients."""
    return dict(Patient.objects.filter(pk__in=patient_ids).values_list("pk", "full_name"))


def phones_of(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    patients = Patient.objects.filter(pk__in=patient_ids).only("phone")
    return {patient.pk: patient.phone_for_reading for patient in patients}


def correction_of(about: About, now: datetime, **limits: Any) -> Correction | None:
    """What must be put right about this visit now."""
    return correction(about.known, wishes=wishes(about.patient), now=now, **limits)


def notice_before_change(appointment: Appointment, now: datetime) -> Notice | None:
    """What changing this visit means for a patient who was told of it, or of another time."""
    return _notice(appointment, now, changed=True)


def notice_after_change(appointment: Appointment, now: datetime) -> Notice | None:
    return _notice(appointment, now, changed=False)


def _notice(appointment: Appointment, now: datetime, *, changed: bool) -> Notice | None:
    planned = PlannedSession.objects.filter(appointment=appointment)
    session = planned.select_related("plan__patient", "appointment").first()
    here = _among_its_course(session) if session else visit_alone(appointment)[0]
    if changed:
        here = replace(here, state=SessionState.PLANNED, unsettled=False)
    patient = appointment.patient
    wrong = correction(here, wishes=wishes(patient), now=now)
    if wrong is None or wrong.told is None or wrong.call_why == terms.UNSETTLED:
        return None
    facts = {
        "at": when(wrong.told.at),
        "told": when(wrong.told.says) if wrong.told.says else terms.CANCELLED_WORD,
        "phone": patient.phone_for_reading or terms.NO_PHONE,
    }
    words = terms.CALL_WORDS[wrong.call_why] if wrong.call_why else terms.WILL_BE_MAILED
    return Notice(text=words % facts, must_call=bool(wrong.call_why))


def words_to_say(messages: Collection[Message]) -> dict[UUID, str]:
    """What the desk says on the telephone: how it is now, not what the message would have said."""
    telling = [each for each in messages if each.kind in TIME_TELLING]
    found = abouts({each.about_id for each in telling}) if telling else {}
    return {
        each.pk: _words_to_say(found[each.about_id].known)
        for each in telling
        if each.about_id in found
    } | _words_of_courses(messages)


def _words_of_courses(messages: Collection[Message]) -> dict[UUID, str]:
    """Of a letter about all times: the times, as they hold now."""
    words = {}
    for each in messages:
        if each.kind == MessageKind.COURSE_CONFIRMATION:
            _plan, course = course_behind(each.about_id)
            times = "; ".join(when(visit.starts_at) for visit in visits_of_course(course))
            words[each.pk] = terms.SAY_ALL % {"times": times} if times else str(terms.SAY_NONE)
    return words


def letters_out_of_date(course: Course) -> list[Message]:
    """Letters about all times that failed and stand on the desk's list with times that hold no
    more. A call that was made counts as told, so it must not be ticked when it is not true."""
    waiting = messages_needing_the_desk().filter(
        about_id=course.id, kind=MessageKind.COURSE_CONFIRMATION, state=MessageState.FAILED
    )
    return [each for each in waiting if each.event_key != course.event_key]


def _words_to_say(here: CourseSession) -> str:
    told = here.told.says if here.told else None
    if here.unsettled and here.starts_at is not None:
        return terms.SAY_UNSETTLED % {"told": when(told or here.starts_at)}
    if here.expected_at is None:
        return terms.SAY_CANCELLED % {"told": when(told)} if told else str(terms.SAY_NONE)
    facts = {"when": when(here.expected_at)}
    if told is None or told == here.expected_at:
        return terms.SAY_TIME % facts
    return terms.SAY_CHANGED % (facts | {"told": when(told)})


def when(moment: datetime) -> str:
    """ "Tuesday 24 November, 15:40", "24 Kasım Salı 15:40", in the reader's language."""
    turkish = (translation.get_language() or "").startswith("tr")
    pattern = "d MMMM EEEE HH:mm" if turkish else "EEEE d MMMM, HH:mm"
    return format_datetime(
        moment.astimezone(clinic_zone()), pattern, locale="tr" if turkish else "en"
    )


def _among_its_course(session: PlannedSession) -> CourseSession:
    return next(each for each in course_sessions(session.plan) if each.id == session.pk)


def _as_course_session(session: Any, said: Sequence[Message]) -> CourseSession:
    """`said`: what the patient heard of it, the earliest first. A reminder of another time counts
    as a move: whoever was told two times is told again which one it is."""
    signed = getattr(session, "signed", None)
    visit = session.appointment
    here = rules.reminder_key(session.pk, visit.starts_at) if visit else ""
    reminded = [each for each in said if each.kind == MessageKind.SESSION_REMINDER]
    return CourseSession(
        id=session.pk,
        state=SessionState(session.state),
        starts_at=visit.starts_at if visit else None,
        ended_at=(session.ended_really_at or signed.ended_at) if signed else None,
        signed_at=signed.signed_at if signed else None,
        corrected_at=session.corrected_at,
        moved=sum(not each.event_key.startswith(here) for each in reminded) if visit else 0,
        told=_told(said[-1]) if said else None,
        unsettled=visit is not None and _is_unsettled(session, visit),
    )


def _is_unsettled(session: PlannedSession, visit: Appointment) -> bool:
    cannot_hold = session.state == SessionState.ON_HOLD or session.wait_until is not None
    return cannot_hold and visit.state in EXPECTED


def _told(message: Message) -> Told | None:
    try:
        says = rules.said_in_key(message.event_key)
    except ValueError:
        return None
    sure = message.state != MessageState.UNCERTAIN
    return Told(message_id=message.pk, at=message.said_at, says=says, sure=sure)
