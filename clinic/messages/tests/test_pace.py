"""How many leave in a minute: the law for any minute, and two workers on two connections."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clinic.messages import pace
from clinic.messages.actions import send_due
from clinic.messages.models import ChannelPace, Message
from clinic.messages.pace import MINUTE, rates_in, wait_for_turn
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import honest_server
from clinic.tests.builders import NOW


class InAnyMinute(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        rate=st.integers(1, 5),
        waits=st.lists(st.integers(0, 40), min_size=1, max_size=25),
    )
    def test_no_minute_has_more_than_the_rate(self, rate, waits):
        with self.settings(MESSAGE_RATES=f"sms={rate}"):
            ChannelPace.objects.all().delete()
            at, left = NOW, []
            for wait in waits:
                at += timedelta(seconds=wait)
                again = wait_for_turn("sms", at)
                if again is None:
                    left.append(at)
                else:
                    assert at < again <= at + MINUTE
        for first in left:
            assert sum(first <= each < first + MINUTE for each in left) <= rate


@pytest.mark.django_db
def test_who_is_told_to_wait_has_a_turn_then(settings):
    settings.MESSAGE_RATES = "sms=2"
    assert wait_for_turn("sms", NOW) is None
    assert wait_for_turn("sms", NOW + timedelta(seconds=10)) is None

    again = wait_for_turn("sms", NOW + timedelta(seconds=20))
    assert again == NOW + MINUTE
    assert wait_for_turn("sms", again) is None
    assert wait_for_turn("email", NOW) is None  # no limit of its own


@pytest.mark.parametrize("text", ["sms", "sms=", "sms=-1", "sms=0", "sms=x", "=a"])
def test_a_rate_that_is_none(text):
    with pytest.raises(ValueError, match=r".*"):
        rates_in(text)


def test_rates_are_read():
    assert rates_in("") == {}
    assert rates_in(" sms=60, email=300 ,") == {"sms": 60, "email": 300}


def together(workers=3):
    gate = threading.Barrier(workers)

    def work():
        try:
            gate.wait()
            send_due(clock=lambda: NOW)
        finally:
            connection.close()

    running = [threading.Thread(target=work) for _ in range(workers)]
    for worker in running:
        worker.start()
    for worker in running:
        worker.join()


@pytest.mark.django_db(transaction=True)
def test_workers_together_keep_the_rate(settings, composing, owed):
    settings.MESSAGE_RATES = "email=7"
    for number in range(20):
        owed(str(number))

    with honest_server(settings) as server:
        together()

    assert len(server.letters) == 7
    waiting = Message.objects.filter(state=MessageState.PENDING)
    assert waiting.count() == 13
    assert {each.due_at for each in waiting} == {NOW + MINUTE}
    assert {each.tries for each in waiting} == {0}  # waiting is no try


@pytest.mark.django_db(transaction=True)
def test_without_the_row_held_they_would_not(settings, composing, owed, monkeypatch):
    """The negative control: each worker counts for itself."""
    settings.MESSAGE_RATES = "email=7"
    own = threading.local()

    def alone(channel, now):
        own.count = getattr(own, "count", 0) + 1
        return None if own.count <= 7 else now + MINUTE

    monkeypatch.setattr("clinic.messages.actions.wait_for_turn", alone)
    monkeypatch.setattr("clinic.messages.actions.CLAIMED_AT_ONCE", 1)
    assert pace.wait_for_turn is not alone
    for number in range(20):
        owed(str(number))

    with honest_server(settings, pause=0.02) as server:
        together()

    assert len(server.letters) > 7
