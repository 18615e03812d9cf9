"""Half answers do not outlive the link by which they were given."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from clinic.audit.models import AuditEntry
from clinic.tests.builders import receptionist
from patients.links.models import PatientLink
from patients.phone_intake.actions import ask_patient, withdraw_expired
from patients.phone_intake.models import DraftAnswer, DraftEntry, PhoneIntake
from patients.phone_intake.rules import LINK_OPENS_FOR
from patients.phone_intake.tasks import withdraw_expired_intakes
from patients.phone_intake.terms import IntakeState
from patients.phone_intake.tests.builders import Phone, a_submission, an_intake

pytestmark = pytest.mark.django_db
AFTER = LINK_OPENS_FOR + timedelta(minutes=1)


@pytest.fixture
def begun():
    """A patient who answered a page and never sent."""
    intake = an_intake()
    phone = Phone(intake)
    phone.answer(phone.where())
    assert DraftAnswer.objects.filter(intake=intake).exists()
    return intake


def drafts_of(intake):
    answers, entries = DraftAnswer.objects.filter(intake=intake), DraftEntry.objects
    return answers.count() + entries.filter(intake=intake).count()


def test_a_draft_is_forgotten_when_its_link_has_expired(begun):
    assert withdraw_expired(now=timezone.now() + AFTER) == 1

    begun.refresh_from_db()
    assert begun.state == IntakeState.WITHDRAWN
    assert drafts_of(begun) == 0
    assert AuditEntry.objects.filter(
        verb="phone_intake.withdrawn", patient_id=begun.patient_id, by_system="phone intakes"
    ).exists()
    assert withdraw_expired(now=timezone.now() + AFTER) == 0


def test_a_draft_with_a_living_link_stays(begun):
    """Negative control: until it expires, and again when the desk has asked anew."""
    assert withdraw_expired(now=timezone.now() + LINK_OPENS_FOR - timedelta(hours=1)) == 0
    ask_patient(patient=begun.patient, by=receptionist(), now=timezone.now() + timedelta(days=6))

    assert withdraw_expired(now=timezone.now() + AFTER) == 0
    assert drafts_of(begun) > 0


def test_what_was_sent_stays():
    submission = a_submission()

    assert withdraw_expired(now=timezone.now() + AFTER) == 0
    assert PhoneIntake.objects.get(pk=submission.pk).state == IntakeState.SUBMITTED


def test_the_sweep_is_rung_by_the_clock(begun):
    long_ago = timezone.now() - AFTER
    PhoneIntake.objects.filter(pk=begun.pk).update(asked_at=long_ago)
    PatientLink.objects.filter(about_id=begun.pk).update(expires_at=long_ago)

    withdraw_expired_intakes()

    assert drafts_of(begun) == 0
    rung = [each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()]
    assert withdraw_expired_intakes.name in rung
