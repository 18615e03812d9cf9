"""A running course gets more or fewer sessions; maintenance is a plan of single visits."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.messages.models import Message
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.tests.builders import a_healthy_patient
from treatments.booking import actions as booking
from treatments.booking.models import Appointment, KindLength
from treatments.booking.terms import HOLDING, AppointmentKind, AppointmentState
from treatments.booking.tests.world import at
from treatments.plans import actions, queries, rules
from treatments.plans.actions import PatientWishes
from treatments.plans.models import LengthChange, TreatmentPlan
from treatments.plans.terms import AnaestheticCream, PlanKind, PlanState, SessionState
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
S = SessionState
WHY = "Half of it is gone after the review."


def sessions(plan):
    return queries.planned_sessions(plan)


def states(plan):
    return [each.state for each in sessions(plan)]


def change(plan, count, *, reason=WHY, now=NOW):
    return actions.change_length(
        plan=plan, session_count=count, reason=reason, by=plan.physician, now=now
    )


def propose(plan, *, first_on=TUESDAY, preferred=time(10), now=NOW, **fields):
    return actions.propose_course(
        plan, first_on=first_on, preferred=preferred, room=None, now=now, **fields
    )


def book(plan, proposed, now=NOW):
    return actions.book_course(
        plan=plan,
        visits=actions.visits_for(plan, [each.chosen for each in proposed]),
        request_key=uuid4(),
        by=clinic.receptionist(),
        now=now,
    )


def done(plan, number):
    session = sessions(plan)[number - 1]
    at_end = session.appointment.ends_at
    actions.mark_session_done(planned_session=session, by=plan.physician, now=at_end)
    return at_end


class TestLength:
    def test_a_longer_course_has_new_numbers_that_wait_to_be_booked(self):
        plan = a_booked_course()

        change(plan, 8)

        assert [each.number for each in sessions(plan)] == list(range(1, 9))
        assert states(plan) == [S.BOOKED] * 6 + [S.PLANNED] * 2
        assert [each.number for each in propose(plan, first_on=TUESDAY + timedelta(days=42))] == [
            7,
            8,
        ]

    def test_a_shorter_course_loses_its_last_sessions_and_their_times(self):
        plan = a_booked_course()

        change(plan, 4)

        assert states(plan) == [S.BOOKED] * 4 + [S.CANCELLED] * 2
        assert Appointment.objects.filter(patient=plan.patient, state__in=HOLDING).count() == 4
        plan.refresh_from_db()
        assert plan.session_count == 4

    def test_numbers_are_never_used_again(self):
        plan = a_booked_course()
        change(plan, 4)

        change(plan, 6, now=NOW + timedelta(hours=1))

        assert [(each.number, each.state) for each in sessions(plan)][4:] == [
            (5, S.CANCELLED),
            (6, S.CANCELLED),
            (7, S.PLANNED),
            (8, S.PLANNED),
        ]

    def test_what_is_done_stays_and_the_course_is_over_when_nothing_else_is_left(self):
        plan = a_booked_course(session_count=5)
        for number in range(1, 5):
            now = done(plan, number)

        with pytest.raises(rules.WrongPlan, match="done"):
            change(plan, 3, now=now)
        change(plan, 4, now=now)

        plan.refresh_from_db()
        assert states(plan) == [S.DONE] * 4 + [S.CANCELLED]
        assert plan.state == PlanState.COMPLETED

    def test_messages_follow(self):
        plan = a_booked_course()
        last = sessions(plan)[5].pk
        assert Message.objects.filter(about_id=last, state="pending").exists()

        change(plan, 4)

        pending = Message.objects.filter(about_id=last, state="pending")
        assert not pending.filter(kind="session_reminder").exists()

    def test_who_changed_it_when_and_why_is_kept_and_never_rewritten(self):
        plan = a_booked_course()
        change(plan, 8)
        kept = LengthChange.objects.get()
        assert (kept.was, kept.became, kept.reason, kept.changed_by) == (6, 8, WHY, plan.physician)

        with pytest.raises(DatabaseError), transaction.atomic():
            LengthChange.objects.update(reason="Another reason.")

    @pytest.mark.parametrize("count", [4, 8])
    def test_without_a_reason_it_stays(self, count):
        plan = a_booked_course()
        with pytest.raises(rules.WrongPlan):
            change(plan, count, reason="ok")
        assert states(plan) == [S.BOOKED] * 6

    def test_outside_of_four_to_eight_the_reason_stands_on_the_plan(self):
        plan = a_booked_course()
        change(plan, 3)
        plan.refresh_from_db()
        assert (plan.session_count, plan.reason) == (3, WHY)

    def test_a_course_that_is_over_keeps_its_length(self):
        plan = a_booked_course()
        actions.stop_plan(plan=plan, reason="Moves away.", by=plan.physician, now=NOW)
        with pytest.raises((rules.StateForbids, rules.WrongPlan)):
            change(plan, 4)

    def test_on_a_held_course_the_new_sessions_are_held_too(self):
        plan = a_booked_course()
        actions.hold_plan(plan=plan, reason="Rest.", by=plan.physician, now=NOW)
        change(plan, 7)
        assert set(states(plan)) == {S.ON_HOLD}


class TestMaintenance:
    def a_maintenance(self, **fields):
        values = {"kind": PlanKind.MAINTENANCE, "session_count": 3, "interval_days": 42}
        return a_set_plan(**(values | fields))

    def test_it_is_free_of_the_four_to_eight_rule(self):
        plan = self.a_maintenance(session_count=1)
        assert (plan.kind, states(plan)) == (PlanKind.MAINTENANCE, [S.PLANNED])

    @pytest.mark.parametrize("days", [7, 27, 85])
    def test_its_visits_are_four_to_twelve_weeks_apart(self, days):
        with pytest.raises(rules.WrongPlan):
            self.a_maintenance(interval_days=days)

    def test_the_database_keeps_the_weeks_too(self):
        plan = self.a_maintenance()
        with pytest.raises(IntegrityError), transaction.atomic():
            TreatmentPlan.objects.filter(pk=plan.pk).update(interval_days=14)

    def test_visits_are_booked_one_at_a_time(self):
        plan = self.a_maintenance()

        book(plan, propose(plan, how_many=1))

        assert states(plan) == [S.BOOKED, S.PLANNED, S.PLANNED]
        later = propose(plan, first_on=TUESDAY + timedelta(days=42), how_many=2)
        assert [each.number for each in later] == [2, 3]
        book(plan, later)
        assert states(plan) == [S.BOOKED] * 3

    def test_a_course_is_never_booked_in_part(self):
        plan = a_set_plan()
        with pytest.raises(rules.CourseChanged):
            book(plan, propose(plan)[:2])
        assert states(plan) == [S.PLANNED] * 6

    def test_it_comes_after_the_course_that_runs(self):
        plan = a_booked_course(session_count=4)
        with pytest.raises(rules.PlanRunsAlready):
            self.a_maintenance(patient=plan.patient)
        for number in range(1, 5):
            now = done(plan, number)

        maintenance = self.a_maintenance(patient=plan.patient, now=now)

        plan.refresh_from_db()
        assert plan.state == PlanState.COMPLETED
        assert queries.running_plan(plan.patient) == maintenance

    def test_it_is_completed_with_its_last_visit(self):
        plan = self.a_maintenance(session_count=1)
        book(plan, propose(plan))

        done(plan, 1)

        plan.refresh_from_db()
        assert plan.state == PlanState.COMPLETED

    def test_it_is_held_and_goes_on_like_any_plan(self):
        plan = self.a_maintenance()
        book(plan, propose(plan, how_many=2))
        held = actions.hold_plan(plan=plan, reason="Rest.", by=plan.physician, now=NOW)
        assert set(states(plan)) == {S.ON_HOLD}

        actions.release_plan(plan=held, by=plan.physician, now=NOW)

        assert states(plan) == [S.BOOKED, S.BOOKED, S.PLANNED]

    def test_more_visits_are_added_and_numbers_go_on(self):
        plan = self.a_maintenance(session_count=1)
        change(plan, 3)
        assert [each.number for each in sessions(plan)] == [1, 2, 3]


class TestWishes:
    def test_what_is_kept_of_a_tolerance_never_goes_below_seven_days(self):
        wishes = PatientWishes(days_earlier=3, days_later=5)
        weekly, fortnightly = a_set_plan(wishes=wishes), a_set_plan(interval_days=14, wishes=wishes)
        assert (weekly.days_earlier, weekly.days_later) == (0, 5)
        assert (fortnightly.days_earlier, fortnightly.days_later) == (3, 5)

    def test_a_weekday_and_hours_that_suit_are_preferred(self):
        plan = a_set_plan(
            interval_days=14,
            wishes=PatientWishes(
                preferred_weekdays=[3], preferred_from=time(14), preferred_until=time(16)
            ),
        )

        proposed = propose(plan, preferred=time(14))

        assert {each.on.weekday() for each in proposed} == {3}
        assert {each.chosen.span.starts_at for each in proposed} == {
            at("14:00", each.on) for each in proposed
        }
        assert all(each.conflicts == () for each in proposed)

    def test_a_room_of_the_plan_is_kept_in_the_plan(self):
        room = clinic.room()
        assert a_set_plan(wishes=PatientWishes(room=room)).room == room

    def test_hours_the_wrong_way_round_are_refused(self):
        with pytest.raises(rules.WrongPlan):
            a_set_plan(wishes=PatientWishes(preferred_from=time(16), preferred_until=time(9)))

    def test_the_cream_takes_the_time_that_the_clinic_gives_it(self):
        KindLength.objects.create(kind=AppointmentKind.SESSION, minutes=30, numbing_minutes=45)
        with_cream = a_set_plan(anaesthetic_cream=AnaestheticCream.EMLA, session_minutes=20)
        twenty, numbing = timedelta(minutes=20), timedelta(minutes=45)
        assert queries.length_of_sessions(with_cream) == (twenty, numbing)

    def test_for_the_numbing_the_room_is_taken_and_the_physician_is_not(self, monkeypatch):
        lasts = (timedelta(minutes=20), timedelta(minutes=45))
        monkeypatch.setattr("treatments.plans.proposals.length_of_sessions", lambda plan: lasts)
        plan = a_set_plan()

        first = book(plan, propose(plan))[0]

        assert first.physician_from - first.starts_at == timedelta(minutes=45)
        assert first.ends_at - first.physician_from == timedelta(minutes=20)

    def test_without_a_cream_the_physician_comes_at_once(self):
        KindLength.objects.create(kind=AppointmentKind.SESSION, minutes=30, numbing_minutes=45)
        plan = a_set_plan()
        assert book(plan, propose(plan))[0].physician_from == at("10:00")


class TestPicking:
    def test_later_dates_follow_the_one_that_was_picked(self):
        plan = a_set_plan()
        (other,) = [
            each for each in propose(plan, first_on=TUESDAY + timedelta(days=2)) if each.number == 1
        ]

        proposed = propose(plan, picked={1: other.chosen})

        assert [each.on for each in proposed] == [
            TUESDAY + timedelta(days=2 + 7 * week) for week in range(6)
        ]

    def test_what_was_picked_and_is_gone_says_which_date_moved_and_the_rest_stands(self):
        plan = a_set_plan()
        picked = {each.number: each.alternatives[0] for each in propose(plan)}
        gone = picked[3]
        booking.book(
            patient=a_healthy_patient(),
            physician=plan.physician,
            room=clinic.room(),
            kind=AppointmentKind.CONSULTATION,
            starts_at=gone.span.starts_at,
            ends_at=gone.span.ends_at,
            by=clinic.receptionist(),
            now=NOW,
        )

        proposed = propose(plan, picked=picked)

        assert [each.number for each in proposed if each.was] == [3]
        assert "was taken meanwhile" in proposed[2].conflicts[0]
        assert [each.chosen for each in proposed if not each.was] == [
            picked[number] for number in (1, 2, 4, 5, 6)
        ]

    def test_every_conflict_has_two_lawful_alternatives_even_when_its_day_has_no_more(self):
        plan = a_set_plan(session_count=4)
        on = TUESDAY + timedelta(days=14)
        room = clinic.room()
        for clock in range(9, 18):
            for minutes in ("00", "30"):
                if (clock, minutes) == (17, "30"):
                    continue
                booking.book(
                    patient=a_healthy_patient(),
                    physician=plan.physician,
                    room=room,
                    kind=AppointmentKind.CONSULTATION,
                    starts_at=at(f"{clock:02}:{minutes}", on),
                    ends_at=at(f"{clock:02}:{minutes}", on) + timedelta(minutes=30),
                    by=clinic.receptionist(),
                    now=NOW,
                )

        third = propose(plan)[2]

        assert third.chosen.span.starts_at == at("17:30", on)
        assert third.conflicts
        assert len(third.alternatives) == 2
        assert all(third.moves_others(each) for each in third.alternatives)


def test_the_page_of_a_ripple_asks_no_more_for_a_longer_course():
    from treatments.plans.reflow import Wanted, propose_reflow

    counts = []
    for length in (4, 8):
        plan = a_booked_course(session_count=length)
        wish = Wanted(sessions(plan)[1], TUESDAY + timedelta(days=9))
        with CaptureQueriesContext(connection) as statements:
            propose_reflow(plan, wanted=wish, now=NOW)
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 30


def test_a_visit_that_has_begun_is_not_taken_away():
    plan = a_booked_course(session_count=5, first_on=MONDAY)
    visit = sessions(plan)[0].appointment
    booking.change_state(
        appointment_id=visit.pk,
        to=AppointmentState.ARRIVED,
        seen_version=1,
        by=clinic.receptionist(),
        now=NOW + timedelta(hours=3),
    )

    change(plan, 1, now=NOW + timedelta(hours=4))

    assert states(plan) == [S.BOOKED] + [S.CANCELLED] * 4
