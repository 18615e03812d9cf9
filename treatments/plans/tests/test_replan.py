"""One date of a course changes: what else moves, done as a whole, and taken back."""

from datetime import time, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection, transaction

from clinic.audit.models import AuditEntry
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.tests.builders import a_healthy_patient
from treatments.booking import actions as booking
from treatments.booking import hooks as booking_hooks
from treatments.booking.models import Appointment
from treatments.booking.rules import NotBookable, SlotTaken, StaleVersion
from treatments.booking.terms import HOLDING, AppointmentKind, AppointmentState
from treatments.booking.tests.world import at
from treatments.plans import actions, following, hooks, queries, rules
from treatments.plans.actions import Move
from treatments.plans.reflow import Wanted, propose_reflow
from treatments.plans.terms import PlanState, SessionState
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)
S = SessionState


def day(number):
    return timedelta(days=number)


def sessions(plan):
    return queries.planned_sessions(plan)


def states(plan):
    return [each.state for each in sessions(plan)]


def days(plan):
    return [on for _number, on in queries.dates_of(sessions(plan))]


def wanted(plan, number, on, at=None):
    return Wanted(sessions(plan)[number - 1], on, at)


def as_proposed(ripples):
    return [
        Move(
            session_id=each.session.pk,
            seen_version=0 if each.is_new else each.visit.version,
            starts_at=each.options[0].span.starts_at,
            room=each.options[0].room,
        )
        for each in ripples
        if not each.stays
    ]


def replan(plan, wish, *, now=NOW, moves=None):
    if moves is None:
        moves = as_proposed(propose_reflow(plan, wanted=wish, now=now))
    return actions.replan(plan=plan, moves=moves, by=clinic.receptionist(), now=now)


def say(session, to, now=NOW):
    visit = Appointment.objects.get(pk=session.appointment_id)
    return booking.change_state(
        appointment_id=visit.pk,
        to=to,
        seen_version=visit.version,
        by=clinic.receptionist(),
        now=now,
    )


def cancel(session, now=NOW):
    visit = Appointment.objects.get(pk=session.appointment_id)
    booking.cancel_appointment(
        appointment_id=visit.pk, seen_version=visit.version, by=clinic.receptionist(), now=now
    )


def take(physician, on, clock="10:00"):
    return booking.book(
        patient=a_healthy_patient(),
        physician=physician,
        room=clinic.room(),
        kind=AppointmentKind.CONSULTATION,
        starts_at=at(clock, on),
        ends_at=at(clock, on) + timedelta(minutes=30),
        by=clinic.receptionist(),
        now=NOW,
    )


