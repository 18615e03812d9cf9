"""What a newer shipped version changes, entry by entry, and where it meets the clinic's own changes.

Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from patients.rulebook import shipped
from patients.rulebook.composing import OFF, OwnRules
from patients.rulebook.shipped import Correction, Entry
from patients.rulebook.terms import Part


class How(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class EntryChange:
    """One rule or question of the newer version. `meets_own`: the clinic changed the same one."""

    part: Part
    name: str
    how: How
    fields: tuple[FieldChange, ...]
    why: tuple[Correction, ...]
    meets_own: bool

    @property
    def key(self) -> str:
        return f"{self.part.value}:{self.name}"


@dataclass(frozen=True, slots=True)
class TableChange:
    """A word list: how many lines came and went."""

    name: str
    added: int
    removed: int


def entry_changes(own: OwnRules, newer: str) -> list[EntryChange]:
    """Every rule and question in which the newer version differs from the clinic's base."""
    return [
        *_changes(Part.RULES, shipped.rule_entries, own.base, newer, own.rules),
        *_changes(Part.QUESTIONS, shipped.question_entries, own.base, newer, own.questions),
    ]


def _changes(
    part: Part, entries_of: Any, older: str, newer: str, own: Mapping[str, Any]
) -> Iterator[EntryChange]:
    before: Mapping[str, Entry] = entries_of(older)
    after: Mapping[str, Entry] = entries_of(newer)
    for name in dict.fromkeys([*after, *before]):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        yield EntryChange(
            part=part,
            name=name,
            how=How.ADDED if was is None else How.REMOVED if now is None else How.CHANGED,
            fields=field_changes(was or {}, now or {}),
            why=tuple(_why(part, name, now or was or {}, older, newer)),
            meets_own=name in own,
        )


def field_changes(before: Entry, after: Entry) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )


def _why(part: Part, name: str, entry: Entry, older: str, newer: str) -> Sequence[Correction]:
    """The corrections that name this entry; for a rule without one, those of its questions."""
    found = [
        each
        for version in shipped.versions_between(older, newer)
        for each in shipped.corrections(version)
    ]
    if part is Part.QUESTIONS:
        return [each for each in found if name in each.questions]
    named = [each for each in found if name in each.rules]
    codes = set(entry.get("codes", ()))
    return named or [each for each in found if codes & set(each.questions)]


def table_changes(older: str, newer: str) -> list[TableChange]:
    found = []
    for name in shipped.TABLES:
        was, now = shipped.table(older, name), shipped.table(newer, name)
        if was != now:
            found.append(TableChange(name, len(now - was), len(was - now)))
    return found


def accepted(own: OwnRules, newer: str, *, keep_own: AbstractSet[str]) -> OwnRules:
    """What the clinic has after it takes the newer version.

    Its own changes stay where the newer version left the entry alone; where both changed it, the
    clinic's stays only if its key stands in `keep_own`.
    """
    meeting = {each.key: each for each in entry_changes(own, newer) if each.meets_own}
    given_up = meeting.keys() - keep_own
    moved = replace(own, base=newer, rules={}, questions={}, durations={})
    for rule_id, entry in own.rules.items():
        if f"{Part.RULES.value}:{rule_id}" not in given_up:
            moved = moved.with_rule(rule_id, _off_follows(rule_id, entry, newer))
    for code, words in own.questions.items():
        known = code in shipped.question_entries(newer)
        if known and f"{Part.QUESTIONS.value}:{code}" not in given_up:
            moved = moved.with_question(code, words)
    return moved.with_durations({**shipped.durations(newer), **own.durations})


def _off_follows(rule_id: str, entry: Entry, newer: str) -> Entry:
    """A rule that is only switched off stays off with the newer words."""
    theirs = shipped.rule_entries(newer).get(rule_id)
    return theirs | {OFF: True} if entry.get(OFF) and theirs else entry  # type: ignore[operator]


def names_changed(changes: Sequence[EntryChange]) -> list[str]:
    return [each.name for each in changes]
