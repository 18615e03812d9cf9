"""Many hands at once on kept times, repeated requests and days that are being closed (B5, B7-B9, B11)."""

import time
from datetime import timedelta
from functools import partial
from itertools import chain
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, connections

from clinic.hours import actions as hours
from clinic.hours.queries import day_bounds
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from treatments.booking import actions, holds, queries, rules
from treatments.booking.closures import standing_in
from treatments.booking.models import Appointment, BookingRequest, SlotHold
from treatments.booking.tests.racing import all_of, race
from treatments.booking.tests.world import NOW, TUESDAY, at, holding, overlaps_among

pytestmark = pytest.mark.django_db(transaction=True)

CLOCKS = [f"{hour:02}:{minute}" for hour in range(9, 18) for minute in ("00", "30")]
OVER = NOW + rules.KEPT_FOR


def hold(world, clock, *, now=NOW, **fields):
    return holds.hold_slot(**world.wish(clock, **fields), by=world.desk, now=now)


def second_hold(first, patient, *, by):
    """What no action makes: another patient's hold on the same time."""
    fields = ("physician", "room", "kind", "starts_at", "physician_from", "ends_at", "expires_at")
    return SlotHold.objects.create(
        **{name: getattr(first, name) for name in fields},
        patient=patient,
        made_at=NOW + timedelta(milliseconds=by),
    )


def confirm_all(world, kept):
    attempts = [
        partial(holds.confirm_hold, hold_id=each.pk, by=world.desk, now=NOW) for each in kept
    ]
    return all_of(attempts)


def pairs(world):
    kept = []
    for number, clock in enumerate(CLOCKS):
        first = hold(world, clock, patient=world.a_patient())
        kept.append((first, second_hold(first, world.a_patient(), by=number + 1)))
    return kept


def without_guards(monkeypatch):
    """No locks, no look at what is taken, no constraints; the caller puts the constraints back."""
    monkeypatch.setattr(holds, "lock_visits", lambda visits: None)
    monkeypatch.setattr(actions, "check_free", lambda visits, **kwargs: list(visits))
    guards = Appointment._meta.constraints[:5]
    with connection.schema_editor() as editor:
        for guard in guards:
            editor.remove_constraint(Appointment, guard)
    return guards


def with_guards(guards):
    SlotHold.objects.all().delete()
    Appointment.objects.all().delete()
    with connection.schema_editor() as editor:
        for guard in guards:
            editor.add_constraint(Appointment, guard)


class TestB5:
    def test_of_two_who_confirm_one_time_one_has_it(self, committed_world):
        kept = pairs(committed_world)

        answers = race(
            [confirm_all(committed_world, [pair[side] for pair in kept]) for side in (0, 1)]
        )

        for first, second in zip(*answers, strict=True):
            assert [type(first), type(second)].count(Appointment) == 1
            assert [type(first), type(second)].count(rules.SlotTaken) == 1
        assert len(holding()) == len(kept)
        assert overlaps_among(holding()) == []

    def test_one_hold_confirmed_by_two_tabs_is_one_visit(self, committed_world):
        kept = [
            hold(committed_world, clock, patient=committed_world.a_patient()) for clock in CLOCKS
        ]

        answers = race([confirm_all(committed_world, kept) for _tab in range(2)])

        assert answers[0] == answers[1]
        assert len(holding()) == len(kept)

    def test_without_locks_and_constraints_both_have_it(self, committed_world, monkeypatch):
        """The negative control."""
        kept = pairs(committed_world)
        guards = without_guards(monkeypatch)
        try:
            race([confirm_all(committed_world, [pair[side] for pair in kept]) for side in (0, 1)])
            booked = len(holding())
        finally:
            with_guards(guards)

        assert booked > len(kept)


def test_b7_a_booking_that_is_sent_many_times_is_one_booking(committed_world):
    world = committed_world
    wishes = [(uuid4(), clock, world.a_patient()) for clock in CLOCKS]

    def send(key, clock, patient):
        return actions.book(
            **world.wish(clock, patient=patient), request_key=key, by=world.desk, now=NOW
        )

    def cut_and_send(key, clock, patient):
        connections.close_all()
        return send(key, clock, patient)

    answers = race([all_of([partial(send, *wish) for wish in wishes]) for _tab in range(4)])
    answers += race([all_of([partial(cut_and_send, *wish) for wish in wishes])])

    booked = holding()
    assert len(booked) == len(wishes) == BookingRequest.objects.count()
    for same in zip(*answers, strict=True):
        assert len({each.pk for each in same}) == 1
    other = clinic.receptionist()
    for key, clock, patient in wishes[:3]:
        with pytest.raises(rules.IdempotencyMismatch):
            actions.book(**world.wish(clock, patient=patient), request_key=key, by=other, now=NOW)
        with pytest.raises(rules.IdempotencyMismatch):
            send(key, "08:45", patient)


