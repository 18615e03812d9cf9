from datetime import time, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.audit.models import AuditEntry
from clinic.hours.actions import close_day
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.intake.actions import record_answers
from patients.intake.rules import HOLDS_FOR_DAYS
from patients.intake.terms import Occasion
from patients.records.actions import change_patient
from patients.tests.builders import a_healthy_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking import actions as booking
from treatments.booking.actions import Visit
from treatments.booking.models import Appointment
from treatments.booking.rules import IdempotencyMismatch, SlotTaken
from treatments.booking.terms import HOLDING, AppointmentKind, AppointmentState
from treatments.booking.tests.world import at
from treatments.plans import actions, hooks, queries, rules
from treatments.plans.models import PlannedSession
from treatments.plans.terms import PlanState, SessionState
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
S = SessionState


def propose(plan, *, first_on=TUESDAY, preferred=time(10), room=None, now=NOW):
    return actions.propose_course(plan, first_on=first_on, preferred=preferred, room=room, now=now)


def book(plan, proposed, *, key=None, by=None, now=NOW):
    return actions.book_course(
        plan=plan,
        visits=actions.visits_for(plan, [each.chosen for each in proposed]),
        request_key=key or uuid4(),
        by=by or clinic.receptionist(),
        now=now,
    )


def states(plan):
    return [each.state for each in queries.planned_sessions(plan)]


def dates(plan):
    return [on for _number, on in queries.dates_of(queries.planned_sessions(plan))]


def appointments(plan):
    return [each.appointment for each in queries.planned_sessions(plan) if each.appointment]


def make_a_child_of(patient):
    change_patient(
        patient=patient,
        full_name=patient.full_name,
        born_on=MONDAY.replace(year=MONDAY.year - 12),
        sex=patient.sex,
        phone=patient.phone,
        email=patient.email,
        language=patient.language,
        reminders=patient.reminders,
        by=clinic.receptionist(),
        now=NOW,
    )


def say(patient, now=NOW, **answers):
    record_answers(
        patient=patient,
        answers=answers,
        occasion=Occasion.INTAKE,
        on=local_date(now),
        by=clinic.receptionist(),
        now=now,
    )


class TestSetting:
    def test_a_plan_has_its_sessions_from_the_first_moment(self):
        plan = a_set_plan()

        assert plan.state == PlanState.PROPOSED
        assert states(plan) == [S.PLANNED] * 6
        assert AuditEntry.objects.filter(verb="plan.set", subject_id=str(plan.pk)).count() == 1

    @pytest.mark.parametrize("count", [3, 9])
    def test_another_number_needs_a_reason(self, count):
        with pytest.raises(rules.WrongPlan):
            a_set_plan(session_count=count)

        assert a_set_plan(session_count=count, reason="Small area, quick response.")

    def test_less_than_seven_days_needs_more_than_a_reason(self):
        with pytest.raises(rules.WrongPlan):
            a_set_plan(interval_days=6, reason="The patient is in a hurry.")

    def test_a_plan_that_was_never_booked_is_replaced(self):
        first = a_set_plan()
        second = a_set_plan(patient=first.patient, session_count=4)

        first.refresh_from_db()
        assert (first.state, second.state) == (PlanState.STOPPED, PlanState.PROPOSED)
        assert set(states(first)) == {S.CANCELLED}

    def test_a_course_under_way_is_not_replaced(self):
        plan = a_booked_course()

        with pytest.raises(rules.PlanRunsAlready):
            a_set_plan(patient=plan.patient)


