"""A reminder that went out and is not true any more: put right once, by mail or by the desk."""

import random
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from clinic.messages import actions as ledger
from clinic.messages.actions import let_go_of_abandoned, send_due, settle_message
from clinic.messages.channels import Outcome
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.refusals import Refused
from clinic.tests import builders as clinic
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from treatments.booking.actions import cancel_appointment, move_appointment
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import planned_session, planned_sessions
from treatments.plans.terms import SessionState
from treatments.reminders import actions, queries
from treatments.reminders.terms import MessageKind
from treatments.sessions.tests.builders import LAST_WEEK, a_course, start_of
from treatments.tests.builders import a_booked_course

MINUTE = timedelta(minutes=1)
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))]


class Carrier:
    """Carries letters in place of SMTP; `outcome` says how it goes, `meanwhile` what happens then."""

    def __init__(self):
        self.letters = []
        self.outcome = lambda: Outcome.SENT
        self.before = self.meanwhile = lambda: None

    def __call__(self, letter, *, message_id, may_go, line):
        self.before()
        if not may_go():
            return Outcome.WITHDRAWN, ""
        self.meanwhile()
        outcome = self.outcome()
        if outcome in {Outcome.SENT, Outcome.UNKNOWN}:
            self.letters.append((message_id, letter))
        return outcome, ""

    @property
    def subjects(self):
        return [letter.subject for _message_id, letter in self.letters]


@pytest.fixture
def carrier(monkeypatch):
    carrier = Carrier()
    monkeypatch.setattr(ledger, "send_email", carrier)
    return carrier


@pytest.fixture
def plan(db):
    plan = a_course()
    Patient.objects.update(language="en")
    return planned_sessions(plan)[0].plan


@pytest.fixture
def desk():
    return clinic.receptionist()


def sweep(now):
    return send_due(clock=lambda: now)


def moved(session, by, now, **shift):
    visit = planned_session(session.pk).appointment
    return move_appointment(
        appointment_id=visit.pk,
        starts_at=visit.starts_at + timedelta(**shift),
        seen_version=visit.version,
        by=by,
        now=now,
    )


def cancelled(session, by, now):
    visit = planned_session(session.pk).appointment
    cancel_appointment(appointment_id=visit.pk, seen_version=visit.version, by=by, now=now)


def corrections(session):
    return Message.objects.filter(about_id=session.pk, kind=MessageKind.CORRECTION)


@pytest.fixture
def reminded(plan, carrier):
    """The last session of the course, of which the patient was reminded; and the moment after."""
    session = planned_sessions(plan)[5]
    now = start_of(session) - timedelta(hours=20)
    Message.objects.exclude(about_id=session.pk).delete()
    sweep(now)
    assert len(carrier.letters) == 1
    return session, now


def test_a_move_after_the_reminder_is_told_once_and_reminded_of_again(reminded, carrier, desk):
    session, now = reminded
    moved(session, desk, now, days=7)

    sweep(now)
    assert len(carrier.letters) == 1  # the desk may still change its mind
    sweep(now + MINUTE)
    sweep(now + 5 * MINUTE)

    [_reminder, (_id, letter)] = carrier.letters
    assert "now Monday 4 January, 10:00" in letter.subject
    assert "Monday 28 December, 10:00" in letter.text
    waiting = Message.objects.filter(about_id=session.pk, state=MessageState.PENDING)
    assert {each.kind for each in waiting} == {MessageKind.SESSION_REMINDER}


def test_a_move_within_the_day_is_one_letter_and_not_two(reminded, carrier, desk):
    session, now = reminded
    moved(session, desk, now, hours=2)
    sweep(now + MINUTE)
    sweep(now + timedelta(hours=10))

    assert [subject[-5:] for subject in carrier.subjects] == ["10:00", "12:00"]


def test_several_moves_become_one_letter_with_the_last_time(reminded, carrier, desk):
    session, now = reminded
    for minute in range(3):
        moved(session, desk, now + minute * MINUTE / 2, hours=1)
        sweep(now + minute * MINUTE / 2)
    sweep(now + 3 * MINUTE)

    assert [subject[-5:] for subject in carrier.subjects] == ["10:00", "13:00"]
    assert corrections(session).filter(state=MessageState.CANCELLED).count() == 2


def test_moved_back_to_the_very_time_owes_nothing(reminded, carrier, desk):
    session, now = reminded
    moved(session, desk, now, hours=2)
    moved(session, desk, now, hours=-2)
    sweep(now + 5 * MINUTE)

    assert len(carrier.letters) == 1
    assert not corrections(session).exclude(state=MessageState.CANCELLED).exists()


