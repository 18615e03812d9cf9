"""Changing what suits the patient, and how far a session may lie from its day, in a running course."""

from datetime import datetime

from django.db import transaction

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from treatments.booking.locks import again_after_deadlock, lock_patient
from treatments.booking.terms import day_in_words
from treatments.plans import queries, rules, terms
from treatments.plans.changing import lock_plan
from treatments.plans.models import TreatmentPlan
from treatments.plans.setting import PatientWishes
from treatments.plans.terms import PlanState

TOLERANCE = ("days_earlier", "days_later")


@again_after_deadlock
@transaction.atomic
def change_wishes(
    *,
    plan: TreatmentPlan,
    wishes: PatientWishes,
    physician: StaffMember,
    reason: str = "",
    seen_version: str,
    by: StaffMember,
    now: datetime,
) -> TreatmentPlan:
    """Give a running course other wishes or another tolerance; the times that are booked stay.

    What is proposed from now on follows them. Another tolerance needs the physician's reason, which
    stands with the plan. `seen_version`: `queries.wishes_version` of what was shown. Raises WrongPlan,
    StateForbids, CourseChanged.
    """
    lock_patient(plan.patient_id)
    plan = lock_plan(plan.pk)
    if plan.state not in queries.RUNNING:
        raise rules.StateForbids(terms.PLAN_IS_OVER % {"state": PlanState(plan.state).label})
    if seen_version != queries.wishes_version(plan):
        raise rules.CourseChanged(terms.WISHES_CHANGED)
    becomes = wishes.lawful(plan.interval_days) | {"physician": physician}
    was = {name: getattr(plan, name) for name in becomes}
    changed = sorted(name for name in becomes if was[name] != becomes[name])
    if not changed:
        return plan
    for name in changed:
        setattr(plan, name, becomes[name])
    if any(name in TOLERANCE for name in changed):
        rules.check_reason_for_tolerance(reason)
        plan.reason = "\n".join(filter(None, [plan.reason, _line(plan, was, reason, by, now)]))
        record(
            verb="plan.tolerance_changed",
            subject=plan,
            by=by,
            now=now,
            patient_id=plan.patient_id,
            was=[was[name] for name in TOLERANCE],
            became=[becomes[name] for name in TOLERANCE],
        )
    if wished := [name for name in changed if name not in TOLERANCE]:
        record(
            verb="plan.wishes_changed",
            subject=plan,
            by=by,
            now=now,
            patient_id=plan.patient_id,
            changed=wished,
        )
    plan.save(update_fields=[*changed, "reason"])
    return plan


def _line(
    plan: TreatmentPlan, was: dict[str, object], reason: str, by: StaffMember, now: datetime
) -> str:
    """Who changed the tolerance, when, from what to what and why, under the reasons of the plan."""
    before = f"−{was['days_earlier']} / +{was['days_later']}"
    after = f"−{plan.days_earlier} / +{plan.days_later}"
    day = day_in_words(queries.local_date(now))
    return f"{day}, {by.display_name}, {before} → {after}: {reason.strip()}"
