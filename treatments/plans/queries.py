"""Reads of courses: what is planned, what may be booked, and which dates would do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from django.db.models import Case, Count, Exists, Max, OuterRef, Prefetch, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.staff.models import StaffMember
from cocktails.composition.queries import facts_of, planned_ingredients
from patients.records.models import Patient
from patients.rulebook.queries import is_owed, version_in_force
from patients.screening.models import Purpose, Screening
from patients.screening.plan import PlannedTreatment
from patients.screening.queries import (
    BookingBlock,
    booking_block,
    latest_screening,
    wait_from_the_door,
)
from treatments.analysis.queries import latest_analysis
from treatments.booking.hooks import DaysAsked, blocked_days
from treatments.booking.models import Appointment
from treatments.booking.queries import length_of
from treatments.booking.terms import AppointmentKind, AppointmentState, day_in_words
from treatments.plans import rules, terms
from treatments.plans.models import LengthChange, PlannedSession, TreatmentPlan
from treatments.plans.terms import OPEN, AnaestheticCream, PlanKind, PlanState, SessionState

RUNNING = (PlanState.PROPOSED, PlanState.ACTIVE, PlanState.ON_HOLD)
TO_BOOK = (SessionState.PLANNED, SessionState.MISSED)
USUAL_TIME = time(10)


@dataclass(frozen=True, slots=True)
class BookingLimit:
    """What the answers of a patient mean for a treatment appointment, in words for the desk."""

    refusal: str = ""
    earliest_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One course in a line of a list. `pips`: the states in order, the first to come is "next"."""

    plan: TreatmentPlan
    pips: list[str]
    done: int
    to_book: int
    next_appointment: Appointment | None
    last_appointment: Appointment | None


def plan(plan_id: UUID) -> TreatmentPlan:
    return _plans().get(pk=plan_id)


def running_plan(patient: Patient) -> TreatmentPlan | None:
    """The one course of a patient that is neither completed nor stopped."""
    return _plans().filter(patient=patient, state__in=RUNNING).first()


def plans_of(patient: Patient) -> list[TreatmentPlan]:
    return list(_plans().filter(patient=patient).prefetch_related(_sessions()))


def planned_sessions(plan: TreatmentPlan) -> list[PlannedSession]:
    """All sessions of a course in their order, each with its appointment."""
    return list(_sessions_with_visits().filter(plan=plan).order_by("number"))


def planned_session(session_id: UUID) -> PlannedSession:
    return (
        _sessions_with_visits()
        .select_related("plan__patient", "plan__physician", "plan__cocktail", "plan__analysis")
        .get(pk=session_id)
    )


def courses() -> QuerySet[TreatmentPlan]:
    """The running courses with their sessions, the newest first."""
    return _plans().filter(state__in=RUNNING).prefetch_related(_sessions()).order_by("-set_at")


def courses_to_book() -> QuerySet[TreatmentPlan]:
    """Courses with a session that waits for its time, the longest waiting first.

    Single visits are booked one at a time: while one is booked, the next ones ask for nothing.
    """
    waiting = PlannedSession.objects.filter(plan=OuterRef("pk"), state__in=TO_BOOK)
    booked = PlannedSession.objects.filter(plan=OuterRef("pk"), state=SessionState.BOOKED)
    return (
        courses()
        .filter(Exists(waiting), state__in=[PlanState.PROPOSED, PlanState.ACTIVE])
        .exclude(Exists(booked), kind=PlanKind.MAINTENANCE)
        .order_by("set_at")
    )


def courses_under_way() -> QuerySet[TreatmentPlan]:
    return courses().filter(state=PlanState.ACTIVE)


def courses_on_hold() -> QuerySet[TreatmentPlan]:
    return courses().filter(state=PlanState.ON_HOLD)


def usual_time(patient: Patient) -> time | None:
    """The time of day of the patient's last appointment, which they are likely to want again."""
    last = (
        PlannedSession.objects.filter(plan__patient=patient, appointment__isnull=False)
        .order_by("-appointment__starts_at")
        .values_list("appointment__starts_at", flat=True)
        .first()
    )
    return last.astimezone(clinic_zone()).time() if last else None


def usual_clock(plan: TreatmentPlan) -> time:
    """When a session of this course is wished for: at the usual time, within the preferred hours."""
    usual = usual_time(plan.patient)
    begin, end = plan.preferred_from, plan.preferred_until
    if usual and (begin is None or begin <= usual) and (end is None or usual < end):
        return usual
    return begin or usual or USUAL_TIME


