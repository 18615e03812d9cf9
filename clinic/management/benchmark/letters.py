"""Reminders that are due, through real SMTP to a server that counts; the limit keeps one line open."""

import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import override_settings

from clinic.local.folders import free_port
from clinic.management.benchmark.measuring import Work
from clinic.management.benchmark.sized import Sized
from clinic.messages.actions import send_due
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from patients.consents.models import ConsentDecision
from patients.consents.terms import ConsentKind, Decision
from patients.records.models import Patient
from patients.records.terms import ReminderWish

DUE = 100
AT_ONCE = 100
TEXT = "Randevunuz var. " * 40


class NotSent(Exception):
    """Fewer letters went than were due."""


@contextmanager
def mail_server() -> Iterator[None]:
    """A server of our own, in a process of its own; nothing leaves this machine."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mesoderm-mail-") as folder:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "clinic.local.mail", str(port), str(Path(folder) / "outbox")],
            cwd=settings.ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            with override_settings(
                EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
                EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_HOST_USER="",
                EMAIL_HOST_PASSWORD="", EMAIL_USE_TLS=False, EMAIL_USE_SSL=False,
            ):  # fmt: skip
                yield
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(port: int) -> None:
    for _try in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The mail server did not start.")


def due_messages(sized: Sized) -> Work:
    """As many reminders as one ring of the worker sends, late in the morning of the clinic's day."""
    at = sized.now.replace(hour=11, minute=0, second=0, microsecond=0)
    permitted = ConsentDecision.objects.filter(
        kind=ConsentKind.CARE_MESSAGES, decision=Decision.GIVEN
    ).values("patient")
    reachable = Patient.objects.filter(reminders=ReminderWish.EMAIL, pk__in=permitted).exclude(
        email=""
    )
    waiting = list(
        Message.objects.filter(state=MessageState.PENDING, kind="session_reminder")
        .filter(not_after__gt=at + timedelta(hours=6), patient_id__in=reachable.values("pk"))
        .order_by("due_at")[:DUE]
    )
    keys = [each.pk for each in waiting]
    # Whatever else comes due by then would be sent instead of some of these.
    Message.objects.due(at + timedelta(hours=1)).exclude(pk__in=keys).update(
        due_at=at + timedelta(days=1)
    )
    begin = time.monotonic()

    def clock() -> datetime:
        return at + timedelta(seconds=time.monotonic() - begin)

    def make_due() -> None:
        Message.objects.filter(pk__in=keys).update(
            state=MessageState.PENDING, due_at=at - timedelta(minutes=1), tries=0,
            claimed_at=None, finished_at=None, reason="", sent_to="",
        )  # fmt: skip

    def ours() -> None:
        sent = send_due(clock=clock, most=len(keys))
        if sent != len(keys):
            states = Message.objects.filter(pk__in=keys).values_list("state", "reason").distinct()
            raise NotSent(f"{sent} of {len(keys)} letters went: {list(states)}")

    make_due()
    return Work(
        "due_messages", ours, lambda: _bare(keys, at), goal=1.43, rounds=3,
        count=len(keys), after=make_due,
    )  # fmt: skip


def _bare(keys: Sequence[object], at: datetime) -> None:
    """Claim a hundred rows, send each over one line that stays open, write that they went."""
    letter = EmailMessage("Randevu", TEXT, settings.DEFAULT_FROM_EMAIL, ["x@demo.example"])
    text = letter.message().as_bytes()
    with (
        smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as line,
        connection.cursor() as at_db,
    ):
        for _batch in range(-(-len(keys) // AT_ONCE)):
            at_db.execute(
                "WITH due AS (SELECT id FROM clinic_message WHERE state = 'pending' AND due_at <= %s"
                " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)"
                " UPDATE clinic_message SET state = 'sent', finished_at = %s"
                " FROM due WHERE clinic_message.id = due.id RETURNING clinic_message.id",
                [at, AT_ONCE, at],
            )
            for _row in at_db.fetchall():
                line.sendmail(settings.DEFAULT_FROM_EMAIL, ["x@demo.example"], text)
