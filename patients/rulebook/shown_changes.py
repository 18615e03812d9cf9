"""A shipped update, and what the clinic changed itself, entry by entry and field by field, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.rulebook import shipped
from patients.rulebook.composing import OFF, OwnRules
from patients.rulebook.differences import EntryChange, How, entry_changes, table_changes
from patients.rulebook.forms import EACH
from patients.rulebook.terms import Part
from patients.rulebook.trying import SEVERITY_WORDS
from patients.rulebook.wording import PART_WORDS, who_may, words_of

Word = str | Promise

FIELD_WORDS: Mapping[str, Word] = {
    "title": gettext_lazy("Title, English"),
    "title_tr": gettext_lazy("Title, Turkish"),
    "trigger": gettext_lazy("When it holds, in plain words"),
    "when": gettext_lazy("Cases"),
    "note": gettext_lazy("What to do, English"),
    "note_tr": gettext_lazy("What to do, Turkish"),
    "clears_en": gettext_lazy("What clears it, English"),
    "clears_tr": gettext_lazy("What clears it, Turkish"),
    "source": gettext_lazy("Source"),
    "confidence": gettext_lazy("Certainty"),
    "override": gettext_lazy("Who may override"),
    "severity": gettext_lazy("Severity"),
    "scope": gettext_lazy("Blocks"),
    "en": gettext_lazy("Question, English"),
    "tr": gettext_lazy("Question, Turkish"),
    "mandatory": gettext_lazy("Must be answered"),
    "choices": gettext_lazy("Choices"),
    "labels": gettext_lazy("Words of the choices"),
    "applies_when": gettext_lazy("Asked when"),
    "asked": gettext_lazy("Asked at"),
    OFF: gettext_lazy("Switched off"),
}


@dataclass(frozen=True)
class ShownField:
    label: Word
    before: str
    after: str


@dataclass(frozen=True)
class ShownChange:
    """One entry of a shipped update, or of a decision of the clinic."""

    key: str
    part_label: Word
    name: str
    title: str
    how: str
    how_label: Word
    fields: list[ShownField]
    why: list[str]
    meets_own: bool


HOW_WORDS: Mapping[str, Word] = {
    How.ADDED: gettext_lazy("new"),
    How.CHANGED: gettext_lazy("changed"),
    How.REMOVED: gettext_lazy("no longer there"),
}
# What is only derived, or repeats what stands elsewhere in the same entry.
_LEFT_OUT = frozenset({"also", "codes", "depends_on", "opens", "question", "question_tr", "action"})


def shown_update(own: OwnRules, newer: str) -> list[ShownChange]:
    """A shipped update, entry by entry: first what meets the clinic's own changes."""
    changes = [_change(each, newer, own.base) for each in entry_changes(own, newer)]
    return sorted(changes, key=lambda each: not each.meets_own)


def shown_tables(own: OwnRules, newer: str) -> list[str]:
    words = {
        "medications.csv": _("Medicines"),
        "medication_aliases.csv": _("Names of medicines"),
        "allergen_aliases.csv": _("Names of allergens"),
    }
    return [
        _("%(table)s: %(added)d lines new or changed, %(removed)d gone or replaced")
        % {"table": words[each.name], "added": each.added, "removed": each.removed}
        for each in table_changes(own.base, newer)
    ]


def corrections_of(own: OwnRules, newer: str) -> list[str]:
    """What the update corrects, in the words that came with it."""
    language = get_language() or "en"
    return [
        each.to(language)
        for version in shipped.versions_between(own.base, newer)
        for each in shipped.corrections(version)
    ]


def _change(change: EntryChange, newer: str, older: str) -> ShownChange:
    language = get_language() or "en"
    entries = shipped.rule_entries if change.part is Part.RULES else shipped.question_entries
    entry = entries(newer).get(change.name) or entries(older)[change.name]
    is_rule = change.part is Part.RULES
    return ShownChange(
        key=change.key,
        part_label=PART_WORDS[change.part],
        name=change.name,
        title=words_of(entry, "title", "title_tr") if is_rule else words_of(entry, "en", "tr"),
        how=change.how.value,
        how_label=HOW_WORDS[change.how],
        fields=[
            ShownField(FIELD_WORDS.get(each.name, each.name), _text(each.before), _text(each.after))
            for each in change.fields
            if each.name not in _LEFT_OUT
            and (change.how is How.CHANGED or each.name in FIELD_WORDS)
        ],
        why=[each.to(language) for each in change.why],
        meets_own=change.meets_own,
    )


def own_fields(own: OwnRules, rule_id: str) -> list[ShownField]:
    """What the clinic changed in one rule, beside the shipped words."""
    before = shipped.rule_entries(own.base).get(rule_id, {})
    after = own.rules.get(rule_id, before)
    return [
        ShownField(FIELD_WORDS.get(name, name), _text(before.get(name)), _text(after.get(name)))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name) and name not in _LEFT_OUT
    ]


def _text(value: Any) -> str:
    """A value of the clinical data as lines that a person can compare."""
    if value is None or value == "":
        return "–"
    if value is True or value is False:
        return _("yes") if value else _("no")
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "\n".join(_case_line(each) for each in value)
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_pair(each)}" for key, each in value.items())
    return str(value)


def _pair(value: Any) -> str:
    if isinstance(value, Mapping):
        return " / ".join(str(each) for each in value.values())
    return str(who_may(value)) if value in ("none", "reason", "tick") else str(value)


def _case_line(case: Mapping[str, Any]) -> str:
    if "if" not in case:
        return str(dict(case))
    parts = [str(SEVERITY_WORDS.get(case["severity"], case["severity"])), case["if"]]
    if case.get("target"):
        parts.append(str(dict(EACH).get(case["target"], case["target"])))
    if case.get("clears"):
        parts.append(case["clears"])
    return " · ".join(parts)
