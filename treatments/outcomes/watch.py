"""Whose course is over and who is due to be looked at again. Computed; a new plan ends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Subquery

from clinic.hours.queries import day_bounds, local_date
from patients.records.models import Patient
from treatments.analysis.models import SkinAnalysis
from treatments.outcomes.rules import WATCHED_FOR, moment_due
from treatments.outcomes.terms import Moment
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import RUNNING
from treatments.sessions.models import SignedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One patient who is due: since which look, and when they were treated and analysed last."""

    patient: Patient
    moment: Moment
    last_session_on: date
    seen_on: date | None


def watched(today: date, *, patient_id: UUID | None = None) -> Sequence[Watched]:
    """Everybody who is due, the longest without a session first; or one patient."""
    running = TreatmentPlan.objects.filter(patient=OuterRef("patient"), state__in=RUNNING)
    seen = (
        SkinAnalysis.objects.filter(patient=OuterRef("patient"))
        .order_by()
        .values("patient")
        .annotate(last=Max("analysed_on"))
        .values("last")
    )
    begins, _ends = day_bounds(today - WATCHED_FOR)
    treated = SignedSession.objects.filter(~Exists(running))
    if patient_id is not None:
        treated = treated.filter(patient=patient_id)
    rows = (
        treated.order_by()
        .values("patient")
        .annotate(last=Max("ended_at"), seen_on=Subquery(seen))
        .filter(last__gte=begins)
        .order_by("last")
        .values_list("patient", "last", "seen_on")
    )
    due: list[tuple[UUID, Moment, date, date | None]] = []
    for patient, last, seen_on in rows:
        moment = moment_due(local_date(last), seen_on=seen_on, today=today)
        if moment is not None:
            due.append((patient, moment, local_date(last), seen_on))
    patients = Patient.objects.in_bulk([each[0] for each in due])
    return [
        Watched(patient=patients[pk], moment=moment, last_session_on=last, seen_on=seen_on)
        for pk, moment, last, seen_on in due
    ]


def moment_of(patient: Patient, today: date) -> Moment | None:
    return next((each.moment for each in watched(today, patient_id=patient.pk)), None)
