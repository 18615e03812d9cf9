"""A time that is taken and cannot hold: nobody is told that it stands, nor that it is called off."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from clinic.messages import actions as ledger
from clinic.messages.actions import send_due, settle_message
from clinic.messages.channels import Outcome
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from treatments.plans import hooks
from treatments.plans.actions import hold_plan, release_plan, release_slots, stop_plan
from treatments.plans.models import PlannedSession
from treatments.plans.queries import held_appointments, planned_session, planned_sessions
from treatments.reminders import queries, rules, terms
from treatments.reminders.rules import CourseSession
from treatments.reminders.terms import MessageKind
from treatments.sessions.tests.builders import LAST_WEEK, a_course, start_of
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sent(monkeypatch):
    letters = []

    def carry(letter, *, message_id, may_go, line):
        if not may_go():
            return Outcome.WITHDRAWN, ""
        letters.append(letter)
        return Outcome.SENT, ""

    monkeypatch.setattr(ledger, "send_email", carry)
    return letters


@pytest.fixture
def plan():
    plan = a_course()
    Patient.objects.update(language="en")
    return planned_sessions(plan)[0].plan


@pytest.fixture
def desk():
    return clinic.receptionist()


def sweep(now):
    return send_due(clock=lambda: now)


def last_of(plan):
    """The last session, and 20 hours before it; what is about the others is put out of the way."""
    session = planned_sessions(plan)[5]
    Message.objects.exclude(about_id=session.pk).delete()
    return session, start_of(session) - timedelta(hours=20)


def marked(session, now):
    """As a finding with a date marks it: the time stays, and is to be moved."""
    day = start_of(session).date() + timedelta(days=3)
    PlannedSession.objects.filter(pk=session.pk).update(wait_until=day)
    hooks.course_changed(session.plan, clinic.physician(), now)


def unmarked(session, now):
    PlannedSession.objects.filter(pk=session.pk).update(wait_until=None)
    hooks.course_changed(session.plan, clinic.physician(), now)


def calls(session):
    return Message.objects.filter(about_id=session.pk, state=MessageState.TO_CALL)


def held(session, now):
    return hold_plan(plan=session.plan, reason="New answers.", by=session.plan.physician, now=now)


WAYS = pytest.mark.parametrize("unsettle", [marked, held])


@WAYS
def test_no_reminder_says_that_it_stands_and_the_desk_is_asked_to_call(plan, sent, unsettle):
    session, reminder_time = last_of(plan)
    unsettle(session, LAST_WEEK)
    assert not calls(session).exists()  # there is time to move it or to give it back

    sweep(reminder_time)

    assert sent == []
    assert calls(session).get().reason == terms.UNSETTLED
    with translation.override("en"):
        words = queries.words_to_say([calls(session).get()])
    assert "cannot take place" in words[calls(session).get().pk]


@WAYS
def test_without_the_rule_the_patient_would_be_reminded_of_it(plan, sent, unsettle, monkeypatch):
    monkeypatch.setattr(queries, "_is_unsettled", lambda _session, _visit: False)
    monkeypatch.setattr("treatments.reminders.letters._why_no_reminder", lambda *_args: "")
    session, reminder_time = last_of(plan)
    unsettle(session, LAST_WEEK)

    sweep(reminder_time)

    assert not calls(session).exists()
    assert bool(sent) is (unsettle is marked)  # a hold never sent one; a mark did


@WAYS
def test_whoever_was_reminded_before_is_called_at_once_and_gets_no_letter(plan, sent, unsettle):
    session, now = last_of(plan)
    sweep(now)
    assert len(sent) == 1

    unsettle(session, now + MINUTE)
    sweep(now + 5 * MINUTE)

    assert len(sent) == 1  # the time is still taken: nothing is called off
    assert calls(session).get().reason == terms.UNSETTLED


def test_a_time_that_is_given_back_is_called_off_by_letter(plan, sent, desk):
    session, now = last_of(plan)
    sweep(now)
    held(session, now + MINUTE)
    seen = [each.pk for each in held_appointments(session.plan)]
    release_slots(plan=session.plan, seen=seen, by=desk, now=now + 2 * MINUTE)

    sweep(now + 5 * MINUTE)

    assert [letter.subject.partition(": ")[2] for letter in sent[1:]] == ["appointment cancelled"]
    assert not calls(session).exists()  # the letter takes the place of the call


def test_a_course_that_goes_on_in_time_is_reminded_as_if_nothing_had_been(plan, sent):
    session, reminder_time = last_of(plan)
    held(session, LAST_WEEK)
    release_plan(plan=session.plan, by=session.plan.physician, now=LAST_WEEK + MINUTE)
    Message.objects.exclude(about_id=session.pk).delete()

    sweep(reminder_time)

    assert len(sent) == 1
    assert not calls(session).exists()


def test_a_mark_that_goes_away_gives_the_reminder_back(plan, sent):
    session, reminder_time = last_of(plan)
    marked(session, LAST_WEEK)
    unmarked(session, LAST_WEEK + MINUTE)

    sweep(reminder_time)

    assert len(sent) == 1


def test_whoever_was_telephoned_and_comes_after_all_hears_it(plan, sent, desk):
    session, now = last_of(plan)
    marked(session, now)
    assert settle_message(message=calls(session).get(), by=desk, now=now + MINUTE)

    unmarked(session, now + 2 * MINUTE)
    sweep(now + 5 * MINUTE)

    [letter] = sent
    assert "after all" in letter.text


def test_a_call_that_was_made_is_asked_for_once(plan, sent, desk):
    session, now = last_of(plan)
    held(session, now)
    assert settle_message(message=calls(session).get(), by=desk, now=now + MINUTE)
    hooks.course_changed(session.plan, desk, now + 2 * MINUTE)
    sweep(now + 5 * MINUTE)

    assert not calls(session).filter(settled_at=None).exists()
    assert sent == []


def test_a_patient_without_mail_is_telephoned_too(plan, sent):
    session, now = last_of(plan)
    Patient.objects.update(reminders=ReminderWish.PAPER)
    marked(planned_session(session.pk), now)

    assert calls(session).get().reason == terms.UNSETTLED


def test_an_unsettled_session_is_expected_at_no_time():
    stands = CourseSession(id=UUID(int=1), state=rules.SessionState.BOOKED, starts_at=LAST_WEEK)
    assert stands.expected_at == LAST_WEEK
    assert replace(stands, unsettled=True).expected_at is None


@pytest.fixture
def told():
    """A course of which the patient was told the first time, seen now."""
    now = timezone.now()
    plan = a_booked_course(now=now)
    session = planned_sessions(plan)[0]
    key = f"{rules.reminder_key(session.pk, session.appointment.starts_at)}:0"
    Message.objects.filter(about_id=session.pk, kind=MessageKind.SESSION_REMINDER).delete()
    Message.objects.create(
        patient_id=plan.patient_id,
        kind=MessageKind.SESSION_REMINDER,
        event_key=key,
        about_id=session.pk,
        recorded_at=now,
        due_at=now,
        not_after=now,
        state=MessageState.SENT,
        finished_at=now,
    )
    return plan


def page(client, name, plan):
    args = [plan.patient_id] if name == "held" else [plan.patient_id, plan.pk]
    return client.get(reverse(f"plans:{name}", args=args))


def told_of(shown):
    notices = shown.context["notices"]
    assert all(escape(notice.text) in shown.content.decode() for notice in notices)
    return bool(notices)


def test_who_stops_or_gives_back_reads_first_what_the_patient_was_told(client, told):
    client.force_login(told.physician)
    assert told_of(page(client, "show", told))

    hold_plan(plan=told, reason="Rest.", by=told.physician, now=timezone.now())
    assert told_of(page(client, "held", told))

    Message.objects.all().delete()
    assert not told_of(page(client, "held", told))


def test_a_stopped_course_is_called_off_at_once(plan, sent):
    session, now = last_of(plan)
    sweep(now)
    stop_plan(plan=session.plan, reason="Moves away.", by=session.plan.physician, now=now)
    sweep(now + 2 * MINUTE)

    assert len(sent) == 2
