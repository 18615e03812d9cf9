"""A restored backup does not send: it believes that yesterday's messages are still owed.

The ledger counts its steps in the database and, after each, in a file of the data folder. A database
that is behind the file, or that another installation's file stands beside, came out of a backup.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from clinic.audit.actions import record
from clinic.messages import terms
from clinic.messages.models import LedgerMark, Message, MessageQuerySet
from clinic.messages.rules import OPEN
from clinic.messages.terms import MessageState
from clinic.staff.models import StaffMember


def file_of_mark() -> Path:
    return Path(settings.CLINIC_DATA) / "ledger.mark"


@transaction.atomic
def step_or_hold(*, now: datetime) -> bool:
    """Go one step on. False: this is a backup, and everything in it is held from now on."""
    mark = LedgerMark.objects.select_for_update().first()
    seen = _read()
    restored = _is_behind(mark, seen)
    if mark is None:
        mark = LedgerMark(installation=seen[0] if seen else uuid4())
    if restored:
        hold_all(now=now)
        mark.installation = uuid4()  # what was before is another one's now
    mark.step = max(mark.step, seen[1] if seen else 0) + 1
    mark.moved_at = now
    mark.save()
    told = mark.installation, mark.step
    transaction.on_commit(lambda: _write(*told), robust=True)
    return not restored


def _is_behind(mark: LedgerMark | None, seen: tuple[UUID, int] | None) -> bool:
    if mark is None:
        # A database from before there were marks, beside a folder that has one.
        return seen is not None
    if seen is None:
        # On a new machine, or beside a lost folder: nobody knows how old it is. After the very
        # first step the file may only not have been written.
        return mark.step > 1
    return seen[0] != mark.installation or seen[1] > mark.step


def _read() -> tuple[UUID, int] | None:
    try:
        told: Any = json.loads(file_of_mark().read_text())
        return UUID(told["installation"]), int(told["step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(installation: UUID, step: int) -> None:
    path = file_of_mark()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}-{uuid4().hex[:8]}")
    beside.write_text(json.dumps({"installation": str(installation), "step": step}))
    beside.replace(path)


def hold_all(*, now: datetime) -> int:
    """Hold whatever waits. What was due by now may have gone out before, and is uncertain."""
    waiting = Message.objects.filter(state__in=OPEN)
    _put_off_stale(waiting, now)
    maybe = waiting.filter(due_at__lte=now) | waiting.filter(state=MessageState.TRANSMITTING)
    maybe.update(
        state=MessageState.UNCERTAIN,
        reason=terms.FROM_A_BACKUP,
        finished_at=now,
        claimed_at=None,
    )
    return waiting.update(state=MessageState.PENDING, claimed_at=None, held_at=now)


def put_off_stale(*, now: datetime) -> None:
    """What is held does not stay true for ever."""
    _put_off_stale(held(), now)


def _put_off_stale(messages: MessageQuerySet, now: datetime) -> None:
    stale = messages.filter(not_after__lt=now).exclude(state=MessageState.TRANSMITTING)
    stale.filter(call_until__gt=now).update(
        state=MessageState.TO_CALL, reason=terms.EXPIRED, finished_at=now, held_at=None
    )
    stale.update(state=MessageState.EXPIRED, reason=terms.EXPIRED, finished_at=now, held_at=None)


def held() -> MessageQuerySet:
    return Message.objects.filter(held_at__isnull=False, state__in=OPEN)


def held_by_kind() -> list[tuple[str, int]]:
    rows = held().values("kind").annotate(count=Count("pk")).order_by("kind")
    return [(row["kind"], row["count"]) for row in rows]


@transaction.atomic
def release(*, kind: str, send_on: bool, by: StaffMember, now: datetime) -> int:
    """Let the held messages of one kind go, or drop them. Returns how many."""
    rows = list(held().filter(kind=kind).select_for_update().order_by("pk"))
    chosen = Message.objects.filter(pk__in=[row.pk for row in rows])
    if send_on:
        for row in rows:
            record(verb="message.sent_on", subject=row, by=by, now=now, patient_id=row.patient_id)
        return chosen.update(held_at=None)
    for row in rows:
        record(verb="message.dropped", subject=row, by=by, now=now, patient_id=row.patient_id)
    return chosen.update(
        held_at=None,
        state=MessageState.CANCELLED,
        reason=terms.DROPPED_AFTER_BACKUP,
        finished_at=now,
    )
