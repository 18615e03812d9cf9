"""What the installation says of itself: every part that is down is named."""

import time
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.urls import reverse

from clinic.dashboard import health as health_module
from clinic.dashboard.heartbeat import BEAT, WORKER
from clinic.messages.actions import owe_message
from clinic.tests.builders import NOW
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive(monkeypatch):
    """Beat and worker were seen just now, and sheets can be made."""
    cache.set(BEAT, time.time())
    cache.set(WORKER, time.time())
    monkeypatch.setattr(health_module.pdf, "available", lambda: None)


def test_everything_works(client, alive):
    response = client.get(reverse("healthz"))

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "broker": "ok",
        "worker": "ok",
        "beat": "ok",
        "pdf": "ok",
        "oldest_due_message_s": 0,
    }


@pytest.mark.parametrize(("part", "stamp"), [("worker", WORKER), ("beat", BEAT)])
def test_a_part_that_fell_silent_is_named(client, alive, part, stamp):
    cache.set(stamp, time.time() - 60)

    response = client.get(reverse("healthz"))

    assert response.status_code == 503
    assert response.json()["down"] == [part]
    assert response.json()[part].startswith("down: silent for")


def test_a_broker_that_goes_while_it_is_asked_is_no_fault(client, alive, monkeypatch):
    def gone(_who):
        raise ConnectionError

    away = SimpleNamespace(set=lambda *_asked: None, get=gone)
    monkeypatch.setattr(health_module, "cache", away)

    response = client.get(reverse("healthz"))

    assert response.status_code == 503
    assert response.json()["worker"] == "unknown: ConnectionError"


def test_missing_pdf_libraries_are_named(client, alive, monkeypatch):
    monkeypatch.setattr(health_module.pdf, "available", lambda: "libpango is missing")

    response = client.get(reverse("healthz"))

    assert response.status_code == 503
    assert response.json()["pdf"] == "down: libpango is missing"


def test_a_broker_that_is_away_is_named_and_the_page_still_answers(client, alive, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    response = client.get(reverse("healthz"))

    assert response.status_code == 503
    assert {"broker", "worker", "beat"} <= set(response.json()["down"])


def test_a_database_that_is_away_is_named(client, alive, monkeypatch):
    def away(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(health_module.connection, "cursor", away)
    monkeypatch.setattr(health_module, "oldest_due", away)

    response = client.get(reverse("healthz"))

    assert response.status_code == 503
    assert response.json()["database"].startswith("down")
    assert response.json()["oldest_due_message_s"] is None


def test_a_message_that_nobody_sends_is_told(client, alive):
    patient = a_patient()
    owe_message(
        patient_id=patient.pk,
        kind="session_reminder",
        event_key="x",
        about_id=patient.pk,
        due_at=NOW.replace(year=2020),
        not_after=NOW.replace(year=2030),
        now=NOW,
    )

    response = client.get(reverse("healthz"))

    assert response.status_code == 503
    assert response.json()["down"] == ["messages"]
