"""P2: what two do at the same time keeps the laws as well."""

from collections import Counter

import pytest

from treatments.tests.races.machine import World
from treatments.tests.races.test_any_order import missing, run_until
from treatments.tests.races.two_at_once import TwoAtOnce

MUST_BE_REACHED = ("course booked", "moved", "moved refused")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_who_act_at_once_keep_the_laws():
    reached: Counter[str] = Counter()

    run_until(MUST_BE_REACHED, 15, 20, world=World(), kind=TwoAtOnce, reached=reached)

    assert missing(MUST_BE_REACHED, reached) == [], f"the laws were asked of nothing: {reached}"
