"""Reads of the ledger."""

from datetime import datetime
from uuid import UUID

from clinic.messages.models import Message, MessageQuerySet
from clinic.messages.terms import MessageState


def messages() -> MessageQuerySet:
    """All messages, the latest first."""
    return Message.objects.order_by("-due_at", "pk")


def messages_for(patient_id: UUID) -> MessageQuerySet:
    return messages().filter(patient_id=patient_id)


def message(message_id: UUID) -> Message:
    return Message.objects.get(pk=message_id)


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
