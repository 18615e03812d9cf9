"""S3: whatever fails on the way to a verdict is a hold and a task; never the last verdict, never 500."""

import logging

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from clinic.tests import builders as clinic
from patients.screening import actions
from patients.screening.models import Purpose
from patients.screening.plan import PlannedTreatment
from patients.screening.queries import booking_block, latest_screening, what_blocks_signing
from patients.screening.rule_files import load_rule_set
from patients.screening.terms import Verdict
from patients.tests.builders import a_healthy_patient
from patients.worklist.models import StaffTask
from patients.worklist.queries import tasks_for
from patients.worklist.terms import TaskKind

pytestmark = pytest.mark.django_db

PLANNED = PlannedTreatment(
    area=("chin",), antiseptic="alcohol_70", anaesthetic_cream="none", gloves="nitrile",
    phototype="III",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def patient(now):
    return a_healthy_patient(now=now)


def screened(patient, now, purpose=Purpose.BOOKING):
    return actions.screen_patient(
        patient=patient,
        planned=PLANNED,
        purpose=purpose,
        on=timezone.localdate(now),
        by="test",
        now=now,
    )


def broken(*_args, **_kwargs):
    raise RuntimeError("planted")


def no_database(*_args, **_kwargs):
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column FROM patients_answer")


def too_late(*_args, **_kwargs):
    raise TimeoutError("planted")


def empty_rules():
    return load_rule_set("no such version")


PARTS = [
    # (what breaks, how): every call between the patient and the stored verdict.
    ("patients.screening.actions.rules_in_force", broken),
    ("patients.screening.actions.rules_in_force", empty_rules),
    ("patients.screening.actions.rules_in_force", no_database),
    ("patients.screening.actions.standing_answers", no_database),
    ("patients.screening.actions.standing_answers", too_late),
    ("patients.screening.actions.statement", broken),
    ("patients.screening.actions.spots", no_database),
    ("patients.screening.plan.PlannedTreatment.as_json", broken),
    ("patients.screening.rules.screen", broken),
    ("patients.screening.rules.screen", too_late),
    ("patients.screening.rules.screen", no_database),
]


@pytest.mark.parametrize(("part", "how"), PARTS)
@pytest.mark.parametrize("purpose", [Purpose.BOOKING, Purpose.SESSION])
def test_a_fault_is_a_hold_that_blocks_booking_and_signature(
    patient, now, monkeypatch, part, how, purpose
):
    monkeypatch.setattr(part, how)

    screening = screened(patient, now, purpose)

    assert screening.verdict == Verdict.HOLD
    assert screening.response["fault"] is True
    assert latest_screening(patient, purpose) == screening
    monkeypatch.undo()
    assert booking_block(screening).blocks
    assert what_blocks_signing(screening)


def test_a_fault_is_a_task_for_every_physician_until_one_has_looked(
    client, patient, now, monkeypatch
):
    doctor = clinic.physician()
    with monkeypatch.context() as patch:
        patch.setattr("patients.screening.rules.screen", broken)
        screened(patient, now)
        screened(patient, now)

    assert StaffTask.objects.filter(kind=TaskKind.SCREENING_FAULT).count() == 1
    assert [each.patient for each in tasks_for(doctor)] == [patient]

    client.force_login(doctor)
    client.post(reverse("patients:task-looked-at", args=[patient.pk]))
    assert not tasks_for(doctor).exists()


def test_the_last_verdict_is_not_shown_instead(client, patient, now, monkeypatch):
    before = screened(patient, now)
    client.force_login(clinic.physician())
    monkeypatch.setattr("patients.screening.rules.screen", broken)

    answer = client.get(reverse("patients:verdict", args=[patient.pk]))

    assert answer.status_code == 200
    assert answer.context["screening"] != before
    assert answer.context["told"].fault
    assert answer.context["told"].verdict is Verdict.HOLD


def test_without_a_fault_there_is_no_task_and_no_fault(patient, now):
    """Negative control: the same patient, and nothing broken."""
    assert not screened(patient, now).response.get("fault")
    assert not StaffTask.objects.exists()
