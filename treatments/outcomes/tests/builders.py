"""Courses that are under way or over, as rows of the same shape as real ones."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from clinic.tests.builders import NOW
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.tests.builders import an_analysis
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.sessions.models import SignedSession
from treatments.tests.builders import a_set_plan

_numbers = count(1)
SIGNED_AFTER = timedelta(hours=1)


def a_course_begun(sessions: int = 0, **fields: Any) -> TreatmentPlan:
    """Six weekly sessions after the baseline of 7.6, the first one on the day after NOW."""
    plan = a_set_plan(**fields)
    for number in range(1, sessions + 1):
        signs(plan, number)
    return plan


def session_at(number: int) -> datetime:
    return NOW + timedelta(days=1 + 7 * (number - 1))


def signs(plan: TreatmentPlan, number: int, at: datetime | None = None) -> SignedSession:
    """A signed record of one session; what was given in it is no matter here."""
    at = at or session_at(number)
    mark = f"{next(_numbers):064x}"
    return SignedSession.objects.create(
        planned_session=PlannedSession.objects.get(plan=plan, number=number),
        patient=plan.patient,
        record="{}",
        sha256=mark,
        previous_sha256=mark,
        ended_at=at,
        signed_by=plan.physician,
        signed_at=at + SIGNED_AFTER,
    )


def scored(plan: TreatmentPlan, parts: Any, at: datetime, **fields: Any) -> SkinAnalysis:
    return an_analysis(plan.patient, by=plan.physician, now=at, score_parts=parts, **fields)
