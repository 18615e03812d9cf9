"""The verdict of this moment, and the sessions that a finding with a date lets not be on their day."""

from datetime import datetime

from clinic.audit.actions import Actor, record
from clinic.hours.queries import local_date
from patients.records.models import Patient
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose, Screening
from patients.screening.plan import PlannedTreatment
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.terms import TaskKind
from treatments.booking.terms import AppointmentState
from treatments.plans import hooks, queries
from treatments.plans.changing import lock_sessions
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState

P, S = PlanState, SessionState


def mark_waits(plan: TreatmentPlan, screening: Screening, *, by: Actor, now: datetime) -> bool:
    """Mark the sessions that a finding with a date lets not be on their day; whether there are any.

    They keep their time until their new one is confirmed, and cannot begin before it.
    """
    earliest = queries.earliest_day(screening)
    today = local_date(now)
    changed, marked = [], False
    for session in lock_sessions(plan):
        visit = session.appointment
        if session.state != S.BOOKED or visit is None or visit.state == AppointmentState.DONE:
            continue
        on = local_date(visit.starts_at)
        waits = earliest if earliest is not None and today <= on < earliest else None
        marked = marked or waits is not None
        if session.wait_until != waits:
            session.wait_until = waits
            changed.append(session)
    PlannedSession.objects.bulk_update(changed, ["wait_until"])
    if not marked:
        finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)
    elif changed:
        record(
            verb="plan.to_move",
            subject=plan,
            by=by,
            now=now,
            patient_id=plan.patient_id,
            sessions=[each.number for each in changed if each.wait_until],
        )
        raise_task(
            patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, physician=None, by=by, now=now
        )
    if changed:
        hooks.course_changed(plan, by, now)
    return marked


def screen_for_booking(
    patient: Patient, *, plan: TreatmentPlan | None = None, by: Actor, now: datetime
) -> Screening:
    """The verdict of this moment. An older one may rest on answers that no longer hold, another
    birth date or older rules, so nothing is booked by it. `plan`: the patient's running course,
    where the caller has it before it.
    """
    if plan is not None and plan.state in queries.RUNNING:
        planned: PlannedTreatment | None = queries.treatment_of(plan)
    else:
        planned = queries.planned_treatment(patient)
    return screen_patient(
        patient=patient,
        planned=planned,
        purpose=Purpose.BOOKING,
        on=local_date(now),
        by=by,
        now=now,
    )
