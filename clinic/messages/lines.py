"""A message as the desk reads it: of whom, what, and what is said on the telephone."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic.messages.hooks import kind_label, names_of, phones_of, words_to_say
from clinic.messages.models import Message
from clinic.messages.quarantine import held_by_kind


@dataclass(frozen=True)
class Line:
    message: Message
    kind: str
    patient_name: str
    phone: str = ""
    say: str = ""

    @property
    def reason(self) -> str:
        return _(self.message.reason) if self.message.reason else ""


def lines(messages: Iterable[Message]) -> list[Line]:
    rows = list(messages)
    names = names_of({row.patient_id for row in rows})
    return [Line(row, kind_label(row.kind), names.get(row.patient_id, "")) for row in rows]


def calls(messages: Iterable[Message]) -> list[Line]:
    """Lines for who telephones: with the number, and the words that hold now."""
    rows = list(messages)
    ids = {row.patient_id for row in rows}
    names, phones = names_of(ids), phones_of(ids)
    say = {pk: text for known in words_to_say(rows) for pk, text in known.items()}
    return [
        Line(
            row,
            kind_label(row.kind),
            names.get(row.patient_id, ""),
            phones.get(row.patient_id, ""),
            say.get(row.pk, ""),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class HeldGroup:
    kind: str
    label: str
    count: int


def held_groups() -> list[HeldGroup]:
    """What a restored backup holds, by kind."""
    return [HeldGroup(kind, kind_label(kind), count) for kind, count in held_by_kind()]
