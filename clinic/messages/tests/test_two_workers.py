"""Two workers that ring at once, on real connections to the real database (R1, R6 in small)."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from clinic.messages import actions
from clinic.messages.actions import Claim, send_due
from clinic.messages.models import Message
from clinic.messages.queries import database_clock, steady_clock
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import honest_server
from clinic.tests.builders import NOW

MESSAGES, WORKERS = 40, 4


def sweep_together():
    gate = threading.Barrier(WORKERS)
    failures = []

    def work():
        try:
            gate.wait()
            send_due(clock=lambda: NOW)
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_exactly_once(settings, composing, owed):
    for number in range(MESSAGES):
        owed(str(number))

    with honest_server(settings, pause=0.01) as server:
        sweep_together()

    assert len(server.letters) == MESSAGES
    assert len({letter["Message-ID"] for letter in server.letters}) == MESSAGES
    assert Message.objects.filter(state=MessageState.SENT).count() == MESSAGES


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_messages_arrive_twice(settings, composing, owed, monkeypatch):
    """The negative control: look, then send, as one would without a ledger."""

    def look(clock, _most):
        due = Message.objects.due(clock()).order_by("due_at")[:1]
        claims = [Claim(message, clock()) for message in due]
        time.sleep(0.01)
        return claims

    monkeypatch.setattr(actions, "_claim", look)
    monkeypatch.setattr(
        Claim,
        "write",
        lambda claim, *states, **values: Message.objects.filter(pk=claim.message.pk).update(
            **values
        ),
    )
    for number in range(10):
        owed(str(number))

    with honest_server(settings, pause=0.01) as server:
        sweep_together()

    copies = Counter(letter["Message-ID"] for letter in server.letters)
    assert max(copies.values()) > 1


@pytest.mark.django_db
def test_the_clock_of_the_ledger_is_the_databases():
    before = database_clock()
    after = database_clock()

    assert before.tzinfo is not None
    assert before < after  # not the start of the transaction, which would stand still


@pytest.mark.django_db
def test_the_clock_of_a_ring_is_the_databases_and_goes_on_by_itself(django_assert_num_queries):
    with django_assert_num_queries(1):
        clock = steady_clock()
        first = clock()
        time.sleep(0.02)
        second = clock()

    assert timedelta(milliseconds=20) <= second - first < timedelta(seconds=5)
    assert abs(database_clock() - clock()) < timedelta(seconds=1)
