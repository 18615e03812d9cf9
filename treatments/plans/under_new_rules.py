"""Open courses when the clinic puts other rules in force: listeners on the rulebook's hooks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from clinic.audit.actions import Actor
from patients.records.queries import patient as patient_of
from patients.rulebook.hooks import OpenCourse, OpenCourses
from patients.screening.models import Purpose, Screening
from patients.screening.queries import latest_screening
from treatments.plans import queries, terms
from treatments.plans.actions import screen_for_booking
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import RUNNING
from treatments.plans.verdicts import follow_screening


def open_courses(most: int) -> OpenCourses:
    """The newest open courses with the request of their newest verdict."""
    running = TreatmentPlan.objects.filter(state__in=RUNNING)
    newest = running.annotate(verdict=Subquery(_newest_verdict().values("pk")[:1])).filter(
        verdict__isnull=False
    )
    rows = list(
        newest.order_by("-set_at").values_list("patient_id", "patient__full_name", "verdict")[:most]
    )
    requests = dict(
        Screening.objects.filter(pk__in=[row[2] for row in rows]).values_list("pk", "request")
    )
    return OpenCourses(
        count=running.count(),
        courses=[OpenCourse(patient, name, requests[verdict]) for patient, name, verdict in rows],
    )


def patients_behind(version: str, most: int, without: Collection[UUID]) -> Sequence[UUID]:
    """Patients whose open course has no verdict under this version, longest set first."""
    behind: QuerySet[TreatmentPlan] = TreatmentPlan.objects.filter(state__in=RUNNING).annotate(
        screened_under=Subquery(_newest_verdict().values("rule_set_version")[:1])
    )
    return list(
        behind.filter(Q(screened_under__isnull=True) | ~Q(screened_under=version))
        .exclude(patient_id__in=list(without))
        .order_by("set_at")
        .values_list("patient_id", flat=True)[:most]
    )


def screen_again(patient_id: UUID, by: Actor, now: datetime) -> None:
    """Screen by the rules in force, and hold the course if they refuse now."""
    patient = patient_of(patient_id)
    plan = queries.running_plan(patient)
    if plan is None:
        return
    before = latest_screening(patient, Purpose.BOOKING)
    screening = screen_for_booking(patient, by=by, now=now)
    # The same rules, and still something is new: what a name or a product stands for.
    same_rules = before is not None and before.rule_set_version == screening.rule_set_version
    reason = terms.HELD_BY_CHANGE if same_rules else terms.HELD_BY_RULES
    follow_screening(plan, screening, by=by, now=now, reason=reason)


def _newest_verdict() -> QuerySet[Screening]:
    return Screening.objects.filter(patient=OuterRef("patient"), purpose=Purpose.BOOKING).order_by(
        "-screened_at", "-pk"
    )
