"""Sessions to test with: booked, re-screened, recorded and signed by the real actions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from clinic.tests.laid_out import laid_out
from cocktails.catalogue.models import Product
from cocktails.composition.actions import compose_cocktail
from cocktails.composition.models import Cocktail
from cocktails.tests.builders import a_catalogue
from patients.consents.queries import standing
from patients.consents.terms import ConsentKind, State
from patients.consents.tests.builders import decides
from patients.records.models import Patient
from patients.screening.actions import decide_finding
from patients.screening.models import Screening
from patients.screening.queries import open_items, response_of
from patients.screening.terms import Severity
from patients.tests.builders import a_healthy_patient
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import planned_session, planned_sessions
from treatments.sessions import actions, queries
from treatments.sessions.models import SessionDraft, SignedSession
from treatments.sessions.rescreening import record_rescreen, sheet_of_the_day
from treatments.tests.builders import a_booked_course

LAST_WEEK = NOW - timedelta(days=7)
MEASURED = {
    "capacity_doubtful": "no",
    "pregnancy_test": "negative",
    "abcde_positive": "no",
    "intoxicated": "no",
}


def a_cocktail(patient: Patient, *, by: Any, now: datetime = LAST_WEEK) -> Cocktail:
    """Niacinamide in saline, forty points of 0.05 ml."""
    a_catalogue(now)
    niacinamide = Product.objects.get(code="niacinamide-20")
    saline = Product.objects.filter(ingredient_id="sodium_chloride").first()
    return compose_cocktail(
        patient=patient,
        portions=[(niacinamide, Decimal(1))],
        diluent=saline,
        diluent_ml=Decimal(2),
        points=40,
        ml_per_point=Decimal("0.05"),
        by=by,
        now=now,
    )


@laid_out
def a_course(*, now: datetime = LAST_WEEK, patient: Patient | None = None) -> TreatmentPlan:
    """Six weekly sessions that the patient consented to; the first one is on NOW's day at ten."""
    physician = clinic.physician()
    patient = patient or a_healthy_patient(now=now)
    plan = a_booked_course(
        now=now,
        first_on=NOW.date(),
        patient=patient,
        physician=physician,
        cocktail=a_cocktail(patient, by=physician, now=now),
    )
    decides(patient, ConsentKind.PROCEDURE, now=now, by=physician)
    return plan


def first_session(plan: TreatmentPlan) -> PlannedSession:
    return planned_session(planned_sessions(plan)[0].pk)


def start_of(session: PlannedSession) -> datetime:
    assert session.appointment is not None
    return session.appointment.starts_at


def rescreened(
    session: PlannedSession, *, by: Any, now: datetime | None = None, **ticks: str
) -> Screening:
    """Every line answered no, unless `ticks` says otherwise; nothing measured is wrong.

    Whoever was not asked for the procedure consent yet gives it at the door.
    """
    now = now or start_of(session)
    patient = session.plan.patient
    if standing(patient, ConsentKind.PROCEDURE).state is State.NOT_ASKED:
        decides(patient, ConsentKind.PROCEDURE, now=now, by=by)
    lines = {line.id: "no" for line in sheet_of_the_day(patient, now.date()).lines}
    return record_rescreen(
        planned_session=session, ticks=lines | ticks, separate=MEASURED, by=by, now=now
    )


def recorded(session: PlannedSession, *, by: Any, **values: Any) -> SessionDraft:
    """A record in which nothing is missing."""
    starts_at = start_of(session)
    draft = actions.start_session(planned_session=session, by=by, now=starts_at)
    complete: dict[str, Any] = {
        "technique": "papule",
        "device": "needle",
        "regions": [
            {"region": "cheek_left", "points": 20, "ml": "1"},
            {"region": "cheek_right", "points": 20, "ml": "1"},
        ],
        "lots": [{"portion": 1, "lot": "A-123", "strength": "20"}],
        "reactions": ["erythema"],
        "pain": 3,
        "note": "",
        "started_at": starts_at,
        "ended_at": starts_at + timedelta(minutes=25),
    }
    return actions.save_draft(
        draft_id=draft.pk,
        seen_version=draft.version,
        values=complete | values,
        by=by,
        now=starts_at + timedelta(minutes=26),
    )


def decided(screening: Screening, *, by: Any, now: datetime) -> None:
    """Tick every caution and override whatever may be overridden, in writing."""
    for finding in response_of(screening).findings:
        decide_finding(
            patient=screening.patient,
            screening=screening,
            rule=finding.rule,
            target=finding.target or "",
            reason="" if finding.severity is Severity.CAUTION else "Discussed, seen, decided here.",
            by=by,
            now=now,
        )


def ready_to_sign(session: PlannedSession) -> SessionDraft:
    """Re-screened, decided and recorded: only the signature is missing."""
    physician = session.plan.physician
    screening = rescreened(session, by=physician)
    draft = recorded(session, by=physician)
    screening = actions.screen_again(session, draft, by=physician, now=start_of(session))
    decided(screening, by=physician, now=start_of(session))
    assert open_items(screening) == ()
    draft.refresh_from_db()
    return draft


def sign(session: PlannedSession, *, by: Any = None, **fields: Any) -> SignedSession:
    draft = queries.draft_of(session)
    assert draft is not None
    return actions.sign_session(
        planned_session=session,
        patient_id_on_screen=fields.pop("patient_id_on_screen", session.plan.patient_id),
        seen_version=fields.pop("seen_version", draft.version),
        by=by or session.plan.physician,
        now=fields.pop("now", start_of(session) + timedelta(minutes=30)),
    )


@laid_out
def a_signed_session(plan: TreatmentPlan | None = None) -> SignedSession:
    session = first_session(plan or a_course())
    ready_to_sign(session)
    return sign(session)
