"""Reads of the ledger."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

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
    """Failed or uncertain and not yet dealt with: somebody must telephone."""
    return messages().needing_the_desk()


def message(message_id: UUID) -> Message:
    return Message.objects.get(pk=message_id)


def messages_gone(about_ids: Collection[UUID], kind: str) -> dict[UUID, list[str]]:
    """The event keys of what was sent, or may have been, by the record it was about."""
    gone: dict[UUID, list[str]] = {}
    rows = Message.objects.filter(
        about_id__in=list(about_ids),
        kind=kind,
        state__in=[MessageState.TRANSMITTING, MessageState.SENT, MessageState.UNCERTAIN],
    )
    for about_id, key in rows.values_list("about_id", "event_key"):
        gone.setdefault(about_id, []).append(key)
    return gone


def oldest_due(now: datetime) -> datetime | None:
    """When the oldest message that still waits was due."""
    return (
        Message.objects.filter(
            state__in=[MessageState.PENDING, MessageState.CLAIMED], due_at__lte=now
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