class TestProposing:
    def test_every_session_has_a_date_and_the_wished_time(self):
        plan = a_set_plan()

        proposed = propose(plan)

        assert [each.number for each in proposed] == [1, 2, 3, 4, 5, 6]
        assert [each.on for each in proposed] == [
            TUESDAY + timedelta(days=7 * week) for week in range(6)
        ]
        assert all(each.conflicts == () for each in proposed)
        assert {f"{each.chosen.span.starts_at:%H:%M}" for each in proposed} == {"07:00"}

    def test_a_taken_time_is_a_conflict_in_words_with_two_ways_out(self):
        plan = a_set_plan()
        taken_on = TUESDAY + timedelta(days=14)
        booking.book(
            patient=a_healthy_patient(),
            physician=plan.physician,
            room=clinic.room(),
            kind=AppointmentKind.CONSULTATION,
            starts_at=at("10:00", taken_on),
            ends_at=at("10:30", taken_on),
            by=clinic.receptionist(),
            now=NOW,
        )

        proposed = propose(plan)

        (conflict,) = [each for each in proposed if each.conflicts]
        assert conflict.number == 3
        assert conflict.conflicts == (
            f"{plan.physician.display_name} has another appointment at 10:00.",
        )
        assert [each.span.starts_at for each in conflict.options] == [
            at("09:30", taken_on),
            at("10:30", taken_on),
            at("09:15", taken_on),
        ]

    def test_a_taken_room_is_left_for_a_free_one_at_the_same_time(self):
        plan = a_set_plan()
        wished, other = clinic.room("A"), clinic.room("B")
        booking.book(
            patient=a_healthy_patient(),
            physician=clinic.physician(),
            room=wished,
            kind=AppointmentKind.CONSULTATION,
            starts_at=at("10:00"),
            ends_at=at("10:30"),
            by=clinic.receptionist(),
            now=NOW,
        )

        first = propose(plan, room=wished)[0]

        assert first.chosen.span.starts_at == at("10:00")
        assert first.chosen.room != wished
        assert other.name != wished.name
        assert first.conflicts == ("A is taken at 10:00.",)

    def test_a_closed_day_moves_the_session_and_says_why(self):
        plan = a_set_plan()
        close_day(on=TUESDAY + timedelta(days=7), why="Bayram", by=clinic.receptionist(), now=NOW)

        proposed = propose(plan)

        assert proposed[1].on == TUESDAY + timedelta(days=8)
        assert "Bayram" in proposed[1].conflicts[0]
        assert proposed[2].on == TUESDAY + timedelta(days=15)

    def test_a_full_day_counts_as_closed(self):
        plan = a_set_plan()
        for hour in range(9, 18):
            booking.book(
                patient=a_healthy_patient(),
                physician=plan.physician,
                room=clinic.room(),
                kind=AppointmentKind.CONSULTATION,
                starts_at=at(f"{hour:02}:00"),
                ends_at=at(f"{hour:02}:59"),
                by=clinic.receptionist(),
                now=NOW,
            )

        proposed = propose(plan)

        assert proposed[0].on == TUESDAY + timedelta(days=1)
        assert "no free time" in proposed[0].conflicts[0]

    @pytest.mark.parametrize("interval", [7, 14])
    def test_whatever_options_are_picked_the_skin_keeps_its_seven_days(self, interval):
        plan = a_set_plan(interval_days=interval)
        close_day(on=TUESDAY + timedelta(days=interval), why="", by=clinic.receptionist(), now=NOW)

        proposed = propose(plan)

        for one, other in pairwise(proposed):
            latest = max(local_date(each.span.starts_at) for each in one.options)
            earliest = min(local_date(each.span.starts_at) for each in other.options)
            assert earliest - latest >= timedelta(days=7)

    def test_a_fortnight_leaves_play_for_another_day(self):
        plan = a_set_plan(interval_days=14)

        third = propose(plan)[2]

        assert len({local_date(each.span.starts_at) for each in third.options}) == 2

    def test_the_cost_does_not_grow_with_the_course(self):
        short, long = a_set_plan(session_count=4), a_set_plan(session_count=8)

        with CaptureQueriesContext(connection) as few:
            propose(short)
        with CaptureQueriesContext(connection) as many:
            propose(long)

        assert len(few) == len(many) <= 22


