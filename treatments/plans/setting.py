"""Setting a course from the analysis and the cocktail."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from cocktails.composition.models import Cocktail
from patients.records.models import Patient
from treatments.analysis.models import SkinAnalysis
from treatments.booking.locks import again_after_deadlock, lock_patient
from treatments.plans import rules, terms
from treatments.plans.ending import stop_plan
from treatments.plans.marking import screen_for_booking
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import RUNNING
from treatments.plans.terms import PlanState, SessionState

P, S = PlanState, SessionState


@again_after_deadlock
@transaction.atomic
def set_plan(
    *,
    patient: Patient,
    analysis: SkinAnalysis | None,
    cocktail: Cocktail | None,
    physician: StaffMember,
    regions: Collection[str],
    session_count: int,
    interval_days: int,
    session_minutes: int,
    reason: str,
    antiseptic: str,
    anaesthetic_cream: str,
    gloves: str,
    by: StaffMember,
    now: datetime,
) -> TreatmentPlan:
    """Set a course from the analysis and the cocktail, and screen the patient for it.

    A course that was set and never booked is replaced. Raises WrongPlan, PlanRunsAlready.
    """
    rules.check_plan(sessions=session_count, interval_days=interval_days, reason=reason)
    rules.check_steps(session_minutes=session_minutes, regions=regions)
    lock_patient(patient.pk)
    _replace_unbooked(patient, by=by, now=now)
    plan = TreatmentPlan.objects.create(
        patient=patient,
        analysis=analysis,
        cocktail=cocktail,
        physician=physician,
        regions=list(regions),
        session_count=session_count,
        interval_days=interval_days,
        session_minutes=session_minutes,
        reason=reason.strip(),
        antiseptic=antiseptic,
        anaesthetic_cream=anaesthetic_cream,
        gloves=gloves,
        state=P.PROPOSED,
        set_at=now,
        set_by=by,
    )
    PlannedSession.objects.bulk_create(
        PlannedSession(plan=plan, number=number) for number in range(1, session_count + 1)
    )
    record(
        verb="plan.set",
        subject=plan,
        by=by,
        now=now,
        patient_id=patient.pk,
        sessions=session_count,
        interval_days=interval_days,
    )
    screen_for_booking(patient, by=by, now=now)
    return plan


def _replace_unbooked(patient: Patient, *, by: StaffMember, now: datetime) -> None:
    running = TreatmentPlan.objects.filter(patient=patient, state__in=RUNNING).first()
    if running is None:
        return
    states = list(running.sessions.values_list("state", flat=True))
    if running.state != P.PROPOSED:
        raise rules.PlanRunsAlready(
            terms.PLAN_RUNS_ALREADY % {"done": states.count(S.DONE), "count": running.session_count}
        )
    stop_plan(plan=running, reason="", by=by, now=now)
