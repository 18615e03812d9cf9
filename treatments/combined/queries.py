"""Reads of what is done beside the sessions, and of the one timeline on which both stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import get_language

from clinic.hours.queries import local_date
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from treatments.booking.hooks import DaysAsked
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING, AppointmentKind
from treatments.combined import rules
from treatments.combined.models import CombinedProcedure, HomeProduct
from treatments.combined.rules import Dated, KeptFree, days_after_session, kept_free
from treatments.combined.terms import ProcedureState
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import place_in_course, running_plan
from treatments.plans.terms import SessionState

METHODS = (AppointmentKind.LASER, AppointmentKind.PEEL)
# How far back a session still keeps a procedure waiting.
LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: a session of the course, another visit, or a procedure."""

    on: date
    what: str
    where: str
    state: str
    state_label: str
    procedure: CombinedProcedure | None = None


def procedures_of(patient: Patient) -> list[CombinedProcedure]:
    return list(CombinedProcedure.objects.filter(patient=patient).order_by("on", "pk"))


def procedure_of_patient(patient_id: UUID, procedure_id: UUID) -> CombinedProcedure:
    return CombinedProcedure.objects.select_related("patient").get(
        pk=procedure_id, patient_id=patient_id
    )


def product_of_patient(patient_id: UUID, product_id: UUID) -> HomeProduct:
    return HomeProduct.objects.select_related("patient").get(pk=product_id, patient_id=patient_id)


def home_products(patient: Patient, *, on: date | None = None) -> list[HomeProduct]:
    """What is used at home; with a day, what is used on it."""
    products = HomeProduct.objects.filter(patient=patient)
    if on is not None:
        products = products.filter(starts_on__lte=on).exclude(stopped_on__lte=on)
    return list(products)


def method_label(kind: str, language: str = "") -> str:
    label = rules_in_force().vocabulary.procedures.get(kind)
    return label.label.to(language or get_language() or "en") if label else kind


def dated(kind: str, on: date, regions: Sequence[str], language: str = "") -> Dated:
    """A procedure as the rules read it."""
    return Dated(
        what=method_label(kind, language),
        on=on,
        gap_days=rules_in_force().vocabulary.procedures[kind].gap_days,
        days_after_session=days_after_session(kind),
        regions=frozenset(regions),
    )


def planned_procedures(patient: Patient) -> list[Dated]:
    planned = CombinedProcedure.objects.filter(patient=patient, state=ProcedureState.PLANNED)
    return [dated(each.kind, each.on, each.regions) for each in planned]


def session_days(patient: Patient, *, since: date) -> list[tuple[date, list[str]]]:
    """The days of the sessions that stand or were held, with the regions of their course."""
    sessions = PlannedSession.objects.filter(
        plan__patient=patient,
        state__in=[SessionState.BOOKED, SessionState.DONE],
        appointment__isnull=False,
    ).select_related("appointment", "plan")
    days = [
        (local_date(each.appointment.starts_at), list(each.plan.regions))
        for each in sessions
        if each.appointment is not None
    ]
    return [(on, regions) for on, regions in days if on >= since]


def days_kept_free(plan: TreatmentPlan) -> list[KeptFree]:
    """The days on which no session of this course may be, because of what else is planned."""
    return list(kept_free(planned_procedures(plan.patient), plan.regions))


def days_blocked(asked: DaysAsked) -> dict[date, str]:
    """Answers `limits_of_booking`: the days on which this visit would be too near to another method."""
    if asked.kind == AppointmentKind.SESSION:
        # Mostly nothing is planned, and then nobody reads the course.
        plan = running_plan(asked.patient) if planned_procedures(asked.patient) else None
        return rules.as_days(days_kept_free(plan), asked.first, asked.last) if plan else {}
    if asked.kind not in METHODS:
        return {}
    since = asked.first - LOOK_BACK
    sessions = [on for on, _regions in session_days(asked.patient, since=since)]
    blocked = rules.as_days(rules.around_sessions(sessions), asked.first, asked.last)
    planned = {procedure.on for procedure in planned_procedures(asked.patient)}
    return {day: why for day, why in blocked.items() if day not in planned}


def timeline(patient: Patient) -> list[Entry]:
    """Sessions, visits for a laser or a peel, and procedures, in the order of their days."""
    procedures = [
        Entry(
            each.on,
            method_label(each.kind),
            region_words(each.regions),
            each.state,
            str(ProcedureState(each.state).label),
            each,
        )
        for each in procedures_of(patient)
    ]
    visits = (
        Appointment.objects.filter(
            patient=patient,
            state__in=sorted(HOLDING),
            kind__in=[AppointmentKind.SESSION, *METHODS],
        )
        .select_related("planned_session__plan")
        .annotate(place=place_in_course("planned_session__"))
        .order_by("starts_at")
    )
    return sorted(
        [*procedures, *(_visit(each, each.place) for each in visits)], key=lambda entry: entry.on
    )


def _visit(visit: Appointment, place: int | None) -> Entry:
    session = getattr(visit, "planned_session", None)
    kind = str(AppointmentKind(visit.kind).label)
    return Entry(
        on=local_date(visit.starts_at),
        what=f"{kind} {place}/{session.plan.session_count}" if session else kind,
        where=region_words(session.plan.regions) if session else "",
        state=visit.state,
        state_label=str(visit.get_state_display()),
    )


def region_words(regions: Sequence[str], language: str = "") -> str:
    labels = rules_in_force().vocabulary.regions
    language = language or get_language() or "en"
    return ", ".join(labels[each].to(language) if each in labels else each for each in regions)
