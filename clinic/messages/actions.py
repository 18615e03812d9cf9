"""Owing, cancelling and sending messages."""

import logging
import random
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.messages.channels import Outcome, send_email
from clinic.messages.hooks import Letter, NotTrueAnyMore, compose
from clinic.messages.models import Message
from clinic.messages.rules import next_try
from clinic.messages.terms import Channel, MessageState
from clinic.staff.models import StaffMember

logger = logging.getLogger(__name__)


def owe_message(
    *,
    patient_id: UUID,
    kind: str,
    event_key: str,
    about_id: UUID,
    due_at: datetime,
    not_after: datetime,
    now: datetime,
    channel: str = Channel.EMAIL,
) -> Message:
    """Write down that a message is owed, in the transaction of what it is about.

    Owing the same message twice is owing it once.
    """
    message, _created = Message.objects.get_or_create(
        patient_id=patient_id,
        kind=kind,
        event_key=event_key,
        defaults={
            "about_id": about_id,
            "channel": channel,
            "due_at": due_at,
            "not_after": not_after,
            "recorded_at": now,
        },
    )
    return message


def cancel_messages(*, about_ids: Iterable[UUID], why: str, now: datetime) -> int:
    """Cancel what is owed about these records and not yet on the wire. Returns how many."""
    return Message.objects.filter(
        about_id__in=list(about_ids), state__in=[MessageState.PENDING, MessageState.CLAIMED]
    ).update(state=MessageState.CANCELLED, reason=why, finished_at=now)


def settle_message(*, message: Message, by: StaffMember, now: datetime) -> None:
    """The desk has dealt with a failed or uncertain message (telephoned, printed)."""
    with transaction.atomic():
        Message.objects.filter(pk=message.pk, settled_at__isnull=True).update(settled_at=now)
        record(
            verb="message.settled", subject=message, by=by, now=now, patient_id=message.patient_id
        )


def send_due(*, now: datetime, most: int = 500) -> int:
    """Send what is due, each message at most once however many workers ring. Returns how many went."""
    let_go_of_abandoned(now=now)
    sent = 0
    for _turn in range(most):
        message = _claim_one(now=now)
        if message is None:
            break
        sent += _send(message, now=now)
    return sent


def let_go_of_abandoned(*, now: datetime) -> None:
    """Take messages back from workers that died: unsent ones are due again, others are uncertain."""
    abandoned = Message.objects.abandoned(now)
    abandoned.filter(state=MessageState.CLAIMED).update(state=MessageState.PENDING, claimed_at=None)
    abandoned.filter(state=MessageState.TRANSMITTING).update(
        state=MessageState.UNCERTAIN, finished_at=now, reason="worker ended while sending"
    )


def _claim_one(*, now: datetime) -> Message | None:
    with transaction.atomic():
        message = (
            Message.objects.due(now).select_for_update(skip_locked=True).order_by("due_at").first()
        )
        if message is not None:
            message.state = MessageState.CLAIMED
            message.claimed_at = now
            message.save(update_fields=["state", "claimed_at"])
    return message


def _send(message: Message, *, now: datetime) -> bool:
    if now > message.not_after:
        _finish(message, MessageState.EXPIRED, now=now, reason="its time had passed")
        return False
    try:
        letter = compose(message, now)
    except Exception:
        # One bad row must not end the run; the desk sees it, the log says where it broke.
        logger.exception("message %s could not be composed", message.pk)
        _finish(message, MessageState.FAILED, now=now, reason="could not be composed")
        return False
    if isinstance(letter, NotTrueAnyMore):
        _finish(message, MessageState.CANCELLED, now=now, reason=letter.why)
        return False
    if not _go_on_the_wire(message, letter):
        return False
    outcome, reason = send_email(letter, message_id=f"{message.pk}.{message.tries}")
    _write_outcome(message, outcome, reason, now=now)
    return outcome is Outcome.SENT


def _go_on_the_wire(message: Message, letter: Letter) -> bool:
    """Commit that the letter is about to leave; False when it was cancelled meanwhile."""
    message.tries += 1
    return bool(
        Message.objects.filter(pk=message.pk, state=MessageState.CLAIMED).update(
            state=MessageState.TRANSMITTING, tries=message.tries, sent_to=letter.to
        )
    )


def _write_outcome(message: Message, outcome: Outcome, reason: str, *, now: datetime) -> None:
    if outcome is Outcome.SENT:
        _finish(message, MessageState.SENT, now=now)
    elif outcome is Outcome.UNKNOWN:
        _finish(message, MessageState.UNCERTAIN, now=now, reason=reason)
    elif outcome is Outcome.REFUSED:
        _finish(message, MessageState.FAILED, now=now, reason=reason)
    else:
        again = next_try(
            tries=message.tries,
            now=now,
            not_after=message.not_after,
            jitter=random.random(),  # noqa: S311
        )
        if again is None:
            _finish(message, MessageState.FAILED, now=now, reason=reason)
        else:
            Message.objects.filter(pk=message.pk, state=MessageState.TRANSMITTING).update(
                state=MessageState.PENDING, due_at=again, claimed_at=None, reason=reason
            )


def _finish(message: Message, state: MessageState, *, now: datetime, reason: str = "") -> None:
    Message.objects.filter(
        pk=message.pk, state__in=[MessageState.CLAIMED, MessageState.TRANSMITTING]
    ).update(state=state, finished_at=now, reason=reason)
