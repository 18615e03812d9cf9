"""P1: in whatever order things are done, the invariants hold.

The steps are in booking_steps.py and day_steps.py, the laws in laws.py; the full size is
`soak booking`. That the machine sees a wrong program is shown in test_wrong_programs.py.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from treatments.tests.races.machine import World, machine_in

# Without these a law would hold of nothing.
MUST_BE_REACHED = (
    "signed", "signed refused", "moved", "moved refused", "course booked", "cut off",
    "rules changed", "screened again",
)  # fmt: skip
# What a seed draws depends on the keys of the rows too, and those are random: one may miss.
SEEDS = range(1, 9)


def run(examples, length, *, by_seed=1, world=None, **more):
    machine = machine_in(world or World(), **more)
    run_state_machine_as_test(
        seed(by_seed)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=length,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a counterexample is enough; the smallest one is not needed
            suppress_health_check=[*HealthCheck],
            report_multiple_bugs=False,
        ),
    )


def missing(names, reached):
    return [name for name in names if not reached[name]]


def run_until(names, examples, length, *, reached, **more):
    """Run with one seed after the other until all that is named was reached."""
    for by_seed in SEEDS:
        run(examples, length, by_seed=by_seed, reached=reached, **more)
        if not missing(names, reached):
            return


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_the_invariants_hold():
    run(5, 12)


@pytest.mark.slow
@pytest.mark.django_db
def test_many_runs_of_twenty_five_steps_hold_and_reach_what_the_laws_speak_of():
    reached: Counter[str] = Counter()

    run_until(MUST_BE_REACHED, 15, 25, reached=reached)

    assert missing(MUST_BE_REACHED, reached) == [], f"the laws were asked of nothing: {reached}"


@pytest.mark.slow
@pytest.mark.django_db
def test_the_same_seed_draws_the_same_steps():
    world = World()
    once: Counter[str] = Counter()
    again: Counter[str] = Counter()

    run(3, 15, world=world, reached=once)
    run(3, 15, world=world, reached=again)

    assert once == again