class TestMoving:
    def test_the_ripple_says_who_must_move_and_who_stays(self):
        plan = a_booked_course()

        ripples = propose_reflow(plan, wanted=wanted(plan, 3, TUESDAY + day(16)), now=NOW)

        assert [each.stays for each in ripples] == [True, True, False, False, False, False]
        assert [each.is_wanted for each in ripples] == [False, False, True, False, False, False]
        assert [each.may_stay for each in ripples] == [False] * 6  # a week leaves no play
        assert [each.on for each in ripples] == [
            TUESDAY + day(number) for number in (0, 7, 16, 23, 30, 37)
        ]

    def test_it_is_done_as_a_whole_and_nothing_is_added_or_lost(self):
        plan = a_booked_course()
        before = [each.pk for each in sessions(plan)]

        moved = replan(plan, wanted(plan, 3, TUESDAY + day(16)))

        assert days(plan) == [TUESDAY + day(number) for number in (0, 7, 16, 23, 30, 37)]
        assert [each.pk for each in sessions(plan)] == before  # moving one of six creates no extra
        assert Appointment.objects.filter(patient=plan.patient, state__in=HOLDING).count() == 6
        assert Appointment.objects.filter(patient=plan.patient).count() == 6
        assert len(moved) == 4

    def test_in_a_fortnight_who_follows_may_stay(self):
        plan = a_booked_course(interval_days=14, session_count=4)

        ripples = propose_reflow(plan, wanted=wanted(plan, 2, TUESDAY + day(20)), now=NOW)

        assert [each.may_stay for each in ripples] == [False, False, True, True]
        replan(plan, None, moves=as_proposed(ripples[:2]))
        assert days(plan) == [TUESDAY + day(number) for number in (0, 20, 28, 42)]

    def test_within_the_tolerance_nobody_else_moves(self):
        plan = a_booked_course(interval_days=14, session_count=4)

        ripples = propose_reflow(plan, wanted=wanted(plan, 2, TUESDAY + day(17)), now=NOW)

        assert [each.stays for each in ripples] == [True, False, True, True]

    def test_a_session_may_also_go_to_another_time_of_its_day(self):
        plan = a_booked_course()

        replan(plan, wanted(plan, 2, TUESDAY + WEEK, time(14, 30)))

        assert sessions(plan)[1].appointment.starts_at == at("14:30", TUESDAY + WEEK)
        assert days(plan) == [TUESDAY + WEEK * number for number in range(6)]

    def test_too_near_to_the_one_before_is_refused_with_the_first_day(self):
        plan = a_booked_course()

        with pytest.raises(rules.TooClose) as refusal:
            propose_reflow(plan, wanted=wanted(plan, 3, TUESDAY + day(13)), now=NOW)

        assert refusal.value.earliest == TUESDAY + day(14)

    def test_a_full_day_is_left_for_the_next_one(self):
        plan = a_booked_course(session_count=4)
        on = TUESDAY + day(23)
        for clock in range(9, 18):
            for minutes in ("00", "30"):
                take(plan.physician, on, f"{clock:02}:{minutes}")

        ripples = propose_reflow(plan, wanted=wanted(plan, 4, on), now=NOW)

        assert ripples[3].on == on + day(1)

    def test_a_time_that_was_taken_meanwhile_moves_nothing(self):
        plan = a_booked_course()
        before = days(plan)
        moves = as_proposed(
            propose_reflow(plan, wanted=wanted(plan, 3, TUESDAY + day(16)), now=NOW)
        )
        take(plan.physician, TUESDAY + day(30))

        with pytest.raises(SlotTaken):
            replan(plan, None, moves=moves)

        assert days(plan) == before
        assert {each.appointment.version for each in sessions(plan)} == {1}

    def test_an_older_version_moves_nothing(self):
        plan = a_booked_course()
        before = days(plan)
        moves = as_proposed(
            propose_reflow(plan, wanted=wanted(plan, 3, TUESDAY + day(16)), now=NOW)
        )
        say(sessions(plan)[5], AppointmentState.CONFIRMED)

        with pytest.raises(StaleVersion):
            replan(plan, None, moves=moves)
        assert days(plan) == before

    def test_half_of_the_ripple_is_refused_and_nothing_is_skipped_silently(self):
        plan = a_booked_course()
        before = days(plan)
        moves = as_proposed(
            propose_reflow(plan, wanted=wanted(plan, 3, TUESDAY + day(16)), now=NOW)
        )

        with pytest.raises(rules.TooClose):
            replan(plan, None, moves=moves[:1])
        assert days(plan) == before

    def test_nothing_to_move_is_nothing_done(self):
        with pytest.raises(rules.CourseChanged):
            replan(a_booked_course(), None, moves=[])

    def test_a_session_that_is_done_gets_no_other_time(self):
        plan = a_booked_course()
        first = sessions(plan)[0]
        first.state = S.DONE
        first.save()

        with pytest.raises(rules.CourseChanged):
            propose_reflow(plan, wanted=Wanted(first, TUESDAY + day(2)), now=NOW)

    def test_a_move_that_is_too_near_leads_to_the_page_of_the_ripple(self):
        plan = a_booked_course()
        third = sessions(plan)[2].appointment

        with pytest.raises(rules.TooClose) as refusal:
            booking.move_appointment(
                appointment_id=third.pk,
                starts_at=at("11:00", TUESDAY + day(16)),
                seen_version=third.version,
                by=clinic.receptionist(),
                now=NOW,
            )

        assert f"/sessions/3/replan/?day={TUESDAY + day(16)}&at=11%3A00" in refusal.value.leads_to
        assert following.page_of_course(third).endswith("/sessions/3/cancel/")

    def test_another_method_keeps_its_days_free_and_says_why(self, monkeypatch):
        plan = a_set_plan()
        near = {TUESDAY + WEEK + day(number): "A peel on 1 December." for number in range(3)}
        listeners = [*booking_hooks.limits_of_booking._listeners, lambda asked: near]
        monkeypatch.setattr(booking_hooks.limits_of_booking, "_listeners", listeners)

        proposed = actions.propose_course(
            plan, first_on=TUESDAY, preferred=time(10), room=None, now=NOW
        )

        assert proposed[1].on == TUESDAY + WEEK + day(3)
        assert proposed[1].conflicts == ("A peel on 1 December.",)
        visits = actions.visits_for(plan, [each.chosen for each in proposed])
        monkeypatch.setattr(
            booking_hooks.limits_of_booking,
            "_listeners",
            [lambda asked: {local_date(visits[3].starts_at): "A laser."}],
        )
        with pytest.raises(NotBookable, match="A laser"):
            actions.book_course(
                plan=plan, visits=visits, request_key=uuid4(), by=clinic.receptionist(), now=NOW
            )
        assert not Appointment.objects.filter(patient=plan.patient).exists()


