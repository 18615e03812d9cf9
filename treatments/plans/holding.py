"""Holding a course and letting it go on; what becomes of its times is confirmed apart."""

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import translation

from clinic.audit.actions import Actor, record
from clinic.hours.queries import local_date
from clinic.staff.models import StaffMember
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.terms import TaskKind
from treatments.booking.locks import again_after_deadlock
from treatments.booking.terms import EXPECTED, AppointmentState
from treatments.plans import hooks, queries, rules, terms
from treatments.plans.changing import change_plan, give_back, lock_course, lock_plan, lock_sessions
from treatments.plans.marking import mark_waits, screen_for_booking
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import OPEN, PlanState, SessionState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

P, S = PlanState, SessionState
CAME = (AppointmentState.ARRIVED, AppointmentState.IN_ROOM)
HOLD_TASKS = (TaskKind.DECIDE_HELD_COURSE, TaskKind.RELEASE_SLOTS)


@again_after_deadlock
@transaction.atomic
def hold_plan(*, plan: TreatmentPlan, reason: str, by: Actor, now: datetime) -> TreatmentPlan:
    """Hold every session that is not done; the course keeps its place.

    The times stay taken, marked as held, until somebody confirms that they are given back
    (`release_slots`): whoever holds by mistake has lost nothing.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    if plan.state == P.ON_HOLD:
        return plan
    rules.check_plan_transition(P(plan.state), P.ON_HOLD)
    plan.hold_reason = reason[:200]
    change_plan(plan, P.ON_HOLD)
    _mark_held(plan, today=local_date(now))
    finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)
    if queries.held_appointments(plan):
        raise_task(
            patient=plan.patient, kind=TaskKind.RELEASE_SLOTS, physician=None, by=by, now=now
        )
    record(verb="plan.held", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.course_changed(plan, by, now)
    return plan


@again_after_deadlock
@transaction.atomic
def release_plan(*, plan: TreatmentPlan, by: StaffMember, now: datetime) -> TreatmentPlan:
    """Let a held course go on. What still has its time ahead keeps it; the rest is booked anew.

    Raises BookingBlocked while the answers still stand against it.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    sessions = lock_sessions(plan)
    begun = any(session.state == S.DONE or _keeps_time(session, now) for session in sessions)
    goes_on_as = P.ACTIVE if begun else P.PROPOSED
    rules.check_plan_transition(P(plan.state), goes_on_as)
    plan.hold_reason = ""
    change_plan(plan, goes_on_as)
    screening = screen_for_booking(plan.patient, by=by, now=now)
    if queries.booking_limit(plan, screening).refusal:
        raise rules.BookingBlocked(terms.PHYSICIAN_MUST_DECIDE)
    lapsed = []
    for session in sessions:
        if session.state != S.ON_HOLD:
            continue
        if _keeps_time(session, now):
            session.state = S.BOOKED
            continue
        if session.appointment is not None and session.appointment.state in EXPECTED:
            lapsed.append(session.appointment)
        session.state, session.appointment = S.PLANNED, None
    PlannedSession.objects.bulk_update(sessions, ["state", "appointment"])
    give_back(lapsed, by=by, now=now)
    for kind in HOLD_TASKS:
        finish_task(patient=plan.patient, kind=kind, by=by, now=now)
    record(verb="plan.released", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    mark_waits(plan, screening, by=by, now=now)
    hooks.course_changed(plan, by, now)
    return plan


@again_after_deadlock
@transaction.atomic
def release_slots(
    *, plan: TreatmentPlan, seen: Collection[UUID], by: StaffMember, now: datetime
) -> TreatmentPlan:
    """Give the times of a held course back, as the desk or the physician has seen and confirmed.

    `seen`: the appointments of the list that was confirmed. Raises CourseChanged for any other.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    if plan.state != P.ON_HOLD:
        raise rules.CourseChanged(terms.NOT_ON_HOLD)
    held = queries.held_appointments(plan)
    if {each.pk for each in held} != set(seen):
        raise rules.CourseChanged(terms.SLOTS_CHANGED)
    give_back(held, by=by, now=now)
    finish_task(patient=plan.patient, kind=TaskKind.RELEASE_SLOTS, by=by, now=now)
    record(
        verb="plan.slots_released",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        appointments=[str(each.pk) for each in held],
    )
    hooks.course_changed(plan, by, now)
    return plan


def hold_for_decision(
    *, plan: TreatmentPlan, reason: "str | _StrPromise", by: Actor, now: datetime
) -> None:
    """A refuse: the whole remaining course waits for its physician, and its times for a yes."""
    if plan.state in (P.ON_HOLD, P.COMPLETED, P.STOPPED):
        return
    with translation.override("en"):  # as the catalogue of translations knows it, for every reader
        words = str(reason)
    hold_plan(plan=plan, reason=words, by=by, now=now)
    raise_task(
        patient=plan.patient,
        kind=TaskKind.DECIDE_HELD_COURSE,
        physician=plan.physician,
        by=by,
        now=now,
    )


def _mark_held(plan: TreatmentPlan, *, today: date) -> None:
    """Every open session is on hold; what was booked keeps its time, and nobody may begin it."""
    changed = []
    for session in lock_sessions(plan):
        visit = session.appointment
        waits_for_signature = visit is not None and (
            visit.state == AppointmentState.DONE
            or (visit.state in CAME and local_date(visit.starts_at) < today)
        )
        if session.state not in OPEN or session.state == S.ON_HOLD or waits_for_signature:
            continue
        if session.state != S.BOOKED:
            session.appointment = None
        rules.check_transition(S(session.state), S.ON_HOLD)
        session.state, session.wait_until = S.ON_HOLD, None
        changed.append(session)
    PlannedSession.objects.bulk_update(changed, ["state", "appointment", "wait_until"])


def _keeps_time(session: PlannedSession, now: datetime) -> bool:
    """Whether a held session still has a time that it can have again."""
    visit = session.appointment
    if session.state != S.ON_HOLD or visit is None:
        return False
    here = visit.state in (AppointmentState.ARRIVED, AppointmentState.IN_ROOM)
    today = local_date(visit.starts_at) == local_date(now)
    return (visit.state in EXPECTED and visit.starts_at >= now) or (here and today)
