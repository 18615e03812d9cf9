"""Giving a running course more or fewer sessions, after a review, for a written reason."""

from datetime import datetime

from django.db import transaction

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from treatments.booking.locks import again_after_deadlock
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED
from treatments.plans import hooks, rules, terms
from treatments.plans.changing import (
    change_plan,
    give_back,
    lock_course,
    lock_plan,
    lock_sessions,
)
from treatments.plans.models import LengthChange, PlannedSession, TreatmentPlan
from treatments.plans.queries import RUNNING
from treatments.plans.terms import OPEN, PlanState, SessionState

P, S = PlanState, SessionState


@again_after_deadlock
@transaction.atomic
def change_length(
    *, plan: TreatmentPlan, session_count: int, reason: str, by: StaffMember, now: datetime
) -> TreatmentPlan:
    """Give a running course another number of sessions; cancelled ones do not count.

    What is done stays, a cancelled number stays cancelled, and new sessions have new numbers and
    wait to be booked. The last ones go first, and their times are given back. Raises WrongPlan,
    StateForbids.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    sessions = lock_sessions(plan)
    live = [each for each in sessions if each.state != S.CANCELLED]
    removable = [each for each in live if _may_go(each)]
    rules.check_length(
        was=len(live),
        becomes=session_count,
        fewest=len(live) - len(removable),
        interval_days=plan.interval_days,
        reason=reason,
        is_maintenance=plan.is_maintenance,
    )
    if plan.state not in RUNNING:
        raise rules.StateForbids(terms.NOT_RUNNING % {"state": P(plan.state).label})
    more = session_count - len(live)
    if more > 0:
        _add(plan, more, after=max(each.number for each in sessions))
    given_back = _cancel(removable[more:]) if more < 0 else []
    plan.session_count = session_count
    if not rules.is_usual_length(session_count) and not plan.reason:
        plan.reason = reason.strip()
    plan.save(update_fields=["session_count", "reason"])
    LengthChange.objects.create(
        plan=plan,
        was=len(live),
        became=session_count,
        reason=reason.strip(),
        changed_at=now,
        changed_by=by,
    )
    record(
        verb="plan.length_changed",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        was=len(live),
        became=session_count,
    )
    give_back(given_back, by=by, now=now)
    if plan.state == P.ACTIVE and not plan.sessions.filter(state__in=OPEN).exists():
        change_plan(plan, P.COMPLETED)
        record(verb="plan.completed", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.course_changed(plan, by, now)
    return plan


def _may_go(session: PlannedSession) -> bool:
    """Neither done nor begun: whoever is in the clinic has their session."""
    visit = session.appointment
    if session.state not in OPEN:
        return False
    return session.state not in (S.BOOKED, S.ON_HOLD) or visit is None or visit.state in EXPECTED


def _add(plan: TreatmentPlan, more: int, *, after: int) -> None:
    state = S.ON_HOLD if plan.state == P.ON_HOLD else S.PLANNED
    PlannedSession.objects.bulk_create(
        PlannedSession(plan=plan, number=after + number, state=state)
        for number in range(1, more + 1)
    )


def _cancel(sessions: list[PlannedSession]) -> list[Appointment]:
    """The sessions are cancelled; their times are handed back to the caller."""
    times = [
        each.appointment
        for each in sessions
        if each.appointment is not None and each.appointment.state in EXPECTED
    ]
    for session in sessions:
        rules.check_transition(S(session.state), S.CANCELLED)
        session.state, session.appointment, session.wait_until = S.CANCELLED, None, None
    PlannedSession.objects.bulk_update(sessions, ["state", "appointment", "wait_until"])
    return times
