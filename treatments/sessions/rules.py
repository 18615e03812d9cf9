"""When the record of a session is complete, and how a signed record is frozen.

Pure. The canonical bytes depend on nothing but the content, so that anyone can compute the
digest again in twenty years with the page docs/rules/signed-record.md in hand.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from uuid import UUID

from treatments.sessions.terms import (
    LEAST_PAIN,
    WORST_PAIN,
    AnaestheticCream,
    Antiseptic,
    Device,
    Gloves,
    Missing,
    Reaction,
    Technique,
)

# What the first record of a chain has for a predecessor.
GENESIS = "0" * 64
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    region: str
    volume_ml: Decimal | None
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A product with its lot; `strength_seen`: somebody read the ampoule's strength and agreed."""

    product: str
    lot: str
    strength_seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the treatment room wrote down; a field that was not filled in is empty or None."""

    started_at: datetime | None
    ended_at: datetime | None
    antiseptic: str
    anaesthetic_cream: str
    cream_g: Decimal | None
    gloves: str
    technique: str
    device: str
    injected: Sequence[Injected]
    prepared_ml: Decimal | None
    used: Sequence[Used]
    reactions: Sequence[str]
    reaction_note: str
    pain: int | None


def injected_ml(injected: Iterable[Injected]) -> Decimal:
    return sum((each.volume_ml or Decimal(0) for each in injected), Decimal(0))


def check_record(record: Record) -> list[Missing]:
    """Return what is missing before the signature, in the order of the form; empty = complete.

    Whether the screening of the day allows the session is decided elsewhere.
    """
    return [
        *_missing_times(record),
        *_missing_preparation(record),
        *_missing_technique(record),
        *_missing_volumes(record),
        *_missing_products(record),
        *_missing_reactions(record),
    ]


def _missing_times(record: Record) -> Iterable[Missing]:
    if record.started_at is None or record.ended_at is None:
        yield Missing.TIMES
    elif record.ended_at.astimezone(UTC) <= record.started_at.astimezone(UTC):
        yield Missing.TIMES_REVERSED


def _missing_preparation(record: Record) -> Iterable[Missing]:
    if record.antiseptic not in Antiseptic.values:
        yield Missing.ANTISEPTIC
    if record.anaesthetic_cream not in AnaestheticCream.values:
        yield Missing.CREAM
    elif record.anaesthetic_cream != AnaestheticCream.NONE and not _positive(record.cream_g):
        yield Missing.CREAM_AMOUNT
    if record.gloves not in Gloves.values:
        yield Missing.GLOVES


def _missing_technique(record: Record) -> Iterable[Missing]:
    if record.technique not in Technique.values:
        yield Missing.TECHNIQUE
    if record.device not in Device.values:
        yield Missing.DEVICE
    elif record.technique == Technique.MESOGUN and record.device != Device.INJECTION_GUN:
        yield Missing.DEVICE_MISMATCH


def _missing_volumes(record: Record) -> Iterable[Missing]:
    regions = [each.region for each in record.injected]
    if not regions:
        yield Missing.REGIONS
    if len(set(regions)) < len(regions):
        yield Missing.REGION_TWICE
    if not all(_positive(each.volume_ml) for each in record.injected):
        yield Missing.REGION_VOLUME
    if not _positive(record.prepared_ml):
        yield Missing.PREPARED_VOLUME
    elif record.prepared_ml is not None and injected_ml(record.injected) > record.prepared_ml:
        yield Missing.MORE_THAN_PREPARED


def _missing_products(record: Record) -> Iterable[Missing]:
    if not record.used:
        yield Missing.PRODUCTS
    if not all(each.lot.strip() for each in record.used):
        yield Missing.LOT
    if not all(each.strength_seen for each in record.used):
        yield Missing.STRENGTH


def _missing_reactions(record: Record) -> Iterable[Missing]:
    named = set(record.reactions)
    if not named or not named <= set(Reaction.values):
        yield Missing.REACTIONS
    elif Reaction.NONE in named and len(named) > 1:
        yield Missing.REACTIONS_CONTRADICT
    if Reaction.OTHER in named and not record.reaction_note.strip():
        yield Missing.REACTION_NOTE
    if record.pain is None or not LEAST_PAIN <= record.pain <= WORST_PAIN:
        yield Missing.PAIN


def _positive(amount: Decimal | None) -> bool:
    return amount is not None and amount.is_finite() and amount > 0


def canonical(record: Mapping[str, object]) -> bytes:
    """Return the one byte string of this content: sorted keys, no white space, UTF-8.

    Decimals become plain strings without trailing zeros, moments ISO 8601 in UTC with a Z.
    Raises TypeError for what has no single exact form: floats, sets, moments without a zone,
    texts that change with the reader's language.
    """
    return json.dumps(
        _plain(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(content: bytes, previous_digest: str = "") -> str:
    """Return the SHA-256, in hex, of the previous digest, a line feed and the content.

    The first record of a chain has no previous digest; 64 zeros stand in its place.
    """
    previous_digest = previous_digest or GENESIS
    if not _HEX_DIGEST.fullmatch(previous_digest):
        raise ValueError("the previous digest is not 64 hexadecimal digits")
    return hashlib.sha256(previous_digest.encode("ascii") + b"\n" + content).hexdigest()


def first_break(chain: Iterable[tuple[bytes, str]]) -> int | None:
    """Return the place (from 0) of the first record whose digest does not follow, or None."""
    previous = GENESIS
    for place, (content, stored) in enumerate(chain):
        if digest(content, previous) != stored:
            return place
        previous = stored
    return None


def _plain(value: object) -> object:
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | str():
            return value
        case Decimal():
            return _plain_decimal(value)
        case datetime():
            return _plain_moment(value)
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {_key(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _key(key: object) -> str:
    plain = _plain(key)
    if not isinstance(plain, str):
        raise TypeError("keys are text")
    return plain


def _plain_decimal(number: Decimal) -> str:
    if not number.is_finite():
        raise TypeError("a number that is not finite has no canonical form")
    if not number:
        return "0"
    digits = f"{number:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _plain_moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise TypeError("a moment without a time zone has no canonical form")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
