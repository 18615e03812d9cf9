"""What the rules of reminders need to know: the sessions of a course, the wish, the quiet hours."""

from collections.abc import Collection
from datetime import time
from uuid import UUID

from django.conf import settings

from clinic.messages.queries import messages_gone
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import planned_session
from treatments.plans.terms import SessionState
from treatments.reminders import rules
from treatments.reminders.rules import CourseSession, QuietHours, Wishes
from treatments.reminders.terms import MessageKind


def course_sessions(plan: TreatmentPlan) -> list[CourseSession]:
    sessions = PlannedSession.objects.filter(plan=plan).select_related("appointment", "signed")
    rows = list(sessions.order_by("number"))
    gone = messages_gone([row.pk for row in rows], MessageKind.SESSION_REMINDER)
    return [_as_course_session(row, gone.get(row.pk, [])) for row in rows]


def wishes(patient: Patient) -> Wishes:
    """Who wants paper, or has no address, gets no message."""
    return Wishes(reachable=patient.reminders == ReminderWish.EMAIL and bool(patient.email))


def quiet_hours() -> QuietHours:
    starts, _dash, ends = settings.QUIET_HOURS.partition("-")
    return QuietHours(starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))


def names_of(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """The patients' names, for the pages of the ledger, which knows no patients."""
    return dict(Patient.objects.filter(pk__in=patient_ids).values_list("pk", "full_name"))


def session(session_id: UUID) -> PlannedSession:
    return planned_session(session_id)


def _as_course_session(session: PlannedSession, reminded: list[str]) -> CourseSession:
    """`reminded`: the keys of the reminders that went out. One for another time counts as a move:
    whoever was told two times is told again which one it is."""
    signed = getattr(session, "signed", None)
    visit = session.appointment
    here = rules.reminder_key(session.pk, visit.starts_at) if visit else ""
    return CourseSession(
        id=session.pk,
        state=SessionState(session.state),
        starts_at=visit.starts_at if visit else None,
        ended_at=signed.ended_at if signed else None,
        signed_at=signed.signed_at if signed else None,
        moved=sum(not key.startswith(here) for key in reminded) if visit else 0,
    )