class TestMissed:
    @pytest.fixture
    def plan(self):
        plan = a_booked_course(first_on=MONDAY)
        say(sessions(plan)[0], AppointmentState.MISSED, NOW + timedelta(hours=5))
        return plan

    def test_it_is_offered_again_at_its_place_and_the_others_follow(self, plan):
        replan(plan, wanted(plan, 1, TUESDAY), now=NOW + timedelta(hours=6))

        assert states(plan) == [S.BOOKED] * 6
        assert days(plan) == [TUESDAY + WEEK * number for number in range(6)]

    def test_a_done_one_behind_it_keeps_its_number_and_seven_days(self, plan):
        second = sessions(plan)[1]
        done_at = second.appointment.ends_at
        actions.mark_session_done(planned_session=second, by=plan.physician, now=done_at)
        on = local_date(done_at)
        with pytest.raises(rules.TooClose):
            propose_reflow(plan, wanted=wanted(plan, 1, on + day(6)), now=done_at)

        replan(plan, wanted(plan, 1, on + WEEK), now=done_at)

        assert states(plan) == [S.BOOKED, S.DONE, *[S.BOOKED] * 4]
        assert days(plan) == [on + WEEK, on, *[on + WEEK * (2 + number) for number in range(4)]]

    def test_the_missed_visit_stays_as_it_was(self, plan):
        missed = Appointment.objects.get(state=AppointmentState.MISSED)

        replan(plan, wanted(plan, 1, TUESDAY), now=NOW + timedelta(hours=6))

        missed.refresh_from_db()
        assert missed.state == AppointmentState.MISSED
        assert AuditEntry.objects.filter(verb="appointment.booked").count() == 1

    def test_two_desks_give_it_one_new_time(self, plan):
        wish = wanted(plan, 1, TUESDAY)
        moves = as_proposed(propose_reflow(plan, wanted=wish, now=NOW + timedelta(hours=6)))
        replan(plan, None, moves=moves, now=NOW + timedelta(hours=6))

        with pytest.raises(rules.CourseChanged):
            replan(plan, None, moves=moves, now=NOW + timedelta(hours=6))
        assert Appointment.objects.filter(patient=plan.patient, state__in=HOLDING).count() == 6

    def test_the_page_of_a_new_time_is_that_of_its_course(self, plan):
        visit = sessions(plan)[0].appointment
        assert following.new_time_page(visit).endswith("/sessions/1/replan/")


class TestCancelled:
    def test_one_date_is_called_off_and_the_session_is_planned_anew(self):
        plan = a_booked_course()
        cancel(sessions(plan)[3])
        assert states(plan)[3] == S.PLANNED

        replan(plan, wanted(plan, 4, TUESDAY + day(23)))

        assert states(plan) == [S.BOOKED] * 6
        assert days(plan) == [TUESDAY + day(number) for number in (0, 7, 14, 23, 30, 37)]

    def test_a_course_that_was_never_booked_is_booked_as_a_whole(self):
        plan = a_set_plan()
        moves = as_proposed(propose_reflow(plan, wanted=wanted(plan, 1, TUESDAY), now=NOW))

        with pytest.raises(rules.CourseChanged):
            replan(plan, None, moves=moves)
        assert not Appointment.objects.exists()

    def test_a_held_course_keeps_its_places(self):
        plan = a_booked_course()
        actions.hold_plan(plan=plan, reason="Rest.", by=plan.physician, now=NOW)

        with pytest.raises(rules.CourseChanged):
            propose_reflow(plan, wanted=wanted(plan, 2, TUESDAY + day(9)), now=NOW)
        assert [each.number for each in sessions(plan)] == [1, 2, 3, 4, 5, 6]
        assert set(states(plan)) == {S.ON_HOLD}


class TestUndoing:
    def test_what_was_moved_is_put_back(self):
        plan = a_booked_course()
        before = [each.appointment.starts_at for each in sessions(plan)]
        moved = replan(plan, wanted(plan, 3, TUESDAY + day(16)))

        actions.undo_moves(plan=plan, moved=moved, by=clinic.receptionist(), now=NOW)

        assert [each.appointment.starts_at for each in sessions(plan)] == before
        assert AuditEntry.objects.filter(verb="plan.moves_undone").count() == 1

    def test_what_was_booked_anew_waits_again(self):
        plan = a_booked_course()
        cancel(sessions(plan)[5])
        moved = replan(plan, wanted(plan, 6, TUESDAY + day(40)))

        actions.undo_moves(plan=plan, moved=moved, by=clinic.receptionist(), now=NOW)

        assert states(plan) == [S.BOOKED] * 5 + [S.PLANNED]

    def test_after_any_change_it_is_refused_and_nothing_is_put_back(self):
        plan = a_booked_course()
        moved = replan(plan, wanted(plan, 3, TUESDAY + day(16)))
        after = days(plan)
        say(sessions(plan)[4], AppointmentState.CONFIRMED)

        with pytest.raises(rules.CourseChanged):
            actions.undo_moves(plan=plan, moved=moved, by=clinic.receptionist(), now=NOW)
        assert days(plan) == after

    def test_a_time_that_is_gone_puts_nothing_back(self):
        plan = a_booked_course()
        moved = replan(plan, wanted(plan, 3, TUESDAY + day(16)))
        after = days(plan)
        take(plan.physician, TUESDAY + day(14))

        with pytest.raises(SlotTaken):
            actions.undo_moves(plan=plan, moved=moved, by=clinic.receptionist(), now=NOW)
        assert days(plan) == after

    def test_nothing_is_nothing_to_take_back(self):
        with pytest.raises(rules.CourseChanged):
            actions.undo_moves(plan=a_booked_course(), moved=[], by=clinic.receptionist(), now=NOW)


