"""Why a session of a course is not on its day: one reason, in words, on the session it stands for."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from clinic.hours.actions import block_time, close_day
from clinic.hours.queries import clinic_zone, rooms
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.intake.actions import list_procedure
from patients.tests.builders import a_healthy_patient
from treatments.booking import actions as booking
from treatments.booking.terms import AppointmentKind
from treatments.booking.tests.world import at
from treatments.plans import actions
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)
SECOND = TUESDAY + WEEK


def midnight(day):
    return datetime.combine(day, time(), clinic_zone())


def away(day, *, kind=Blocking.ABSENCE, **whose):
    block_time(
        kind=kind,
        starts_at=midnight(day),
        ends_at=midnight(day + timedelta(days=1)),
        by=clinic.manager(),
        now=NOW,
        **whose,
    )


def propose(plan, **fields):
    values: dict[str, Any] = {
        "first_on": TUESDAY, "preferred": time(10), "room": None, "now": NOW,
    }  # fmt: skip
    return actions.propose_course(plan, **(values | fields))


def only_conflict(proposed):
    ((number, conflicts),) = [(each.number, each.conflicts) for each in proposed if each.conflicts]
    return number, conflicts


def test_a_holiday_is_named():
    plan = a_set_plan()
    close_day(on=SECOND, why="Kurban Bayramı", by=clinic.manager(), now=NOW)

    assert only_conflict(propose(plan)) == (
        2,
        ("01 Dec 2026: the clinic is closed (Kurban Bayramı).",),
    )


def test_an_absence_of_the_physician_is_named():
    plan = a_set_plan()
    away(SECOND, member=plan.physician)

    number, conflicts = only_conflict(propose(plan))

    assert number == 2
    assert conflicts == (f"01 Dec 2026: {plan.physician.display_name} is away.",)


def test_rooms_that_are_all_taken_are_named():
    plan = a_set_plan()
    for room in rooms():
        away(SECOND, kind=Blocking.BLOCKED, room=room)

    assert only_conflict(propose(plan)) == (2, ("01 Dec 2026: no room is free.",))


def test_a_full_day_is_named():
    plan = a_set_plan()
    room = clinic.room()
    for clock in range(9, 18):
        booking.book(
            patient=a_healthy_patient(),
            physician=plan.physician,
            room=room,
            kind=AppointmentKind.CONSULTATION,
            starts_at=at(f"{clock:02}:00", SECOND),
            ends_at=at(f"{clock:02}:59", SECOND),
            by=clinic.receptionist(),
            now=NOW,
        )

    assert only_conflict(propose(plan)) == (2, ("01 Dec 2026: no free time.",))


@pytest.mark.parametrize(("kind", "days"), [("peel_superficial", 14), ("fractional_ablative", 60)])
def test_a_peel_or_a_laser_keeps_its_days_and_the_desk_reads_no_diagnosis(kind, days):
    """The gaps of the rule set: nothing is offered before the day on which the skin is clear."""
    patient = a_healthy_patient()
    done_on = MONDAY - timedelta(days=3)
    list_procedure(
        patient=patient, kind=kind, done_on=done_on, regions=[], by=clinic.receptionist(), now=NOW
    )
    plan = a_set_plan(patient=patient)

    first = propose(plan)[0]

    clear = done_on + timedelta(days=days)
    assert clear <= first.on <= clear + timedelta(days=4)
    (why,) = first.conflicts
    assert why.startswith("For medical reasons no treatment before")
    assert "peel" not in why.lower()
    assert "laser" not in why.lower()


@pytest.mark.parametrize("tolerance", [(0, 0), (1, 3)])
def test_every_conflict_lies_on_its_own_session_only(tolerance):
    """Three conflicts in one course are three lines, each with two other times."""
    plan = a_set_plan(
        interval_days=14,
        wishes=actions.PatientWishes(days_earlier=tolerance[0], days_later=tolerance[1]),
    )
    close_day(on=TUESDAY, why="", by=clinic.manager(), now=NOW)
    third = propose(plan)[2].on
    away(third, member=plan.physician)

    proposed = propose(plan)

    assert [each.number for each in proposed if each.conflicts] == [1, 3]
    assert all(len(each.alternatives) == 2 for each in proposed)
