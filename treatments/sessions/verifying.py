"""Whether the signed records of a patient are still what was signed."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from treatments.sessions.models import SignedSession
from treatments.sessions.queries import Chain
from treatments.sessions.rules import GENESIS, first_break

# What a record must hold, by the format that it names. An older one is never rewritten.
_FIRST = frozenset(
    [
        "patient",
        "course",
        "session_id",
        "appointment",
        "screening",
        "asepsis",
        "anaesthetic_cream",
        "technique",
        "device",
        "regions",
        "cocktail",
        "reactions",
        "pain",
        "note",
        "started_at",
        "ended_at",
        "signed_at",
        "signed_by",
    ]
)
_THIRD = _FIRST | {"consent", "prepared"}
_SHAPES = {
    1: _FIRST,
    2: _FIRST | {"consent"},
    3: _THIRD,
    4: _THIRD | {"needle", "depth_mm", "numbing_since", "observed_min"},
}
# Of every product, and of the diluent, since format 3.
_OF_A_LOT = frozenset(["lot", "lot_id", "lot_expires_on", "lot_source"])
_WITH_LOTS = 3


def faults_of(chain: Chain) -> Iterator[str]:
    """Say in words where a chain breaks, and which columns say something else than their record."""
    broken = first_break((each.record.encode(), each.sha256) for each in chain.signed)
    if broken is not None:
        yield f"record {_named(chain, broken)} does not follow from the one before"
    previous = GENESIS
    for place, signed in enumerate(chain.signed):
        if signed.previous_sha256 != previous:
            yield f"record {_named(chain, place)} names another predecessor"
        if not _has_its_shape(signed):
            yield f"record {_named(chain, place)} is not of the format that it names"
        if not _columns_agree(signed):
            yield f"record {_named(chain, place)} says something else than its columns"
        previous = signed.sha256


def _named(chain: Chain, place: int) -> str:
    return f"{place + 1} of {len(chain.signed)} ({chain.signed[place].pk})"


def _has_its_shape(signed: SignedSession) -> bool:
    try:
        record = json.loads(signed.record)
        return _SHAPES[record["format"]] <= record.keys() and (
            record["format"] < _WITH_LOTS or _names_its_lots(record["cocktail"])
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _names_its_lots(cocktail: Mapping[str, Any] | None) -> bool:
    if cocktail is None:
        return True
    poured = [cocktail["diluent"]] if cocktail["diluent"] else []
    return all(each.keys() >= _OF_A_LOT for each in (*cocktail["portions"], *poured))


def _columns_agree(signed: SignedSession) -> bool:
    try:
        record = json.loads(signed.record)
        return bool(
            record["session_id"] == str(signed.planned_session_id)
            and record["patient"]["id"] == str(signed.patient_id)
            and record["signed_by"]["id"] == str(signed.signed_by_id)
            and datetime.fromisoformat(record["ended_at"]) == signed.ended_at
            and datetime.fromisoformat(record["signed_at"]) == signed.signed_at
        )
    except (ValueError, KeyError, TypeError):
        return False
