"""Setting a course, or maintenance visits, from the analysis and the cocktail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction

from clinic.audit.actions import record
from clinic.hours.models import Room
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
from treatments.plans.terms import PlanKind, PlanState, SessionState

P, S = PlanState, SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientWishes:
    """What suits the patient: how far from its day a session may lie, where, on which days, when."""

    days_earlier: int = rules.DAYS_EARLIER
    days_later: int = rules.DAYS_LATER
    room: Room | None = None
    preferred_weekdays: Collection[int] = ()
    preferred_from: time | None = None
    preferred_until: time | None = None

    def lawful(self, interval_days: int) -> dict[str, Any]:
        """The fields of a plan. Raises WrongPlan; a weekly course has no day earlier."""
        rules.check_tolerance(days_earlier=self.days_earlier, days_later=self.days_later)
        if self.preferred_from and self.preferred_until:
            rules.check_hours(self.preferred_from, self.preferred_until)
        return {
            "days_earlier": rules.lawful_days_earlier(self.days_earlier, interval_days),
            "days_later": self.days_later,
            "room": self.room,
            "preferred_weekdays": sorted(set(self.preferred_weekdays)),
            "preferred_from": self.preferred_from,
            "preferred_until": self.preferred_until,
        }


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
    kind: PlanKind = PlanKind.COURSE,
    wishes: PatientWishes | None = None,
    by: StaffMember,
    now: datetime,
) -> TreatmentPlan:
    """Set a course, or single maintenance visits, and screen the patient for it.

    A course that was set and never booked is replaced; one that is under way has to be completed or
    stopped first. Raises WrongPlan, PlanRunsAlready.
    """
    if kind == PlanKind.MAINTENANCE:
        rules.check_maintenance(visits=session_count, interval_days=interval_days)
    else:
        rules.check_plan(sessions=session_count, interval_days=interval_days, reason=reason)
    rules.check_steps(session_minutes=session_minutes, regions=regions)
    suiting = (wishes or PatientWishes()).lawful(interval_days)
    lock_patient(patient.pk)
    _replace_unbooked(patient, by=by, now=now)
    plan = TreatmentPlan.objects.create(
        patient=patient,
        analysis=analysis,
        cocktail=cocktail,
        physician=physician,
        regions=list(regions),
        kind=kind,
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
        **suiting,
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
        kind=kind,
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
