"""P3: nine wrong programs, each of which the machine of P1 must find out."""

from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

import pytest

from treatments.booking import changing
from treatments.plans import following
from treatments.tests.races.machine import World
from treatments.tests.races.test_any_order import SEEDS, run


def nothing(*_args, **_kwargs):
    return None


def an_interval_of_six_days():
    return patch("treatments.plans.rules.MINIMUM_GAP", timedelta(days=6))


def versions_stand_still():
    kept = changing._save_changed

    def unchanged(appointment, **more):
        appointment.version -= 1
        kept(appointment, **more)

    return patch.object(changing, "_save_changed", unchanged)


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


def unknown_is_taken_as_no():
    from patients.intake import queries

    read = queries._answers

    def sure(given, *more):
        return read(
            {code: "no" if said == "unknown" else said for code, said in given.items()}, *more
        )

    return patch.object(queries, "_answers", sure)


def what_is_open_can_be_signed():
    return patch("treatments.sessions.actions.what_blocks_signing", lambda _screening: [])


def anybody_signs():
    return patch("treatments.sessions.actions.check_signer", nothing)


def moves_are_not_recorded():
    kept = changing.record

    def record(*, verb, **more):
        return None if verb == "appointment.moved" else kept(verb=verb, **more)

    return patch.object(changing, "record", record)


WRONG_PROGRAMS = [
    (an_interval_of_six_days, "too near"),
    (versions_stand_still, "not one entry for each change"),
    (courses_do_not_hear_of_cancelling, "its time is gone"),
    (courses_do_not_judge_moves, "too near"),
    (reminders_do_not_follow, "remind"),
    # What was not asked is unknown, and open: a signature without asking at the door tells both.
    (unknown_is_taken_as_no, "booked against|signed against|nobody asked at the door"),
    (
        what_is_open_can_be_signed,
        "signed against|something open|an allergen was given|nobody asked at the door",
    ),
    (anybody_signs, "not signed by a physician|without a certificate"),
    (moves_are_not_recorded, "told otherwise"),
]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "found"), WRONG_PROGRAMS, ids=[wrong.__name__ for wrong, _found in WRONG_PROGRAMS]
)
def test_a_wrong_program_is_found_out(wrong, found):
    """The negative control of the machine: each of these breaks one promise, and it sees which."""
    world = World()
    with ExitStack() as changed:
        changed.enter_context(wrong())
        with pytest.raises(Exception, match=found):
            run_every_seed(world)


def run_every_seed(world):
    for by_seed in SEEDS:
        run(40, 25, by_seed=by_seed, world=world)
