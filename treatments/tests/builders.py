"""Courses to test with, reached by the real actions."""

from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

from clinic.hours.models import OpeningHours
from clinic.hours.queries import local_date, rooms
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from clinic.tests.laid_out import laid_out
from patients.tests.builders import a_healthy_patient
from treatments.analysis.queries import latest_analysis
from treatments.analysis.tests.builders import an_analysis
from treatments.plans import actions
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import AnaestheticCream, Antiseptic, Gloves

REGIONS = ["cheek_left", "cheek_right", "forehead"]


def an_open_clinic() -> None:
    """Weekdays from nine to six and one room at least."""
    if not OpeningHours.objects.exists():
        clinic.open_weekdays()
    if not rooms():
        clinic.room()


@laid_out
def a_set_plan(*, now: Any = NOW, by: Any = None, **fields: Any) -> TreatmentPlan:
    """A course of 6 weekly sessions for a healthy patient, not booked yet."""
    an_open_clinic()
    physician = fields.pop("physician", None) or by or clinic.physician()
    patient = fields.pop("patient", None) or a_healthy_patient(now=now)
    analysis = fields.pop("analysis", None) or latest_analysis(patient)
    values: dict[str, Any] = {
        "patient": patient,
        "analysis": analysis or an_analysis(patient, by=physician, now=now),
        "cocktail": None,
        "physician": physician,
        "regions": REGIONS,
        "session_count": 6,
        "interval_days": 7,
        "session_minutes": 30,
        "reason": "",
        "antiseptic": Antiseptic.ALCOHOL_70,
        "anaesthetic_cream": AnaestheticCream.NONE,
        "gloves": Gloves.NITRILE,
    }
    return actions.set_plan(**(values | fields), by=by or physician, now=now)


@laid_out
def a_booked_course(
    *,
    now: Any = NOW,
    by: Any = None,
    first_on: date | None = None,
    preferred: time = time(10),
    plan: TreatmentPlan | None = None,
    **fields: Any,
) -> TreatmentPlan:
    """The same, with every session booked at the proposed time, from the next day on."""
    plan = plan or a_set_plan(now=now, **fields)
    proposed = actions.propose_course(
        plan,
        first_on=first_on or local_date(now) + timedelta(days=1),
        preferred=preferred,
        room=None,
        now=now,
    )
    actions.book_course(
        plan=plan,
        visits=actions.visits_for(plan, [each.chosen for each in proposed]),
        request_key=uuid4(),
        by=by or clinic.receptionist(),
        now=now,
    )
    plan.refresh_from_db()
    return plan