class TestBooking:
    def test_a_course_is_booked_as_a_whole(self):
        heard = []
        plan = a_set_plan()
        hooks.course_changed.register(lambda plan, by, now: heard.append(plan.pk))
        try:
            booked = book(plan, propose(plan))
        finally:
            hooks.course_changed._listeners.pop()

        plan.refresh_from_db()
        assert plan.state == PlanState.ACTIVE
        assert states(plan) == [S.BOOKED] * 6
        assert [each.appointment for each in queries.planned_sessions(plan)] == booked
        assert {each.kind for each in booked} == {AppointmentKind.SESSION}
        assert heard == [plan.pk]
        assert AuditEntry.objects.filter(verb="plan.booked").count() == 1

    def test_one_taken_time_books_nothing(self):
        plan = a_set_plan()
        proposed = propose(plan)
        fifth = proposed[4].chosen
        booking.book(
            patient=a_healthy_patient(),
            physician=plan.physician,
            room=clinic.room(),
            kind=AppointmentKind.CONSULTATION,
            starts_at=fifth.span.starts_at,
            ends_at=fifth.span.ends_at,
            by=clinic.receptionist(),
            now=NOW,
        )

        with pytest.raises(SlotTaken):
            book(plan, proposed)

        assert states(plan) == [S.PLANNED] * 6
        assert not Appointment.objects.filter(patient=plan.patient).exists()

    def test_the_number_of_statements_does_not_grow_with_the_course(self, monkeypatch):
        monkeypatch.setattr(hooks.course_changed, "_listeners", [])  # messages are owed one by one
        desk = clinic.receptionist()
        counts = []
        for sessions in (4, 8):
            plan = a_set_plan(session_count=sessions)
            proposed = propose(plan)
            with CaptureQueriesContext(connection) as statements:
                book(plan, proposed, by=desk)
            counts.append(len(statements))

        assert counts[0] == counts[1] <= 52

    def test_the_same_key_again_gives_the_same_answer(self):
        plan, key, desk = a_set_plan(), uuid4(), clinic.receptionist()
        proposed = propose(plan)

        first = book(plan, proposed, key=key, by=desk)
        again = book(plan, proposed, key=key, by=desk)

        assert first == again
        assert Appointment.objects.filter(patient=plan.patient).count() == 6

    def test_the_same_key_with_another_wish_is_refused(self):
        plan, key, desk = a_set_plan(), uuid4(), clinic.receptionist()
        book(plan, propose(plan), key=key, by=desk)

        with pytest.raises(IdempotencyMismatch) as refusal:
            book(plan, propose(a_set_plan(), preferred=time(15)), key=key, by=desk)
        assert (refusal.value.status, refusal.value.code) == (422, "idempotency_mismatch")

    def test_the_key_of_somebody_else_never_matches(self):
        plan, key = a_set_plan(), uuid4()
        proposed = propose(plan)
        book(plan, proposed, key=key, by=clinic.receptionist())

        with pytest.raises(IdempotencyMismatch):
            book(plan, proposed, key=key, by=clinic.receptionist())

    def test_a_second_booking_of_a_booked_course_is_refused(self):
        plan = a_set_plan()
        proposed = propose(plan)
        book(plan, proposed)

        with pytest.raises(rules.CourseChanged):
            book(plan, proposed)

    def test_sessions_of_one_week_are_never_nearer_than_seven_days(self):
        plan = a_set_plan(session_count=4)
        proposed = propose(plan)
        visits = actions.visits_for(plan, [each.chosen for each in proposed])
        too_near = Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=visits[1].room,
            kind=AppointmentKind.SESSION,
            starts_at=visits[1].starts_at - timedelta(days=1),
            ends_at=visits[1].ends_at - timedelta(days=1),
        )

        with pytest.raises(rules.TooClose) as refusal:
            actions.book_course(
                plan=plan,
                visits=[visits[0], too_near, *visits[2:]],
                request_key=uuid4(),
                by=clinic.receptionist(),
                now=NOW,
            )

        assert refusal.value.earliest == TUESDAY + timedelta(days=7)
        assert states(plan) == [S.PLANNED] * 4

    def test_a_missed_session_is_booked_behind_the_others_and_numbers_follow(self):
        plan = a_booked_course(first_on=MONDAY, now=NOW)
        first = appointments(plan)[0]
        booking.change_state(
            appointment_id=first.pk,
            to=AppointmentState.MISSED,
            seen_version=1,
            by=clinic.receptionist(),
            now=NOW + timedelta(hours=5),
        )
        assert states(plan)[0] == S.MISSED

        proposed = propose(plan, first_on=MONDAY + timedelta(days=1))
        book(plan, proposed)

        assert states(plan) == [S.BOOKED] * 6
        assert dates(plan) == [MONDAY + timedelta(days=7 * week) for week in range(1, 7)]


