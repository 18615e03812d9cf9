"""The clinic in which the races are run."""

import pytest
from django.utils import translation

from treatments.booking.tests.world import World


@pytest.fixture
def committed_world(transactional_db):
    return World()


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield
