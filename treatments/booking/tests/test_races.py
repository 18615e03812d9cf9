"""Eight hands on ten times: the promise that no peer keeps, and what happens without our guards."""

import random
from functools import partial
from itertools import chain
from typing import Any

import pytest
from django.db import connection

from treatments.booking import actions
from treatments.booking.models import Appointment
from treatments.booking.rules import SlotTaken, StaleVersion
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.racing import all_of, race
from treatments.booking.tests.world import NOW, at, holding, overlaps_among

HANDS = 8
CLOCKS = [f"{hour}:{minute}" for hour in range(10, 15) for minute in ("00", "30")]

pytestmark = pytest.mark.django_db(transaction=True)


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def everybody_wants_everything(world, *, seed=7):
    """Each hand has its own patients and tries all ten times in an order of its own."""
    shuffler = random.Random(seed)
    hands = []
    for _hand in range(HANDS):
        clocks = shuffler.sample(CLOCKS, len(CLOCKS))
        hands.append(
            all_of([partial(world.book, clock, patient=world.a_patient()) for clock in clocks])
        )
    return hands


@pytest.mark.slow
def test_ten_times_are_booked_exactly_ten_times(committed_world):
    hands = everybody_wants_everything(committed_world)
    before = deadlocks()

    answers: list[Any] = list(chain.from_iterable(race(hands)))

    booked = holding()
    assert len(booked) == len(CLOCKS)
    assert overlaps_among(booked) == []
    refused = [each for each in answers if isinstance(each, SlotTaken)]
    assert len(refused) == HANDS * len(CLOCKS) - len(CLOCKS)
    assert deadlocks() == before


def test_staggered_times_never_overlap(committed_world):
    shuffler = random.Random(11)
    hands = [
        all_of(
            [
                partial(
                    committed_world.book,
                    f"{hour}:{minute:02}",
                    patient=committed_world.a_patient(),
                )
                for hour, minute in shuffler.sample(
                    [(h, m) for h in (10, 11) for m in range(0, 60, 10)], 12
                )
            ]
        )
        for _hand in range(4)
    ]

    race(hands)

    assert overlaps_among(holding()) == []
    assert holding()


@pytest.mark.slow
def test_without_the_constraint_and_the_locks_the_same_race_books_twice(
    committed_world, monkeypatch
):
    """The negative control: the race is hard enough to see a missing guard."""
    hands = everybody_wants_everything(committed_world)
    guards = Appointment._meta.constraints[:3]
    monkeypatch.setattr(actions, "lock_visits", lambda visits: None)
    with connection.schema_editor() as editor:
        for guard in guards:
            editor.remove_constraint(Appointment, guard)
    try:
        race(hands)
        doubled = len(holding())
    finally:
        Appointment.objects.all().delete()
        with connection.schema_editor() as editor:
            for guard in guards:
                editor.add_constraint(Appointment, guard)

    assert doubled > len(CLOCKS)


def test_of_two_who_move_one_visit_the_second_is_told(committed_world):
    booked = committed_world.book("10:00")

    def move(clock):
        return actions.move_appointment(
            appointment_id=booked.pk,
            starts_at=at(clock),
            seen_version=1,
            by=committed_world.desk,
            now=NOW,
        )

    answers = race([partial(move, "14:00"), partial(move, "15:00")])

    assert sorted(type(each).__name__ for each in answers) == ["Appointment", "StaleVersion"]
    assert len(holding()) == 1
    assert committed_world.book("10:00", patient=committed_world.a_patient())


def test_cancelling_against_moving_leaves_one_truth(committed_world):
    booked = committed_world.book("10:00")
    common = {
        "appointment_id": booked.pk,
        "seen_version": 1,
        "by": committed_world.desk,
        "now": NOW,
    }

    answers = race(
        [
            partial(actions.cancel_appointment, **common),
            partial(actions.move_appointment, starts_at=at("14:00"), **common),
        ]
    )

    assert sum(isinstance(each, StaleVersion) for each in answers) == 1
    booked.refresh_from_db()
    assert booked.version == 2
    assert (booked.state == AppointmentState.CANCELLED) == (booked.starts_at == at("10:00"))


def test_two_visits_that_change_places_do_not_wait_for_ever(committed_world):
    one = committed_world.book("10:00")
    other = committed_world.book("11:00", patient=committed_world.a_patient())

    def move(appointment, clock):
        return actions.move_appointment(
            appointment_id=appointment.pk,
            starts_at=at(clock),
            seen_version=1,
            by=committed_world.desk,
            now=NOW,
        )

    answers = race([partial(move, one, "11:00"), partial(move, other, "10:00")])

    assert all(isinstance(each, SlotTaken) for each in answers)
    assert len(holding()) == 2