def last_session_on(patient: Patient, *, before: datetime | None = None) -> date | None:
    """The day of the last session that was done, in any course."""
    done = PlannedSession.objects.filter(plan__patient=patient, state=SessionState.DONE)
    if before is not None:
        done = done.filter(appointment__starts_at__lt=before)
    last = done.aggregate(last=Max("appointment__starts_at"))["last"]
    return local_date(last) if last else None


def planned_treatment(patient: Patient) -> PlannedTreatment | None:
    """What the running course would do to this patient; screening holds it against the answers.

    Before a course is set the examination already knows the phototype, and nobody has to ask again.
    """
    running = running_plan(patient)
    if running is not None:
        return treatment_of(running)
    analysis = latest_analysis(patient)
    return PlannedTreatment(phototype=analysis.phototype) if analysis else None


def treatment_of(plan: TreatmentPlan, *, before: datetime | None = None) -> PlannedTreatment:
    """What one course does, running or over: a session belongs to its own course and to no other.

    `before`: the begin of the session that is meant; later ones say nothing about it.
    """
    analysis = plan.analysis or latest_analysis(plan.patient)
    facts = facts_of(plan.cocktail) if plan.cocktail else None
    cocktail = planned_ingredients(plan.cocktail, facts) if plan.cocktail else ()
    return PlannedTreatment(
        plan_id=plan.pk,
        area=tuple(plan.regions),
        antiseptic=plan.antiseptic,
        anaesthetic_cream=plan.anaesthetic_cream,
        gloves=plan.gloves,
        cream_g=None,
        cocktail=cocktail,
        phototype=analysis.phototype if analysis else None,
        last_session_on=last_session_on(plan.patient, before=before),
        ingredient_facts=facts.ingredients if facts else {},
    )


def booking_limit(plan: TreatmentPlan, screening: Screening | None = None) -> BookingLimit:
    """Whether, and from which day, a session of this course may be booked.

    By `screening`, or by the newest one, which is good enough for what a page shows.
    """
    if plan.state == PlanState.ON_HOLD:
        return BookingLimit(refusal=str(terms.PLAN_ON_HOLD))
    if plan.state not in RUNNING:
        return BookingLimit(refusal=terms.PLAN_IS_OVER % {"state": PlanState(plan.state).label})
    if screening is None:
        screening = latest_screening(plan.patient, Purpose.BOOKING)
        if screening is None:
            return BookingLimit(refusal=str(terms.INTAKE_FIRST))
        if screening.rule_set_version != version_in_force():
            return BookingLimit(refusal=str(terms.SCREENED_BY_OTHER_RULES))
        if is_owed(plan.patient_id):
            return BookingLimit(refusal=str(terms.SCREENED_BEFORE_A_CHANGE))
    block = booking_block(screening)
    if block.blocks:
        return BookingLimit(refusal=str(terms.PHYSICIAN_FIRST))
    earliest = earliest_day(screening, block)
    if earliest is None:
        return BookingLimit()
    return BookingLimit(
        earliest_on=earliest, reason=terms.WAIT_UNTIL % {"date": day_in_words(earliest)}
    )


def earliest_day(screening: Screening, block: BookingBlock | None = None) -> date | None:
    """The day before which no session may be: of two waits the later one.

    What was said at the door on another day is asked again on the next; until then its wait holds.
    """
    block = block or booking_block(screening)
    waits = [block.earliest_on, wait_from_the_door(screening)]
    return max((each for each in waits if each is not None), default=None)


def blocked_days_of(
    plan: TreatmentPlan, first: date, last: date, *, now: datetime
) -> dict[date, str]:
    """Days on which something else on the patient's timeline leaves no room for a session (another
    method before or after it), and why in words for the desk.
    """
    return blocked_days(
        DaysAsked(
            patient=plan.patient, kind=AppointmentKind.SESSION, first=first, last=last, now=now
        )
    )


def wishes_of(plan: TreatmentPlan) -> rules.Wishes:
    return rules.Wishes(
        days_earlier=rules.lawful_days_earlier(plan.days_earlier, plan.interval_days),
        days_later=plan.days_later,
        weekdays=frozenset(plan.preferred_weekdays),
    )


def wishes_version(plan: TreatmentPlan) -> str:
    """Tolerance and wishes as they stand: what somebody saw who wants to change them."""
    values = [plan.days_earlier, plan.days_later, plan.physician_id, plan.room_id]
    suiting = [plan.preferred_weekdays, plan.preferred_from, plan.preferred_until]
    return sha256(repr([*map(str, values), *map(str, suiting)]).encode()).hexdigest()


