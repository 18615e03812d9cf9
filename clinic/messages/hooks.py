"""How a later slice tells the ledger what a message says, and whether it is still true.

The ledger knows no patients and no sessions. Whoever owes messages registers one composer per kind
in its `apps.py`; it is asked in the moment before sending.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from clinic.messages.models import Message


@dataclass(frozen=True)
class Letter:
    """A message in words, for one address. Carries clinic, time and link; no health words."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class NotTrueAnyMore:
    """The message must not be sent: its session moved, its patient has no address, and so on."""

    why: str


Composer = Callable[[Message, datetime], Letter | NotTrueAnyMore]
_composers: dict[str, Composer] = {}


def compose_with(kind: str, composer: Composer) -> None:
    """Register who writes messages of `kind`. A second registration is a mistake in the code."""
    if _composers.get(kind, composer) is not composer:
        raise ValueError(f"Two slices want to write messages of kind {kind}.")
    _composers[kind] = composer


def compose(message: Message, now: datetime) -> Letter | NotTrueAnyMore:
    return _composers[message.kind](message, now)
