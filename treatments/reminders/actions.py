"""Keeping the ledger in step with the course: what is owed is written, what is not is cancelled."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.hours.queries import clinic_zone
from clinic.messages.actions import (
    Owing,
    cancel_messages,
    drop_calls,
    hold_messages,
    owe_message,
    owe_messages,
)
from clinic.messages.models import Message
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.links.actions import revoke_links
from patients.links.terms import LinkPurpose
from patients.records.models import Patient
from treatments.aftercare.models import AftercareSheet
from treatments.aftercare.queries import sheets_of
from treatments.booking.models import Appointment
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import plans_of
from treatments.plans.terms import SessionState
from treatments.reminders import care, queries, rules, terms
from treatments.reminders.confirming import (
    Course,
    owed_confirmation,
    without_covered,
)
from treatments.reminders.corrections import owed_corrections, without_needless_reminders
from treatments.reminders.models import ToldTime
from treatments.reminders.rules import CourseSession, Owed
from treatments.reminders.terms import COURSE_CHANGED, MessageKind
from treatments.sessions.models import SessionAmendment, SignedSession


class NoAddress(Refused):
    """The patient gets no mail; the desk prints the sheet."""

    code = "no_address"


@transaction.atomic
def owe_for_course(plan: TreatmentPlan, by: Actor, now: datetime) -> None:
    """Owe exactly what the sessions of this course owe now, in the transaction that changed them."""
    ids = queries.session_ids(plan)
    _owe(plan.patient, ids, lambda: queries.course_sessions(plan), now, plan=plan)


def owe_for_new_visit(appointment: Appointment, by: Actor, now: datetime) -> None:
    """Listens to `appointment_booked`: nothing can have been owed or said of it before."""
    owed = _owed(appointment.patient, [queries.as_visit_alone(appointment, [])], now)
    new = [each for each in owed if each.not_after > now and not rules.has_passed(each, now)]
    if new:
        _write_down(appointment.patient, new, now)


@transaction.atomic
def owe_for_visit(appointment: Appointment, by: Actor, now: datetime) -> None:
    """Listens to what booking does. A visit that is no session of a course owes its own messages;
    a course is heard of as a whole."""
    if not queries.is_of_course(appointment):
        _owe(appointment.patient, [appointment.pk], lambda: queries.visit_alone(appointment), now)


def _owe(
    patient: Patient,
    ids: Sequence[UUID],
    read: Callable[[], list[CourseSession]],
    now: datetime,
    plan: TreatmentPlan | None = None,
) -> None:
    ids = [*ids, plan.pk] if plan else ids
    # First nothing goes out any more, then it is read what did: a reminder that leaves in this
    # very moment is either stopped or corrected.
    hold_messages(about_ids=ids, kinds=MessageKind.values)
    sessions = read()
    course = queries.course_of(plan, sessions) if plan else None
    owed = [
        each
        for each in _owed(patient, sessions, now, course)
        if each.call_why or each.not_after > now
    ]
    done = [each.id for each in sessions if each.state is SessionState.DONE]
    cancel_messages(
        about_ids=ids,
        kinds=MessageKind.values,
        # A link that the desk renewed was asked for by the patient: no change of the course ends it.
        keep={each.event_key for each in owed} | queries.renewed_links(done),
        why=COURSE_CHANGED,
        now=now,
    )
    drop_calls(messages=queries.calls_out_of_date(sessions, owed), now=now)
    if course is not None:
        drop_calls(messages=queries.letters_out_of_date(course), now=now)
    # What waits for its turn stays (above); one whose moment passed before it was owed is no news.
    owed = [each for each in owed if not rules.has_passed(each, now)]
    _write_down(patient, owed, now)


def _write_down(patient: Patient, owed: Sequence[Owed], now: datetime) -> None:
    owe_messages(
        patient_id=patient.pk,
        owing=[
            Owing(
                kind=each.kind,
                event_key=each.event_key,
                about_id=each.session_id,
                due_at=each.due_at,
                not_after=each.not_after,
                call_until=each.call_until,
                call_why=each.call_why,
            )
            for each in owed
        ],
        now=now,
    )


def _owed(
    patient: Patient,
    sessions: Sequence[CourseSession],
    now: datetime,
    course: Course | None = None,
) -> list[Owed]:
    wishes, zone, quiet = queries.wishes(patient), clinic_zone(), queries.quiet_hours()
    wrong = owed_corrections(sessions, wishes=wishes, zone=zone, quiet=quiet, now=now)
    messages = rules.owed(sessions, wishes=wishes, zone=zone, quiet=quiet, leads=queries.leads())
    between = care.owed(sessions, wishes=wishes, zone=zone, quiet=quiet)
    told_soon = [each for each in messages if each.kind is MessageKind.CONFIRMATION]
    if course is not None:
        letter = owed_confirmation(course, wishes=wishes, zone=zone, quiet=quiet, now=now)
        wrong = without_covered(wrong, course, letter)
        messages = [*messages, letter] if letter else messages
    reminders = without_needless_reminders(messages, sessions, [*wrong, *told_soon])
    return [*reminders, *between, *wrong]


@transaction.atomic
def renew_link(*, sheet: AftercareSheet, by: StaffMember, now: datetime) -> None:
    """End the link to a sheet (lost, locked, in wrong hands) and owe the patient a new one.

    Raises NoAddress for a patient who gets no mail: the old link then stays as it is.
    """
    if not queries.wishes(sheet.patient).reachable:
        raise NoAddress(terms.NO_ADDRESS_FOR_LINK)
    end_link(sheet=sheet, by=by, now=now)
    session_id = sheet.signed_session.planned_session_id
    owe_message(
        patient_id=sheet.patient_id,
        kind=MessageKind.AFTERCARE_LINK,
        event_key=f"{MessageKind.AFTERCARE_LINK}:{session_id}:{queries.RENEWED}{now:%Y%m%dT%H%M%S}",
        about_id=session_id,
        due_at=now,
        not_after=now + rules.AFTERCARE_NOT_AFTER,
        now=now,
    )


@transaction.atomic
def end_link(*, sheet: AftercareSheet, by: StaffMember, now: datetime) -> None:
    """From now on the link that the patient has opens nothing, for whichever sheet it was made."""
    for sheet_id in sheets_of(sheet.signed_session_id):
        revoke_links(purpose=LinkPurpose.AFTERCARE, about_id=sheet_id, now=now)
    record(verb="link.ended", subject=sheet, by=by, now=now, patient_id=sheet.patient_id)


def note_told(message: Message, course: Course) -> None:
    """Keep which times the letter names, in the moment of composing it: they count as heard once
    it has left."""
    ToldTime.objects.filter(message_id=message.pk).delete()
    ToldTime.objects.bulk_create(
        ToldTime(message_id=message.pk, session_id=each.id, starts_at=each.expected_at)
        for each in course.expected
        if each.expected_at is not None
    )


def owe_after_session(signed: SignedSession, by: Actor, now: datetime) -> None:
    """Listens to `session_signed`: the sheet's link and the sun cream are owed from now on."""
    owe_for_course(signed.planned_session.plan, by, now)


def owe_after_amendment(amendment: SessionAmendment, by: Actor, now: datetime) -> None:
    """Listens to `session_amended`: a sheet that was issued anew is owed to the patient anew."""
    if amendment.ended_at is not None:
        owe_for_course(amendment.signed_session.planned_session.plan, by, now)


def owe_after_change(patient: Patient, by: Actor, now: datetime) -> None:
    """Listens to `patient_changed`: whoever wishes mail from now on is owed what is still to come.

    Whoever wishes none any more is asked about when a message's turn has come.
    """
    if queries.wishes(patient).reachable:
        owe_for_patient(patient, by, now)


def owe_for_patient(patient: Patient, by: Actor, now: datetime) -> None:
    for plan in plans_of(patient):
        owe_for_course(plan, by, now)
    for appointment in queries.visits_alone(patient, now):
        owe_for_visit(appointment, by, now)