class TestScreening:
    def test_who_was_not_asked_is_not_booked(self):
        from patients.tests.builders import a_patient

        plan = a_set_plan(patient=a_patient())

        with pytest.raises(rules.BookingBlocked) as refusal:
            propose(plan)
        assert "physician must decide first" in str(refusal.value)

    def test_the_words_for_the_desk_carry_no_diagnosis(self):
        plan = a_set_plan(patient=a_healthy_patient(answers={"pregnant": "yes"}))

        words = queries.booking_limit(plan).refusal

        assert words == "The physician must decide first. A treatment cannot be booked now."

    def test_a_block_is_kept_by_the_action_not_by_the_page(self):
        plan = a_set_plan()
        proposed = propose(plan)
        say(plan.patient, bleeding_disorder="yes")

        with pytest.raises(rules.BookingBlocked):
            book(plan, proposed)
        assert not Appointment.objects.exists()

    def test_nothing_is_booked_by_answers_that_no_longer_hold(self):
        plan = a_set_plan()
        later = NOW + timedelta(days=HOLDS_FOR_DAYS + 1)
        proposed = propose(plan, first_on=local_date(later) + timedelta(days=1), now=later)

        with pytest.raises(rules.BookingBlocked):
            book(plan, proposed, now=later)

    def test_nothing_is_booked_or_moved_by_a_birth_date_that_was_wrong(self):
        waiting, booked = a_set_plan(), a_booked_course()
        proposed = propose(waiting)
        last = appointments(booked)[-1]
        for plan in (waiting, booked):
            make_a_child_of(plan.patient)

        with pytest.raises(rules.BookingBlocked):
            book(waiting, proposed)
        with pytest.raises(rules.BookingBlocked):
            booking.move_appointment(
                appointment_id=last.pk,
                starts_at=last.starts_at + timedelta(days=1),
                seen_version=1,
                by=clinic.receptionist(),
                now=NOW,
            )

    def test_a_refuse_holds_the_whole_remaining_course(self):
        plan = a_booked_course()
        heard = []
        hooks.course_changed.register(lambda plan, by, now: heard.append(plan.pk))
        try:
            say(plan.patient, pregnant="yes")
        finally:
            hooks.course_changed._listeners.pop()

        plan.refresh_from_db()
        assert plan.state == PlanState.ON_HOLD
        assert set(states(plan)) == {S.ON_HOLD}
        # The times stay taken until somebody has confirmed that they are given back.
        assert Appointment.objects.filter(state__in=HOLDING).count() == 6
        assert heard == [plan.pk]

    def test_harmless_news_hold_nothing(self):
        plan = a_booked_course()

        say(plan.patient, pregnant="no")

        plan.refresh_from_db()
        assert plan.state == PlanState.ACTIVE

    def test_a_held_course_goes_on_when_the_answers_allow_it(self):
        plan = a_booked_course()
        say(plan.patient, pregnant="yes")
        with pytest.raises(rules.BookingBlocked):
            actions.release_plan(plan=plan, by=plan.physician, now=NOW)

        say(plan.patient, now=NOW + timedelta(minutes=5), pregnant="no")
        released = actions.release_plan(
            plan=plan, by=plan.physician, now=NOW + timedelta(minutes=6)
        )

        assert released.state == PlanState.ACTIVE
        assert states(plan) == [S.BOOKED] * 6
        with pytest.raises(rules.CourseChanged):
            propose(plan)

    def test_nothing_is_offered_before_a_wait_ends(self, monkeypatch):
        plan = a_set_plan()
        day = TUESDAY + timedelta(days=20)
        monkeypatch.setattr(
            "treatments.plans.queries.booking_block",
            lambda screening: type(
                "Block", (), {"blocks": False, "earliest_on": day, "reasons": []}
            )(),
        )

        proposed = propose(plan)

        assert proposed[0].on >= day
        assert "no treatment before" in proposed[0].conflicts[0]
        early = [actions.visits_for(plan, [each.chosen])[0] for each in propose(plan, first_on=day)]
        early[0] = Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=early[0].room,
            kind=AppointmentKind.SESSION,
            starts_at=at("10:00", TUESDAY),
            ends_at=at("10:30", TUESDAY),
        )
        with pytest.raises(rules.BookingBlocked):
            actions.book_course(
                plan=plan,
                visits=early,
                request_key=uuid4(),
                by=clinic.receptionist(),
                now=NOW,
            )


