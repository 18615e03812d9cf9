"""B1-B4, B9 in small sizes, their negative controls, and what must not grow.

The cases are those of `manage.py soak booking`, which runs them in full size and through the web
server; times are judged there and not here.
"""

import math
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from uuid import uuid4

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.management.soak import booking as soak
from clinic.management.soak.clients import at_once
from clinic.management.soak.report import Found
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.tests.builders import a_patient
from treatments.booking import actions as booking
from treatments.booking import visits as visiting
from treatments.booking.models import Appointment
from treatments.booking.rules import SlotTaken
from treatments.booking.terms import AppointmentKind
from treatments.plans import actions as plans
from treatments.plans import booking_courses
from treatments.plans.hooks import course_changed
from treatments.plans.models import PlannedSession
from treatments.tests.builders import a_set_plan

# Of a course that is screened, booked, owed its messages and recorded, with whatever comes with it.
MOST_STATEMENTS = 55
# As many hands as the web server has.
SMALL = replace(
    soak.QUICK, attempts=400, patients=40, hands=8, intervals=150, courses=24, mixed=150,
    slowest_s=math.inf,
)  # fmt: skip
FAST = replace(SMALL, courses=200, intervals=400, mixed=400)


def scene_of(size):
    clinic.open_weekdays()
    patients = [a_patient(now=NOW, care_messages=False) for _each in range(size.patients)]
    found = Found(lambda line: None, seed=7)
    return soak.Scene(found, size, Random(7), clinic.receptionist(), patients, NOW, "")


@pytest.fixture
def scene(transactional_db):
    return scene_of(SMALL)


def same_times(scene):
    """Every attempt wants one of forty times of one physician in one room."""
    physician, room = clinic.physician(), clinic.room()
    starts = soak.times(scene, count=soak.SLOTS)
    wished = [starts[n % soak.SLOTS] for n in range(scene.size.attempts)]
    scene.random.shuffle(wished)
    visits = [
        soak.a_visit(scene, place, physician, room, start, 30)
        for place, start in enumerate(wished)
    ]  # fmt: skip
    return physician, soak.attempts_of(scene, visits)


def test_b1_forty_times_are_booked_forty_times_and_nobody_waits_for_a_deadlock(scene):
    before = soak.deadlocks()

    physician, answers = same_times(scene)

    booked = soak.standing(physician)
    assert len(booked) == soak.SLOTS
    assert soak.overlaps(booked) == []
    refused = sum(isinstance(each.given, SlotTaken) or each.is_late for each in answers)
    assert refused == scene.size.attempts - soak.SLOTS
    assert soak.broken(answers) == []
    assert soak.deadlocks() == before


def test_b1_a_herd_that_wants_the_same_instant_leaves_no_deadlock(scene):
    before = soak.deadlocks()
    physician, room = clinic.physician(), clinic.room()
    start = soak.times(scene, count=1)[0]

    answers = soak.attempts_of(
        scene, [soak.a_visit(scene, place, physician, room, start, 30) for place in range(32)]
    )

    assert len(soak.standing(physician)) == 1
    assert soak.broken(answers) == []
    assert soak.deadlocks() == before


@pytest.mark.parametrize(
    "case", [soak.overlapping_intervals, soak.all_resources_at_once, soak.courses_at_once,
             soak.a_closure_amid_bookings]
)  # fmt: skip
def test_b2_b3_b4_b9_hold(scene, case):
    case(scene)

    assert scene.found.cases
    assert scene.found.failed == 0, scene.found.cases
    assert all(each.get("deadlocks", 0) == 0 for each in scene.found.cases)


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [soak.overlapping_intervals, soak.all_resources_at_once, soak.courses_at_once]
)
def test_b2_b3_b4_hold_for_hundreds(transactional_db, case):
    scene = scene_of(FAST)

    case(scene)

    assert scene.found.failed == 0, scene.found.cases


# --- B10: without the guards the same attempts do harm ------------------------------------------------


@pytest.fixture
def unguarded(transactional_db, monkeypatch):
    """No locks and no constraints: what remains is to look first and to write then."""
    guards = [each for each in Appointment._meta.constraints if hasattr(each, "expressions")]
    for module in (booking, visiting, booking_courses):
        if hasattr(module, "lock_visits"):
            monkeypatch.setattr(module, "lock_visits", lambda *_args, **_more: None)
    with connection.schema_editor() as editor:
        for guard in guards:
            editor.remove_constraint(Appointment, guard)
    yield
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE treatments_appointment CASCADE")
    with connection.schema_editor() as editor:
        for guard in guards:
            editor.add_constraint(Appointment, guard)


def test_b10_without_lock_and_constraint_more_than_forty_are_booked(unguarded):
    scene = scene_of(SMALL)

    physician, _answers = same_times(scene)

    assert len(soak.standing(physician)) > soak.SLOTS


@pytest.mark.slow
def test_b10_without_lock_and_constraint_courses_overlap(unguarded):
    scene = scene_of(replace(SMALL, courses=32))

    soak.courses_at_once(scene)

    case = scene.found.cases[-1]
    assert case["overlaps"] > 0
    assert not case["passed"]


# --- what must not grow -----------------------------------------------------------------------------


def a_booked_course_costs(count):
    plan = a_set_plan(session_count=count)
    desk, room = clinic.receptionist(), clinic.room()
    start = soak.datetime.combine(clinic.MONDAY, soak.datetime.min.time(), soak.clinic_zone())
    visits = [
        booking.Visit(
            patient=plan.patient, physician=plan.physician, room=room, kind=AppointmentKind.SESSION,
            starts_at=start + timedelta(days=1 + 7 * n, hours=10),
            ends_at=start + timedelta(days=1 + 7 * n, hours=10, minutes=30),
        )
        for n in range(count)
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        plans.book_course(plan=plan, visits=visits, request_key=uuid4(), by=desk, now=NOW)
    return len(asked)


@pytest.mark.django_db
def test_a_course_of_eight_takes_as_many_statements_as_one_of_four():
    a_booked_course_costs(4)  # what a process asks once is asked

    assert a_booked_course_costs(4) == a_booked_course_costs(8) <= MOST_STATEMENTS


@pytest.mark.django_db
def test_one_statement_for_each_session_would_be_seen(monkeypatch):
    """The negative control: somebody who listens asks once for each session."""
    monkeypatch.setattr(course_changed, "_listeners", [*course_changed._listeners, ask_one_by_one])
    a_booked_course_costs(4)

    assert a_booked_course_costs(8) - a_booked_course_costs(4) == 4


def ask_one_by_one(plan, by, now):
    for number in range(plan.session_count):
        PlannedSession.objects.filter(plan=plan, number=number + 1).exists()


def test_at_once_deals_out_every_attempt_once(db):
    answers = at_once([partial(int, str(n)) for n in range(20)], hands=4)

    assert sorted(each.given for each in answers) == list(range(20))
