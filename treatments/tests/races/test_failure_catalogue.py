"""FB1-FB10 of the booking failures that other programs are known for, each as a test of ours."""

from datetime import timedelta
from functools import partial
from random import Random
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic.audit.models import AuditEntry
from clinic.refusals import Refused
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.intake.actions import record_answers
from patients.intake.terms import Occasion
from patients.tests.builders import a_healthy_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking import actions as booking
from treatments.booking.models import Appointment
from treatments.booking.rules import SlotTaken
from treatments.booking.terms import AppointmentKind, Resource
from treatments.booking.tests.racing import race
from treatments.booking.tests.world import TUESDAY, World, at, holding
from treatments.plans import actions as plans
from treatments.plans import queries
from treatments.plans.models import PlannedSession
from treatments.tests.builders import a_booked_course, a_set_plan

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def world(db):
    return World()


def a_course_for(world, **fields):
    patient = a_healthy_patient()
    an_analysis(patient, by=world.physician)
    return a_set_plan(patient=patient, physician=world.physician, **fields)


def weekly(plan, room, first_on=TUESDAY, clock="10:00"):
    return [
        booking.Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=room,
            kind=AppointmentKind.SESSION,
            starts_at=at(clock, first_on + timedelta(days=7 * n)),
            ends_at=at(clock, first_on + timedelta(days=7 * n)) + HALF_AN_HOUR,
        )
        for n in range(plan.session_count)
    ]


def book_course(plan, visits, by):
    return plans.book_course(plan=plan, visits=visits, request_key=uuid4(), by=by, now=NOW)


@pytest.mark.parametrize("taken", range(6))
def test_fb1_and_fb2_whichever_date_is_taken_nothing_of_the_course_is_booked(world, taken):
    """FB1: later dates are checked like the first. FB2: what showed an error was not booked."""
    plan = a_course_for(world)
    wished = weekly(plan, world.room)
    world.book("10:15", TUESDAY + timedelta(days=7 * taken), room=world.other_room)
    audited = AuditEntry.objects.count()

    with pytest.raises(SlotTaken) as refused:
        book_course(plan, wished, world.desk)

    assert refused.value.resource == Resource.PHYSICIAN
    assert not Appointment.objects.filter(patient=plan.patient).exists()
    assert set(plan.sessions.values_list("state", flat=True)) == {"planned"}
    assert AuditEntry.objects.count() == audited


def test_fb3_moving_one_makes_none_more(world):
    plan = a_booked_course(plan=a_course_for(world))
    visit = queries.planned_sessions(plan)[-1].appointment
    before = Appointment.objects.count(), PlannedSession.objects.count()

    booking.move_appointment(
        appointment_id=visit.pk,
        starts_at=visit.starts_at + timedelta(days=1),
        seen_version=visit.version,
        by=world.desk,
        now=NOW,
    )

    assert (Appointment.objects.count(), PlannedSession.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_fb4_of_twenty_who_book_one_time_at_once_one_gets_it(committed_world):
    patients = [committed_world.a_patient() for _hand in range(20)]

    answers = race([partial(committed_world.book, "10:00", patient=each) for each in patients])

    assert sum(isinstance(each, Appointment) for each in answers) == 1
    assert sum(isinstance(each, SlotTaken) for each in answers) == 19
    assert len(holding()) == 1


def test_fb5_what_only_the_constraint_saw_is_told_in_words(world, monkeypatch):
    world.book("10:00")
    # The first look finds nothing, as if the other visit had come right after it.
    monkeypatch.setattr(booking, "refuse_early", lambda visits, **_more: None)
    monkeypatch.setattr(booking, "check_free", lambda visits, **_more: list(visits))

    with pytest.raises(SlotTaken) as refused:
        world.book("10:15", patient=world.a_patient())

    assert world.physician.display_name in str(refused.value)
    assert refused.value.alternatives
    assert Appointment.objects.count() == 1


def test_fb6_a_patient_is_in_one_place_at_a_time(world):
    world.book("10:00")

    with pytest.raises(SlotTaken) as refused:
        world.book("10:15", physician=clinic.physician(), room=world.other_room)

    assert refused.value.resource == Resource.PATIENT


def test_fb7_no_session_is_skipped_every_one_has_a_row_and_a_state(world):
    plan = a_booked_course(plan=a_course_for(world))
    second = queries.planned_sessions(plan)[1]

    booking.cancel_appointment(
        appointment_id=second.appointment.pk,
        seen_version=second.appointment.version,
        by=world.desk,
        now=NOW,
    )

    sessions = queries.planned_sessions(plan)
    assert [each.number for each in sessions] == [1, 2, 3, 4, 5, 6]
    assert [each.state for each in sessions].count("booked") == 5
    assert sessions[1].state in ("planned", "missed")  # to be booked again, under its number


def test_fb8_a_room_is_never_given_twice(world):
    world.book("10:00")

    with pytest.raises(SlotTaken) as refused:
        world.book("10:15", physician=clinic.physician(), patient=world.a_patient())

    assert refused.value.resource == Resource.ROOM


def test_fb9_a_time_is_booked_twice_only_by_who_may_and_with_a_reason(world):
    world.book("10:00")
    wish = world.wish("10:00", patient=world.a_patient())

    with pytest.raises(Refused):
        booking.book(**wish, overbooked_because="Walk-in, urgent", by=world.desk, now=NOW)
    with pytest.raises(Refused):
        booking.book(**wish, overbooked_because="ok", by=world.physician, now=NOW)
    booked = booking.book(
        **wish, overbooked_because="Walk-in with a reaction", by=world.physician, now=NOW
    )

    assert booked.overbooked_because == "Walk-in with a reaction"
    entry = AuditEntry.objects.get(subject_id=str(booked.pk), verb__startswith="appointment.")
    assert entry.actor == world.physician


def test_fb10_staff_book_this_very_morning_and_it_is_written_down(world):
    """A patient has to give notice; the desk does not."""
    booked = world.book("09:00", MONDAY)

    assert booked.starts_at == NOW
    assert AuditEntry.objects.filter(subject_id=str(booked.pk), actor=world.desk).exists()


def test_a_consultation_can_be_booked_whatever_was_answered(world, client):
    """No rule for treatments keeps the desk from giving somebody a time to talk."""
    record_answers(
        patient=world.patient,
        answers={"pregnant": "yes"},
        occasion=Occasion.INTAKE,
        on=MONDAY,
        by=world.desk,
        now=NOW,
    )

    assert world.book("10:00")
    client.force_login(world.desk)
    assert client.get(reverse("calendar:day")).status_code == 200


def test_any_random_calendar_is_booked_whole_or_not_at_all(world):
    """FB1 once more, with whatever stands in the way."""
    random = Random(20)
    for _round in range(6):
        plan = a_course_for(world)
        for _visit in range(4):
            try:
                world.book(
                    random.choice(["09:45", "10:00", "10:20", "11:00"]),
                    TUESDAY + timedelta(days=7 * random.randrange(8)),
                    patient=world.a_patient(),
                    room=random.choice([world.room, world.other_room]),
                )
            except SlotTaken:
                continue
        clock = random.choice(["09:30", "10:00", "11:00", "15:00"])
        try:
            book_course(plan, weekly(plan, world.room, clock=clock), world.desk)
        except SlotTaken:
            assert not Appointment.objects.filter(patient=plan.patient).exists()
        else:
            assert Appointment.objects.filter(patient=plan.patient).count() == plan.session_count