def test_a_cancelled_visit_is_told_and_asks_to_call(reminded, carrier, desk, settings):
    session, now = reminded
    cancelled(session, desk, now)
    sweep(now + MINUTE)

    [_reminder, (_id, letter)] = carrier.letters
    assert "cancelled" in letter.subject
    assert "Monday 28 December, 10:00" in letter.text
    assert settings.CLINIC_PHONE in letter.text


def test_a_reminder_that_was_stopped_in_time_needs_no_correction(plan, carrier, desk):
    session = planned_sessions(plan)[5]
    Message.objects.exclude(about_id=session.pk).delete()
    now = start_of(session) - timedelta(hours=20)
    moves = iter([lambda: moved(session, desk, now, hours=2)])
    carrier.before = lambda: next(moves, lambda: None)()
    sweep(now)
    assert carrier.letters == []
    sweep(now + timedelta(hours=20))

    assert [subject[-5:] for subject in carrier.subjects] == ["12:00"]
    assert not corrections(session).exists()


def test_a_reminder_on_the_wire_is_corrected(plan, carrier, desk):
    session = planned_sessions(plan)[5]
    Message.objects.exclude(about_id=session.pk).delete()
    now = start_of(session) - timedelta(hours=20)
    carrier.meanwhile = lambda: moved(session, desk, now, hours=2)
    sweep(now)
    carrier.meanwhile = lambda: None
    sweep(now + 2 * MINUTE)

    assert [subject[-5:] for subject in carrier.subjects] == ["10:00", "12:00"]


def test_a_reminder_that_came_back_from_the_wire_needs_no_correction(plan, carrier, desk):
    session = planned_sessions(plan)[5]
    Message.objects.exclude(about_id=session.pk).delete()
    now = start_of(session) - timedelta(hours=20)
    carrier.meanwhile = lambda: moved(session, desk, now, hours=2)
    carrier.outcome = lambda: Outcome.TRY_LATER
    sweep(now)
    carrier.meanwhile, carrier.outcome = (lambda: None), (lambda: Outcome.SENT)
    sweep(now + 10 * MINUTE)

    assert carrier.letters == []
    # Nothing was said, so the ordinary reminder of the new time is owed again with the next change.
    assert not corrections(session).exclude(state=MessageState.CANCELLED).exists()


def test_a_worker_that_dies_with_a_correction_does_not_send_it_twice(reminded, carrier, desk):
    session, now = reminded
    moved(session, desk, now, hours=2)
    corrections(session).update(state=MessageState.TRANSMITTING, claimed_at=now)

    later = now + 10 * MINUTE
    let_go_of_abandoned(now=later)
    sweep(later)

    assert len(carrier.letters) == 1
    assert corrections(session).get().state == MessageState.UNCERTAIN
    assert corrections(session).needing_the_desk().exists()


@pytest.mark.parametrize("reminder_state", [MessageState.UNCERTAIN, MessageState.SENT])
def test_an_uncertain_reminder_is_corrected_by_telephone(reminded, carrier, desk, reminder_state):
    session, now = reminded
    Message.objects.filter(about_id=session.pk).update(state=reminder_state)
    moved(session, desk, now, hours=2)

    calls = Message.objects.filter(about_id=session.pk).needing_the_desk()
    by_phone = reminder_state == MessageState.UNCERTAIN
    assert [each.kind for each in calls] == ([MessageKind.CORRECTION] if by_phone else [])


def test_who_wants_no_mail_any_more_is_called(reminded, carrier, desk):
    session, now = reminded
    moved(session, desk, now, hours=2)
    Patient.objects.update(reminders=ReminderWish.PAPER)
    sweep(now + MINUTE)

    assert len(carrier.letters) == 1
    assert corrections(session).get().state == MessageState.TO_CALL


def test_a_correction_that_no_server_takes_ends_as_a_call(reminded, carrier, desk):
    session, now = reminded
    moved(session, desk, now, hours=2)
    sweep(start_of(planned_session(session.pk)) - timedelta(hours=3, minutes=30))

    assert corrections(session).get().state == MessageState.TO_CALL


def test_a_call_that_was_made_counts_as_told(reminded, carrier, desk):
    session, _now = reminded
    late = start_of(session) - timedelta(hours=2)
    moved(session, desk, late, hours=2)
    call = corrections(session).get()
    assert call.state == MessageState.TO_CALL
    assert settle_message(message=call, by=desk, now=late)

    moved(session, desk, late, minutes=15)  # told 12:00 by telephone, now 12:15
    second = corrections(session).exclude(pk=call.pk).get()
    assert str(call.pk) in second.event_key


