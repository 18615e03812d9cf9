"""The letters between and after the sessions, in the moment of sending: still wanted, still true?"""

import re
from datetime import timedelta

import pytest
from django.utils import translation

from clinic.messages.actions import send_due
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.analysis.tests.builders import an_analysis
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.plans.actions import stop_plan
from treatments.plans.models import PlannedSession
from treatments.plans.queries import planned_sessions
from treatments.plans.terms import SessionState
from treatments.reminders import letters, terms, uv
from treatments.reminders.actions import owe_for_course
from treatments.reminders.choices import OPTIONAL, choose
from treatments.reminders.terms import MessageKind
from treatments.reminders.tests.test_ledger import HEALTH_WORDS
from treatments.reminders.uv import UvIndex
from treatments.sessions.tests.builders import a_signed_session

pytestmark = pytest.mark.django_db


def sunny(day, latitude):
    return UvIndex(6.4, "by the test")


def dull(day, latitude):
    return UvIndex(2.4, "by the test")


@pytest.fixture
def signed():
    return a_signed_session()


def of_kind(kind):
    return Message.objects.filter(kind=kind).order_by("due_at")


def sweep_at(moment):
    return send_due(clock=lambda: moment)


class TestSunMornings:
    kind = MessageKind.SUN_MORNING

    @pytest.mark.parametrize("source", ["sunny", "dull"])
    def test_the_sun_of_that_morning_decides(self, signed, settings, source):
        settings.UV_SOURCE = f"{__name__}.{source}"
        first = of_kind(self.kind)[0]

        sweep_at(first.due_at)

        first.refresh_from_db()
        if source == "sunny":
            assert first.state == MessageState.SENT
        else:
            assert (first.state, first.reason) == (MessageState.CANCELLED, terms.LOW_SUN)

    def test_the_ledger_says_that_the_table_was_asked(self, signed, settings):
        settings.LATITUDE = 60.0
        first = of_kind(self.kind)[0]

        sweep_at(first.due_at)

        first.refresh_from_db()
        assert uv.is_table()
        assert first.reason == terms.LOW_SUN_BY_TABLE

    def test_a_morning_that_was_missed_is_not_made_up_for(self, signed, settings):
        settings.UV_SOURCE = f"{__name__}.sunny"
        first = of_kind(self.kind)[0]

        sweep_at(first.not_after + timedelta(minutes=1))

        first.refresh_from_db()
        assert first.state == MessageState.EXPIRED

    def test_a_change_of_the_course_owes_none_twice(self, signed):
        before = sorted(of_kind(self.kind).values_list("event_key", "due_at"))

        owe_for_course(signed.planned_session.plan, signed.signed_by, NOW + timedelta(hours=3))

        assert before
        assert sorted(of_kind(self.kind).values_list("event_key", "due_at")) == before

    def test_they_stand_before_the_next_session_only(self, signed):
        following = planned_sessions(signed.planned_session.plan)[1].appointment
        last = of_kind(self.kind).last()

        assert last.due_at < following.starts_at


class TestInvitation:
    kind = MessageKind.INVITATION

    @pytest.fixture
    def plan(self, signed):
        """Nothing of what is left has a time."""
        plan = signed.planned_session.plan
        left = PlannedSession.objects.filter(plan=plan).exclude(state=SessionState.DONE)
        visits = list(left.values_list("appointment", flat=True))
        left.update(state=SessionState.PLANNED, appointment=None)
        Appointment.objects.filter(pk__in=visits).update(state=AppointmentState.CANCELLED)
        owe_for_course(plan, signed.signed_by, NOW + timedelta(hours=3))
        return plan

    def test_it_is_sent_once_while_nothing_is_booked(self, plan):
        (owed,) = of_kind(self.kind)

        sweep_at(owed.due_at)
        sweep_at(owed.due_at + timedelta(hours=1))

        (sent,) = of_kind(self.kind)
        assert sent.state == MessageState.SENT

    def test_a_stopped_course_invites_nobody(self, plan):
        (owed,) = of_kind(self.kind)
        stop_plan(plan=plan, reason="moved away", by=plan.physician, now=NOW + timedelta(hours=4))

        sweep_at(owed.due_at)

        owed.refresh_from_db()
        assert owed.state == MessageState.CANCELLED

    def test_what_was_booked_past_the_ledger_is_seen_when_its_moment_has_come(self, plan):
        (owed,) = of_kind(self.kind)
        PlannedSession.objects.filter(plan=plan, state=SessionState.PLANNED).update(
            state=SessionState.CANCELLED
        )

        sweep_at(owed.due_at)

        owed.refresh_from_db()
        assert (owed.state, owed.reason) == (MessageState.CANCELLED, terms.TIME_FOUND)


class TestCheckVisit:
    kind = MessageKind.CHECK_VISIT

    @pytest.fixture
    def plan(self, signed):
        plan = signed.planned_session.plan
        stop_plan(plan=plan, reason="it is enough", by=plan.physician, now=NOW + timedelta(hours=4))
        return plan

    def test_three_looks_are_owed_and_the_first_is_sent(self, plan):
        first, *others = of_kind(self.kind)

        sweep_at(first.due_at)

        first.refresh_from_db()
        assert first.state == MessageState.SENT
        assert len(others) == 2

    def test_whoever_was_looked_at_since_is_not_written_to(self, plan):
        first = of_kind(self.kind)[0]
        an_analysis(plan.patient, by=plan.physician, now=first.due_at - timedelta(hours=1))

        sweep_at(first.due_at)

        first.refresh_from_db()
        assert (first.state, first.reason) == (MessageState.CANCELLED, terms.SEEN_AGAIN)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_no_letter_has_a_health_word(signed, language, settings):
    settings.UV_SOURCE = f"{__name__}.sunny"
    question = Message(patient_id=signed.patient_id, kind=MessageKind.LATE_CHECK)
    patient = signed.patient
    patient.language = language
    about = letters.queries.about(signed.planned_session_id)
    with translation.override(language):
        for words in (
            letters._sun_morning_words,
            lambda about, now: letters._late_check_words(about, now, question),
            letters._invitation_words,
            letters._check_visit_words,
        ):
            text = re.sub(r"/[\w:=.-]{30,}", "/", " ".join(words(about, NOW))).lower()
            assert not [each for each in HEALTH_WORDS if each in text], text


def test_each_kind_can_be_ended_in_one_press(signed):
    assert of_kind(MessageKind.SUN_MORNING).still_open().exists()
    assert {MessageKind.SUN_MORNING, MessageKind.INVITATION, MessageKind.CHECK_VISIT} <= set(
        OPTIONAL
    )
    choose(
        patient=signed.patient,
        kind=MessageKind.SUN_MORNING,
        wanted=False,
        by=clinic.receptionist(),
        now=NOW + timedelta(hours=5),
    )

    assert not of_kind(MessageKind.SUN_MORNING).still_open().exists()
