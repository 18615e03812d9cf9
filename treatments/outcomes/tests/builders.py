"""Courses that are under way or over, as rows of the same shape as real ones."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count as counting
from typing import Any

from clinic.staff.models import StaffMember
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.catalogue.models import Product
from patients.records.models import Patient
from treatments.analysis.models import AnalysedSpot, SkinAnalysis
from treatments.analysis.tests.builders import an_analysis
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState
from treatments.sessions.models import SessionDraw, SignedSession
from treatments.tests.builders import a_set_plan

# When the courses that are over began, and when they were scored again.
BEFORE, AFTER = NOW - timedelta(days=120), NOW - timedelta(days=30)
_numbers = counting(1)
SIGNED_AFTER = timedelta(hours=1)


def a_course_begun(sessions: int = 0, **fields: Any) -> TreatmentPlan:
    """Six weekly sessions after the baseline of 7.6, the first one on the day after NOW."""
    plan = a_set_plan(**fields)
    for number in range(1, sessions + 1):
        signs(plan, number)
    return plan


def session_at(number: int) -> datetime:
    return NOW + timedelta(days=1 + 7 * (number - 1))


def signs(plan: TreatmentPlan, number: int, at: datetime | None = None) -> SignedSession:
    """A signed record of one session; what was given in it is no matter here."""
    at = at or session_at(number)
    mark = f"{next(_numbers):064x}"
    return SignedSession.objects.create(
        planned_session=PlannedSession.objects.get(plan=plan, number=number),
        patient=plan.patient,
        record="{}",
        sha256=mark,
        previous_sha256=mark,
        ended_at=at,
        signed_by=plan.physician,
        signed_at=at + SIGNED_AFTER,
    )


def scored(plan: TreatmentPlan, parts: Any, at: datetime, **fields: Any) -> SkinAnalysis:
    return an_analysis(plan.patient, by=plan.physician, now=at, score_parts=parts, **fields)


def courses_over(
    count: int,
    *,
    state: PlanState = PlanState.COMPLETED,
    phototype: str = "III",
    depth: str = "mixed",
    spot_type: str = "melasma",
    mixtures: Sequence[Sequence[str]] = (("niacinamide-20",),),
    before: Decimal = Decimal("8.0"),
    after: Sequence[Decimal | None] = (Decimal("5.0"),),
    by: StaffMember | None = None,
) -> list[TreatmentPlan]:
    """Courses that are over, each of another patient, with a session per mixture (product codes).

    `after` goes round: the score of the first course, of the second ... None: not scored.
    """
    by = by or clinic.physician()
    number = next(_numbers) * 1000
    crowd = [_patient(number + each) for each in range(count)]
    Patient.objects.bulk_create(crowd)
    baselines = [_analysis(each, before, phototype, BEFORE, by) for each in crowd]
    scores = [after[each % len(after)] for each in range(count)]
    later = [
        _analysis(each, score, phototype, AFTER, by)
        for each, score in zip(crowd, scores, strict=True)
        if score is not None
    ]
    SkinAnalysis.objects.bulk_create([*baselines, *later])
    AnalysedSpot.objects.bulk_create(
        AnalysedSpot(
            analysis=each,
            spot_type=spot_type,
            depth=depth,
            wood_finding="not_done",
            regions=["cheek_left"],
            causes=["sun"],
            position=1,
        )
        for each in baselines
    )
    plans = [
        TreatmentPlan(
            patient=patient,
            analysis=baseline,
            physician=by,
            session_count=6,
            interval_days=7,
            antiseptic="alcohol_70",
            anaesthetic_cream="none",
            gloves="nitrile",
            state=state,
            set_at=BEFORE,
            set_by=by,
        )
        for patient, baseline in zip(crowd, baselines, strict=True)
    ]
    TreatmentPlan.objects.bulk_create(plans)
    _sessions(plans, mixtures, by)
    return plans


def _sessions(
    plans: Sequence[TreatmentPlan], mixtures: Sequence[Sequence[str]], by: StaffMember
) -> None:
    products = Product.objects.in_bulk(
        {one for each in mixtures for one in each}, field_name="code"
    )
    planned, signed, draws = [], [], []
    for plan in plans:
        for number, mixture in enumerate(mixtures, start=1):
            planned.append(PlannedSession(plan=plan, number=number))
            mark = f"{next(_numbers):064x}"
            signed.append(
                SignedSession(
                    planned_session=planned[-1],
                    patient=plan.patient,
                    record="{}",
                    sha256=mark,
                    previous_sha256=mark,
                    ended_at=BEFORE + timedelta(days=number),
                    signed_by=by,
                    signed_at=BEFORE + timedelta(days=number),
                )
            )
            draws += [
                SessionDraw(
                    signed_session=signed[-1],
                    product=products[code],
                    position=position,
                    lot_number="A",
                    lot_key="a",
                    ml=1,
                )
                for position, code in enumerate(mixture, start=1)
            ]
    PlannedSession.objects.bulk_create(planned)
    SignedSession.objects.bulk_create(signed)
    SessionDraw.objects.bulk_create(draws)


def _analysis(
    patient: Patient, mmasi: Decimal | None, phototype: str, at: datetime, by: StaffMember
) -> SkinAnalysis:
    return SkinAnalysis(
        patient=patient,
        analysed_on=at.date(),
        phototype=phototype,
        mmasi=mmasi,
        analysed_by=by,
        recorded_at=at,
    )


def _patient(number: int) -> Patient:
    patient = Patient(
        number=number,
        registered_at=BEFORE,
        full_name=f"Hasta Gizlioğlu {number}",
        born_on=date(1985, 5, 5),
        sex="F",
        phone="",
        email="",
        language="tr",
        reminders="paper",
    )
    patient.set_keys()
    return patient
