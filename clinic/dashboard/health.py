"""What of the installation works right now, part by part, in words a script and a person can read."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import DatabaseError, connection

from clinic import pdf
from clinic.dashboard.heartbeat import BEAT, WORKER
from clinic.messages.queries import oldest_due

# Three missed heartbeats (settings.CELERY_BEAT_SCHEDULE) and a part counts as down.
SILENT_AFTER_S = 35.0
# A message may wait for the next sweep; one that waits longer means that nothing is sent.
LATE_AFTER_S = 600


@dataclass(frozen=True)
class Health:
    database: str
    broker: str
    worker: str
    beat: str
    pdf: str
    oldest_due_message_s: int | None

    @property
    def down(self) -> list[str]:
        parts = [
            name
            for name in ("database", "broker", "worker", "beat", "pdf")
            if getattr(self, name) != "ok"
        ]
        if self.oldest_due_message_s is None or self.oldest_due_message_s > LATE_AFTER_S:
            parts.append("messages")
        return parts


def health(now: datetime) -> Health:
    """Ask every part. Never raises: a part that cannot be asked is down."""
    broker = _broker()
    return Health(
        database=_database(),
        broker=broker,
        worker=_alive(WORKER) if broker == "ok" else "unknown: the broker is away",
        beat=_alive(BEAT) if broker == "ok" else "unknown: the broker is away",
        pdf=_said(pdf.available),
        oldest_due_message_s=_oldest_due_s(now),
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as fault:
        return f"down: {type(fault).__name__}"
    return "ok"


def _broker() -> str:
    try:
        cache.set("health", "asked", 10)
    except Exception as fault:  # noqa: BLE001  (redis, socket and pool faults alike: it is away)
        return f"down: {type(fault).__name__}"
    return "ok"


def _alive(who: str) -> str:
    try:
        seen = cache.get(who)
    except Exception as fault:  # noqa: BLE001  (it may have gone since it was asked a moment ago)
        return f"unknown: {type(fault).__name__}"
    if seen is None:
        return "down: never seen"
    silent = time.time() - seen
    return "ok" if silent <= SILENT_AFTER_S else f"down: silent for {silent:.0f} s"


def _said(ask: Callable[[], str | None]) -> str:
    reason = ask()
    return "ok" if reason is None else f"down: {reason}"


def _oldest_due_s(now: datetime) -> int | None:
    """Age of the oldest due message in seconds; 0 when none waits, None when it cannot be asked."""
    try:
        due_at = oldest_due(now)
    except DatabaseError:
        return None
    return int((now - due_at).total_seconds()) if due_at else 0
