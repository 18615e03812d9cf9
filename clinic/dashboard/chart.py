"""One patient at a glance: what stands, what comes next, and who has to do it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.composition.models import Cocktail
from patients.intake.models import Answer
from patients.records.models import Patient
from patients.screening.explained import Explained, explained
from patients.screening.models import Screening
from treatments.analysis.models import SkinAnalysis
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState, SessionState
from treatments.sessions.models import SignedSession


@dataclass(frozen=True)
class Step:
    """One station of the patient's way through the clinic."""

    label: str | Promise
    done: bool
    url: str = ""  # empty: somebody else's work
    action: str | Promise = ""
    hint: str = ""


@dataclass(frozen=True)
class Event:
    at: datetime
    icon: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Chart:
    steps: list[Step]
    plan: TreatmentPlan | None
    pips: list[str]
    sessions_done: int
    upcoming: list[Appointment]
    events: list[Event]
    verdict: Explained | None
    analysis: SkinAnalysis | None
    first_analysis: SkinAnalysis | None
    cocktail: Cocktail | None
    # Why a course is held is a physician's own text: not for the desk, not for the manager.
    is_clinical: bool
    may_open_course: bool

    @property
    def next_step(self) -> Step | None:
        """The first station that is not done and that the reader may do."""
        return next((step for step in self.steps if not step.done and step.url), None)


def chart_of(patient: Patient, *, reader: StaffMember, now: datetime) -> Chart:
    clinical = reader.may(Ability.READ_CHART)
    plan = TreatmentPlan.objects.filter(patient=patient).select_related("physician").first()
    sessions = list(plan.sessions.order_by("number")) if plan else []
    done = sum(session.state == SessionState.DONE for session in sessions)
    analyses = list(SkinAnalysis.objects.filter(patient=patient)) if clinical else []
    screening = Screening.objects.filter(patient=patient).order_by("-screened_at").first()
    appointments = list(
        Appointment.objects.filter(patient=patient)
        .select_related("physician", "room", "planned_session")
        .order_by("starts_at")
    )
    upcoming = [
        visit
        for visit in appointments
        if visit.ends_at >= now
        and visit.state in {AppointmentState.BOOKED, AppointmentState.CONFIRMED}
    ]
    return Chart(
        steps=_steps(
            patient,
            reader,
            plan,
            screening,
            bool(sessions) and sessions[0].state != SessionState.PLANNED,
        ),
        plan=plan,
        pips=[_pip(session.state, first=session.number == done + 1) for session in sessions],
        sessions_done=done,
        upcoming=upcoming,
        events=_events(patient, appointments, analyses, clinical),
        verdict=explained(screening) if clinical and screening else None,
        analysis=analyses[0] if analyses else None,
        first_analysis=analyses[-1] if len(analyses) > 1 else None,
        cocktail=_latest_cocktail(patient) if clinical else None,
        is_clinical=clinical,
        may_open_course=reader.may(Ability.RUN_THE_DAY),
    )


def _latest_cocktail(patient: Patient) -> Cocktail | None:
    cocktails = Cocktail.objects.filter(patient=patient).prefetch_related(
        "portions__product__ingredient"
    )
    return cocktails.first()


def _pip(state: str, *, first: bool) -> str:
    if first and state in {SessionState.PLANNED, SessionState.BOOKED}:
        return "next"
    return state


def _steps(
    patient: Patient,
    reader: StaffMember,
    plan: TreatmentPlan | None,
    screening: Screening | None,
    booked: bool,
) -> list[Step]:
    def way(name: str, ability: Ability, **more: object) -> str:
        if not reader.may(ability):
            return ""
        return reverse(name, kwargs={"patient_id": patient.pk} | more)

    counts = Patient.objects.filter(pk=patient.pk).aggregate(
        analyses=Count("analyses", distinct=True), cocktails=Count("cocktails", distinct=True)
    )
    has_intake = Answer.objects.filter(patient=patient).exists()
    running = plan is not None and plan.state in {
        PlanState.PROPOSED,
        PlanState.ACTIVE,
        PlanState.ON_HOLD,
    }
    steps = [
        Step(gettext_lazy("Intake"), has_intake, way("patients:intake", Ability.TAKE_INTAKE), gettext_lazy("Take the intake")),
        Step(
            gettext_lazy("Verdict"), screening is not None,
            way("patients:verdict", Ability.READ_CHART), gettext_lazy("Read the verdict"),
        ),
        Step(
            gettext_lazy("Skin analysis"), bool(counts["analyses"]),
            way("analysis:new", Ability.ANALYSE_SKIN), gettext_lazy("Analyse the skin"),
        ),
        Step(
            gettext_lazy("Cocktail"), bool(counts["cocktails"]),
            way("composition:new", Ability.COMPOSE_COCKTAILS), gettext_lazy("Compose the cocktail"),
        ),
        Step(gettext_lazy("Plan"), running, way("plans:set", Ability.SET_PLANS), gettext_lazy("Set the plan")),
    ]  # fmt: skip
    if plan is not None:
        to_book = way("plans:book", Ability.BOOK, plan_id=plan.pk)
        steps.append(
            Step(gettext_lazy("Booking"), booked, to_book, gettext_lazy("Book the course"))
        )
    else:
        steps.append(Step(gettext_lazy("Booking"), done=False))
    return steps


def _events(
    patient: Patient, appointments: list[Appointment], analyses: list[SkinAnalysis], clinical: bool
) -> list[Event]:
    events = [Event(patient.registered_at, "user", _("Registered"))]
    for visit in appointments:
        if visit.state in {
            AppointmentState.DONE,
            AppointmentState.MISSED,
            AppointmentState.CANCELLED,
        }:
            text = _("%(kind)s: %(state)s") % {
                "kind": visit.get_kind_display(),
                "state": visit.get_state_display(),
            }
            events.append(Event(visit.starts_at, "calendar", text))
    if clinical:
        events += [
            Event(
                analysis.recorded_at,
                "face",
                _("Skin analysis"),
                reverse(
                    "analysis:show", kwargs={"patient_id": patient.pk, "analysis_id": analysis.pk}
                ),
            )
            for analysis in analyses
        ]
        signed = SignedSession.objects.filter(patient=patient).select_related("planned_session")
        events += [
            Event(
                record.signed_at,
                "sign",
                _("Session %(number)d signed") % {"number": record.planned_session.number},
                reverse(
                    "sessions:record",
                    kwargs={"patient_id": patient.pk, "session_id": record.planned_session_id},
                ),
            )
            for record in signed
        ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:12]