class Crash(Exception):
    pass


class Breaking:
    """A connection that breaks once, before its statement of that number; rolling back still works."""

    def __init__(self, number):
        self.left = number
        self.broke = False

    def __call__(self, run, sql, params, many, context):
        self.left -= 1
        if self.left == -1:
            self.broke = True
            raise Crash
        return run(sql, params, many, context)


class TakenBack(Exception):
    pass


def crash_at_every_statement(act, *, untouched, complete):
    """Run `act` with a crash before its statement 0, 3, 6 ... until it is over before the crash;
    between any two of three neighbours is dense enough.

    A crash within the screening is answered as a doubt is, with "the physician decides first", which
    stops a booking and nothing that was done before it: then all of it stands.
    """
    for number in range(0, 600, 3):
        breaking = Breaking(number)
        try:
            with transaction.atomic():
                with connection.execute_wrapper(breaking):
                    act()
                complete()
                if breaking.broke:
                    raise TakenBack  # to try the next statement from the same beginning
        except (Crash, rules.BookingBlocked, TakenBack):
            assert breaking.broke
            untouched()
        else:
            return number
    raise AssertionError("the action never ended")


class TestCrashes:
    def test_no_part_of_a_course_is_booked_when_the_server_dies_in_between(self):
        plan, desk = a_set_plan(session_count=4), clinic.receptionist()
        proposed = actions.propose_course(
            plan, first_on=TUESDAY, preferred=time(10), room=None, now=NOW
        )
        visits = actions.visits_for(plan, [each.chosen for each in proposed])

        def nothing_stands():
            assert states(plan) == [S.PLANNED] * 4
            assert not Appointment.objects.filter(patient=plan.patient).exists()

        def all_stands():
            assert states(plan) == [S.BOOKED] * 4

        statements = crash_at_every_statement(
            lambda: actions.book_course(
                plan=plan, visits=visits, request_key=uuid4(), by=desk, now=NOW
            ),
            untouched=nothing_stands,
            complete=all_stands,
        )

        assert statements > 20
        all_stands()

    @pytest.mark.slow
    def test_no_part_of_a_ripple_stands_when_the_server_dies_in_between(self):
        plan, desk = a_booked_course(session_count=4), clinic.receptionist()
        before = days(plan)
        moves = as_proposed(
            propose_reflow(plan, wanted=wanted(plan, 3, TUESDAY + day(16)), now=NOW)
        )

        def all_as_before():
            assert days(plan) == before

        def all_moved():
            assert days(plan) == [TUESDAY + day(number) for number in (0, 7, 16, 23)]

        statements = crash_at_every_statement(
            lambda: actions.replan(plan=plan, moves=moves, by=desk, now=NOW),
            untouched=all_as_before,
            complete=all_moved,
        )

        assert statements > 40
        all_moved()


@pytest.mark.parametrize("occurrence", [1, 2, 3, 4, 5, 6])
def test_a_conflict_on_any_occurrence_is_found(occurrence):
    """Cal.com looked at the first two dates of a series only."""
    plan = a_set_plan()
    taken_on = TUESDAY + WEEK * (occurrence - 1)
    take(plan.physician, taken_on)

    proposed = actions.propose_course(
        plan, first_on=TUESDAY, preferred=time(10), room=None, now=NOW
    )

    assert [bool(each.conflicts) for each in proposed] == [
        number == occurrence for number in range(1, 7)
    ]
    assert len(proposed[occurrence - 1].alternatives) == 2
    assert all(two.on - one.on >= WEEK for one, two in pairwise(proposed))


def test_every_change_of_a_course_is_heard_once_it_is_written(monkeypatch):
    heard = []
    listeners = [lambda plan, by, now: heard.append(days(plan))]
    monkeypatch.setattr(hooks.course_changed, "_listeners", listeners)
    plan = a_booked_course(session_count=4)

    replan(plan, wanted(plan, 4, TUESDAY + day(25)))

    assert heard[-1] == days(plan)
    assert plan.state == PlanState.ACTIVE
