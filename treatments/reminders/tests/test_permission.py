"""Mail needs the wish and the permission; taking the permission back stops what waits."""

import pytest

from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests.builders import NOW
from patients.consents import queries as consents
from patients.consents.terms import ConsentKind, Decision
from patients.consents.tests.builders import decides, withdraws
from patients.records.terms import ReminderWish
from patients.tests.builders import a_healthy_patient
from treatments.reminders import queries
from treatments.sessions.tests.builders import LAST_WEEK, a_course

pytestmark = pytest.mark.django_db
CARE = ConsentKind.CARE_MESSAGES


def waiting(plan):
    return Message.objects.filter(patient_id=plan.patient_id, state=MessageState.PENDING)


def a_course_of(**fields):
    return a_course(patient=a_healthy_patient(now=LAST_WEEK, **fields))


def test_a_wish_without_permission_owes_nothing():
    plan = a_course_of(care_messages=False)
    assert plan.patient.reminders == ReminderWish.EMAIL
    assert not waiting(plan).exists()

    decides(plan.patient, CARE, now=LAST_WEEK)

    assert waiting(plan).count() == 18  # three for each session


def test_a_permission_without_the_wish_owes_nothing():
    plan = a_course_of(reminders=ReminderWish.PAPER)
    decides(plan.patient, CARE, now=LAST_WEEK)
    assert not waiting(plan).exists()
    assert not queries.wishes(plan.patient).reachable


@pytest.mark.parametrize("kind", [ConsentKind.MARKETING, ConsentKind.CLINICAL_PHOTOS])
def test_no_other_consent_permits_care_messages(kind):
    plan = a_course_of(care_messages=False)
    decides(plan.patient, kind, now=LAST_WEEK)
    assert not waiting(plan).exists()


def test_a_withdrawal_cancels_what_waits_and_says_so_before():
    plan = a_course_of()
    owed = waiting(plan).count()
    assert owed == 18
    assert any("18" in str(line) for line in consents.effects(plan.patient, CARE))

    withdraws(plan.patient, CARE, now=NOW)

    assert not waiting(plan).exists()
    cancelled = Message.objects.filter(patient_id=plan.patient_id, state=MessageState.CANCELLED)
    assert cancelled.filter(reason__contains="permit").count() == owed
    assert not queries.wishes(plan.patient).reachable


def test_a_refusal_after_a_yes_stops_them_too():
    plan = a_course_of()
    decides(plan.patient, CARE, Decision.REFUSED, now=NOW)
    assert not waiting(plan).exists()


def test_the_withdrawal_of_something_else_leaves_them_alone():
    """The negative control."""
    plan = a_course_of()
    decides(plan.patient, ConsentKind.MARKETING, now=LAST_WEEK)
    withdraws(plan.patient, ConsentKind.MARKETING, now=NOW)
    assert waiting(plan).count() == 18  # three for each session
