"""What a verdict does to a course: a refuse holds it, a date moves what is before it."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.hours.queries import local_date
from clinic.messages.models import Message
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.intake.actions import record_answers
from patients.intake.terms import Occasion
from patients.records.actions import change_patient
from patients.screening.actions import decide_finding
from patients.screening.models import Purpose, Screening
from patients.screening.queries import latest_screening, response_of
from patients.worklist.models import StaffTask
from patients.worklist.queries import tasks_for
from patients.worklist.terms import TaskKind
from treatments.booking import actions as booking
from treatments.booking.actions import Visit
from treatments.booking.models import Appointment
from treatments.booking.rules import SlotTaken, StaleVersion
from treatments.booking.terms import HOLDING, AppointmentKind, AppointmentState
from treatments.plans import actions, queries, rules, waits
from treatments.plans.terms import PlanState, SessionState
from treatments.sessions.actions import start_session
from treatments.sessions.refusals import NotOpen
from treatments.tests.builders import a_booked_course

TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)
S = SessionState


def say(patient, now=NOW, occasion=Occasion.INTAKE, **answers):
    record_answers(
        patient=patient,
        answers=answers,
        occasion=occasion,
        on=local_date(now),
        by=clinic.receptionist(),
        now=now,
    )


def sessions(plan):
    return queries.planned_sessions(plan)


def days(plan):
    return [on for _number, on in queries.dates_of(sessions(plan))]


def open_kinds(patient):
    return set(
        StaffTask.objects.filter(patient=patient, done_at=None).values_list("kind", flat=True)
    )


def confirmed(plan, now=NOW):
    return [
        waits.Move(
            session_id=each.session.pk,
            seen_version=each.visit.version,
            starts_at=each.options[0].span.starts_at,
            room=each.options[0].room,
        )
        for each in waits.propose_moves(plan, now=now)
        if not each.stays
    ]


def change(session, to, now=NOW + timedelta(days=1, hours=8)):
    """What the desk clicks on the day of the first session."""
    visit = Appointment.objects.get(pk=session.appointment_id)
    booking.change_state(
        appointment_id=visit.pk,
        to=to,
        seen_version=visit.version,
        by=clinic.receptionist(),
        now=now,
    )


def move(plan, moves=None, now=NOW):
    return waits.move_sessions(
        plan=plan, moves=confirmed(plan, now) if moves is None else moves,
        by=clinic.receptionist(), now=now,
    )  # fmt: skip


def with_a_wait_of(course, days_from_now=10):
    """An aspirin or a fever in the past would wait from the past; a date is set on the answer."""
    say(course.patient, now=NOW + timedelta(seconds=1), aspirin_last_on=local_date(NOW).isoformat())
    return local_date(NOW) + timedelta(days=7)


@pytest.mark.django_db
class TestRefuse:
    @pytest.fixture
    def plan(self):
        plan = a_booked_course()
        say(plan.patient, pregnant="yes")
        plan.refresh_from_db()
        return plan

    def test_the_whole_course_is_held_and_its_times_are_marked(self, plan):
        assert plan.state == PlanState.ON_HOLD
        assert {each.state for each in sessions(plan)} == {S.ON_HOLD}
        assert all(each.appointment.state in HOLDING for each in sessions(plan))
        assert len(queries.held_appointments(plan)) == 6

    def test_pending_messages_are_cancelled(self, plan):
        ids = [each.pk for each in sessions(plan)]
        pending = Message.objects.filter(about_id__in=ids, state="pending")
        assert not pending.filter(kind="session_reminder").exists()

    def test_without_the_hold_the_messages_would_go_out(self):
        plan = a_booked_course()
        ids = [each.pk for each in sessions(plan)]
        pending = Message.objects.filter(about_id__in=ids, state="pending")
        assert pending.filter(kind="session_reminder").exists()

    def test_physician_and_desk_have_a_task_with_whose_and_since(self, plan):
        assert open_kinds(plan.patient) == {TaskKind.DECIDE_HELD_COURSE, TaskKind.RELEASE_SLOTS}
        decide = StaffTask.objects.get(kind=TaskKind.DECIDE_HELD_COURSE)
        assert (decide.physician, decide.since) == (plan.physician, NOW)
        assert decide not in tasks_for(clinic.receptionist())
        assert decide in tasks_for(plan.physician)

    def test_no_held_session_can_begin(self, plan):
        first = sessions(plan)[0]
        with pytest.raises(NotOpen):
            start_session(
                planned_session=queries.planned_session(first.pk),
                by=plan.physician,
                now=first.appointment.starts_at,
            )

    def test_a_confirmation_gives_the_times_back_and_keeps_the_places(self, plan):
        seen = [each.pk for each in queries.held_appointments(plan)]

        actions.release_slots(plan=plan, seen=seen, by=clinic.receptionist(), now=NOW)

        assert not Appointment.objects.filter(state__in=HOLDING).exists()
        assert {(each.state, each.appointment) for each in sessions(plan)} == {(S.ON_HOLD, None)}
        assert open_kinds(plan.patient) == {TaskKind.DECIDE_HELD_COURSE}

    def test_another_list_than_the_one_that_was_seen_gives_nothing_back(self, plan):
        seen = [each.pk for each in queries.held_appointments(plan)][:-1]

        with pytest.raises(rules.CourseChanged):
            actions.release_slots(plan=plan, seen=seen, by=clinic.receptionist(), now=NOW)
        assert Appointment.objects.filter(state__in=HOLDING).count() == 6

    def test_a_course_that_runs_gives_nothing_back(self):
        plan = a_booked_course()
        with pytest.raises(rules.CourseChanged):
            actions.release_slots(plan=plan, seen=[], by=clinic.receptionist(), now=NOW)

    def test_the_physician_lets_it_go_on_and_every_task_is_done(self, plan):
        before = days_of_appointments(plan)
        say(plan.patient, now=NOW + timedelta(minutes=5), pregnant="no")

        actions.release_plan(plan=plan, by=plan.physician, now=NOW + timedelta(minutes=6))

        assert {each.state for each in sessions(plan)} == {S.BOOKED}
        assert days(plan) == before
        assert open_kinds(plan.patient) == set()

    def test_after_the_times_are_gone_the_sessions_are_booked_again_in_their_order(self, plan):
        seen = [each.pk for each in queries.held_appointments(plan)]
        actions.release_slots(plan=plan, seen=seen, by=clinic.receptionist(), now=NOW)
        say(plan.patient, now=NOW + timedelta(minutes=5), pregnant="no")

        plan = actions.release_plan(plan=plan, by=plan.physician, now=NOW + timedelta(minutes=6))

        assert plan.state == PlanState.PROPOSED
        assert [each.state for each in sessions(plan)] == [S.PLANNED] * 6

    def test_a_time_that_passed_while_the_course_was_held_is_not_taken_up_again(self, plan):
        later = NOW + timedelta(days=9)
        say(plan.patient, now=later, **todays_no())
        actions.release_plan(plan=plan, by=plan.physician, now=later + timedelta(minutes=1))

        assert [each.state for each in sessions(plan)] == [S.PLANNED] * 2 + [S.BOOKED] * 4

    def test_who_comes_while_the_course_is_held_stays_held(self, plan):
        first = sessions(plan)[0]
        booking.change_state(
            appointment_id=first.appointment_id,
            to=AppointmentState.ARRIVED,
            seen_version=1,
            by=clinic.receptionist(),
            now=first.appointment.starts_at,
        )
        assert sessions(plan)[0].state == S.ON_HOLD

    def test_a_stopped_course_gives_its_held_times_back(self, plan):
        actions.stop_plan(plan=plan, reason="Moves away.", by=plan.physician, now=NOW)

        assert not Appointment.objects.filter(state__in=HOLDING).exists()
        assert open_kinds(plan.patient) == set()


def todays_no():
    return {"pregnant": "no"}


def days_of_appointments(plan):
    return [local_date(each.appointment.starts_at) for each in sessions(plan)]


@pytest.mark.django_db
def test_a_corrected_birth_date_screens_again_and_holds_what_is_booked():
    plan = a_booked_course()
    patient = plan.patient

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
        now=NOW + timedelta(minutes=1),  # two verdicts have two moments
    )

    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD
    assert latest_screening(patient, Purpose.BOOKING).verdict == "refuse"


@pytest.mark.django_db
class TestWait:
    @pytest.fixture
    def plan(self):
        """Tuesdays from tomorrow; a painkiller of today lets nothing be for 7 days."""
        plan = a_booked_course()
        self.clears_on = with_a_wait_of(plan)
        plan.refresh_from_db()
        return plan

    def test_only_the_sessions_before_the_date_are_marked(self, plan):
        assert plan.state == PlanState.ACTIVE
        marks = [each.wait_until for each in sessions(plan)]
        assert marks == [self.clears_on] + [None] * 5
        assert open_kinds(plan.patient) == {TaskKind.MOVE_SESSIONS}

    def test_a_marked_session_keeps_its_time_and_cannot_begin(self, plan):
        first = queries.planned_session(sessions(plan)[0].pk)
        assert first.state == S.BOOKED
        with pytest.raises(NotOpen):
            start_session(planned_session=first, by=plan.physician, now=first.appointment.starts_at)

    def test_the_ripple_moves_it_and_lets_follow_only_whom_it_must(self, plan):
        ripple = waits.propose_moves(plan, now=NOW)

        # Monday is the first possible day; the Tuesday sessions stand 8 days after it.
        assert ripple[0].on == MONDAY + WEEK
        assert ripple[0].is_marked
        assert not ripple[0].stays
        assert [each.on for each in ripple[1:]] == [MONDAY + WEEK * (week + 2) for week in range(5)]

    def test_a_confirmation_moves_all_at_once(self, plan):
        move(plan)

        assert days(plan) == [MONDAY + WEEK * (week + 1) for week in range(6)]
        assert {each.wait_until for each in sessions(plan)} == {None}
        assert open_kinds(plan.patient) == set()
        assert [each.number for each in sessions(plan)] == [1, 2, 3, 4, 5, 6]

    def test_a_time_that_was_taken_meanwhile_moves_nothing(self, plan):
        moves, before = confirmed(plan), days(plan)
        booking.book(
            patient=a_booked_course().patient,
            physician=plan.physician,
            room=clinic.room(),
            kind=AppointmentKind.CONSULTATION,
            starts_at=moves[0].starts_at,
            ends_at=moves[0].starts_at + timedelta(minutes=30),
            by=clinic.receptionist(),
            now=NOW,
        )

        with pytest.raises(SlotTaken):
            move(plan, moves)
        assert days(plan) == before
        assert sessions(plan)[0].wait_until is not None

    def test_a_marked_session_is_not_left_out(self, plan):
        with pytest.raises(rules.CourseChanged):
            move(plan, confirmed(plan)[1:])

    def test_nothing_moves_before_the_wait_ends(self, plan):
        moves = confirmed(plan)
        early = [
            waits.Move(
                session_id=moves[0].session_id,
                seen_version=moves[0].seen_version,
                starts_at=moves[0].starts_at - timedelta(days=3),
                room=moves[0].room,
            ),
            *moves[1:],
        ]
        with pytest.raises(rules.BookingBlocked):
            move(plan, early)
        assert sessions(plan)[0].wait_until is not None

    def test_an_older_version_moves_nothing(self, plan):
        moves = confirmed(plan)
        visit = sessions(plan)[-1].appointment
        booking.change_state(
            appointment_id=visit.pk,
            to=AppointmentState.CONFIRMED,
            seen_version=visit.version,
            by=clinic.receptionist(),
            now=NOW,
        )
        with pytest.raises(StaleVersion):
            move(plan, moves)
        assert sessions(plan)[0].wait_until is not None

    def test_a_corrected_answer_takes_the_mark_away(self, plan):
        say(plan.patient, now=NOW + timedelta(minutes=5), aspirin_last_on="no")

        assert {each.wait_until for each in sessions(plan)} == {None}
        assert open_kinds(plan.patient) == set()

    def test_the_physicians_written_reason_takes_it_away_too(self, plan):
        # Booking the course and what was said share one moment; the newest is looked for by its
        # finding.
        screening = next(
            each
            for each in Screening.objects.filter(patient=plan.patient)
            if "R-ASPIRIN-RECENT" in {one.rule for one in response_of(each).findings}
        )
        decide_finding(
            patient=plan.patient,
            screening=screening,
            rule="R-ASPIRIN-RECENT",
            target="",
            reason="One tablet, bruising accepted and explained.",
            by=plan.physician,
            now=NOW,
        )
        assert {each.wait_until for each in sessions(plan)} == {None}

    def test_a_move_by_hand_is_as_good(self, plan):
        first = sessions(plan)[0]
        # The second one goes first, so that there is room.
        for session in reversed(sessions(plan)):
            booking.move_appointment(
                appointment_id=session.appointment_id,
                starts_at=session.appointment.starts_at + WEEK,
                seen_version=session.appointment.version,
                by=clinic.receptionist(),
                now=NOW,
            )
        assert queries.planned_session(first.pk).wait_until is None
        assert open_kinds(plan.patient) == set()

    def test_a_miss_that_was_a_slip_takes_no_mark_away(self, plan):
        first = sessions(plan)[0]
        change(first, AppointmentState.MISSED)
        assert open_kinds(plan.patient) == set()  # nothing is left that could be moved

        change(first, AppointmentState.BOOKED)

        assert queries.planned_session(first.pk).wait_until == self.clears_on
        assert open_kinds(plan.patient) == {TaskKind.MOVE_SESSIONS}

    def test_what_is_called_off_needs_no_move(self, plan):
        visit = sessions(plan)[0].appointment
        booking.cancel_appointment(
            appointment_id=visit.pk, seen_version=visit.version, by=clinic.receptionist(), now=NOW
        )
        assert open_kinds(plan.patient) == set()

    def test_booking_the_rest_takes_no_mark_away(self, plan):
        last = sessions(plan)[-1].appointment
        booking.cancel_appointment(
            appointment_id=last.pk, seen_version=last.version, by=clinic.receptionist(), now=NOW
        )
        visit = Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=last.room,
            kind=AppointmentKind.SESSION,
            starts_at=last.starts_at + WEEK,
            ends_at=last.ends_at + WEEK,
        )
        actions.book_course(
            plan=plan, visits=[visit], request_key=uuid4(), by=clinic.receptionist(), now=NOW
        )

        marks = [each.wait_until for each in sessions(plan)]
        assert marks == [self.clears_on] + [None] * 5
        assert open_kinds(plan.patient) == {TaskKind.MOVE_SESSIONS}

    def test_a_refuse_on_top_holds_everything_and_there_is_nothing_left_to_move(self, plan):
        say(plan.patient, now=NOW + timedelta(minutes=5), pregnant="yes")

        assert {(each.state, each.wait_until) for each in sessions(plan)} == {(S.ON_HOLD, None)}
        assert TaskKind.MOVE_SESSIONS not in open_kinds(plan.patient)


# -- the arithmetic ---------------------------------------------------------------------------

courses = st.tuples(
    st.integers(7, 28), st.lists(st.integers(0, 5), min_size=1, max_size=8), st.integers(0, 60)
)


@given(courses, st.sets(st.integers(0, 200), max_size=60))
def test_reflow_keeps_order_and_distance_and_moves_nothing_forward(course, closed):
    interval, extra, wait = course
    dates, on = [], MONDAY
    for more in extra:
        dates.append(on)
        on += timedelta(days=interval + more)
    earliest = MONDAY + timedelta(days=wait)
    shut = {MONDAY + timedelta(days=day) for day in closed}

    moved = rules.reflow(dates, earliest=earliest, interval=timedelta(days=interval), closed=shut)

    assert all(later >= was for later, was in zip(moved, dates, strict=True))
    assert all(on >= earliest for on in moved)
    assert all(two - one >= rules.MINIMUM_GAP for one, two in pairwise(moved))
    assert all(on == was or on not in shut for on, was in zip(moved, dates, strict=True))
    if wait == 0:
        assert moved == dates


def test_with_a_fortnight_a_small_shift_moves_nobody_else():
    dates = [MONDAY + timedelta(days=14 * number) for number in range(4)]

    moved = rules.reflow(
        dates, earliest=MONDAY + timedelta(days=3), interval=timedelta(days=14), closed=set()
    )

    assert moved == [MONDAY + timedelta(days=3), *dates[1:]]


def test_a_large_shift_gives_those_who_follow_their_full_distance_again():
    dates = [MONDAY + timedelta(days=14 * number) for number in range(3)]

    moved = rules.reflow(
        dates, earliest=MONDAY + timedelta(days=5), interval=timedelta(days=14), closed=set()
    )

    assert moved == [MONDAY + timedelta(days=days) for days in (5, 19, 33)]
