"""Finishing a session, and ending a course before its last one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import Actor, record
from patients.worklist.actions import finish_task
from patients.worklist.terms import TaskKind
from treatments.booking import actions as booking
from treatments.booking.locks import again_after_deadlock
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentState
from treatments.plans import hooks, rules
from treatments.plans.changing import (
    change_plan,
    give_back,
    lock_course,
    lock_plan,
    lock_sessions,
    lock_visit_of,
)
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import OPEN, PlanState, SessionState

P, S = PlanState, SessionState


@again_after_deadlock
@transaction.atomic
def stop_plan(*, plan: TreatmentPlan, reason: str, by: Actor, now: datetime) -> TreatmentPlan:
    """End a course before its last session; what is not done is cancelled."""
    lock_course(plan)
    plan = lock_plan(plan.pk)
    rules.check_plan_transition(P(plan.state), P.STOPPED)
    plan.hold_reason = reason[:200]
    change_plan(plan, P.STOPPED)
    _take_off_calendar(plan, by=by, now=now)
    for kind in (TaskKind.DECIDE_HELD_COURSE, TaskKind.RELEASE_SLOTS, TaskKind.MOVE_SESSIONS):
        finish_task(patient=plan.patient, kind=kind, by=by, now=now)
    record(verb="plan.stopped", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.course_changed(plan, by, now)
    return plan


@again_after_deadlock
@transaction.atomic
def mark_session_done(
    *, planned_session: PlannedSession, by: Actor, now: datetime
) -> PlannedSession:
    """The session was signed: it, its appointment, and after the last one the course are done."""
    lock_visit_of(planned_session)
    plan = lock_plan(planned_session.plan_id)
    session = PlannedSession.objects.select_for_update(no_key=True).get(pk=planned_session.pk)
    rules.check_transition(S(session.state), S.DONE)
    session.state, session.wait_until = S.DONE, None
    session.save(update_fields=["state", "wait_until"])
    record(verb="session.done", subject=session, by=by, now=now, patient_id=plan.patient_id)
    assert session.appointment_id is not None  # the table refuses a booked session without one
    _finish_appointment(session.appointment_id, by=by, now=now)
    if plan.state == P.ACTIVE and not plan.sessions.filter(state__in=OPEN).exists():
        change_plan(plan, P.COMPLETED)
        record(verb="plan.completed", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.course_changed(plan, by, now)
    return session


def _take_off_calendar(plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Cancel every open session, and its appointment.

    A session whose appointment is done waits for its signature and stays.
    """
    given_back = []
    changed = []
    for session in lock_sessions(plan):
        appointment = session.appointment
        if session.state not in OPEN:
            continue
        if session.state in (S.BOOKED, S.ON_HOLD) and appointment is not None:
            if appointment.state == AppointmentState.DONE:
                continue
            if appointment.state in HOLDING:
                given_back.append(appointment)
        rules.check_transition(S(session.state), S.CANCELLED)
        session.state, session.appointment, session.wait_until = S.CANCELLED, None, None
        changed.append(session)
    PlannedSession.objects.bulk_update(changed, ["state", "appointment", "wait_until"])
    give_back(given_back, by=by, now=now)


def _finish_appointment(appointment_id: UUID, *, by: Actor, now: datetime) -> None:
    """Signing says that the patient was here, whatever the desk had time to click."""
    appointment = Appointment.objects.get(pk=appointment_id)
    if appointment.state == AppointmentState.DONE:
        return
    expected = AppointmentState(appointment.state) in EXPECTED
    came = [AppointmentState.ARRIVED] if expected else []
    for step in (*came, AppointmentState.DONE):
        appointment = booking.change_state(
            appointment_id=appointment.pk,
            to=step,
            seen_version=appointment.version,
            by=by,
            now=now,
        )
