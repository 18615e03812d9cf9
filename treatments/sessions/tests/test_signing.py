"""S6: who may sign, what must be there, and what the signature does in one transaction."""

import json
from datetime import date, timedelta
from typing import Any

import pgtrigger
import pytest

from clinic.messages.models import Message
from clinic.tests import builders as clinic
from patients.intake.actions import state_none
from patients.intake.terms import Listed
from treatments.aftercare.models import AftercareSheet
from treatments.booking.actions import change_state
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.plans.actions import stop_plan
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import planned_session, planned_sessions
from treatments.plans.terms import PlanState, SessionState
from treatments.reminders.rules import UNSETTLED
from treatments.sessions import actions, queries
from treatments.sessions.models import SignedSession
from treatments.sessions.refusals import (
    CertificateExpired,
    DraftChanged,
    NotASigner,
    NotComplete,
    NotOpen,
    RescreenNeeded,
    SignedAlready,
    WrongPatient,
)
from treatments.sessions.tests.builders import (
    a_course,
    a_signed_session,
    first_session,
    ready_to_sign,
    recorded,
    rescreened,
    sign,
    start_of,
)
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return first_session(a_course())


def test_signing_freezes_the_record_and_finishes_the_session(session):
    ready_to_sign(session)

    signed = sign(session)

    record = json.loads(signed.record)
    patient = session.plan.patient
    assert record["patient"]["full_name"] == patient.full_name
    assert record["signed_by"]["name"] == session.plan.physician.display_name
    assert record["screening"]["verdict"] in {"clear", "caution", "hold"}
    assert record["screening"]["rule_set_version"]
    assert record["cocktail"]["portions"][0]["lot"] == "A-123"
    assert record["cocktail"]["portions"][0]["ingredient"] == "niacinamide"
    assert [each["ml"] for each in record["regions"]] == ["1", "1"]
    session.refresh_from_db()
    session.appointment.refresh_from_db()
    assert session.state == SessionState.DONE
    assert session.appointment.state == AppointmentState.DONE
    assert AftercareSheet.objects.get().signed_session == signed
    assert set(
        Message.objects.filter(about_id=session.pk, state="pending").values_list("kind")
    ) == {
        ("aftercare_link",),
        ("sun_protection",),
        ("sun_morning",),
    }


def test_a_nurse_records_but_does_not_sign(session):
    ready_to_sign(session)

    with pytest.raises(NotASigner):
        sign(session, by=clinic.nurse())
    assert not SignedSession.objects.exists()


@pytest.mark.parametrize(
    "certificate",
    [
        {"certificate_expires_on": date(2026, 11, 22)},
        {"certificate_expires_on": None},
        {"certificate_number": ""},
    ],
)
def test_an_expired_or_missing_certificate_signs_nothing(session, certificate):
    ready_to_sign(session)

    with pytest.raises(CertificateExpired):
        sign(session, by=clinic.physician(**certificate))


def test_a_certificate_is_good_on_its_last_day(session):
    ready_to_sign(session)

    assert sign(session, by=clinic.physician(certificate_expires_on=date(2026, 11, 23)))


def test_the_patient_on_the_screen_must_be_the_patient_of_the_session(session):
    ready_to_sign(session)

    with pytest.raises(WrongPatient):
        sign(session, patient_id_on_screen=clinic.nurse().pk)


def test_an_older_version_of_the_draft_is_not_signed(session):
    draft = ready_to_sign(session)

    with pytest.raises(DraftChanged):
        sign(session, seen_version=draft.version - 1)


def test_nothing_is_signed_without_the_rescreen_of_the_day(session):
    recorded(session, by=session.plan.physician)

    with pytest.raises(RescreenNeeded):
        sign(session)


def test_the_rescreen_of_yesterday_is_not_the_one_of_today(session):
    rescreened(session, by=session.plan.physician, now=start_of(session) - timedelta(days=1))
    recorded(session, by=session.plan.physician)

    with pytest.raises(RescreenNeeded):
        sign(session)


@pytest.mark.parametrize(
    "line", ["pregnancy", "skin", "painkillers", "medicines", "allergies", "procedures", "spots"]
)
def test_a_line_that_was_not_answered_blocks_the_signature(session, line):
    physician = session.plan.physician
    unanswered: Any = {line: ""}
    rescreened(session, by=physician, **unanswered)
    recorded(session, by=physician)

    with pytest.raises(NotComplete):
        sign(session)


def test_dont_know_blocks_like_silence(session):
    physician = session.plan.physician
    screening = rescreened(session, by=physician, pregnancy="unknown")
    recorded(session, by=physician)

    assert screening.verdict == "hold"
    with pytest.raises(NotComplete):
        sign(session)


@pytest.mark.parametrize("line", ["medicines", "allergies", "procedures"])
def test_not_knowing_what_is_new_blocks_although_the_list_was_taken_today(session, line):
    patient, physician = session.plan.patient, session.plan.physician
    for listed in Listed:
        state_none(patient=patient, listed=listed, by=physician, now=start_of(session))
    unsure: Any = {line: "unknown"}
    rescreened(session, by=physician, now=start_of(session) + timedelta(minutes=1), **unsure)

    assert [str(each) for each in queries.lists_not_asked(patient, start_of(session).date())] == [
        {"medicines": Listed.MEDICATIONS}.get(line, line)
    ]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"technique": ""}, "technique"),
        ({"pain": None}, "pain"),
        ({"lots": []}, "lot"),
        ({"reactions": []}, "reactions"),
        ({"ended_at": None}, "end"),
        ({"regions": [{"region": "cheek_left", "points": 99, "ml": "9"}]}, "more than"),
    ],
)
def test_what_is_missing_is_listed_and_not_signed(session, missing, words):
    ready_to_sign(session)
    draft = recorded(session, by=session.plan.physician, **missing)

    with pytest.raises(NotComplete) as refusal:
        sign(session, seen_version=draft.version)
    assert any(words in reason for reason in refusal.value.reasons)


def test_another_antiseptic_than_planned_is_screened_anew(session):
    """An allergy to iodine says nothing about alcohol, which was planned; it does on the day."""
    from patients.intake.actions import list_allergy

    list_allergy(
        patient=session.plan.patient,
        text="povidon iyot",
        reaction="rash",
        severity="moderate",
        by=session.plan.physician,
        now=start_of(session) - timedelta(days=1),
    )
    ready_to_sign(session)
    draft = recorded(session, by=session.plan.physician, antiseptic="povidone_iodine")

    with pytest.raises(NotComplete):
        sign(session, seen_version=draft.version)
    # What the change means stands there to be read, and to be decided where that is possible.
    screening = queries.screening_of_the_day(session.plan.patient, date(2026, 11, 23))
    assert screening is not None
    assert "povidone" in str(screening.request)
    assert screening.response["findings"]


def test_a_session_is_screened_with_the_cocktail_of_its_own_course(session):
    """The course was stopped after the visit and a new one, without a cocktail, was set."""
    draft = ready_to_sign(session)
    physician = session.plan.physician
    for to in (AppointmentState.ARRIVED, AppointmentState.DONE):
        visit = Appointment.objects.get(pk=session.appointment_id)
        change_state(
            appointment_id=visit.pk,
            to=to,
            seen_version=visit.version,
            by=physician,
            now=start_of(session),
        )
    stop_plan(plan=session.plan, reason="Another one.", by=physician, now=start_of(session))
    a_set_plan(patient=session.plan.patient, physician=physician, now=start_of(session))

    screening = actions.screen_again(
        planned_session(session.pk), draft, by=physician, now=start_of(session)
    )

    assert [each["ingredient"] for each in screening.request["cocktail"]] == [
        "niacinamide",
        "sodium_chloride",
    ]
    assert sign(session)


def test_a_later_session_says_nothing_about_an_earlier_one_that_is_signed_late():
    plan = a_course()
    first, second = (planned_session(each.pk) for each in planned_sessions(plan)[:2])
    ready_to_sign(second)
    sign(second)

    assert actions.as_planned(first).last_session_on is None


def test_a_clock_that_goes_back_does_not_break_the_chain():
    plan = a_course()
    first = a_signed_session(plan)
    second = planned_session(planned_sessions(plan)[1].pk)
    ready_to_sign(second)

    with pgtrigger.ignore():
        SignedSession.objects.update(signed_at=start_of(second) + timedelta(days=1))
    signed = sign(second)

    assert signed.previous_sha256 == first.sha256
    assert signed.signed_at > start_of(second) + timedelta(days=1)


def test_a_session_is_signed_once(session):
    ready_to_sign(session)
    sign(session)

    with pytest.raises(SignedAlready):
        sign(session)
    assert SignedSession.objects.count() == 1


def test_a_signed_draft_is_saved_no_more(session):
    draft = ready_to_sign(session)
    sign(session)

    with pytest.raises(SignedAlready):
        actions.save_draft(
            draft_id=draft.pk,
            seen_version=draft.version,
            values={"pain": 9},
            by=session.plan.physician,
            now=start_of(session) + timedelta(hours=1),
        )


def test_a_session_of_another_day_cannot_be_opened(session):
    with pytest.raises(NotOpen):
        actions.start_session(
            planned_session=session,
            by=session.plan.physician,
            now=start_of(session) - timedelta(days=1),
        )


def test_a_listener_that_fails_takes_the_signature_back(session, monkeypatch):
    from treatments.sessions.hooks import session_signed

    def fail(*_facts):
        raise RuntimeError("the sheet could not be written")

    ready_to_sign(session)
    monkeypatch.setattr(session_signed, "_listeners", [*session_signed._listeners, fail])

    with pytest.raises(RuntimeError):
        sign(session)
    session.refresh_from_db()
    assert session.state == SessionState.BOOKED
    assert not SignedSession.objects.exists()


def test_a_refuse_at_the_rescreen_holds_what_is_left_of_the_course(session):
    from treatments.sessions.rescreening import record_rescreen
    from treatments.sessions.tests.builders import MEASURED, sheet_of_the_day

    lines = sheet_of_the_day(session.plan.patient, start_of(session).date()).lines
    ticks = {line.id: "no" for line in lines} | {"pregnancy": "yes"}
    screening = record_rescreen(
        planned_session=session,
        ticks=ticks,
        separate=MEASURED | {"pregnant": "yes"},
        by=session.plan.physician,
        now=start_of(session),
    )

    assert screening.verdict == "refuse"
    plan = TreatmentPlan.objects.get(pk=session.plan_id)
    assert plan.state == PlanState.ON_HOLD
    assert set(plan.sessions.values_list("state", flat=True)) == {SessionState.ON_HOLD}
    # What waits are calls for the desk about times that are still taken, and no letter.
    waiting = Message.objects.filter(state="pending")
    assert all(message.event_key.endswith(f":{UNSETTLED}") for message in waiting)


def test_the_second_record_is_chained_to_the_first():
    plan = a_course()
    first = a_signed_session(plan)
    second = planned_session(planned_sessions(plan)[1].pk)
    ready_to_sign(second)

    signed = sign(second)

    assert signed.previous_sha256 == first.sha256
    assert first.previous_sha256 == "0" * 64


def test_a_patient_is_told_that_a_new_medicine_must_be_listed(session):
    from treatments.sessions.refusals import NotListed

    with pytest.raises(NotListed):
        rescreened(session, by=session.plan.physician, medicines="yes")
