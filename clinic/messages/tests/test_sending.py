"""What becomes of an owed message: R2, R5, R9 and R11 of the test plan in their small size."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from clinic.messages import actions, terms
from clinic.messages.actions import cancel_messages, let_go_of_abandoned, owe_message, send_due
from clinic.messages.hooks import Letter, NotNow, NotTrueAnyMore
from clinic.messages.models import Message
from clinic.messages.rules import LEASE, MOST_TRIES
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import faulty_server, honest_server, use
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db


def clock():
    return NOW


def _at(moment):
    return moment


def state(message):
    message.refresh_from_db()
    return message.state


def test_a_due_message_is_sent_over_smtp_once(settings, composing, owed):
    message = owed("7")

    with honest_server(settings) as server:
        assert send_due(clock=clock) == 1
        assert send_due(clock=clock) == 0

    [letter] = server.letters
    assert letter["To"] == "ayse@example.org"
    assert letter["Message-ID"] == f"<{message.pk}@mesoderm.invalid>"
    assert "No 7" in letter.get_content()
    assert state(message) == MessageState.SENT
    assert message.sent_to == "ayse@example.org"
    assert message.finished_at == NOW


def test_turkish_letters_and_lines_of_dots_arrive_as_written(settings, composing, owed):
    text = "Şişli'de görüşmek üzere, Işık Hanım\n.\n..iki nokta\nson"
    composing(lambda message, now: Letter("ayse@example.org", "Yarın 15.40: Çiğdem", text))
    owed()

    with honest_server(settings) as server:
        send_due(clock=clock)

    [letter] = server.letters
    assert letter["Subject"] == "Yarın 15.40: Çiğdem"
    assert letter.get_content().splitlines() == text.splitlines()


def test_a_message_that_is_not_due_stays(settings, composing, owed):
    message = owed(due_at=NOW + timedelta(minutes=1))

    assert send_due(clock=clock) == 0
    assert state(message) == MessageState.PENDING


@pytest.mark.parametrize(
    ("fault", "expected", "taken"),
    [
        ("hang at banner", MessageState.PENDING, 0),
        ("421 at banner", MessageState.PENDING, 0),
        ("421 at MAIL", MessageState.PENDING, 0),
        ("drop at MAIL", MessageState.PENDING, 0),
        ("451 at RCPT", MessageState.PENDING, 0),
        ("550 at RCPT", MessageState.FAILED, 0),
        ("451 at DATA", MessageState.PENDING, 0),
        ("554 at DATA", MessageState.FAILED, 0),
        ("hang at DATA", MessageState.PENDING, 0),
        ("452 at the end", MessageState.PENDING, 0),
        ("554 at the end", MessageState.FAILED, 0),
        ("hang at the end", MessageState.UNCERTAIN, 1),
        ("drop at the end", MessageState.UNCERTAIN, 1),
        ("drop at QUIT", MessageState.SENT, 1),
    ],
)
def test_each_fault_of_the_mail_server_is_known_for_what_it_means(
    settings, composing, owed, fault, expected, taken
):
    message = owed()

    with faulty_server(settings, fault) as server:
        send_due(clock=clock)

    assert state(message) == expected
    assert server.taken == taken
    if expected == MessageState.PENDING:
        assert timedelta(minutes=1) <= message.due_at - NOW <= timedelta(minutes=1.2)
    if expected in {MessageState.FAILED, MessageState.UNCERTAIN}:
        assert message in Message.objects.needing_the_desk()


def test_a_server_that_refuses_the_connection_is_asked_again(settings, composing, owed):
    use(settings, 1)
    message = owed()

    send_due(clock=clock)

    assert state(message) == MessageState.PENDING
    assert message.reason == terms.NO_CONNECTION


def test_a_bad_certificate_is_told_at_once(settings, composing, owed, caplog, monkeypatch):
    import ssl

    def open_(self):
        raise ssl.SSLCertVerificationError("self-signed")

    use(settings, 1)
    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.open", open_)
    message = owed()

    send_due(clock=clock)

    assert state(message) == MessageState.PENDING
    assert "certificate" in caplog.text


def test_an_uncertain_message_is_never_sent_again_by_itself(settings, composing, owed):
    owed()
    with faulty_server(settings, "drop at the end"):
        send_due(clock=clock)

    with honest_server(settings) as server:
        send_due(clock=lambda: NOW + timedelta(hours=5))

    assert server.letters == []


def test_retries_end_on_the_desks_list(settings, composing, owed):
    use(settings, 1)
    message = owed()
    now = NOW

    for _try in range(MOST_TRIES):
        send_due(clock=partial(_at, now))
        message.refresh_from_db()
        now = message.due_at

    assert state(message) == MessageState.FAILED


def test_a_message_whose_time_has_passed_is_not_sent(settings, composing, owed):
    message = owed(not_after=NOW - timedelta(seconds=1))

    with honest_server(settings) as server:
        send_due(clock=clock)

    assert server.letters == []
    assert state(message) == MessageState.EXPIRED


def test_the_clock_is_read_for_each_message_not_once_for_the_run(settings, composing, owed):
    owed("1", due_at=NOW - timedelta(hours=2))
    late = owed("2", not_after=NOW + timedelta(minutes=10))
    moments = iter([NOW] * 5 + [NOW + timedelta(minutes=11)] * 20)

    with honest_server(settings) as server:
        send_due(clock=lambda: next(moments))

    assert len(server.letters) == 1
    assert state(late) == MessageState.EXPIRED


def test_a_message_that_is_not_true_any_more_is_cancelled_with_the_reason(composing, owed):
    composing(lambda message, now: NotTrueAnyMore("the session was moved"))
    message = owed()

    assert send_due(clock=clock) == 0
    assert state(message) == MessageState.CANCELLED
    assert message.reason == "the session was moved"


def test_a_message_that_must_wait_waits_and_no_try_is_counted(composing, owed):
    composing(lambda message, now: NotNow(until=NOW + timedelta(hours=3)))
    message = owed()

    send_due(clock=clock)

    assert state(message) == MessageState.PENDING
    assert message.due_at == NOW + timedelta(hours=3)
    assert message.tries == 0


def test_a_poisoned_message_lets_the_others_go(settings, composing, owed, caplog):
    def compose(message, now):
        if message.event_key == "13":
            raise RuntimeError("broken template")
        return Letter("ayse@example.org", "Klinik", message.event_key)

    composing(compose)
    for number in range(20):
        owed(str(number))
    poisoned = Message.objects.get(event_key="13")

    with honest_server(settings) as server:
        assert send_due(clock=clock) == 19
        now = NOW
        for _try in range(MOST_TRIES):
            poisoned.refresh_from_db()
            now = max(now, poisoned.due_at)
            send_due(clock=partial(_at, now))

    assert len(server.letters) == 19
    assert state(poisoned) == MessageState.FAILED
    assert poisoned.tries == MOST_TRIES
    assert poisoned in Message.objects.needing_the_desk()


def test_a_subject_that_no_header_can_carry_fails_alone(settings, composing, owed, caplog):
    composing(lambda message, now: Letter("ayse@example.org", "two\nlines", "text"))
    message = owed()

    with honest_server(settings) as server:
        send_due(clock=clock)

    assert server.letters == []
    assert state(message) == MessageState.FAILED


def test_a_message_cancelled_in_the_last_moment_is_not_sent(settings, composing, owed):
    message = owed()

    def compose(message, now):
        cancel_messages(about_ids=[message.about_id], why="session cancelled", now=now)
        return Letter("ayse@example.org", "Klinik", "text")

    composing(compose)
    with honest_server(settings) as server:
        send_due(clock=clock)

    assert server.letters == []
    assert state(message) == MessageState.CANCELLED


def test_a_cancelled_message_that_is_owed_again_waits_again(owed):
    patient_id, about_id = uuid4(), uuid4()
    message = owed("14:00", patient_id=patient_id, about_id=about_id)
    cancel_messages(about_ids=[about_id], why="moved", now=NOW)

    again = owed("14:00", patient_id=patient_id, about_id=about_id)

    assert again.pk == message.pk
    assert state(message) == MessageState.PENDING
    assert message.reason == ""


def test_a_sent_message_that_is_owed_again_stays_sent(settings, composing, owed):
    patient_id = uuid4()
    message = owed(patient_id=patient_id)
    with honest_server(settings) as server:
        send_due(clock=clock)
        owed(patient_id=patient_id)
        send_due(clock=clock)

    assert len(server.letters) == 1
    assert state(message) == MessageState.SENT


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (MessageState.CLAIMED, MessageState.PENDING),
        (MessageState.TRANSMITTING, MessageState.UNCERTAIN),
    ],
)
def test_a_dead_workers_message_is_found_again(owed, held, expected):
    message = owed()
    Message.objects.update(state=held, claimed_at=NOW, tries=1)

    let_go_of_abandoned(now=NOW + LEASE)
    assert state(message) == held

    let_go_of_abandoned(now=NOW + LEASE + timedelta(seconds=1))
    assert state(message) == expected


def test_a_message_that_ends_its_worker_each_time_is_given_to_the_desk(owed):
    message = owed()
    Message.objects.update(state=MessageState.CLAIMED, claimed_at=NOW, tries=MOST_TRIES)

    let_go_of_abandoned(now=NOW + LEASE * 2)

    assert state(message) == MessageState.FAILED


def test_a_worker_that_was_taken_for_dead_does_not_send_what_another_holds(
    settings, composing, owed
):
    """The fence: whoever lost its claim while it composed must not go on the wire."""
    message = owed()

    def compose(message, now):
        Message.objects.filter(pk=message.pk).update(claimed_at=NOW + LEASE)  # taken by another
        return Letter("ayse@example.org", "Klinik", "text")

    composing(compose)
    with honest_server(settings) as server:
        send_due(clock=clock)

    assert server.letters == []
    assert state(message) == MessageState.CLAIMED


def test_a_slow_worker_may_still_say_that_it_went_well(settings, composing, owed, monkeypatch):
    message = owed()
    send_email = actions.send_email

    def slowly(*args, **kwargs):
        answer = send_email(*args, **kwargs)
        let_go_of_abandoned(now=NOW + LEASE * 2)
        assert state(message) == MessageState.UNCERTAIN
        return answer

    monkeypatch.setattr(actions, "send_email", slowly)
    with honest_server(settings):
        send_due(clock=clock)

    assert state(message) == MessageState.SENT


def test_owing_twice_is_owing_once():
    facts: dict[str, Any] = {
        "patient_id": uuid4(),
        "kind": "test_letter",
        "event_key": "1",
        "about_id": uuid4(),
        "due_at": NOW,
        "not_after": NOW,
        "now": NOW,
    }

    assert owe_message(**facts).pk == owe_message(**facts).pk
    assert Message.objects.count() == 1
