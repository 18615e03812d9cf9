"""PG2: what a booking costs in statements, those of its transaction included; refusals too."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.hours import actions as hours
from clinic.hours.models import Device
from clinic.hours.terms import Blocking
from clinic.refusals import Refused
from clinic.tests import builders as clinic
from treatments.booking import actions, rules, visits
from treatments.booking.models import Appointment
from treatments.booking.tests.world import NOW, TUESDAY, at, holding

MOST = 8

pytestmark = pytest.mark.django_db(transaction=True)


def cost_of(book):
    with CaptureQueriesContext(connection) as asked, suppress(Refused):
        book()
    return [each["sql"] for each in asked]


def test_a_booking_takes_at_most_eight_statements_with_everything(committed_world):
    world = committed_world

    nurse, device = clinic.nurse(), Device.objects.create(name="Lazer")

    plain = cost_of(lambda: world.book("10:00"))
    with_all = cost_of(lambda: world.book("11:00", nurse=nurse, device=device))
    keyed = cost_of(lambda: world.book("12:00", request_key=uuid4()))

    assert len(holding()) == 3
    assert [len(each) for each in (plain, with_all, keyed)] == [7, 7, MOST]
    assert (plain[1], plain[-1]) == ("BEGIN", "COMMIT")  # the transaction itself is counted
    assert sum("clinic_auditentry" in each for each in plain) == 1


def test_who_comes_too_late_is_told_so_by_one_statement_and_without_a_lock(committed_world):
    world = committed_world
    world.book("10:00")
    other = world.a_patient()

    taken = cost_of(lambda: world.book("10:00", patient=other))
    keyed = cost_of(lambda: world.book("10:00", patient=other, request_key=uuid4()))
    closed = cost_of(lambda: world.book("06:00", patient=other))

    assert [len(each) for each in (taken, keyed, closed)] == [1, 2, 1]
    assert not any("FOR NO KEY UPDATE" in each for each in (*taken, *keyed, *closed))


def test_who_is_refused_behind_the_locks_costs_no_more(committed_world, monkeypatch):
    world = committed_world
    world.book("10:00")
    other = world.a_patient()
    monkeypatch.setattr(actions, "refuse_early", lambda visits, **_more: None)

    refused = cost_of(lambda: world.book("10:00", patient=other, request_key=uuid4()))

    assert any("FOR NO KEY UPDATE" in each for each in refused)
    assert len(refused) <= MOST
    assert len(holding()) == 1


def test_the_early_look_lets_nobody_through(committed_world, monkeypatch):
    """It saw nothing: the look behind the locks refuses, and without that one the constraint."""
    world = committed_world
    world.book("10:00")
    monkeypatch.setattr(actions, "refuse_early", lambda visits, **_more: None)

    with pytest.raises(rules.SlotTaken) as behind_the_locks:
        world.book("10:15", patient=world.a_patient())
    monkeypatch.setattr(actions, "check_free", lambda visits, **_more: list(visits))
    with pytest.raises(rules.SlotTaken) as by_the_table:
        world.book("10:15", patient=world.a_patient())

    assert behind_the_locks.value.alternatives == by_the_table.value.alternatives
    assert len(behind_the_locks.value.alternatives) == 3
    assert Appointment.objects.count() == 1


def test_of_visits_that_are_inserted_together_none_stays_when_one_is_taken(
    committed_world, monkeypatch
):
    """Also for a caller that goes on after the refusal in a transaction of its own."""
    world = committed_world
    world.book("11:00", patient=world.a_patient())
    monkeypatch.setattr(actions, "check_free", lambda visits, **_more: list(visits))

    with transaction.atomic():
        with pytest.raises(rules.SlotTaken), transaction.atomic():
            actions.place([world.visit("10:00"), world.visit("11:00")], by=world.desk, now=NOW)
        assert Appointment.objects.count() == 1

    assert Appointment.objects.count() == 1


def test_a_booking_sent_again_is_answered_although_its_own_visit_is_in_the_way(committed_world):
    key = uuid4()

    first, second = (committed_world.book("10:00", request_key=key) for _time in range(2))

    assert first == second
    with pytest.raises(rules.SlotTaken):
        committed_world.book("10:00", request_key=uuid4())


@pytest.mark.parametrize("free_until", ["09:30", "10:30", "18:00"])
def test_the_nearest_times_are_the_same_however_far_is_looked(
    committed_world, monkeypatch, free_until
):
    """Looked for near the wish first, and farther only when too few are found there."""
    world = committed_world
    for day in range(-1, 4):
        starts, ends = at(free_until, TUESDAY + timedelta(days=day)), at("18:00", TUESDAY)
        if free_until != "18:00" and day:
            hours.block_time(
                member=world.physician, kind=Blocking.BLOCKED, starts_at=starts,
                ends_at=ends + timedelta(days=day), by=world.desk, now=NOW,
            )  # fmt: skip
    world.book("09:00", minutes=15 * 36 - 15)
    wish = world.visit("09:00", patient=world.a_patient())

    def alternatives():
        with pytest.raises(rules.SlotTaken) as refusal:
            visits.check_free([wish], now=NOW)
        return refusal.value.alternatives

    near = alternatives()
    monkeypatch.setattr(visits, "NEAR", visits.LOOK_AHEAD)
    assert near == alternatives()
    assert len(near) == 3
