"""What happened in the demo clinic lately: answers from a phone, a name settled, a spot referred."""

from datetime import datetime, timedelta

from django.utils import timezone

from clinic.management.demo.answers import harmless_answer
from clinic.management.demo.course import consent
from clinic.management.demo.house import House
from patients.clinic_names.actions import settle_name
from patients.clinic_names.terms import Meaning, NameList
from patients.consents.actions import withdraw_consent
from patients.consents.terms import ConsentKind, Decision, How
from patients.intake.terms import YES, Listed
from patients.lesions.actions import record_referral, report_change
from patients.lesions.terms import Source
from patients.phone_intake.actions import ask_patient, save_step, submit
from patients.phone_intake.drafts import draft_of, steps_of
from patients.phone_intake.models import PhoneIntake
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState

MEDICINE = "Euthyrox 50 mcg sabah 1"
SPOT = ["cheek_left"]


def tell_lately(house: House, *, now: datetime) -> None:
    """The newest patients have answered, or are asked; two courses have something to decide."""
    desk, physician = house.receptionists[0], house.physicians[0]
    newest = Patient.objects.order_by("-registered_at", "pk")
    newcomer = newest.filter(answers__isnull=True).first()
    if newcomer is not None:
        asked_at = max(newcomer.registered_at, now - timedelta(hours=3))
        answer_by_phone(ask_patient(patient=newcomer, by=desk, now=asked_at), now=now)
        for patient in newest.exclude(pk=newcomer.pk)[:1]:
            ask_patient(patient=patient, by=desk, now=now)
    settle_name(
        listed=NameList.MEDICATIONS,
        name="mide koruyucu pembe hap",
        written="mide koruyucu pembe hap",
        meaning=Meaning.KNOWN,
        substance="pantoprazole",
        by=physician,
        now=now - timedelta(days=30),
    )
    courses = TreatmentPlan.objects.filter(state=PlanState.ACTIVE, physician=physician)
    under_way = list(courses.select_related("patient").order_by("-set_at", "pk")[:2])
    if under_way:
        patient = under_way[0].patient
        for kind in (ConsentKind.CLINICAL_PHOTOS, ConsentKind.PUBLICATION):
            consent(patient, kind, Decision.GIVEN, by=desk, at=now - timedelta(days=2))
        withdraw_consent(
            patient=patient,
            kind=ConsentKind.PUBLICATION,
            note="",
            how=How.DESK,
            by=desk,
            now=now - timedelta(days=1),
        )
    if len(under_way) > 1:
        patient = under_way[1].patient
        report_change(
            patient=patient,
            regions=SPOT,
            features=["asymmetry", "evolving"],
            source=Source.ANALYSIS,
            by=physician,
            now=now - timedelta(days=1),
        )
        record_referral(
            patient=patient,
            regions=SPOT,
            referred_to="Prof. Dr. Nilgün Aksoy",
            referred_on=timezone.localdate(now),
            note="Dermatoskopi rica edildi.",
            by=physician,
            now=now,
        )


def answer_by_phone(intake: PhoneIntake, *, now: datetime) -> None:
    """Every question is answered as somebody does who takes one harmless medicine; then it is sent."""
    on, questions = timezone.localdate(now), rules_in_force().questions
    line = {"text": MEDICINE, "status": "current", "last_taken": None, "since": None}
    save_step(
        intake=intake, answers={}, listed=Listed.MEDICATIONS, line=line, none="", remove=None, now=now
    )  # fmt: skip
    while still_open := [
        step for step in steps_of(intake.patient, draft_of(intake, on), on) if step.open_codes
    ]:
        step = still_open[0]
        open_codes = [code for code in step.open_codes if code in questions]
        save_step(
            intake=intake,
            answers={code: harmless_answer(questions[code]) for code in open_codes},
            listed=step.listed,
            line=None,
            none=YES if step.listed and step.listed.value in step.open_codes else "",
            remove=None,
            now=now,
        )
    submit(intake=intake, language=intake.patient.language, now=now)
