"""Many letters in one turn: one line to the server, messages taken in hand together."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.messages import actions
from clinic.messages.actions import CLAIMED_AT_ONCE, send_due
from clinic.messages.models import Message
from clinic.messages.rules import LEASE
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import Keeper, honest_server
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db


def clock():
    return NOW


def sent():
    return Message.objects.filter(state=MessageState.SENT).count()


def test_letters_go_over_one_line(settings, composing, owed):
    for number in range(CLAIMED_AT_ONCE + 2):
        owed(str(number))

    with honest_server(settings) as server:
        assert send_due(clock=clock) == CLAIMED_AT_ONCE + 2

    assert len(server.letters) == CLAIMED_AT_ONCE + 2
    assert server.lines == 1


def test_a_server_that_has_enough_of_the_line_gets_the_rest_over_another(
    settings, composing, owed, monkeypatch
):
    for number in range(5):
        owed(str(number))

    async def two_a_line(keeper, server, session, envelope, address, options):
        session.carried = getattr(session, "carried", 0) + 1
        if session.carried > 2:
            return "421 that is enough"
        envelope.mail_from = address
        return "250 OK"

    monkeypatch.setattr(Keeper, "handle_MAIL", two_a_line, raising=False)
    with honest_server(settings) as server:
        assert send_due(clock=clock) == 5

    assert len({letter["Message-ID"] for letter in server.letters}) == 5
    assert (len(server.letters), server.lines, sent()) == (5, 3, 5)


def test_an_address_that_is_refused_holds_up_nobody(settings, composing, owed, monkeypatch):
    bad, *others = [owed(str(number)) for number in range(3)]

    async def not_the_first(keeper, server, session, envelope, address, options):
        if not keeper.letters and not getattr(keeper, "refused", False):
            keeper.refused = True
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr(Keeper, "handle_RCPT", not_the_first, raising=False)
    with honest_server(settings) as server:
        assert send_due(clock=clock) == 2

    failed = Message.objects.get(state=MessageState.FAILED)
    assert failed.pk in {each.pk for each in [bad, *others]}
    assert (len(server.letters), sent()) == (2, 2)


def test_what_once_went_wrong_is_taken_in_hand_alone(owed):
    suspect = owed("0", due_at=NOW - timedelta(hours=2))
    Message.objects.filter(pk=suspect.pk).update(tries=1)
    others = {owed(str(number)).pk for number in range(1, 4)}

    first, second = (actions._claim(clock, CLAIMED_AT_ONCE) for _turn in range(2))

    assert [each.message.pk for each in first] == [suspect.pk]
    assert {each.message.pk for each in second} == others
    assert {each.message.tries for each in second} == {1}


def test_what_waited_too_long_in_one_hand_is_given_back_and_not_counted(composing, owed):
    """A server that takes a minute for each letter must not make the last one look dead."""
    moments = iter([NOW, NOW, NOW + LEASE])
    message = owed()

    with pytest.raises(StopIteration):  # the next turn, at which there is no clock any more
        send_due(clock=lambda: next(moments))

    message.refresh_from_db()
    assert (message.state, message.tries) == (MessageState.PENDING, 0)


def test_a_letter_costs_a_claim_shared_by_twenty_and_four_statements(settings, composing, owed):
    counts = []
    with honest_server(settings):
        for letters in (CLAIMED_AT_ONCE, 2 * CLAIMED_AT_ONCE):
            for number in range(letters):
                owed(f"{letters}-{number}")
            with CaptureQueriesContext(connection) as asked:
                assert send_due(clock=clock) == letters
            counts.append(len(asked))

    # Its composing in a transaction of its own, that it leaves now, and how it went; the claim.
    assert counts[1] - counts[0] == CLAIMED_AT_ONCE * 4 + 4
