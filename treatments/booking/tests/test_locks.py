import time

import pytest
from django.db import OperationalError, transaction
from django.db.transaction import TransactionManagementError

from clinic.hours.models import Device, Room
from clinic.staff.models import StaffMember
from clinic.tests import builders as clinic
from patients.records.models import Patient
from treatments.booking.locks import DEADLOCK, TRIES, again_after_deadlock, lock_resources
from treatments.booking.tests.racing import race


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


@pytest.fixture
def many_rows(committed_world):
    """Two of each kind, whose keys are locked."""
    world = committed_world
    return {
        "physicians": [world.physician.pk, clinic.physician().pk],
        "rooms": [world.room.pk, world.other_room.pk],
        "devices": [Device.objects.create(name=name).pk for name in ("Lazer", "Kalem")],
        "patients": [world.patient.pk, world.a_patient().pk],
    }


def is_locked(model, key):
    try:
        with transaction.atomic():
            model.objects.select_for_update(no_key=True, nowait=True).get(pk=key)
    except OperationalError:
        return True
    return False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "held", [0, *(pytest.param(kind, marks=pytest.mark.slow) for kind in range(1, 4))]
)
def test_rows_are_locked_kind_by_kind_and_in_the_order_of_their_keys(many_rows, held):
    """Somebody holds one kind: what comes before it is locked by now, what comes after it is not."""
    in_order = [
        (model, sorted(many_rows[kind], key=str))
        for model, kind in (
            (StaffMember, "physicians"), (Room, "rooms"), (Device, "devices"), (Patient, "patients"),
        )
    ]  # fmt: skip
    keys = [(model, key) for model, both in in_order for key in both]
    place = 2 * held + 1  # the second of its kind

    def lock_them_all():
        with transaction.atomic():
            lock_resources(**{kind: reversed(both) for kind, both in many_rows.items()})

    def watch():
        time.sleep(0.5)
        return [is_locked(*each) for each in keys]

    def hold():
        model, key = keys[place]
        with transaction.atomic():
            model.objects.select_for_update(no_key=True).get(pk=key)
            time.sleep(1.2)

    def later(hand, seconds):
        def run():
            time.sleep(seconds)
            return hand()

        return run

    _held, _locked, seen = race([hold, later(lock_them_all, 0.2), watch])

    assert seen == [number <= place for number in range(len(keys))]


@pytest.mark.django_db(transaction=True)
def test_who_names_the_rows_in_another_order_makes_no_deadlock(many_rows):
    """With a control: locked as they are named, two hands wait for each other at once."""

    def again_and_again(lock, keys):
        def hand():
            for _time in range(30):
                with transaction.atomic():
                    lock(keys)
            return "done"

        return hand

    def in_one_order(keys):
        lock_resources(**keys)

    def as_named(keys):
        for key in keys["physicians"]:
            StaffMember.objects.select_for_update(no_key=True).get(pk=key)
            time.sleep(0.02)

    backwards = {kind: list(reversed(both)) for kind, both in many_rows.items()}

    assert race(
        [again_and_again(in_one_order, each) for each in (many_rows, backwards) * 2]
    ) == ["done"] * 4  # fmt: skip
    with pytest.raises(OperationalError):
        race([again_and_again(as_named, each) for each in (many_rows, backwards)])


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_of_a_transaction_is_a_mistake():
    with pytest.raises(TransactionManagementError):
        lock_resources(physicians=(), rooms=(), patients=())
