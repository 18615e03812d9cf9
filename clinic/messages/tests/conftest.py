from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.messages import hooks
from clinic.messages.actions import owe_message
from clinic.messages.hooks import Letter
from clinic.tests.builders import NOW

KIND = "test_letter"


@pytest.fixture
def composing(monkeypatch):
    """Registers a composer for this test only; returns the function that does it."""
    monkeypatch.setattr(hooks, "_composers", dict(hooks._composers))

    def register(composer, kind=KIND):
        hooks._composers.pop(kind, None)
        hooks.compose_with(kind, composer)

    register(lambda message, now: Letter("ayse@example.org", "Klinik", f"No {message.event_key}"))
    return register


@pytest.fixture
def owed():
    """Returns the function by which a test owes one message, due since an hour."""

    def owe(event_key="1", kind=KIND, *, due_at=NOW - timedelta(hours=1), not_after=None, **fields):
        return owe_message(
            patient_id=fields.pop("patient_id", None) or uuid4(),
            kind=kind,
            event_key=event_key,
            about_id=fields.pop("about_id", None) or uuid4(),
            due_at=due_at,
            not_after=not_after or NOW + timedelta(days=1),
            now=NOW,
        )

    return owe
