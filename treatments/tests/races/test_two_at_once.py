"""P2: what two do at the same time keeps the laws as well."""

from collections import Counter

import pytest

from treatments.tests.races.machine import World
from treatments.tests.races.test_any_order import SEEDS, missing, run, run_until
from treatments.tests.races.test_wrong_programs import versions_stand_still
from treatments.tests.races.two_at_once import TwoAtOnce

MUST_BE_REACHED = ("course booked", "moved", "moved refused")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_who_act_at_once_keep_the_laws():
    reached: Counter[str] = Counter()

    run_until(MUST_BE_REACHED, 15, 20, world=World(), kind=TwoAtOnce, reached=reached)

    assert missing(MUST_BE_REACHED, reached) == [], f"the laws were asked of nothing: {reached}"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_who_act_at_once_are_found_out_where_a_version_stands_still():
    """The negative control: with versions that do not move, nobody is told of the other's change."""
    with (
        versions_stand_still(),
        pytest.raises(AssertionError, match="not one entry for each change"),
    ):
        run_every_seed(World())


def run_every_seed(world):
    for by_seed in SEEDS:
        run(15, 20, by_seed=by_seed, world=world, kind=TwoAtOnce)
