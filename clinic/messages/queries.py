"""Reads of the ledger."""

import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from clinic.messages.models import Message, MessageQuerySet
from clinic.messages.terms import MessageState


def messages() -> MessageQuerySet:
    """All messages, the latest first."""
    return Message.objects.order_by("-due_at", "pk")


def messages_for(patient_id: UUID) -> MessageQuerySet:
    return messages().filter(patient_id=patient_id)


def messages_in(state: str, now: datetime) -> MessageQuerySet:
    """What the desk looks through: those that wait in the order of their turn, other states the
    latest first, and without a state whatever had its turn until tomorrow."""
    if state == MessageState.PENDING:
        return Message.objects.filter(state=state).order_by("due_at", "pk")
    if state:
        return messages().filter(state=state)
    return messages().filter(due_at__lte=now + timedelta(days=1))


def messages_needing_the_desk() -> MessageQuerySet:
    """Failed, uncertain or to be said by telephone, not yet dealt with; the most urgent first."""
    return Message.objects.needing_the_desk().order_by("not_after", "pk")


def message(message_id: UUID) -> Message:
    return Message.objects.get(pk=message_id)


def what_was_said(about_ids: Collection[UUID], kinds: Collection[str]) -> list[Message]:
    """What went out, or may have, and what the desk said by telephone; the earliest first."""
    gone = Q(state__in=[MessageState.TRANSMITTING, MessageState.SENT, MessageState.UNCERTAIN])
    said = Q(state__in=[MessageState.FAILED, MessageState.TO_CALL], settled_at__isnull=False)
    rows = Message.objects.filter(gone | said, about_id__in=list(about_ids), kind__in=list(kinds))
    return sorted(rows, key=lambda row: (row.said_at, row.recorded_at, row.pk))


def oldest_due(now: datetime) -> datetime | None:
    """When the oldest message that still waits was due."""
    return (
        Message.objects.filter(
            state__in=[MessageState.PENDING, MessageState.CLAIMED],
            due_at__lte=now,
            held_at__isnull=True,
        )
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )


def database_clock() -> datetime:
    """What time it is for the one clock that all workers on all machines share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def steady_clock() -> Callable[[], datetime]:
    """The database's clock, asked once; from then on this machine counts the seconds."""
    began, at = time.monotonic(), database_clock()
    return lambda: at + timedelta(seconds=time.monotonic() - began)
