import pytest
from django.db import OperationalError, transaction

from treatments.booking.locks import DEADLOCK, TRIES, again_after_deadlock


class Chosen(Exception):
    """What the driver raises under Django's error."""

    def __init__(self, pgcode):
        super().__init__(pgcode)
        self.pgcode = pgcode


def failing(times, pgcode=DEADLOCK):
    calls = []

    @again_after_deadlock
    def action():
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError("no") from Chosen(pgcode)
        return "done"

    return action, calls


@pytest.mark.django_db(transaction=True)
def test_a_victim_of_a_deadlock_tries_again():
    action, calls = failing(TRIES - 1)

    assert action() == "done"
    assert len(calls) == TRIES


@pytest.mark.django_db(transaction=True)
def test_the_tries_are_bounded():
    action, calls = failing(100)

    with pytest.raises(OperationalError):
        action()
    assert len(calls) == TRIES


@pytest.mark.django_db(transaction=True)
def test_what_is_no_deadlock_is_not_repeated():
    action, calls = failing(1, pgcode="57014")

    with pytest.raises(OperationalError):
        action()
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_nothing_is_repeated():
    action, calls = failing(1)

    with pytest.raises(OperationalError), transaction.atomic():
        action()
    assert len(calls) == 1