def length_of_sessions(plan: TreatmentPlan) -> tuple[timedelta, timedelta]:
    """How long the physician is needed, and how long the skin goes numb before: the plan's minutes,
    and the clinic's time for the cream where the plan has one.
    """
    _minutes, numbing = length_of(AppointmentKind.SESSION)
    has_cream = plan.anaesthetic_cream not in ("", AnaestheticCream.NONE)
    return timedelta(minutes=plan.session_minutes), timedelta(minutes=numbing if has_cream else 0)


def usual_minutes() -> int:
    """What this clinic offers for a session."""
    return length_of(AppointmentKind.SESSION)[0]


def length_changes(plan: TreatmentPlan) -> list[LengthChange]:
    return list(plan.length_changes.select_related("changed_by").order_by("changed_at"))


def physician_of(physician_id: UUID | None) -> StaffMember | None:
    return StaffMember.objects.filter(pk=physician_id).first() if physician_id else None


def room_of(room_id: UUID | None) -> Room | None:
    return Room.objects.filter(pk=room_id).first() if room_id else None


def held_appointments(plan: TreatmentPlan) -> list[Appointment]:
    """The times that a course on hold still takes up, until somebody confirms their release."""
    return list(
        Appointment.objects.holding_a_slot()
        .filter(planned_session__plan=plan, planned_session__state=SessionState.ON_HOLD)
        .exclude(state=AppointmentState.DONE)
        .select_related("patient", "physician", "room", "planned_session")
        .annotate(place=place_in_course("planned_session__"))
        .order_by("starts_at")
    )


def visits_to_lose(plan: TreatmentPlan) -> list[Appointment]:
    """The times that stopping this course would give back."""
    if plan.state not in RUNNING:
        return []
    return list(
        Appointment.objects.holding_a_slot()
        .filter(planned_session__plan=plan)
        .exclude(state=AppointmentState.DONE)
        .order_by("starts_at")
    )


def sessions_ahead(plan: TreatmentPlan, today: date) -> list[PlannedSession]:
    """The booked sessions of today and later, in their order."""
    return [
        each
        for each in planned_sessions(plan)
        if each.state == SessionState.BOOKED
        and each.appointment is not None
        and each.appointment.state != AppointmentState.DONE
        and local_date(each.appointment.starts_at) >= today
    ]


def dates_of(sessions: Iterable[PlannedSession]) -> list[tuple[int, date]]:
    """Number and day of the sessions that have a day: booked and done ones."""
    return [
        (each.number, local_date(each.appointment.starts_at))
        for each in sessions
        if each.appointment and each.state in (SessionState.BOOKED, SessionState.DONE)
    ]


def course_at_a_glance(plan: TreatmentPlan) -> Course:
    sessions = sorted(plan.sessions.all(), key=lambda session: session.number)
    coming = [each for each in sessions if each.state == SessionState.BOOKED]
    states = [str(each.state) for each in sessions]
    if coming:
        states[sessions.index(coming[0])] = "next"
    return Course(
        plan=plan,
        pips=states,
        done=states.count(SessionState.DONE),
        to_book=sum(state in TO_BOOK for state in states),
        next_appointment=coming[0].appointment if coming else None,
        last_appointment=coming[-1].appointment if coming else None,
    )


def _plans() -> QuerySet[TreatmentPlan]:
    return TreatmentPlan.objects.select_related(
        "patient", "physician", "room", "analysis", "cocktail__diluent"
    )


def place_of(session: PlannedSession) -> int:
    """As annotated by `place_in_course`; its number where it does not stand."""
    place: int | None = getattr(session, "place", None)
    return place or session.number


def place_in_course(session: str = "") -> Case:
    """Which of the standing sessions of its course a session is, counted from 1; a cancelled one is
    none. `session`: how the row that is annotated leads to it.

    Numbers are never used again, so a course that was shortened and lengthened has a ninth of eight.
    """
    before = (
        PlannedSession.objects.filter(
            plan=OuterRef(f"{session}plan"), number__lt=OuterRef(f"{session}number")
        )
        .exclude(state=SessionState.CANCELLED)
        .order_by()
        .values("plan")
        .annotate(count=Count("pk"))
        .values("count")
    )
    standing = {f"{session}state__in": [*OPEN, SessionState.DONE]}
    return Case(When(**standing, then=Coalesce(Subquery(before), 0) + 1), default=None)


def _sessions_with_visits() -> QuerySet[PlannedSession]:
    return PlannedSession.objects.select_related(
        "appointment__room", "appointment__physician", "appointment__patient"
    ).annotate(place=place_in_course())


def _sessions() -> "Prefetch[str, QuerySet[PlannedSession], str]":
    return Prefetch("sessions", queryset=_sessions_with_visits().order_by("number"))
