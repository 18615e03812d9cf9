"""One patient at a glance: what stands, what comes next, and who has to do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from clinic.dashboard.story import Row, Story, story_of
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.importing.queries import RecordElsewhere
from patients.records import queries as records
from patients.records.models import Patient
from patients.screening.explained import Explained, explained
from patients.screening.models import Screening
from patients.templatetags.chart import Noted
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.plans.terms import PlanState, SessionState

RUNNING = {PlanState.PROPOSED, PlanState.ACTIVE, PlanState.ON_HOLD}


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
class Course:
    """The newest course of the patient."""

    id: UUID
    state: str
    state_words: str | Promise
    session_count: int
    interval_days: int
    physician: str
    hold_reason: str


@dataclass(frozen=True)
class Coming:
    """A visit that is booked."""

    id: UUID
    starts_at: datetime
    kind: str | Promise
    session: int | None
    physician: str
    room: str
    state: str
    state_words: str | Promise


@dataclass(frozen=True)
class Analysis:
    id: UUID
    analysed_on: date
    phototype: str
    mmasi: Decimal | None


@dataclass(frozen=True)
class History:
    """Some of what happened, the newest first. `page` counts from 1, the newest."""

    events: Sequence[Event]
    page: int
    has_earlier: bool


@dataclass(frozen=True)
class Chart:
    steps: list[Step]
    plan: Course | None
    pips: list[str]
    sessions_done: int
    upcoming: list[Coming]
    history: History
    verdict: Explained | None
    analysis: Analysis | None
    first_analysis: Analysis | None
    # What is in it, and how much of it is drawn; None: there is none, or it is not for the reader.
    cocktail: list[tuple[str, Decimal]] | None
    # Why a course is held is a physician's own text: not for the desk, not for the manager.
    is_clinical: bool
    may_open_course: bool
    may_compose: bool
    noted: Noted

    @property
    def next_step(self) -> Step | None:
        """The first station that is not done and that the reader may do."""
        return next((step for step in self.steps if not step.done and step.url), None)


def opened(patient_id: UUID) -> tuple[Patient, Screening | None]:
    """The patient with the newest verdict, in one statement where there is a verdict."""
    screening = (
        Screening.objects.filter(patient=patient_id)
        .select_related("patient")
        .order_by("-screened_at")
        .first()
    )
    if screening is not None:
        return screening.patient, screening
    return records.patient(patient_id), None


def chart_of(
    patient: Patient,
    screening: Screening | None,
    *,
    reader: StaffMember,
    now: datetime,
    page: int = 1,
) -> Chart:
    """One statement, however long the story; one or two more where a physician decided."""
    clinical = reader.may(Ability.READ_CHART)
    story = story_of(patient, clinical=clinical, now=now, page=page)
    plan = _course(story.one("plan"))
    sessions = story.all("session")
    done = sum(session.state == SessionState.DONE for session in sessions)
    newest, first = _analysis(story.one("newest analysis")), _analysis(story.one("first analysis"))
    return Chart(
        steps=_steps(
            patient,
            reader,
            plan,
            story,
            is_screened=screening is not None,
            is_booked=bool(sessions) and sessions[0].state != SessionState.PLANNED,
        ),
        plan=plan,
        pips=[_pip(session.state, first=session.number == done + 1) for session in sessions],
        sessions_done=done,
        upcoming=[_coming(row) for row in story.all("coming")],
        history=History([_event(row, patient) for row in story.events], page, story.has_earlier),
        verdict=explained(screening) if clinical and screening else None,
        analysis=newest,
        first_analysis=first if first != newest else None,
        cocktail=[_portion(row) for row in story.all("portion")]
        if clinical and story.has("cocktail")
        else None,
        is_clinical=clinical,
        may_open_course=reader.may(Ability.RUN_THE_DAY),
        may_compose=reader.may(Ability.COMPOSE_COCKTAILS),
        noted=Noted(
            allergies=[row.words for row in story.all("allergy")],
            elsewhere=RecordElsewhere(patient.pk, "", deceased=bool(story.all("died")))
            if story.all("elsewhere")
            else None,
        ),
    )


def _course(row: Row | None) -> Course | None:
    if row is None:
        return None
    return Course(
        id=row.id,
        state=row.state,
        state_words=PlanState(row.state).label,
        session_count=row.number or 0,
        interval_days=row.every,
        physician=row.who,
        hold_reason=row.words,
    )


def _coming(row: Row) -> Coming:
    return Coming(
        id=row.id,
        starts_at=row.at,
        kind=AppointmentKind(row.kind).label,
        session=row.number,
        physician=row.who,
        room=row.words,
        state=row.state,
        state_words=AppointmentState(row.state).label,
    )


def _analysis(row: Row | None) -> Analysis | None:
    return Analysis(row.id, row.day, row.words, row.amount) if row else None


def _portion(row: Row) -> tuple[str, Decimal]:
    name = row.other_words if (get_language() or "").startswith("tr") else row.words
    return name, row.amount or Decimal()


def _pip(state: str, *, first: bool) -> str:
    if first and state in {SessionState.PLANNED, SessionState.BOOKED}:
        return "next"
    return state


def _steps(
    patient: Patient,
    reader: StaffMember,
    plan: Course | None,
    story: Story,
    *,
    is_screened: bool,
    is_booked: bool,
) -> list[Step]:
    def way(name: str, ability: Ability, **more: object) -> str:
        if not reader.may(ability):
            return ""
        return reverse(name, kwargs={"patient_id": patient.pk} | more)

    running = plan is not None and plan.state in RUNNING
    steps = [
        Step(gettext_lazy("Intake"), story.has("intake"), way("patients:intake", Ability.TAKE_INTAKE), gettext_lazy("Take the intake")),
        Step(
            gettext_lazy("Verdict"), is_screened,
            way("patients:verdict", Ability.READ_CHART), gettext_lazy("Read the verdict"),
        ),
        Step(
            gettext_lazy("Skin analysis"), story.has("analysis"),
            way("analysis:new", Ability.ANALYSE_SKIN), gettext_lazy("Analyse the skin"),
        ),
        Step(
            gettext_lazy("Cocktail"), story.has("cocktail"),
            way("composition:new", Ability.COMPOSE_COCKTAILS), gettext_lazy("Compose the cocktail"),
        ),
        Step(gettext_lazy("Plan"), running, way("plans:set", Ability.SET_PLANS), gettext_lazy("Set the plan")),
    ]  # fmt: skip
    if plan is not None:
        to_book = way("plans:book", Ability.BOOK, plan_id=plan.id)
        steps.append(
            Step(gettext_lazy("Booking"), is_booked, to_book, gettext_lazy("Book the course"))
        )
    else:
        steps.append(Step(gettext_lazy("Booking"), done=False))
    return steps


def _event(row: Row, patient: Patient) -> Event:
    if row.what == "visit":
        words = {
            "kind": AppointmentKind(row.kind).label,
            "state": AppointmentState(row.state).label,
        }
        return Event(row.at, "calendar", _("%(kind)s: %(state)s") % words)
    if row.what == "analysis":
        url = reverse("analysis:show", args=[patient.pk, row.id])
        return Event(row.at, "face", _("Skin analysis"), url)
    if row.what == "signed":
        url = reverse("sessions:record", args=[patient.pk, row.id])
        return Event(row.at, "sign", _("Session %(number)d signed") % {"number": row.number}, url)
    return Event(row.at, "user", _("Registered"))
