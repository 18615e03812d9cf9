"""R2 and R5: a mail server that misbehaves in eleven ways, and six hours in which nobody rang."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

from django.db import connections
from django.test.utils import override_settings

from clinic.management.soak.messages import Scene, open_messages, owe, states
from clinic.management.soak.programs import wait_for
from clinic.management.soak.worker import KIND, compose_soak_letters
from clinic.messages.actions import send_due
from clinic.messages.models import Message
from clinic.messages.queries import database_clock, messages_needing_the_desk, steady_clock
from clinic.messages.rules import RETRY_AFTER
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import FaultyServer, bad_certificate_server

PENDING, FAILED = MessageState.PENDING, MessageState.FAILED
UNCERTAIN, SENT = MessageState.UNCERTAIN, MessageState.SENT
# What the server does, and what the table says then (reliability.md section 4).
KINDS = {
    "refuses the connection": PENDING,
    "hang at banner": PENDING,
    "421 at banner": PENDING,
    "451 at RCPT": PENDING,
    "550 at RCPT": FAILED,
    "452 at DATA": PENDING,
    "554 at DATA": FAILED,
    "hang at the end": UNCERTAIN,
    "drop at the end": UNCERTAIN,
    "drop at QUIT": SENT,
    "bad certificate": PENDING,
}
STEP_S = 10  # the longest that a client waits for one step
MORE_THAN_A_STEP_S = 2.5


def faults_of_the_mail_server(scene: Scene) -> None:
    compose_soak_letters()
    timeout = 1 if scene.is_quick else STEP_S
    for kind, expected in KINDS.items():
        Message.objects.all().delete()
        owe(scene.size.faults)
        slowest = _send_all(kind, scene.size.faults, timeout)
        found = states()
        listed = messages_needing_the_desk().count()
        for_the_desk = expected in {FAILED, UNCERTAIN}
        right_wait = expected != PENDING or _waits_a_minute()
        scene.found.case(
            f"R2 {kind}",
            found == {expected: scene.size.faults}
            and listed == (scene.size.faults if for_the_desk else 0)
            and right_wait and slowest <= timeout + MORE_THAN_A_STEP_S,
            states=found, on_the_list=listed, slowest_s=round(slowest, 1), step_s=timeout,
        )  # fmt: skip


def _waits_a_minute() -> bool:
    now, first = database_clock(), RETRY_AFTER[0]
    return all(
        timedelta(0) < due_at - now <= first * 1.2
        for due_at in Message.objects.values_list("due_at", flat=True)
    )


def _send_all(kind: str, count: int, timeout: float) -> float:
    """All at once, a thread for each, as many workers would; the longest that one of them took."""
    took: list[float] = []

    def one() -> None:
        began = time.monotonic()
        try:
            send_due(clock=steady_clock(), most=1)
        finally:
            took.append(time.monotonic() - began)
            connections.close_all()

    with _speaking_to(kind, timeout):
        threads = [Thread(target=one) for _each in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return max(took)


@contextmanager
def _speaking_to(kind: str, timeout: float) -> Iterator[None]:
    """Letters go to a server that does this."""
    server: FaultyServer | None = None
    if kind == "bad certificate":
        server = bad_certificate_server()
    elif kind != "refuses the connection":
        server = FaultyServer(kind, hang_s=timeout + 5)
    wished = override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=server.port if server else 1, EMAIL_USE_TLS=False,
        EMAIL_USE_SSL=kind == "bad certificate", EMAIL_HOST_USER="", EMAIL_HOST_PASSWORD="",
        EMAIL_TIMEOUT=timeout,
    )  # fmt: skip
    try:
        with wished:
            yield
    finally:
        if server is not None:
            server.stop()


# --- R5 --------------------------------------------------------------------------------------------


def six_hours_away(scene: Scene) -> None:
    """Nobody rang for six hours; then a worker and a beat come back."""
    now = database_clock()
    hours = timedelta(hours=1)
    # due, of no use after, somebody may call until; and what must become of it
    rows: dict[str, tuple[Any, Any, Any, MessageState]] = {
        "visit in an hour": (now - 5 * hours, now - hours, now + hours, MessageState.TO_CALL),
        "visit has begun": (
            now - 6 * hours,
            now - 4 * hours,
            now - 2 * hours,
            MessageState.EXPIRED,
        ),
        "visit tomorrow": (now - 5 * hours, now + 17 * hours, now + 19 * hours, SENT),
        "sun, still of use": (now - 4 * hours, now + 20 * hours, None, SENT),
        "sun, of no use": (now - 6 * hours, now - hours, None, MessageState.EXPIRED),
        "next session": (now - 3 * hours, now + 48 * hours, None, SENT),
    }
    each = scene.size.faults
    for name, (due_at, not_after, call_until, _expected) in rows.items():
        keys = owe(each, due_at=due_at, name=f"{name}-")
        Message.objects.filter(pk__in=keys).update(not_after=not_after, call_until=call_until)
    scene.programs.start_worker()
    scene.programs.start_beat()
    done = wait_for(lambda: open_messages() == 0, seconds=120)
    became = {
        name: dict(
            Counter(
                Message.objects.filter(kind=KIND, event_key__startswith=f"{name}-").values_list(
                    "state", flat=True
                )
            )
        )
        for name in rows
    }
    stale = Message.objects.filter(not_after__lt=now, pk__in=list(scene.sink.copies)).count()
    scene.found.case(
        "R5 six hours away",
        done and stale == 0 and scene.sink.duplicates == 0
        and all(became[name] == {row[3]: each} for name, row in rows.items()),
        sent_past_their_time=stale, duplicates=scene.sink.duplicates, became=became,
    )  # fmt: skip
