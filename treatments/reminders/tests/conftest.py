import pytest


@pytest.fixture(autouse=True)
def _no_letter_about_all_times(request, monkeypatch, built_anew):
    """The one letter about a booked course has tests of its own; here only what reminds is counted."""
    if "telling_courses" not in request.fixturenames:
        monkeypatch.setattr(
            "treatments.reminders.actions.owed_confirmation", lambda _course, **_facts: None
        )


@pytest.fixture
def telling_courses():
    """Asked for by tests in which a booked course is told of."""
