"""Setting the review of a course, and deciding it. Rows are only added; nothing is chosen beforehand."""

from datetime import datetime

from django.db import transaction

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from treatments.outcomes import rules, terms
from treatments.outcomes.models import CourseReview, ReviewPoint
from treatments.outcomes.queries import course_of, numbers_to_come, review_points
from treatments.outcomes.rules import NotAllowed, WrongReview
from treatments.plans.changing import lock_plan
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import RUNNING, planned_sessions, plans_of


@transaction.atomic
def set_review(
    *,
    plan: TreatmentPlan,
    session_number: int,
    series: str,
    threshold_percent: int,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> ReviewPoint:
    """Say after which session a running course is looked at, and which fall is hoped for.

    It takes the place of an earlier one. Raises NotAllowed, WrongReview.
    """
    _check_may(by)
    plan = lock_plan(plan.pk)
    if plan.state not in RUNNING:
        raise WrongReview(terms.PLAN_IS_OVER)
    course = course_of(plan.patient, plan, plans_of(plan.patient))
    rules.check_review_set(
        session_number=session_number,
        to_come=set(numbers_to_come(planned_sessions(plan), len(course.signed_at))),
        threshold_percent=threshold_percent,
        reason=reason,
    )
    followed = next((each for each in course.series if each.key == series), None)
    if followed is None or not rules.before_treatment(followed.values, course.first_session_at):
        raise WrongReview(terms.NOTHING_TO_FOLLOW)
    point = ReviewPoint.objects.create(
        plan=plan,
        session_number=session_number,
        series=series,
        threshold_percent=threshold_percent,
        reason=reason.strip(),
        set_by=by,
        set_at=now,
    )
    record(
        verb="review.set",
        subject=point,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        session=session_number,
    )
    return point


@transaction.atomic
def decide_review(
    *,
    point: ReviewPoint,
    decision: str,
    reason: str,
    without_score: bool,
    by: StaffMember,
    now: datetime,
) -> CourseReview:
    """Write down what a review decided, with the values that stood there.

    Nothing else changes: whoever changes, combines or stops does so on the pages for it.
    Raises NotAllowed, NotDue, WrongReview.
    """
    _check_may(by)
    plan = lock_plan(point.plan_id)
    latest = review_points(plan).first()
    if latest is None or latest.pk != point.pk:
        raise WrongReview(terms.REPLACED)
    if CourseReview.objects.filter(point=point).exists():
        raise WrongReview(terms.REVIEWED_ALREADY)
    course = course_of(plan.patient, plan, plans_of(plan.patient))
    found = course.found(point)
    rules.check_decided(
        found,
        session_number=point.session_number,
        decision=decision,
        without_score=without_score,
        reason=reason,
    )
    review = CourseReview.objects.create(
        point=point,
        decision=decision,
        reason=reason.strip(),
        standing=found.standing,
        value_before=found.before.value if found.before else None,
        value_after=found.after.value if found.after else None,
        fall_percent=found.fall_percent,
        sessions_signed=len(course.signed_at),
        reviewed_by=by,
        reviewed_at=now,
    )
    record(
        verb="review.decided",
        subject=review,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        decision=decision,
    )
    return review


def _check_may(by: StaffMember) -> None:
    if not by.may(Ability.SET_PLANS):
        raise NotAllowed(terms.ONLY_A_PHYSICIAN)
