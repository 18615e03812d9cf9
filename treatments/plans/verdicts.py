"""What a verdict does to a course: listeners on what is known of the patient.

A refuse puts the whole remaining course on hold. A finding with a date marks only the sessions
before it. Both leave the calendar as it is until somebody has confirmed what becomes of it.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from clinic.audit.actions import Actor
from patients.records.models import Patient
from patients.screening.models import Screening
from patients.screening.terms import Verdict
from treatments.plans import queries, terms
from treatments.plans.actions import (
    hold_for_decision,
    lock_course,
    mark_waits,
    screen_for_booking,
)
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def follow_answers(*, patient: Patient, by: Actor, now: datetime) -> None:
    """New answers, medicines, allergies or skin treatments: screen again."""
    plan = queries.running_plan(patient)
    if plan is None:
        return
    follow_screening(plan, screen_for_booking(patient, by=by, now=now), by=by, now=now)


def follow_patient(patient: Patient, by: Actor, now: datetime) -> None:
    """A corrected birth date or sex, a named change of a spot, a physician's decision: likewise."""
    follow_answers(patient=patient, by=by, now=now)


def lock_before_change(patient: Patient) -> None:
    """Listens to `before_change`: a correction may hold the course, and that locks its physicians
    and rooms, which come before the patient."""
    plan = queries.running_plan(patient)
    if plan is not None:
        lock_course(plan)


def follow_screening(
    plan: TreatmentPlan,
    screening: Screening,
    *,
    by: Actor,
    now: datetime,
    reason: "str | _StrPromise" = terms.HELD_BY_SCREENING,
) -> None:
    if plan.state == PlanState.ON_HOLD:
        return
    if screening.verdict == Verdict.REFUSE:
        hold_for_decision(plan=plan, reason=reason, by=by, now=now)
        return
    mark_waits(plan, screening, by=by, now=now)