class TestFollowing:
    def move(self, appointment, day, clock="10:00"):
        return booking.move_appointment(
            appointment_id=appointment.pk,
            starts_at=at(clock, day),
            seen_version=appointment.version,
            by=clinic.receptionist(),
            now=NOW,
        )

    def test_a_session_moves_within_its_neighbours(self):
        plan = a_booked_course(interval_days=14)
        third = appointments(plan)[2]

        self.move(third, TUESDAY + timedelta(days=30))

        assert dates(plan)[2] == TUESDAY + timedelta(days=30)

    def test_a_session_never_moves_nearer_than_seven_days(self):
        plan = a_booked_course()
        third = appointments(plan)[2]

        with pytest.raises(rules.TooClose) as refusal:
            self.move(third, TUESDAY + timedelta(days=13))

        assert refusal.value.earliest == TUESDAY + timedelta(days=14)
        assert dates(plan)[2] == TUESDAY + timedelta(days=14)

    def test_a_session_never_overtakes_another(self):
        plan = a_booked_course(interval_days=14, session_count=4)
        second = appointments(plan)[1]

        with pytest.raises(rules.WrongPlan):
            self.move(second, TUESDAY + timedelta(days=36))

        assert dates(plan) == sorted(dates(plan))

    def test_without_the_listener_the_gap_is_lost(self, monkeypatch):
        """The negative control of the two before."""
        from treatments.booking import hooks as booking_hooks

        plan = a_booked_course()
        third = appointments(plan)[2]
        monkeypatch.setattr(booking_hooks.appointment_moved, "_listeners", [])

        self.move(third, TUESDAY + timedelta(days=13))

        assert min(b - a for a, b in pairwise(dates(plan))) < timedelta(days=7)

    def test_a_move_is_offered_from_seven_days_behind_the_one_before(self):
        from treatments.booking import hooks as booking_hooks

        plan = a_booked_course(interval_days=14)
        third = appointments(plan)[2]

        limits = booking_hooks.joined(booking_hooks.limits_of_move(third, NOW))

        # Past the fourth one too: then that one moves as well, and the page of the ripple shows it.
        assert (limits.first, limits.last) == (TUESDAY + timedelta(days=21), None)
        assert "that one moves too" in limits.reasons[1]

    def test_a_cancelled_session_is_to_be_booked_again(self):
        plan = a_booked_course()
        fourth = appointments(plan)[3]

        booking.cancel_appointment(
            appointment_id=fourth.pk, seen_version=1, by=clinic.receptionist(), now=NOW
        )

        assert states(plan)[3] == S.PLANNED
        proposed = propose(plan)
        assert [each.number for each in proposed] == [4]
        book(plan, proposed)
        assert states(plan) == [S.BOOKED] * 6
        assert all(b - a >= timedelta(days=7) for a, b in pairwise(dates(plan)))

    def test_the_last_signature_completes_the_course(self):
        plan = a_booked_course(session_count=4)
        for visit in appointments(plan):
            actions.mark_session_done(
                planned_session=visit.planned_session,
                by=plan.physician,
                now=visit.starts_at + timedelta(minutes=30),
            )

        plan.refresh_from_db()
        assert plan.state == PlanState.COMPLETED
        assert set(states(plan)) == {S.DONE}
        assert set(Appointment.objects.values_list("state", flat=True)) == {"done"}
        assert queries.last_session_on(plan.patient) == TUESDAY + timedelta(days=21)

    def test_the_next_course_keeps_its_distance_from_the_last_session(self):
        plan = a_booked_course(session_count=4)
        for visit in appointments(plan):
            last = visit.starts_at
            actions.mark_session_done(
                planned_session=visit.planned_session,
                by=plan.physician,
                now=last + timedelta(minutes=30),
            )
        following = a_set_plan(patient=plan.patient, now=last + timedelta(hours=1))

        proposed = propose(
            following, first_on=local_date(last) + timedelta(days=1), now=last + timedelta(hours=1)
        )

        assert proposed[0].on - local_date(last) >= timedelta(days=7)

    def test_a_stopped_course_gives_its_times_back(self):
        plan = a_booked_course()

        actions.stop_plan(plan=plan, reason="Moves away.", by=plan.physician, now=NOW)

        assert set(states(plan)) == {S.CANCELLED}
        assert not Appointment.objects.filter(state__in=HOLDING).exists()
        assert PlannedSession.objects.filter(appointment__isnull=False).count() == 0


@pytest.mark.parametrize("action", [actions.hold_plan, actions.stop_plan])
def test_who_gives_a_course_back_locks_in_the_order_of_everybody(action):
    plan = a_booked_course()

    with CaptureQueriesContext(connection) as statements:
        action(plan=plan, reason="Moves away.", by=plan.physician, now=NOW)

    locks = [each["sql"] for each in statements if "FOR NO KEY UPDATE" in each["sql"]]
    # The people, rooms and patients are one statement, whose order test_locks watches.
    assert "clinic_staffmember" in locks[0]
    assert 'FROM "treatments_treatmentplan"' in locks[1]


def test_a_planned_treatment_is_what_the_plan_says():
    plan = a_set_plan()

    planned = queries.planned_treatment(plan.patient)

    assert planned is not None
    assert planned.area == tuple(plan.regions)
    assert (planned.antiseptic, planned.gloves) == ("alcohol_70", "nitrile")
    assert planned.last_session_on is None


def test_before_a_course_the_verdict_knows_the_phototype_that_was_examined():
    patient, physician = a_healthy_patient(now=NOW), clinic.physician()
    assert queries.planned_treatment(patient) is None
    unexamined = actions.screen_for_booking(patient, by=physician, now=NOW)

    an_analysis(patient, by=physician, now=NOW, phototype="IV")

    assert queries.planned_treatment(patient).phototype == "IV"
    screening = actions.screen_for_booking(patient, by=physician, now=NOW)
    assert "phototype" in str(unexamined.response["unanswered"])
    assert "phototype" not in str(screening.response["unanswered"])
