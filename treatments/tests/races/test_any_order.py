"""P1-P3: in whatever order things are done, the invariants hold; and seven wrong programs do not pass.

Of I1-I13, I11 (no allergen in a signed cocktail) is asked in sessions/tests and cocktails/tests: the
courses here have no cocktail. The machine itself and its full size are in machine.py and `soak booking`.
"""

from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from treatments.booking import actions as booking
from treatments.plans import following
from treatments.tests.races.machine import World, machine_in

FOUND_FAST = [Phase.generate]  # a counterexample is enough; the smallest one is not needed


def run(examples, steps, *, seed=None, phases=None, world=None):
    machine = machine_in(world or World())
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=seed is None,
            phases=phases or FOUND_FAST,
            suppress_health_check=[*HealthCheck],
            report_multiple_bugs=False,
        ),
    )


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_the_invariants_hold():
    run(6, 15)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_hundred_runs_of_twenty_five_steps_hold():
    run(100, 25)


# --- P3: seven wrong programs ---------------------------------------------------------------------


def nothing(*_args, **_kwargs):
    return None


def an_interval_of_six_days():
    return patch("treatments.plans.rules.MINIMUM_GAP", timedelta(days=6))


def dates_are_not_held_apart():
    return patch("treatments.plans.rules.check_gaps", nothing)


def any_number_of_sessions():
    return patch("treatments.plans.rules.check_plan", nothing)


def versions_stand_still():
    kept = booking._save_changed

    def unchanged(appointment, **more):
        appointment.version -= 1
        kept(appointment, **more)

    return patch.object(booking, "_save_changed", unchanged)


def without_listener(hook, listener):
    return patch.object(hook, "_listeners", [each for each in hook._listeners if each != listener])


def courses_do_not_hear_of_cancelling():
    from treatments.booking import hooks

    return without_listener(hooks.appointment_cancelled, following.follow_cancelled)


def courses_do_not_judge_moves():
    from treatments.booking import hooks

    return without_listener(hooks.appointment_moved, following.check_moved)


def reminders_do_not_follow():
    from treatments.plans import hooks
    from treatments.reminders.actions import owe_for_course

    return without_listener(hooks.course_changed, owe_for_course)


MUTANTS = [
    an_interval_of_six_days, dates_are_not_held_apart, any_number_of_sessions, versions_stand_still,
    courses_do_not_hear_of_cancelling, courses_do_not_judge_moves, reminders_do_not_follow,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_wrong_program_is_found_out(mutant):
    """The negative control of the machine: each of these breaks one promise, and it sees it."""
    world = World()
    with ExitStack() as changed:
        changed.enter_context(mutant())
        with pytest.raises((AssertionError, IntegrityError)):
            run(40, 25, world=world)