def test_b8_a_time_whose_keeping_is_over_is_bookable_at_once(committed_world):
    world = committed_world
    kept = [hold(world, clock, patient=world.a_patient()) for clock in CLOCKS]
    too_late = [
        partial(holds.confirm_hold, hold_id=each.pk, by=world.desk, now=OVER) for each in kept
    ]
    others = [partial(world.book, clock, patient=world.a_patient(), now=OVER) for clock in CLOCKS]

    confirmed, booked = race([all_of(too_late), all_of(others)])

    assert {type(each) for each in confirmed} == {rules.HoldExpired}
    assert {type(each) for each in booked} == {Appointment}
    assert queries.live_holds(OVER).count() == 0
    assert len(holding()) == len(CLOCKS)


class TestB9:
    """Each visit that was booked before the closure is on its list; none comes after it."""

    def close(self, world, what):
        time.sleep(0.15)
        if what == "day":
            hours.close_day(on=TUESDAY, why="Elektrik", by=world.desk, now=NOW)
            return {each.pk for each in holding()}
        blocked = hours.block_time(
            **{what: {"member": world.physician, "room": world.room}[what]},
            kind=Blocking.ABSENCE,
            starts_at=day_bounds(TUESDAY)[0],
            ends_at=day_bounds(TUESDAY)[1],
            by=world.desk,
            now=NOW,
        )
        return {each.visit_id for each in blocked.standing}

    @pytest.mark.parametrize("what", ["member", "room", "day"])
    def test_while_many_book(self, committed_world, what):
        world = committed_world
        hands = [
            all_of(
                [
                    partial(world.book, clock, patient=world.a_patient())
                    for clock in CLOCKS[number::4]
                ]
            )
            for number in range(4)
        ]

        *answers, listed = race([*hands, partial(self.close, world, what)])

        assert {each.pk for each in holding()} == listed
        kinds = {type(each) for each in chain.from_iterable(answers)}
        assert kinds <= {Appointment, rules.NotBookable}

    def slow_booking(self, world, monkeypatch, *, patience_s):
        """A booking that has read the calendar and is not written yet when somebody closes.

        It waits for the closing, at most `patience_s`: behind the lock the closing waits for it.
        """
        check_free = actions.check_free
        reading, closed = Event(), Event()

        def slowly(*args, **kwargs):
            reading.set()
            closed.wait(patience_s)
            return check_free(*args, **kwargs)

        def close():
            assert reading.wait(30)
            try:
                return self.close(world, "member")
            finally:
                closed.set()

        monkeypatch.setattr(actions, "check_free", slowly)
        return race([partial(world.book, "10:00"), close])

    def test_a_booking_under_way_is_waited_for_and_listed(self, committed_world, monkeypatch):
        booked, listed = self.slow_booking(committed_world, monkeypatch, patience_s=0.6)

        assert listed == {booked.pk}

    def test_without_the_lock_it_is_on_no_list(self, committed_world, monkeypatch):
        """The negative control."""
        monkeypatch.setattr(hours, "_lock_row", lambda resource: None)

        booked, listed = self.slow_booking(committed_world, monkeypatch, patience_s=30)

        assert booked in holding()
        assert listed == set()


def test_b11_many_hands_keep_two_times_for_one_patient(committed_world):
    world = committed_world
    hands = [
        all_of([partial(hold, world, clock) for clock in CLOCKS[number::4]]) for number in range(4)
    ]

    answers = list(chain.from_iterable(race(hands)))

    assert queries.live_holds(NOW).count() == 2
    assert sum(isinstance(each, SlotHold) for each in answers) == 2
    assert {type(each) for each in answers} == {SlotHold, rules.TooManyHolds}


def test_a_herd_on_one_time_makes_no_deadlock(committed_world):
    """Plain inserts behind the locks: nobody meets anybody in the exclusion constraint."""
    world = committed_world

    def deadlocks():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            )
            return cursor.fetchone()[0]

    before = deadlocks()
    hands = [
        all_of([partial(world.book, clock, patient=world.a_patient()) for clock in CLOCKS[:5]])
        for _hand in range(8)
    ]

    race(hands)

    assert len(holding()) == 5
    assert deadlocks() == before


def test_closures_of_a_page_are_one_statement(committed_world, django_assert_num_queries):
    world = committed_world
    world.book("10:00")
    closures = [
        hours.closure_of_day(
            hours.close_day(on=TUESDAY + timedelta(days=days), why="x", by="test", now=NOW)
        )
        for days in range(5)
    ]

    with django_assert_num_queries(1):
        (visit,) = standing_in(closures)
    assert visit.starts_at == at("10:00")
