"""P2: what two do at the same time keeps the laws as well."""

from collections import Counter

import pytest

from treatments.tests.races.machine import World
from treatments.tests.races.test_any_order import run
from treatments.tests.races.two_at_once import TwoAtOnce


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_who_act_at_once_keep_the_laws():
    reached: Counter[str] = Counter()

    run(15, 20, world=World(), kind=TwoAtOnce, reached=reached)

    missing = [each for each in ("course booked", "moved", "moved refused") if not reached[each]]
    assert not missing, f"the laws were asked of nothing: {reached}"
