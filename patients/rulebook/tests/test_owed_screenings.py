"""What a name stands for has changed: every verdict that rests on it is void at once, and each
patient is screened again by itself, later.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from clinic.tests.builders import NOW, physician
from patients.clinic_names.actions import remove_name, settle_name
from patients.clinic_names.hooks import name_changed
from patients.clinic_names.terms import Meaning, NameList
from patients.intake.actions import list_medication
from patients.rulebook import actions, hooks, queries
from patients.rulebook.models import OwedScreening
from patients.rulebook.tasks import screen_those_behind
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose, Screening
from patients.screening.queries import latest_screening
from patients.tests.builders import BY, a_healthy_patient
from treatments.plans.actions import screen_for_booking
from treatments.plans.queries import booking_limit
from treatments.plans.terms import HELD_BY_CHANGE, SCREENED_BEFORE_A_CHANGE, PlanState
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def a_course(now=NOW):
    """With a medicine that nobody recognises: it holds, and nothing refuses."""
    patient = a_healthy_patient(now=now)
    list_medication(
        patient=patient, text="Zorbexin 40 mg", status="current", last_taken=None, since=None,
        by=BY, now=now,
    )  # fmt: skip
    return a_set_plan(patient=patient, now=now)


def settle(substance="warfarin", now=LATER):
    return settle_name(
        listed=NameList.MEDICATIONS, name="zorbexin", written="Zorbexin", meaning=Meaning.KNOWN,
        substance=substance, by=physician(), now=now,
    )  # fmt: skip


def limit(plan):
    plan.refresh_from_db()
    return booking_limit(plan).refusal


def catch_up(most=100):
    return actions.screen_those_behind(by=BY, now=LATER, most=most)


def test_the_change_screens_nobody_and_every_verdict_before_it_counts_for_nothing():
    courses = [a_course() for _ in range(3)]
    stored = Screening.objects.count()

    settle()

    assert Screening.objects.count() == stored
    assert {limit(plan) for plan in courses} == {str(SCREENED_BEFORE_A_CHANGE)}


def test_without_the_mark_the_verdict_before_the_change_would_go_on(monkeypatch):
    """Negative control."""
    plan = a_course()
    monkeypatch.setattr(name_changed, "_listeners", [])

    settle()

    assert limit(plan) != str(SCREENED_BEFORE_A_CHANGE)
    assert catch_up().tried == ()


def test_a_course_is_held_if_the_name_stands_for_what_refuses():
    plan, other = a_course(), a_set_plan(patient=a_healthy_patient(now=NOW), now=NOW)
    settle()

    caught = catch_up()

    assert (caught.tried, caught.stuck, caught.left) == ((plan.patient_id,), 0, False)
    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD
    assert plan.hold_reason == str(HELD_BY_CHANGE)
    assert limit(other) != str(SCREENED_BEFORE_A_CHANGE)
    assert not OwedScreening.objects.exists()


def test_a_crash_in_the_middle_loses_nothing(monkeypatch):
    first, second = a_course(), a_course()
    settle()
    screen_again, turns = hooks.screen_again._listeners[0], []

    def killed(patient_id, by, now):
        turns.append(patient_id)
        if len(turns) == 2:
            raise KeyboardInterrupt
        screen_again(patient_id, by, now)

    monkeypatch.setattr(hooks.screen_again, "_listeners", [killed])
    with pytest.raises(KeyboardInterrupt):
        catch_up()
    monkeypatch.setattr(hooks.screen_again, "_listeners", [screen_again])

    assert queries.owed_screenings(10, []) == turns[1:]
    assert catch_up().tried == tuple(turns[1:])
    assert {plan.patient_id for plan in (first, second)} == set(turns)
    assert not OwedScreening.objects.exists()


def test_each_patient_has_a_transaction_and_a_fault_keeps_the_debt(monkeypatch):
    first, second = a_course(), a_course()
    settle()
    screen_again, depths = hooks.screen_again._listeners[0], []
    outside = len(connection.savepoint_ids)

    def failing(patient_id, by, now):
        depths.append(len(connection.savepoint_ids) - outside)
        screen_again(patient_id, by, now)
        if patient_id == first.patient_id:
            raise RuntimeError("a fault")

    monkeypatch.setattr(hooks.screen_again, "_listeners", [failing])
    caught = catch_up()

    assert depths == [1, 1]
    assert (caught.screened, caught.stuck) == (1, 1)
    assert queries.owed_screenings(10, []) == [first.patient_id]
    assert limit(first) == str(SCREENED_BEFORE_A_CHANGE)
    assert limit(second) != str(SCREENED_BEFORE_A_CHANGE)


def test_a_verdict_given_in_between_pays_the_debt():
    plan = a_course()
    settle("paracetamol")

    screen_for_booking(plan.patient, by=BY, now=LATER)

    assert limit(plan) != str(SCREENED_BEFORE_A_CHANGE)
    assert catch_up().tried == ()


def test_a_verdict_about_a_session_pays_nothing():
    """Booking rests on the verdict for booking: another one says nothing about it."""
    plan = a_course()
    settle("paracetamol")

    screen_patient(
        patient=plan.patient, planned=None, purpose=Purpose.SESSION, on=LATER.date(), by=BY,
        now=LATER,
    )  # fmt: skip

    assert queries.is_owed(plan.patient_id)


def test_whoever_has_no_course_is_let_go_without_a_verdict():
    patient = a_healthy_patient(now=NOW)
    actions.owe_screening(patients=[patient.pk], now=LATER)

    assert catch_up().tried == (patient.pk,)
    assert latest_screening(patient, Purpose.BOOKING) is None
    assert not OwedScreening.objects.exists()


def test_a_second_change_is_owed_once_and_screened_by_the_newest_meaning():
    plan = a_course()
    first = settle("paracetamol")
    remove_name(change_id=first.pk, reason="", by=physician(), now=LATER)
    settle(now=LATER + timedelta(minutes=1))

    assert len(catch_up().tried) == 1
    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD


def test_the_minute_ring_pays_what_is_owed():
    now = timezone.now()
    plan = a_course(now=now - timedelta(minutes=5))
    settle(now=now)

    screen_those_behind()

    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD


def test_on_the_page_the_patient_at_hand_is_screened_at_once(client):
    now = timezone.now()
    plan = a_course(now=now - timedelta(minutes=5))
    client.force_login(physician())

    answer = client.post(
        reverse("patients:settle-name", args=[plan.patient_id]),
        {
            "listed": NameList.MEDICATIONS, "part": "zorbexin", "name": "zorbexin",
            "written": "Zorbexin", "meaning": Meaning.KNOWN, "substance": "warfarin",
        },
    )  # fmt: skip

    assert answer.status_code == 302
    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD
