"""One small clinic for the tests of booking."""

import pytest
from django.utils import translation

from treatments.booking.tests.world import World


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def committed_world(transactional_db):
    """The same, where the threads of a test see what each other committed."""
    return World()


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield
