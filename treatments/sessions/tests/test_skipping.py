"""S4: no step is skipped, no verdict is replayed, none is borrowed; and what a late signature reads."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic.tests import builders as clinic
from patients.intake.actions import list_medication, record_answers
from patients.intake.terms import MedicationStatus, Occasion
from patients.screening.actions import NoSuchFinding, decide_finding
from patients.screening.models import FindingDecision
from patients.screening.queries import response_of
from treatments.booking.actions import change_state
from treatments.booking.rules import RoomOccupied
from treatments.booking.terms import AppointmentState
from treatments.plans import rules as plans
from treatments.plans.actions import book_course, propose_course, visits_for
from treatments.plans.queries import planned_session, planned_sessions
from treatments.sessions import actions, queries
from treatments.sessions.models import SessionDraft, SignedSession
from treatments.sessions.refusals import NotComplete, NotOpen, RescreenNeeded
from treatments.sessions.tests.builders import (
    a_course,
    first_session,
    ready_to_sign,
    recorded,
    rescreened,
    sign,
    start_of,
)
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CAUTION = "R-PHOTOSENS-DRUG"


@pytest.fixture
def session():
    return first_session(a_course())


def on_a_medicine(session, text="Lustral 50 mg", before=timedelta(days=3)):
    """A caution that somebody has to tick."""
    list_medication(
        patient=session.plan.patient, text=text, status=MedicationStatus.CURRENT,
        last_taken=None, since=None, by=clinic.receptionist(), now=start_of(session) - before,
    )  # fmt: skip


def say(patient, now, **answers):
    record_answers(
        patient=patient, answers=answers, occasion=Occasion.INTAKE, on=now.date(),
        by=clinic.receptionist(), now=now,
    )  # fmt: skip


def url(name, session, patient=None):
    return reverse(
        f"sessions:{name}",
        kwargs={"patient_id": (patient or session.plan.patient).pk, "session_id": session.pk},
    )


class TestOutOfOrder:
    def test_a_record_without_a_rescreen_is_not_signed(self, session):
        recorded(session, by=session.plan.physician)
        with pytest.raises(RescreenNeeded):
            sign(session)

    def test_a_rescreen_without_a_record_is_not_signed(self, session):
        rescreened(session, by=session.plan.physician)
        actions.start_session(
            planned_session=session, by=session.plan.physician, now=start_of(session)
        )
        with pytest.raises(NotComplete):
            sign(session)
        assert not SignedSession.objects.exists()

    def test_a_session_that_nobody_booked_has_no_record(self):
        plan = a_set_plan()
        session = planned_session(planned_sessions(plan)[0].pk)
        with pytest.raises(NotOpen):
            actions.start_session(planned_session=session, by=plan.physician, now=plan.set_at + DAY)

    def test_a_refused_patient_is_not_booked(self):
        plan = a_set_plan()
        now = plan.set_at
        offers = propose_course(
            plan, first_on=now.date() + DAY, preferred=now.time(), room=None, now=now
        )
        say(plan.patient, now, pregnant="yes")

        with pytest.raises(plans.BookingBlocked):
            book_course(
                plan=plan,
                visits=visits_for(plan, [each.chosen for each in offers]),
                request_key=plan.pk,
                by=clinic.receptionist(),
                now=now + timedelta(minutes=1),
            )

    def test_a_later_session_is_not_begun_before_its_day(self, session):
        second = planned_session(planned_sessions(session.plan)[1].pk)
        with pytest.raises(NotOpen):
            actions.start_session(
                planned_session=second, by=session.plan.physician, now=start_of(session)
            )


class TestBorrowedAndReplayed:
    def test_a_session_is_reached_under_its_own_patient_only(self, client, session):
        other = a_set_plan().patient
        client.force_login(session.plan.physician)
        for name in ("rescreen", "record", "sign"):
            assert client.post(url(name, session, other), {}).status_code == 404
        assert not SessionDraft.objects.exists()

    def test_another_patients_verdict_is_neither_shown_nor_decided(self, client, session):
        on_a_medicine(session)
        screening = rescreened(session, by=session.plan.physician)
        other = a_set_plan().patient
        client.force_login(session.plan.physician)

        page = reverse("patients:verdict-of", args=[other.pk, screening.pk])
        assert client.get(page).status_code == 404
        posted = client.post(
            reverse("patients:decide", args=[other.pk]),
            {"screening": str(screening.pk), "finding": f"{CAUTION}|"},
        )
        assert posted.status_code == 404
        with pytest.raises(NoSuchFinding):
            decide_finding(
                patient=other, screening=screening, rule=CAUTION, target="", reason="",
                by=session.plan.physician, now=start_of(session),
            )  # fmt: skip
        assert not FindingDecision.objects.exists()

    def test_an_older_verdict_of_the_day_is_not_decided_any_more(self, session):
        on_a_medicine(session)
        physician, now = session.plan.physician, start_of(session)
        old = rescreened(session, by=physician)
        rescreened(session, by=physician, now=now + timedelta(minutes=5), alcohol="unknown")

        with pytest.raises(NoSuchFinding):
            decide_finding(
                patient=old.patient, screening=old, rule=CAUTION, target="", reason="",
                by=physician, now=now + timedelta(minutes=6),
            )  # fmt: skip

    def test_the_newest_verdict_is_decided(self, session):
        """Negative control: the same decision about the verdict that holds."""
        on_a_medicine(session)
        screening = rescreened(session, by=session.plan.physician)
        assert decide_finding(
            patient=screening.patient, screening=screening, rule=CAUTION, target="", reason="",
            by=session.plan.physician, now=start_of(session),
        )  # fmt: skip


class TestSignedLater:
    def test_what_was_said_since_does_not_stand_against_an_earlier_session(self, session):
        ready_to_sign(session)
        later = start_of(session) + 2 * DAY
        say(session.plan.patient, later, herpes_recurrent="yes", alcohol_24h="yes")

        signed = sign(session, now=later)

        record = json.loads(signed.record)
        assert record["screening"]["on"] == start_of(session).date().isoformat()

    def test_a_finding_of_that_day_is_decided_late_and_marked(self, client, session):
        on_a_medicine(session)
        physician = session.plan.physician
        rescreened(session, by=physician)
        draft = recorded(session, by=physician)
        screening = actions.screen_again(session, draft, by=physician, now=start_of(session))
        later = start_of(session) + DAY
        with pytest.raises(NotComplete):
            sign(session, now=later)
        newest = queries.screening_of_the_day(session.plan.patient, screening.on)
        assert newest is not None
        screening = newest
        for finding in response_of(screening).findings:
            decision = decide_finding(
                patient=screening.patient, screening=screening, rule=finding.rule,
                target=finding.target or "", reason="Seen on the day, written down after it.",
                by=physician, now=later,
            )  # fmt: skip
            assert decision.is_late

        record = json.loads(sign(session, now=later).record)

        assert [each["late"] for each in record["screening"]["decisions"]] == [True] * len(
            record["screening"]["decisions"]
        )

    def test_a_decision_of_the_day_is_not_late(self, session):
        ready_to_sign(session)
        on_time = json.loads(sign(session).record)["screening"]["decisions"]
        assert not any(each["late"] for each in on_time)

    def test_what_was_not_asked_on_the_day_is_not_made_up_later(self, session):
        recorded(session, by=session.plan.physician)
        with pytest.raises(NotOpen):
            rescreened(session, by=session.plan.physician, now=start_of(session) + DAY)


def test_a_colleague_who_treats_signs_and_the_record_names_who_was_planned(session):
    ready_to_sign(session)
    colleague = clinic.physician()

    record = json.loads(sign(session, by=colleague).record)

    assert record["signed_by"]["name"] == colleague.display_name
    assert record["planned_physician"]["name"] == session.plan.physician.display_name


def test_the_planned_physician_is_not_named_twice(session):
    ready_to_sign(session)
    assert json.loads(sign(session).record)["planned_physician"] is None


def test_a_room_takes_one_patient_at_a_time(session):
    first = session.appointment
    other = first_session(a_course()).appointment
    other.room, now = first.room, start_of(session)
    other.save()
    enter: dict[str, Any] = {"to": AppointmentState.IN_ROOM, "by": clinic.nurse(), "now": now}
    inside = change_state(appointment_id=first.pk, seen_version=first.version, **enter)

    with pytest.raises(RoomOccupied):
        change_state(appointment_id=other.pk, seen_version=other.version, **enter)

    change_state(
        appointment_id=first.pk, seen_version=inside.version,
        to=AppointmentState.ARRIVED, by=clinic.nurse(), now=now,
    )  # fmt: skip
    assert change_state(appointment_id=other.pk, seen_version=other.version, **enter)
