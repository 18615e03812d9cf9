"""How a later slice tells the ledger what a message says, whether it is still true, and to whom.

The ledger knows no patients and no sessions. Whoever owes messages registers one composer per kind
in its `apps.py`; it is asked in the moment before sending. Whoever knows the patients registers how
they are called, for the pages of the desk.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from clinic.hooks import Hook
from clinic.messages.models import Message
from clinic.messages.terms import Channel

Words = str | Promise


@dataclass(frozen=True)
class Attachment:
    """A file that goes along, whole as it is. `mime` with its parameters."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True)
class Letter:
    """A message in words, for one address. Carries clinic, time and link; no health words."""

    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # of the mail, beside those of each
    channel: Channel = Channel.EMAIL
    short: str = ""  # what a channel of short messages says in place of the text
    language: str = ""


@dataclass(frozen=True)
class NotTrueAnyMore:
    """The message must not be sent: its session moved, its patient has no address, and so on."""

    why: str


@dataclass(frozen=True)
class TooLate:
    """The message is true and cannot go any more: no hour is left in which it may be sent."""

    why: str


@dataclass(frozen=True)
class ForTheDesk:
    """The message is true and no mail may carry it: somebody must telephone."""

    why: str


@dataclass(frozen=True)
class NotNow:
    """The message is true but must wait, for example until the quiet hours are over."""

    until: datetime


Answer = Letter | NotTrueAnyMore | TooLate | ForTheDesk | NotNow
Composer = Callable[[Message, datetime], Answer]
_composers: dict[str, Composer] = {}
_labels: dict[str, Words] = {}


def compose_with(kind: str, composer: Composer, *, label: Words = "") -> None:
    """Register who writes messages of `kind`. A second registration is a mistake in the code."""
    if _composers.get(kind, composer) is not composer:
        raise ValueError(f"Two slices want to write messages of kind {kind}.")
    _composers[kind] = composer
    _labels[kind] = label or kind


def compose(message: Message, now: datetime) -> Answer:
    return _composers[message.kind](message, now)


def kind_label(kind: str) -> str:
    return str(_labels.get(kind, kind))


@dataclass(frozen=True)
class Patients:
    """What the pages of the ledger need of the patients' slice."""

    names: Callable[[Collection[UUID]], Mapping[UUID, str]]
    one: Callable[[UUID], Any]  # raises ObjectDoesNotExist
    phones: Callable[[Collection[UUID]], Mapping[UUID, str]] = lambda _ids: {}
    with_numbers: Callable[[Collection[str]], Mapping[str, Sequence[UUID]]] = lambda _numbers: {}


_patients: list[Patients] = []


def patients_are(known: Patients) -> None:
    """Register who knows the patients."""
    _patients[:] = [known]


def names_of(patient_ids: Collection[UUID]) -> Mapping[UUID, str]:
    return _patients[0].names(patient_ids) if _patients else {}


def phones_of(patient_ids: Collection[UUID]) -> Mapping[UUID, str]:
    return _patients[0].phones(patient_ids) if _patients else {}


def patients_with_numbers(numbers: Collection[str]) -> Mapping[str, Sequence[UUID]]:
    """Whose telephone numbers these are, as a gateway writes them; several may share one."""
    return _patients[0].with_numbers(numbers) if _patients else {}


# What somebody who telephones about these messages says, by the message.
words_to_say: Hook[[Collection[Message]], Mapping[UUID, str]] = Hook("words to say")


def patient_of(patient_id: UUID) -> Any:
    return _patients[0].one(patient_id)


@dataclass(frozen=True)
class Unreachable:
    """A patient with a visit to come whom neither a message nor a call can reach."""

    patient_id: UUID
    name: str
    visit_at: datetime


who_is_unreachable: Hook[[datetime], list[Unreachable]] = Hook("unreachable patients")


def unreachable_patients(now: datetime) -> list[Unreachable]:
    return [each for known in who_is_unreachable(now) for each in known]
