"""What a re-screen does: a date moves only what is before it, a named spot blocks anew."""

from datetime import timedelta

import pytest

from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from patients.lesions.queries import blocked_regions
from patients.screening.models import Purpose, Screening
from patients.screening.queries import booking_block
from patients.worklist.queries import open_task
from patients.worklist.terms import TaskKind
from treatments.booking.actions import change_state
from treatments.booking.terms import AppointmentState
from treatments.plans import queries, waits
from treatments.plans.actions import screen_for_booking
from treatments.plans.terms import SessionState
from treatments.sessions import actions
from treatments.sessions.queries import draft_of
from treatments.sessions.refusals import NotOpen
from treatments.sessions.rescreening import record_rescreen, sheet_of_the_day
from treatments.sessions.tests.builders import (
    MEASURED,
    a_course,
    first_session,
    recorded,
    rescreened,
    start_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return first_session(a_course())


def at_the_door(session, line, **answers):
    """Every line no but one, whose questions are answered in full."""
    now, patient = start_of(session), session.plan.patient
    ticks = {each.id: "no" for each in sheet_of_the_day(patient, now.date()).lines}
    return record_rescreen(
        planned_session=session,
        ticks=ticks | {line: "yes"},
        separate=MEASURED | answers,
        by=session.plan.physician,
        now=now,
    )


def with_fever(session):
    today = local_date(start_of(session))
    return at_the_door(session, "fever", fever_last_on=today.isoformat())


def moved(session):
    now = start_of(session)
    moves = [
        waits.Move(
            each.session.pk,
            each.visit.version,
            each.options[0].span.starts_at,
            each.options[0].room,
        )
        for each in waits.propose_moves(session.plan, now=now)
        if not each.stays
    ]
    waits.move_sessions(plan=session.plan, moves=moves, by=clinic.receptionist(), now=now)


def test_a_fever_at_the_door_marks_today_and_leaves_the_course_running(session):
    screening = with_fever(session)

    assert screening.verdict == "hold"
    marks = [each.wait_until is not None for each in queries.planned_sessions(session.plan)]
    assert marks[0]
    assert not all(marks)
    with pytest.raises(NotOpen):
        actions.start_session(
            planned_session=queries.planned_session(session.pk),
            by=session.plan.physician,
            now=start_of(session),
        )


def test_the_patient_in_the_room_is_moved_with_everything_that_follows(session):
    visit = session.appointment
    change_state(
        appointment_id=visit.pk, to=AppointmentState.IN_ROOM, seen_version=visit.version,
        by=clinic.nurse(), now=start_of(session),
    )  # fmt: skip
    with_fever(session)

    moved(session)

    sessions = queries.planned_sessions(session.plan)
    assert {each.state for each in sessions} == {SessionState.BOOKED}
    assert {each.wait_until for each in sessions} == {None}
    assert sessions[0].appointment.state == AppointmentState.BOOKED
    days = [on for _number, on in queries.dates_of(sessions)]
    assert days == sorted(days)


def with_high_pressure(session):
    """Measured today, and asked again on the next day: 190 mmHg lets nothing be for 7 days."""
    now, patient = start_of(session), session.plan.patient
    return record_rescreen(
        planned_session=session,
        ticks={each.id: "no" for each in sheet_of_the_day(patient, now.date()).lines},
        separate=MEASURED | {"bp_systolic": 190, "bp_diastolic": 95},
        by=session.plan.physician,
        now=now,
    )


def test_the_wait_of_the_door_holds_although_its_answer_does_not(session):
    """Booking on the next day knows no pressure; the day on which it clears still stands."""
    clears_on = with_high_pressure(session).response["earliest_on"]

    next_day = start_of(session) + timedelta(days=1)
    ahead = screen_for_booking(session.plan.patient, by=clinic.receptionist(), now=next_day)

    assert "bp_systolic" not in ahead.request["answers"]
    assert booking_block(ahead).earliest_on is None  # negative control: by itself it is forgotten
    limit = queries.booking_limit(session.plan, ahead)
    assert limit.earliest_on is not None
    assert limit.earliest_on.isoformat() == clears_on


def test_a_record_of_an_earlier_day_that_is_finished_late_ends_no_wait(session):
    at_the_door, next_day = with_high_pressure(session), start_of(session) + timedelta(days=1)
    Screening.objects.create(
        patient=session.plan.patient,
        purpose=Purpose.SESSION,
        on=at_the_door.on - timedelta(days=7),
        rule_set_version=at_the_door.rule_set_version,
        request=at_the_door.request,
        response=at_the_door.response | {"findings": [], "verdict": "clear"},
        verdict="clear",
        screened_at=next_day,
    )

    ahead = screen_for_booking(session.plan.patient, by=clinic.receptionist(), now=next_day)

    earliest_on = queries.booking_limit(session.plan, ahead).earliest_on
    assert earliest_on is not None
    assert earliest_on.isoformat() == at_the_door.response["earliest_on"]


def test_an_empty_record_is_put_away_and_a_written_one_stays(session):
    physician = session.plan.physician
    rescreened(session, by=physician)
    actions.start_session(planned_session=session, by=physician, now=start_of(session))
    with_fever(session)
    moved(session)
    assert draft_of(session) is None


def test_a_session_in_which_something_was_written_is_not_moved_away(session):
    rescreened(session, by=session.plan.physician)
    recorded(session, by=session.plan.physician)
    with_fever(session)
    with pytest.raises(NotOpen):
        moved(session)
    assert draft_of(session) is not None


def test_a_spot_named_at_the_door_blocks_its_region(session):
    at_the_door(session, "spots", spot_changed=["cheek_left"])

    assert blocked_regions(session.plan.patient, start_of(session).date()) == ["cheek_left"]
    assert open_task(session.plan.patient, TaskKind.EXAMINE_LESION)


def test_nothing_new_names_no_spot(session):
    rescreened(session, by=session.plan.physician)
    assert blocked_regions(session.plan.patient, start_of(session).date()) == []
