"""Owing, cancelling and sending messages."""

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from clinic.audit.actions import record
from clinic.messages import terms
from clinic.messages.channels import MailLine, MayGo, Outcome, send_email
from clinic.messages.gateways import Carried, send_sms, send_whatsapp
from clinic.messages.hooks import ForTheDesk, Letter, NotNow, NotTrueAnyMore, TooLate, compose
from clinic.messages.models import Message
from clinic.messages.pace import wait_for_turn
from clinic.messages.rules import LEASE, MOST_TRIES, next_try
from clinic.messages.terms import Channel, MessageState
from clinic.staff.models import StaffMember

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
CLAIMED_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """One message to be owed to a patient; see Message for what each part means."""

    kind: str
    event_key: str
    about_id: UUID
    due_at: datetime
    not_after: datetime
    call_until: datetime | None = None
    call_why: str = ""  # not empty: to be said by telephone, for this reason

    @property
    def state(self) -> MessageState:
        return MessageState.TO_CALL if self.call_why else MessageState.PENDING

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "channel": Channel.PHONE if self.call_why else Channel.EMAIL,
            "due_at": self.due_at,
            "not_after": self.not_after,
            "call_until": self.call_until,
            "reason": self.call_why,
        }


def owe_message(
    *,
    patient_id: UUID,
    kind: str,
    event_key: str,
    about_id: UUID,
    due_at: datetime,
    not_after: datetime,
    now: datetime,
) -> Message:
    """Owe one message; see `owe_messages`."""
    owing = Owing(
        kind=kind, event_key=event_key, about_id=about_id, due_at=due_at, not_after=not_after
    )
    owe_messages(patient_id=patient_id, owing=[owing], now=now)
    return Message.objects.get(patient_id=patient_id, kind=kind, event_key=event_key)


def owe_messages(*, patient_id: UUID, owing: Sequence[Owing], now: datetime) -> None:
    """Write down which messages are owed, in the transaction of what they are about.

    Owing the same message twice is owing it once. One that was cancelled (a session moved away)
    and is owed again (moved back) waits again; one that waits and can only be said by telephone
    by now goes on the desk's list.
    """
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
                recorded_at=now,
                **each.fields,
            )
            for each in owing
            if (each.kind, each.event_key) not in known
        ],
        ignore_conflicts=True,  # somebody owed it at the same moment: it is owed once
    )
    for each in owing:
        state = known.get((each.kind, each.event_key))
        to_be_called = state == MessageState.PENDING and each.state == MessageState.TO_CALL
        if state == MessageState.CANCELLED or to_be_called:
            again = Message.objects.filter(
                patient_id=patient_id, kind=each.kind, event_key=each.event_key, state=state
            )
            again.update(
                tries=0,
                claimed_at=None,
                finished_at=None,
                settled_at=None,
                held_at=None,
                **each.fields,
            )


def hold_messages(*, about_ids: Iterable[UUID], kinds: Iterable[str]) -> None:
    """Keep workers from sending what is owed about these records until the transaction ends.

    What is read after this is final: a message is on the wire by now, or waits for what the
    caller decides.
    """
    owed = Message.objects.filter(
        about_id__in=list(about_ids),
        kind__in=list(kinds),
        state__in=[MessageState.PENDING, MessageState.CLAIMED],
    )
    list(owed.select_for_update().order_by("pk").values_list("pk", flat=True))


def drop_calls(*, messages: Iterable[Message], now: datetime) -> None:
    """Take calls off the desk's list that something later makes untrue."""
    waiting = Message.objects.filter(pk__in=[each.pk for each in messages]).needing_the_desk()
    # Whether it arrived stays unknown; only the call about it is not needed any more.
    waiting.filter(state=MessageState.UNCERTAIN).update(settled_at=now)
    waiting.exclude(state=MessageState.UNCERTAIN).update(
        state=MessageState.CANCELLED, reason=terms.TOLD_OTHERWISE, finished_at=now
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


def settle_message(*, message: Message, by: StaffMember, now: datetime) -> bool:
    """The desk has dealt with a message on its list (telephoned, printed).

    False when it stood there no more: ticked by somebody else, or another one took its place.
    """
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
    return bool(settled)


def send_due(*, clock: Clock, most: int = 500) -> int:
    """Send what is due, each message at most once however many workers ring. Returns how many went.

    `clock` is read anew for every step: a long run must neither look dead to the next one nor
    judge the last message by the time at which it started.
    """
    let_go_of_abandoned(now=clock())
    sent = taken = 0
    with MailLine() as line:
        while taken < most:
            claims = _claim(clock, min(CLAIMED_AT_ONCE, most - taken))
            if not claims:
                break
            taken += len(claims)
            for claim in claims:
                try:
                    sent += _deliver(claim, clock, line)
                except Exception:
                    # One bad row must not end the run. What it was in the middle of is found again
                    # when the lease is over: due again, or uncertain.
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


def _claim(clock: Clock, most: int) -> list[Claim]:
    """Take the next messages in hand. One that was there when something went wrong comes alone.

    It may be what ends its worker every time, and the others must not be counted down with it.
    """
    with transaction.atomic():
        now = clock()
        due = Message.objects.due(now).select_for_update(skip_locked=True)
        rows = list(due.order_by("due_at", "pk")[:most])
        rows = rows[:1] if rows and rows[0].tries else [row for row in rows if not row.tries]
        for row in rows:
            row.state = MessageState.CLAIMED
            row.claimed_at = now
            # Counted here and not at the end: what kills its worker must not come for ever.
            row.tries += 1
        Message.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=MessageState.CLAIMED, claimed_at=now, tries=F("tries") + 1
        )
    return [Claim(row, now) for row in rows]


def _give_back(claim: Claim) -> None:
    """It was not looked at, and does not count as tried."""
    claim.write(
        MessageState.CLAIMED,
        state=MessageState.PENDING,
        claimed_at=None,
        tries=claim.message.tries - 1,
    )


def _deliver(claim: Claim, clock: Clock, line: MailLine) -> bool:
    message = claim.message
    now = clock()
    if now - claim.taken_at > LEASE / 2:
        # Those before it took long: what is left of the lease may not be enough.
        _give_back(claim)
        return False
    if now > message.not_after:
        _too_late(claim, now, terms.EXPIRED)
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
    if isinstance(letter, ForTheDesk):
        _finish(claim, MessageState.TO_CALL, now, letter.why)
        return False
    if isinstance(letter, TooLate):
        _too_late(claim, now, letter.why)
        return False
    if isinstance(letter, NotNow):
        _wait(claim, letter, now)
        return False
    return _send(claim, letter, clock, line)


def _too_late(claim: Claim, now: datetime, why: str) -> None:
    """Where somebody can still be helped by a call, the desk makes it."""
    until = claim.message.call_until
    can_call = until is not None and now < until
    _finish(claim, MessageState.TO_CALL if can_call else MessageState.EXPIRED, now, why)


def _wait(claim: Claim, later: NotNow, now: datetime) -> None:
    if later.until > claim.message.not_after:
        _too_late(claim, now, terms.NO_HOUR_LEFT)
    else:
        claim.write(
            MessageState.CLAIMED,
            state=MessageState.PENDING,
            due_at=later.until,
            claimed_at=None,
            tries=claim.message.tries - 1,
        )


def _send(claim: Claim, letter: Letter, clock: Clock, line: MailLine) -> bool:
    turn = wait_for_turn(letter.channel, clock())
    if turn is not None:
        _wait(claim, NotNow(until=turn), clock())
        return False
    wire = claim

    def may_go() -> bool:
        """Commit that the text is about to leave; no when it was cancelled meanwhile."""
        nonlocal wire
        wire = Claim(claim.message, clock())
        return claim.write(
            MessageState.CLAIMED,
            state=MessageState.TRANSMITTING,
            sent_to=letter.to,
            channel=letter.channel,
            claimed_at=wire.taken_at,  # the lease of the sending begins here
        )

    try:
        carried = _carry(letter, claim.message, may_go, line)
    except ValueError:
        # A subject or an address that no mail header can carry, if it was before the wire.
        if wire is not claim:
            raise
        logger.exception("message %s could not be written as a mail", claim.message.pk)
        carried = Carried(Outcome.REFUSED, terms.NOT_AN_EMAIL)
    _write_outcome(wire, carried, clock())
    return carried.outcome is Outcome.SENT


def _carry(letter: Letter, message: Message, may_go: MayGo, line: MailLine) -> Carried:
    """By the one channel that the letter is written for; there is no second one."""
    if letter.channel == Channel.SMS:
        return send_sms(letter, message_id=str(message.pk), may_go=may_go)
    if letter.channel == Channel.WHATSAPP:
        return send_whatsapp(letter, message_id=str(message.pk), kind=message.kind, may_go=may_go)
    return Carried(*send_email(letter, message_id=str(message.pk), may_go=may_go, line=line))


def _write_outcome(claim: Claim, carried: Carried, now: datetime) -> None:
    outcome, reason, wait = carried
    if outcome is Outcome.SENT:
        _finish(claim, MessageState.SENT, now)
    elif outcome is Outcome.UNKNOWN:
        _finish(claim, MessageState.UNCERTAIN, now, reason)
    elif outcome is Outcome.REFUSED:
        _finish(claim, MessageState.FAILED, now, reason)
    elif outcome is Outcome.TRY_LATER:
        _try_again(claim, now, reason, wait)


def _try_again(claim: Claim, now: datetime, reason: str, wait: timedelta | None = None) -> None:
    """`wait`: as long as the gateway asked for, if that is longer than the ledger's own wait."""
    again = next_try(
        tries=claim.message.tries,
        now=now,
        not_after=claim.message.not_after,
        jitter=random.random(),  # noqa: S311
    )
    if again is not None and wait is not None:
        again = max(again, now + wait)
    if again is None or again > claim.message.not_after:
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
