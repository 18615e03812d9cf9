"""What patients answer to a short message: an inbox of the desk.

A gateway hands an answer on by a signed request, as it does a receipt. Nothing acts on the words by
itself: somebody reads them, and ticks them off.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from clinic.audit.actions import record
from clinic.messages.hooks import names_of, patients_with_numbers
from clinic.messages.models import Reply
from clinic.messages.receipts import Taken
from clinic.staff.models import StaffMember

LONGEST_TEXT = 2000
LONGEST_NUMBER = 20
LONGEST_ID = 120


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as the gateway tells it."""

    gateway_id: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """An answer as the desk reads it. Several patients may share a telephone."""

    reply: Reply
    patients: Mapping[UUID, str]


def read(body: bytes) -> Told | None:
    """`{"id", "from", "text"}`; None where one is missing, empty or no text."""
    try:
        told: Any = json.loads(body)
        gateway_id, number, text = (_words(told[name]) for name in ("id", "from", "text"))
    except (ValueError, KeyError, TypeError):
        return None
    if not (gateway_id and number and text):
        return None
    if len(gateway_id) > LONGEST_ID or len(number) > LONGEST_NUMBER:
        return None
    return Told(gateway_id, number, text[:LONGEST_TEXT])


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # a lone surrogate cannot be stored
    shown = (letter if letter.isprintable() or letter == "\n" else " " for letter in value)
    return "".join(shown).strip()


def take_reply(*, channel: str, body: bytes, now: datetime) -> Taken:
    """Keep an answer; the same one told twice is kept once."""
    told = read(body)
    if told is None:
        return Taken.UNREADABLE
    Reply.objects.get_or_create(
        channel=channel,
        gateway_id=told.gateway_id,
        defaults={"number": told.number, "text": told.text, "received_at": now},
    )
    return Taken.YES


def reply(reply_id: UUID) -> Reply:
    return Reply.objects.get(pk=reply_id)


def waiting() -> QuerySet[Reply]:
    """What nobody has dealt with, the oldest first."""
    return Reply.objects.filter(settled_at__isnull=True).order_by("received_at", "pk")


def lines(replies: QuerySet[Reply]) -> list[ReplyLine]:
    rows = list(replies)
    owners = patients_with_numbers({row.number for row in rows})
    names = names_of({patient for found in owners.values() for patient in found})
    return [
        ReplyLine(row, {one: names[one] for one in owners.get(row.number, ()) if one in names})
        for row in rows
    ]


@transaction.atomic
def settle_reply(*, reply: Reply, by: StaffMember, now: datetime) -> bool:
    """Somebody has read it and done what it asks for. False when it was settled already."""
    settled = Reply.objects.filter(pk=reply.pk, settled_at__isnull=True).update(settled_at=now)
    if settled:
        record(verb="reply.settled", subject=reply, by=by, now=now)
    return bool(settled)
