"""One patient's way through the clinic, by the same actions that its pages call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

from clinic.hours.queries import clinic_zone
from clinic.management.demo.answers import harmless_answers
from clinic.management.demo.house import House
from clinic.management.demo.people import Person
from clinic.management.demo.shelf import lots_drawn
from clinic.staff.models import StaffMember
from cocktails.catalogue.models import Product
from cocktails.composition.actions import compose_cocktail
from cocktails.composition.models import Cocktail
from patients.consents import queries as consents
from patients.consents.actions import Signed, decide_consent, show_notice
from patients.consents.rules import Strokes
from patients.consents.terms import ConsentKind, Decision, How
from patients.intake import actions as intake
from patients.intake.queries import standing_answers, statement
from patients.intake.terms import CONDITIONS, NO, Listed, MedicationStatus, Occasion
from patients.records.actions import register_patient
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from patients.rulebook.queries import rules_in_force
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose
from patients.screening.rules import questions_due
from treatments.analysis.actions import NOT_JUDGED, Judged, SpotSeen, record_analysis
from treatments.analysis.face_map import VIEWS, Mark
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.rules import COUNTED
from treatments.analysis.terms import MapView, ScoreRegion, SpotType
from treatments.booking.actions import Visit
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind
from treatments.plans.actions import book_course, set_plan
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import planned_session
from treatments.sessions.actions import save_draft, sign_session, start_session
from treatments.sessions.rescreening import record_rescreen, sheet_of_the_day

MINUTES = 30


@dataclass(frozen=True)
class Trouble:
    """What a patient answers otherwise than "no"."""

    answers: Mapping[str, Any]
    medicine: str = ""
    allergy: str = ""


def moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clinic_zone())


def come_in(person: Person, *, house: House, at: datetime) -> Patient:
    """Registered at the desk, shown the privacy notice, and asked whether messages may be sent."""
    patient = register_patient(
        full_name=person.full_name,
        born_on=person.born_on,
        sex=person.sex,
        phone=person.phone,
        email=person.email,
        language=person.language,
        reminders=person.reminders,
        by=house.receptionists[0],
        now=at,
        although_known=True,
    )
    desk = house.receptionists[0]
    show_notice(patient=patient, language=patient.language, how=How.DESK, by=desk, now=at)
    mail = Decision.GIVEN if person.reminders == ReminderWish.EMAIL else Decision.REFUSED
    consent(patient, ConsentKind.CARE_MESSAGES, mail, by=desk, at=at)
    return patient


def consent(
    patient: Patient, kind: ConsentKind, decision: Decision, *, by: StaffMember, at: datetime
) -> None:
    """The patient reads the text in force and, for a yes, draws a name under it."""
    subject = consents.subject_of(patient, kind, None, patient.language)
    text = consents.text_in_force(kind, patient.language)
    decide_consent(
        patient=patient,
        kind=kind,
        decision=decision,
        language=patient.language,
        seen_sha256=consents.shown_digest(text, subject),
        about_id=subject.about_id if subject else None,
        how=How.DESK,
        signed=Signed(
            strokes=scribble(Random(patient.number)) if decision is Decision.GIVEN else [],  # noqa: S311
            witness=by,
            read_to_end=True,
        ),
        by=by,
        now=at,
    )


def scribble(random: Random) -> Strokes:
    """Something that looks like a name written by hand."""
    x, stroke = 120, []
    for _letter in range(random.randint(9, 14)):
        stroke += [[x, random.randint(60, 130)], [x + 22, random.randint(190, 250)]]
        x += random.randint(38, 52)
    return [stroke, [[110, 270], [x, random.randint(255, 290)]]]


def answer_intake(
    patient: Patient, *, house: House, at: datetime, trouble: Trouble | None = None
) -> None:
    """Everything is asked; all but the trouble is answered no."""
    by, on = house.receptionists[0], at.date()
    for listed in Listed:
        if trouble and (
            (listed == Listed.MEDICATIONS and trouble.medicine)
            or (listed == Listed.ALLERGIES and trouble.allergy)
        ):
            continue
        intake.state_none(patient=patient, listed=listed, by=by, now=at)
    if trouble and trouble.medicine:
        intake.list_medication(
            patient=patient, text=trouble.medicine, status=MedicationStatus.CURRENT,
            last_taken=None, since=None, by=by, now=at,
        )  # fmt: skip
    if trouble and trouble.allergy:
        intake.list_allergy(
            patient=patient,
            text=trouble.allergy,
            reaction="kurdeşen",
            severity="moderate",
            by=by,
            now=at,
        )
    given: dict[str, Any] = {CONDITIONS: NO} | (dict(trouble.answers) if trouble else {})
    # A second round asks what the first one opened.
    for _round in range(2):
        request = statement(patient, on, answers=standing_answers(patient, on) | given)
        due = questions_due(request, "intake", rule_set=rules_in_force())
        given = harmless_answers(due) | given
    intake.record_answers(
        patient=patient, answers=given, occasion=Occasion.INTAKE, on=on, by=by, now=at
    )


def read_verdict(patient: Patient, *, by: StaffMember, at: datetime) -> None:
    """The physician looks at what the answers say, before anything is planned."""
    screen_patient(
        patient=patient, planned=None, purpose=Purpose.BOOKING, on=at.date(), by=by, now=at
    )


@dataclass(frozen=True)
class Look:
    """How a kind of pigmentation is recorded in the demo."""

    spot: SpotSeen
    regions: tuple[str, ...]
    scored: bool


def analyse(
    patient: Patient, look: Look, *, severity: float, by: StaffMember, at: datetime, random: Random
) -> SkinAnalysis:
    """Record an analysis; `severity` from 0 to 1 makes the score, the marks and the sizes."""
    return record_analysis(
        patient=patient,
        analysed_on=at.date(),
        # The same at every visit: a phototype does not change.
        phototype=Random(patient.number).choice(("I", "II", "III", "III")),  # noqa: S311
        spots=[_spot(look.spot, severity, Random(patient.number))],  # noqa: S311
        score_parts=_parts(severity, random) if look.scored else None,
        judged=_judged(look.spot, severity),
        note="",
        by=by,
        now=at,
    )


def _judged(spot: SpotSeen, severity: float) -> Judged:
    if spot.spot_type != SpotType.DULLNESS:
        return NOT_JUDGED
    return Judged(radiance=round(severity * 4), texture=round(severity * 3))


def _spot(spot: SpotSeen, severity: float, random: Random) -> SpotSeen:
    """The spot with marks that stand where they stood last time, and fewer as it clears."""
    if spot.spot_type not in COUNTED:
        return spot
    views = [view for view in VIEWS if view.view in (MapView.FRONTAL, MapView.HANDS)]
    marks = [
        Mark(
            view=view.view.value,
            region=place.region.value,
            x=round(place.middle[0] + random.uniform(-0.06, 0.06), 4),
            y=round(place.middle[1] + random.uniform(-0.05, 0.05), 4),
        )
        for view in views
        for place in view.regions
        if place.region in spot.regions
        for _each in range(6)
    ]
    kept = tuple(marks[: max(1, round(len(marks) * severity))])
    largest = Decimal(round(20 + severity * 60)) / 10
    return replace(spot, marks=kept, count=len(kept), largest_mm=largest)


def _parts(severity: float, random: Random) -> dict[str, dict[str, int]]:
    parts = {}
    for region in ScoreRegion.values:
        here = max(0.0, min(1.0, severity + random.uniform(-0.12, 0.12)))
        area = round(here * 6)
        parts[region] = {
            "area": area,
            "darkness": max(1, round(here * 4)) if area else 0,
            "homogeneity": max(1, round(here * 3)) if area else 0,
        }
    return parts


def compose(
    patient: Patient, recipe: Sequence[tuple[str, str]], *, by: StaffMember, at: datetime
) -> Cocktail:
    """Keep a mixture of (product code, ml drawn), filled up to 4 ml with saline."""
    shelf = {product.code: product for product in Product.objects.filter(is_active=True)}
    drawn = [(shelf[code], Decimal(ml)) for code, ml in recipe]
    return compose_cocktail(
        patient=patient,
        portions=drawn,
        diluent=shelf["saline-10"],
        diluent_ml=Decimal(4) - sum((ml for _product, ml in drawn), Decimal(0)),
        points=40,
        ml_per_point=Decimal("0.05"),
        by=by,
        now=at,
    )


def plan_course(
    patient: Patient, analysis: SkinAnalysis, cocktail: Cocktail, *,
    sessions: int, interval: int, by: StaffMember, at: datetime,
) -> TreatmentPlan:  # fmt: skip
    regions = [region for spot in analysis.spots.all() for region in spot.regions]
    return set_plan(
        patient=patient,
        analysis=analysis,
        cocktail=cocktail,
        physician=by,
        regions=regions,
        session_count=sessions,
        interval_days=interval,
        session_minutes=MINUTES,
        reason="",
        antiseptic="alcohol_70",
        anaesthetic_cream="none",
        gloves="nitrile",
        by=by,
        now=at,
    )


def book(
    plan: TreatmentPlan, starts: Sequence[datetime], *, house: House, at: datetime
) -> list[Appointment]:
    """Consent to the course and book it whole; each physician works in a room of their own."""
    consent(plan.patient, ConsentKind.PROCEDURE, Decision.GIVEN, by=house.receptionists[0], at=at)
    room = house.rooms[house.physicians.index(plan.physician)]
    visits = [
        Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=room,
            kind=AppointmentKind.SESSION,
            starts_at=start,
            ends_at=start + timedelta(minutes=MINUTES),
        )
        for start in starts
    ]
    return book_course(
        plan=plan, visits=visits, request_key=uuid4(), by=house.receptionists[0], now=at
    )


def treat(session: PlannedSession, *, house: House, at: datetime, random: Random) -> None:
    """Re-screen, record and sign one session; `at` is when the patient sat down."""
    session = planned_session(session.pk)
    plan = session.plan
    rescreen(session, house=house, at=at)
    draft = start_session(planned_session=session, by=house.nurse, now=at)
    ended_at = at + timedelta(minutes=random.randint(17, 27))
    share = (Decimal(2) / len(plan.regions)).quantize(Decimal("0.01"))
    points = max(1, round(40 / len(plan.regions)))
    draft = save_draft(
        draft_id=draft.pk,
        seen_version=draft.version,
        values={
            "technique": "papule",
            "device": "needle",
            "regions": [
                {"region": region, "points": points, "ml": str(share)} for region in plan.regions
            ],
            "lots": lots_drawn(
                plan.cocktail,
                physician=plan.physician,
                house=house,
                at=at,
                session=session.number,
            ),
            "reactions": random.choice(
                (["erythema"], ["none"], ["erythema", "stinging"], ["papules"])
            ),
            "pain": random.randint(1, 5),
            "ended_at": ended_at,
        },
        by=house.nurse,
        now=ended_at,
    )
    sign_session(
        planned_session=session,
        patient_id_on_screen=plan.patient_id,
        seen_version=draft.version,
        by=plan.physician,
        now=ended_at,
    )


def rescreen(session: PlannedSession, *, house: House, at: datetime) -> None:
    """Every line of the day is answered no."""
    patient = session.plan.patient
    sheet = sheet_of_the_day(patient, at.date())
    record_rescreen(
        planned_session=session,
        ticks={line.id: "no" for line in sheet.lines},
        separate=harmless_answers(sheet.separate),
        by=house.nurse,
        now=at,
    )
