"""Writing down that a lot was traced, and what went wrong after a session."""

from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format

from clinic.audit.actions import record
from clinic.hours.queries import local_date
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.records.models import Patient
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.terms import TaskKind
from treatments.sessions.models import SignedSession
from treatments.tracing import terms
from treatments.tracing.events import completes_a_cluster, wait_for_lots
from treatments.tracing.models import AdverseEvent, EventFollowUp
from treatments.tracing.queries import Trace
from treatments.tracing.refusals import NotAllowed, WrongEvent
from treatments.tracing.terms import EventCode, EventSeverity, Outcome


def note_trace(trace: Trace, *, by: StaffMember, now: datetime) -> None:
    """Who looked from a lot to its patients, and how many there were."""
    subject = trace.on_shelf.lot if trace.on_shelf else trace.product
    record(
        verb="lot.traced",
        subject=subject,
        by=by,
        now=now,
        patients=len(trace.reached),
        sessions=trace.session_count,
    )


@transaction.atomic
def note_event(
    *,
    signed: SignedSession,
    code: EventCode,
    onset_on: date,
    severity: EventSeverity,
    note: str,
    by: StaffMember,
    now: datetime,
) -> AdverseEvent:
    """Write down what may have come from a session; its lots are those of the session.

    The event that makes a cluster of a lot puts it on the list of the physicians, once.
    """
    _check_may(by)
    session_on = local_date(signed.ended_at)
    if onset_on < session_on:
        day = date_format(session_on, "SHORT_DATE_FORMAT")
        raise WrongEvent(terms.BEFORE_SESSION % {"date": day})
    if onset_on > local_date(now):
        raise WrongEvent(terms.IN_THE_FUTURE)
    wait_for_lots(signed)
    event = AdverseEvent.objects.create(
        signed_session=signed,
        patient_id=signed.patient_id,
        code=code,
        onset_on=onset_on,
        severity=severity,
        note=_words(note),
        noted_by=by,
        noted_at=now,
    )
    record(verb="event.noted", subject=event, by=by, now=now, patient_id=signed.patient_id)
    if completes_a_cluster(event):
        raise_task(
            patient=event.patient, kind=TaskKind.LOTS_IN_CLUSTER, physician=None, by=by, now=now
        )
    return event


@transaction.atomic
def look_at_cluster(*, patient: Patient, by: StaffMember, now: datetime) -> None:
    """A physician has looked at the lots together: the task of it is done."""
    if not by.may(Ability.DECIDE_FINDINGS):
        raise NotAllowed(terms.ONLY_PHYSICIANS_LOOK)
    finish_task(patient=patient, kind=TaskKind.LOTS_IN_CLUSTER, by=by, now=now)


@transaction.atomic
def follow_event_up(
    *,
    event: AdverseEvent,
    outcome: Outcome,
    on: date,
    note: str,
    by: StaffMember,
    now: datetime,
) -> EventFollowUp:
    """Write down how it went on."""
    _check_may(by)
    if on < event.onset_on:
        day = date_format(event.onset_on, "SHORT_DATE_FORMAT")
        raise WrongEvent(terms.BEFORE_ONSET % {"date": day})
    if on > local_date(now):
        raise WrongEvent(terms.IN_THE_FUTURE)
    followed = EventFollowUp.objects.create(
        event=event, outcome=outcome, on=on, note=note.strip(), written_by=by, written_at=now
    )
    record(
        verb="event.followed_up",
        subject=event,
        by=by,
        now=now,
        patient_id=event.patient_id,
        outcome=str(outcome),
    )
    return followed


def _check_may(by: StaffMember) -> None:
    if not by.may(Ability.TREAT):
        raise NotAllowed(terms.NOT_ALLOWED)


def _words(note: str) -> str:
    if len(note.strip()) < terms.SHORTEST_NOTE:
        raise WrongEvent(terms.NOTE_NEEDED % {"least": terms.SHORTEST_NOTE})
    return note.strip()