def test_a_call_whose_time_changed_cannot_be_ticked(reminded, carrier, desk):
    session, _now = reminded
    late = start_of(session) - timedelta(hours=2)
    moved(session, desk, late, hours=2)
    stale = corrections(session).get()
    moved(session, desk, late, hours=1)

    assert not settle_message(message=stale, by=desk, now=late)
    [call] = Message.objects.needing_the_desk()
    assert "13:00" in queries.words_to_say([call])[call.pk]


@pytest.fixture
def page(client, reminded, desk, monkeypatch):
    """The desk's browser, in the hour of the reminder."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: reminded[1])
    client.force_login(desk)
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize("name", ["booking:move", "booking:cancel"])
def test_the_desk_sees_before_it_confirms_that_the_patient_was_told(page, reminded, name):
    visit = planned_session(reminded[0].pk).appointment

    text = page.get(reverse(name, args=[visit.pk])).content.decode()
    assert "the patient was told: Monday 28 December, 10:00" in text
    assert "A correction will be sent by e-mail" in text

    Patient.objects.update(reminders=ReminderWish.PAPER, phone="+905321234567")
    text = page.get(reverse(name, args=[visit.pk])).content.decode()
    assert "please call 0532" in text

    Message.objects.all().delete()
    assert "was told" not in page.get(reverse(name, args=[visit.pk])).content.decode()


def test_the_call_stands_on_today_and_on_messages_until_it_is_ticked(page, reminded, desk):
    session, _now = reminded
    Patient.objects.update(reminders=ReminderWish.PAPER)
    visit = planned_session(session.pk).appointment
    answer = page.post(
        reverse("booking:cancel", args=[visit.pk]), {"version": visit.version}, follow=True
    )
    assert "please call" in answer.content.decode()

    for name in ("today", "messages:list"):
        text = page.get(reverse(name)).content.decode()
        assert "The appointment of Monday 28 December, 10:00 is cancelled." in text
    call = corrections(session).get()
    page.post(reverse("messages:settle", args=[call.pk]))
    for name in ("today", "messages:list"):
        assert "is cancelled." not in page.get(reverse(name)).content.decode()


class Clinic:
    """Random days: books, moves, cancels, sends, fails, telephones; keeps its own record of what
    was said to the patient."""

    def __init__(self, plan: TreatmentPlan, carrier: Carrier, seed: int) -> None:
        self.plan, self.carrier = plan, carrier
        self.dice = random.Random(seed)
        self.desk = clinic.receptionist()
        self.now = start_of(planned_sessions(plan)[0]) - timedelta(hours=24)
        self.told: dict[object, datetime | None] = {}
        self.times: set[datetime] = set()
        carrier.outcome = self.any_outcome
        self.heard = len(carrier.letters)

    def any_outcome(self) -> Outcome:
        return self.dice.choices(
            [Outcome.SENT, Outcome.UNKNOWN, Outcome.REFUSED, Outcome.TRY_LATER], [12, 1, 1, 1]
        )[0]

    def listen(self) -> None:
        """What the letters say, read as the patient reads them."""
        booked = [each for each in planned_sessions(self.plan) if each.appointment]
        self.times |= {start_of(each) for each in booked}
        for message_id, letter in self.carrier.letters[self.heard :]:
            message = Message.objects.get(pk=message_id)
            if message.kind == MessageKind.COURSE_CONFIRMATION:
                self.read_all(message, letter.text)
                continue
            says = self.read(letter.text.split("\n\n")[1])
            if message.kind == MessageKind.CORRECTION:
                assert self.told.get(message.about_id, "nothing") != says, "corrected without need"
            self.told[message.about_id] = says
        self.heard = len(self.carrier.letters)

    def read_all(self, message: Message, text: str) -> None:
        """The letter about all times names exactly those that are booked in this moment."""
        booked = [each for each in planned_sessions(self.plan) if each.appointment]
        with translation.override("en"):
            for session in booked:
                if session.state == SessionState.BOOKED:
                    assert queries.when(start_of(session)) in text
                    self.told[session.pk] = start_of(session)

    def read(self, words: str) -> datetime | None:
        if "is cancelled" in words:
            return None
        with translation.override("en"):
            by_words = {queries.when(time): time for time in self.times}
        return by_words[words.splitlines()[-1]]

    def step(self) -> None:
        act = self.dice.choice(
            [
                self.wait,
                self.send,
                self.move,
                self.move,
                self.cancel,
                self.book,
                self.call,
                self.send,
            ]
        )
        with suppress(Refused):
            act()
        self.listen()

    def wait(self) -> None:
        self.now += timedelta(minutes=self.dice.choice([1, 5, 60, 240]))
        self.send()

    def send(self) -> None:
        sweep(self.now)

    def booked(self):
        sessions = planned_sessions(self.plan)
        return [
            each
            for each in sessions
            if each.state == SessionState.BOOKED and start_of(each) > self.now
        ][:2]

    def move(self) -> None:
        for session in self.booked()[:1]:
            shift = self.dice.choice([{"hours": 1}, {"hours": -1}, {"minutes": 15}, {"days": 1}])
            moved(session, self.desk, self.now, **shift)

    def cancel(self) -> None:
        for session in self.booked()[:1]:
            if self.dice.random() < 0.5:
                cancelled(session, self.desk, self.now)

    def book(self) -> None:
        a_booked_course(plan=self.plan, now=self.now, by=self.desk)

    def call(self) -> None:
        for message in Message.objects.needing_the_desk().filter(kind__in=queries.TIME_TELLING):
            words = queries.words_to_say([message])[message.pk]
            session = planned_session(message.about_id)
            if session.state == SessionState.BOOKED:
                assert queries.when(start_of(session)) in words
                self.told[message.about_id] = start_of(session)
            else:
                self.told[message.about_id] = None
            assert settle_message(message=message, by=self.desk, now=self.now)

    def settle(self) -> None:
        """Every mail arrives and every call is made."""
        self.carrier.outcome = lambda: Outcome.SENT
        for _round in range(3):
            sweep(self.now)
            self.listen()
            self.now += timedelta(minutes=2)
            self.call()

    def untrue(self) -> list[str]:
        """What the patient believes of the time to come and is not so."""
        sessions = planned_sessions(self.plan)
        booked = [each for each in sessions if each.state == SessionState.BOOKED]
        truths = {start_of(each) for each in booked}
        coming = {each.pk for each in booked if start_of(each) > self.now}
        wrong = []
        for about, says in self.told.items():
            if says is None and about in coming:
                wrong.append(f"{about} believed cancelled")
            if says is not None and says > self.now and says not in truths:
                wrong.append(f"{about} believed {says}")
        return wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_desk_does_the_patient_ends_up_with_the_truth(plan, carrier, seed):
    assert untrue_after_all(Clinic(plan, carrier, seed), carrier) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("telling_courses")
def test_whoever_was_told_of_the_whole_course_ends_up_with_the_truth(db, carrier, seed):
    """Each of the times in one letter is put right like any other that was told."""
    plan = a_course()
    Patient.objects.update(language="en")
    days = Clinic(planned_sessions(plan)[0].plan, carrier, seed)
    days.now = LAST_WEEK + MINUTE
    carrier.outcome = lambda: Outcome.SENT
    sweep(days.now)
    days.listen()
    carrier.outcome = days.any_outcome
    assert len(days.told) == 6
    days.now = start_of(planned_sessions(plan)[0]) - timedelta(hours=24)

    assert untrue_after_all(days, carrier) == []


def untrue_after_all(days: Clinic, carrier: Carrier) -> list[str]:
    """What the patient believes wrongly in the end; meanwhile nothing untrue stands without anybody
    who owes the truth, and no letter goes out twice.
    """
    for _step in range(30):
        days.step()
        open_corrections = Message.objects.filter(kind__in=queries.TIME_TELLING)
        assert (
            not days.untrue()
            or open_corrections.filter(
                state__in=[
                    MessageState.PENDING,
                    MessageState.TO_CALL,
                    MessageState.FAILED,
                    MessageState.UNCERTAIN,
                ]
            ).exists()
        )
    days.settle()

    ids = [message_id for message_id, _letter in carrier.letters]
    assert len(ids) == len(set(ids))
    return days.untrue()


@pytest.mark.slow
def test_without_corrections_patients_believe_what_is_not_so(db, carrier, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(actions, "owed_corrections", lambda *_sessions, **_facts: [])
    wrong = []
    for seed in range(6):
        Message.objects.all().delete()
        plan = a_course()
        Patient.objects.update(language="en")
        days = Clinic(planned_sessions(plan)[0].plan, carrier, seed)
        for _step in range(30):
            days.step()
        days.settle()
        wrong += days.untrue()
        if wrong:
            break

    assert wrong != []
