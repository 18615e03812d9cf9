"""One small clinic for the tests of the calendar, and the same at the real clock for its pages."""

import pytest
from django.utils import translation

from treatments.booking.tests.test_pages import Today
from treatments.booking.tests.world import World


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def here(db):
    return Today()


@pytest.fixture
def desk(client, here):
    client.force_login(here.desk)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield
