"""What a gateway tells afterwards: whether a message that it took was delivered.

A receipt is signed: HMAC-SHA256 over the moment, a dot and the raw body, in hexadecimal digits. One
that is older than five minutes is not taken; the same one twice says what is known already.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from clinic.messages import terms
from clinic.messages.models import Message
from clinic.messages.terms import Delivery, MessageState

WINDOW = timedelta(minutes=5)
SIGNATURE, MOMENT = "X-Clinic-Signature", "X-Clinic-Timestamp"
WITH_RECEIPTS = (terms.Channel.SMS, terms.Channel.WHATSAPP)
FEWEST_LETTERS = 32


class Taken(Enum):
    YES = auto()
    NOT_SIGNED = auto()
    UNREADABLE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Receipt:
    message_id: UUID
    delivery: Delivery


def signature_of(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(*, secret: str, moment: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether this body was signed with the secret, and lately."""
    if len(secret) < FEWEST_LETTERS or not (moment.isascii() and moment.isdigit()):
        return False
    wanted = signature_of(secret, moment, body)
    if not hmac.compare_digest(wanted.encode(), signature.encode()):
        return False
    return abs(now.timestamp() - int(moment[:12])) <= WINDOW.total_seconds()


def read(body: bytes) -> Receipt | None:
    try:
        told: Any = json.loads(body)
        delivery = Delivery(told["state"])
        message_id = UUID(told["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if delivery is Delivery.NOT_TOLD else Receipt(message_id, delivery)


def taken_when_signed(
    take: Callable[..., Taken],
    *,
    channel: str,
    moment: str,
    signature: str,
    body: bytes,
    now: datetime,
) -> Taken:
    """What becomes of a request of a gateway: `take` is asked when it is signed."""
    signed = is_signed(
        secret=settings.RECEIPT_SECRET, moment=moment, signature=signature, body=body, now=now
    )
    if channel not in WITH_RECEIPTS or not signed:
        return Taken.NOT_SIGNED
    return take(channel=channel, body=body, now=now)


def take_receipt(*, channel: str, body: bytes, now: datetime) -> Taken:
    receipt = read(body)
    if receipt is None:
        return Taken.UNREADABLE
    return Taken.YES if _write(receipt, channel, now) else Taken.UNKNOWN


@transaction.atomic
def _write(receipt: Receipt, channel: str, now: datetime) -> bool:
    """What was told first stays. False: nothing of this id left by this channel."""
    left = [MessageState.TRANSMITTING, MessageState.SENT, MessageState.UNCERTAIN]
    messages = Message.objects.filter(
        pk=receipt.message_id, channel=channel, state__in=[*left, MessageState.FAILED]
    ).exclude(sent_to="")
    message = messages.select_for_update().first()
    if message is None:
        return False
    if message.delivery or message.state == MessageState.FAILED:
        return True
    message.delivery, message.delivery_at = receipt.delivery, now
    if receipt.delivery is Delivery.DELIVERED:
        message.state, message.reason = MessageState.SENT, ""
    else:
        message.state, message.reason = MessageState.FAILED, terms.NOT_DELIVERED
        message.settled_at = None
    message.finished_at = message.finished_at or now
    message.save(
        update_fields=["delivery", "delivery_at", "state", "reason", "settled_at", "finished_at"]
    )
    return True
