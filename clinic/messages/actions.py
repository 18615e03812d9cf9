"""Owing, cancelling and sending messages."""

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.messages import terms
from clinic.messages.channels import Outcome, send_email
from clinic.messages.hooks import Letter, NotNow, NotTrueAnyMore, compose
from clinic.messages.models import Message
from clinic.messages.rules import MOST_TRIES, next_try
from clinic.messages.terms import Channel, MessageState
from clinic.staff.models import StaffMember

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


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

    Owing the same message twice is owing it once. One that was cancelled (a session moved away)
    and is owed again (moved back) waits again.
    """
    event = {"patient_id": patient_id, "kind": kind, "event_key": event_key}
    message, created = Message.objects.get_or_create(
        **event,
        defaults={
            "about_id": about_id,
            "channel": channel,
            "due_at": due_at,
            "not_after": not_after,
            "recorded_at": now,
        },
    )
    if not created:
        revived = Message.objects.filter(pk=message.pk, state=MessageState.CANCELLED).update(
            state=MessageState.PENDING,
            due_at=due_at,
            not_after=not_after,
            tries=0,
            claimed_at=None,
            finished_at=None,
            reason="",
        )
        if revived:
            message.refresh_from_db()
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """One message to be owed to a patient; see Message for what each part means."""

    kind: str
    event_key: str
    about_id: UUID
    due_at: datetime
    not_after: datetime


def owe_messages(*, patient_id: UUID, owing: Sequence[Owing], now: datetime) -> None:
    """Owe several messages as `owe_message` does, in as many statements as one."""
    known = {
        (kind, event_key): state
        for kind, event_key, state in Message.objects.filter(
            patient_id=patient_id, event_key__in=[each.event_key for each in owing]
        ).values_list("kind", "event_key", "state")
    }
    Message.objects.bulk_create(
        [
            Message(
                patient_id=patient_id,
                kind=each.kind,
                event_key=each.event_key,
                about_id=each.about_id,
                channel=Channel.EMAIL,
                due_at=each.due_at,
                not_after=each.not_after,
                recorded_at=now,
            )
            for each in owing
            if (each.kind, each.event_key) not in known
        ],
        ignore_conflicts=True,  # somebody owed it at the same moment: it is owed once
    )
    for each in owing:
        if known.get((each.kind, each.event_key)) == MessageState.CANCELLED:
            owe_message(
                patient_id=patient_id,
                kind=each.kind,
                event_key=each.event_key,
                about_id=each.about_id,
                due_at=each.due_at,
                not_after=each.not_after,
                now=now,
            )


def cancel_messages(
    *,
    about_ids: Iterable[UUID],
    why: str,
    now: datetime,
    kinds: Iterable[str] | None = None,
    keep: Iterable[str] = (),
) -> int:
    """Cancel what is owed about these records and not yet on the wire. Returns how many.

    `kinds`: only these; `keep`: the event keys that are owed still.
    """
    owed = Message.objects.filter(
        about_id__in=list(about_ids), state__in=[MessageState.PENDING, MessageState.CLAIMED]
    )
    if kinds is not None:
        owed = owed.filter(kind__in=list(kinds))
    return owed.exclude(event_key__in=list(keep)).update(
        state=MessageState.CANCELLED, reason=why, finished_at=now
    )


def settle_message(*, message: Message, by: StaffMember, now: datetime) -> None:
    """The desk has dealt with a failed or uncertain message (telephoned, printed)."""
    with transaction.atomic():
        settled = Message.objects.filter(pk=message.pk).needing_the_desk().update(settled_at=now)
        if settled:
            record(
                verb="message.settled",
                subject=message,
                by=by,
                now=now,
                patient_id=message.patient_id,
            )


def send_due(*, clock: Clock, most: int = 500) -> int:
    """Send what is due, each message at most once however many workers ring. Returns how many went.

    `clock` is read anew for every step: a long run must neither look dead to the next one nor
    judge the last message by the time at which it started.
    """
    let_go_of_abandoned(now=clock())
    sent = 0
    for _turn in range(most):
        claim = _claim_one(clock)
        if claim is None:
            break
        try:
            sent += _deliver(claim, clock)
        except Exception:
            # One bad row must not end the run. What it was in the middle of is found again when
            # the lease is over: due again, or uncertain.
            logger.exception("message %s stopped half-way", claim.message.pk)
    return sent


def let_go_of_abandoned(*, now: datetime) -> None:
    """Take messages back from workers that died: unsent ones are due again, others are uncertain."""
    abandoned = Message.objects.abandoned(now)
    unsent = abandoned.filter(state=MessageState.CLAIMED)
    # One that was there at every death may be the reason for it.
    unsent.filter(tries__gte=MOST_TRIES).update(
        state=MessageState.FAILED, finished_at=now, reason=terms.WORKER_ENDED_EACH_TIME
    )
    # Due from now on: behind all others, so that it cannot keep them from going.
    unsent.update(state=MessageState.PENDING, claimed_at=None, due_at=now)
    abandoned.filter(state=MessageState.TRANSMITTING).update(
        state=MessageState.UNCERTAIN, finished_at=now, reason=terms.WORKER_ENDED_WHILE_SENDING
    )


@dataclass(frozen=True)
class Claim:
    """One message in the hands of one worker, as long as nobody else took it since `taken_at`."""

    message: Message
    taken_at: datetime

    def write(self, *states: MessageState, **values: object) -> bool:
        """Change the row if it is still in one of `states` and still this worker's."""
        return bool(
            Message.objects.filter(
                pk=self.message.pk, state__in=states, claimed_at=self.taken_at
            ).update(**values)
        )


def _claim_one(clock: Clock) -> Claim | None:
    with transaction.atomic():
        now = clock()
        message = (
            Message.objects.due(now)
            .select_for_update(skip_locked=True)
            .order_by("due_at", "pk")
            .first()
        )
        if message is None:
            return None
        message.state = MessageState.CLAIMED
        message.claimed_at = now
        # Counted here and not at the end: a message that kills its worker must not come for ever.
        message.tries += 1
        message.save(update_fields=["state", "claimed_at", "tries"])
    return Claim(message, now)


def _deliver(claim: Claim, clock: Clock) -> bool:
    message = claim.message
    now = clock()
    if now > message.not_after:
        _finish(claim, MessageState.EXPIRED, now, terms.EXPIRED)
        return False
    try:
        # In a transaction of its own, so that a composer that fails leaves nothing half done.
        with transaction.atomic():
            letter = compose(message, now)
    except Exception:
        logger.exception("message %s could not be composed", message.pk)
        _try_again(claim, clock(), terms.NOT_COMPOSED)
        return False
    if isinstance(letter, NotTrueAnyMore):
        _finish(claim, MessageState.CANCELLED, now, letter.why)
        return False
    if isinstance(letter, NotNow):
        _wait(claim, letter, now)
        return False
    return _send(claim, letter, clock)


def _wait(claim: Claim, later: NotNow, now: datetime) -> None:
    if later.until > claim.message.not_after:
        _finish(claim, MessageState.EXPIRED, now, terms.NO_HOUR_LEFT)
    else:
        claim.write(
            MessageState.CLAIMED,
            state=MessageState.PENDING,
            due_at=later.until,
            claimed_at=None,
            tries=claim.message.tries - 1,
        )


def _send(claim: Claim, letter: Letter, clock: Clock) -> bool:
    wire = claim

    def may_go() -> bool:
        """Commit that the text is about to leave; no when it was cancelled meanwhile."""
        nonlocal wire
        wire = Claim(claim.message, clock())
        return claim.write(
            MessageState.CLAIMED,
            state=MessageState.TRANSMITTING,
            sent_to=letter.to,
            claimed_at=wire.taken_at,  # the lease of the sending begins here
        )

    try:
        outcome, reason = send_email(letter, message_id=str(claim.message.pk), may_go=may_go)
    except ValueError:
        # A subject or an address that no mail header can carry, if it was before the wire.
        if wire is not claim:
            raise
        logger.exception("message %s could not be written as a mail", claim.message.pk)
        outcome, reason = Outcome.REFUSED, terms.NOT_AN_EMAIL
    _write_outcome(wire, outcome, reason, clock())
    return outcome is Outcome.SENT


def _write_outcome(claim: Claim, outcome: Outcome, reason: str, now: datetime) -> None:
    if outcome is Outcome.SENT:
        _finish(claim, MessageState.SENT, now)
    elif outcome is Outcome.UNKNOWN:
        _finish(claim, MessageState.UNCERTAIN, now, reason)
    elif outcome is Outcome.REFUSED:
        _finish(claim, MessageState.FAILED, now, reason)
    elif outcome is Outcome.TRY_LATER:
        _try_again(claim, now, reason)


def _try_again(claim: Claim, now: datetime, reason: str) -> None:
    again = next_try(
        tries=claim.message.tries,
        now=now,
        not_after=claim.message.not_after,
        jitter=random.random(),  # noqa: S311
    )
    if again is None:
        _finish(claim, MessageState.FAILED, now, reason)
    else:
        claim.write(
            MessageState.CLAIMED,
            MessageState.TRANSMITTING,
            state=MessageState.PENDING,
            due_at=again,
            claimed_at=None,
            reason=reason,
        )


def _finish(claim: Claim, state: MessageState, now: datetime, reason: str = "") -> None:
    held = {MessageState.CLAIMED, MessageState.TRANSMITTING}
    if state in {MessageState.SENT, MessageState.FAILED}:
        held |= {MessageState.UNCERTAIN}  # it was taken for dead and was only slow
    claim.write(*held, state=state, finished_at=now, reason=reason)
