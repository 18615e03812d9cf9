from unittest.mock import patch

import pytest

from clinic.tests.laid_out import copied, ways

# The one letter about a booked course has tests of its own; here only what reminds is counted.
NO_LETTER = "no letter about all times"
LETTER = "treatments.reminders.actions.owed_confirmation"


def no_letter(_course, **_facts):
    return None


ways[NO_LETTER] = lambda: patch(LETTER, no_letter)


@pytest.fixture(autouse=True)
def _no_letter_about_all_times(request, monkeypatch):
    if "telling_courses" not in request.fixturenames:
        monkeypatch.setattr(LETTER, no_letter)
        monkeypatch.setitem(copied, "way", NO_LETTER)


@pytest.fixture
def telling_courses():
    """Asked for by tests in which a booked course is told of."""
