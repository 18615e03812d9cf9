"""What the pages about the rules show, in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from clinic.folding import fold
from patients.rulebook import shipped
from patients.rulebook.composing import OFF, OwnRules, entry_of
from patients.rulebook.differences import EntryChange, How, entry_changes, table_changes
from patients.rulebook.forms import CERTAINTIES, EACH, SEVERITIES
from patients.rulebook.models import RulesEdition
from patients.rulebook.queries import unapproved_rules
from patients.rulebook.terms import BINDING, Part
from patients.rulebook.trying import SCOPE_WORDS, SEVERITY_WORDS
from patients.screening.rule_set import RuleSet, load_rule_set
from patients.screening.terms import Override, Severity

Word = str | Promise

CHANGED, OFF_HERE, UNAPPROVED = "changed", "off", "unapproved"
STATES: tuple[tuple[str, Word], ...] = (
    (CHANGED, gettext_lazy("changed here")),
    (OFF_HERE, gettext_lazy("switched off")),
    (UNAPPROVED, gettext_lazy("not yet approved")),
)
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
PART_WORDS: Mapping[str, Word] = {
    Part.RULES: gettext_lazy("Rule"),
    Part.QUESTIONS: gettext_lazy("Question"),
    Part.DURATIONS: gettext_lazy("Durations"),
    Part.NOTICE: gettext_lazy("Emergency notice"),
    Part.SHIPPED: gettext_lazy("Shipped version"),
}


@dataclass(frozen=True)
class ShownCase:
    severity: str
    label: Word
    target: Word
    condition: str
    clears: str


@dataclass(frozen=True)
class ShownRule:
    """One rule as people read it, with what the clinic made of it."""

    id: str
    title: str
    trigger: str
    note: str
    clears: str
    source: str
    certainty: Word
    scope: str
    scope_label: Word
    severity: str
    label: Word
    cases: list[ShownCase]
    overrides: list[tuple[Word, Word]]
    is_changed: bool
    is_off: bool
    is_unapproved: bool
    is_binding: bool
    reviewed: tuple[EntryChange, ...] = ()


def shown_rules(
    own: OwnRules, *, text: str = "", severity: str = "", scope: str = "", state: str = ""
) -> list[ShownRule]:
    """The rules that fit the search, in the order of the clinical data."""
    unread = unapproved_rules(own)
    names = dict.fromkeys([*shipped.rule_entries(own.base), *own.rules])
    found = [_rule(name, own, unapproved=name in unread) for name in names]
    wanted = fold(text).split()
    return [
        rule
        for rule in found
        if all(word in _searched(rule) for word in wanted)
        and (not severity or any(case.severity == severity for case in rule.cases))
        and (not scope or rule.scope == scope)
        and (not state or _is(rule, state))
    ]


def shown_rule(own: OwnRules, rule_id: str) -> ShownRule | None:
    if entry_of(own, rule_id) is None:
        return None
    return _rule(rule_id, own, unapproved=rule_id in unapproved_rules(own))


def _is(rule: ShownRule, state: str) -> bool:
    return {
        CHANGED: rule.is_changed,
        OFF_HERE: rule.is_off,
        UNAPPROVED: rule.is_unapproved,
    }.get(state, True)


def _searched(rule: ShownRule) -> str:
    conditions = " ".join(case.condition for case in rule.cases)
    return fold(f"{rule.id} {rule.title} {rule.trigger} {rule.note} {conditions} {rule.source}")


def _rule(rule_id: str, own: OwnRules, *, unapproved: bool) -> ShownRule:
    entry = entry_of(own, rule_id) or {}
    strongest = max((Severity(c["severity"]) for c in entry["when"]), key=lambda s: s.rank)
    return ShownRule(
        id=rule_id,
        title=_of(entry, "title", "title_tr"),
        trigger=entry.get("trigger", ""),
        note=_of(entry, "note", "note_tr"),
        clears=_of(entry, "clears_en", "clears_tr"),
        source=entry.get("source", ""),
        certainty=dict(CERTAINTIES).get(entry.get("confidence", ""), entry.get("confidence", "")),
        scope=entry["scope"],
        scope_label=SCOPE_WORDS[entry["scope"]],
        severity=strongest.value,
        label=SEVERITY_WORDS[strongest.value],
        cases=[_case(case) for case in entry["when"]],
        overrides=[
            (SEVERITY_WORDS[severity], _who(may)) for severity, may in entry["override"].items()
        ],
        is_changed=rule_id in own.rules,
        is_off=bool(entry.get(OFF)),
        is_unapproved=unapproved,
        is_binding=rule_id in BINDING,
    )


def _case(case: Mapping[str, Any]) -> ShownCase:
    target = case.get("target") or ""
    return ShownCase(
        severity=case["severity"],
        label=SEVERITY_WORDS[case["severity"]],
        target=dict(EACH).get(target, target.replace("_", " ")) if target else "",
        condition=case["if"],
        clears=case.get("clears") or "",
    )


def _who(may: str) -> Word:
    return {
        Override.NONE.value: _("nobody may override it"),
        Override.REASON.value: _("the physician may, with a written reason"),
        Override.TICK.value: _("the physician ticks it as seen"),
    }[may]


def _of(entry: Mapping[str, Any], english: str, turkish: str) -> str:
    is_turkish = (get_language() or "en").split("-")[0] == "tr"
    text: str = (entry.get(turkish) if is_turkish else "") or entry.get(english, "")
    return text


# -- questions --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownQuestion:
    code: str
    kind: str
    text: str
    other_text: str
    mandatory: bool
    opens: tuple[str, ...]
    applies_when: str
    is_changed: bool


def shown_questions(
    own: OwnRules, *, text: str = "", only_changed: bool = False
) -> list[ShownQuestion]:
    wanted = fold(text).split()
    found = [shown_question(own, code) for code in shipped.question_entries(own.base)]
    return [
        each
        for each in found
        if all(word in fold(f"{each.code} {each.text} {each.other_text}") for word in wanted)
        and (not only_changed or each.is_changed)
    ]


def shown_question(own: OwnRules, code: str) -> ShownQuestion:
    """Raises KeyError where there is no such question."""
    entry = question_words(own, code)
    shipped_entry = shipped.question_entries(own.base)[code]
    texts = [entry["en"], entry["tr"]]
    if (get_language() or "en").split("-")[0] == "tr":
        texts.reverse()
    return ShownQuestion(
        code=code,
        kind=shipped_entry["kind"],
        text=texts[0],
        other_text=texts[1],
        mandatory=entry["mandatory"],
        opens=tuple(shipped_entry["opens"]),
        applies_when=shipped_entry.get("applies_when") or "",
        is_changed=code in own.questions,
    )


def question_words(own: OwnRules, code: str) -> dict[str, Any]:
    """The words of a question as they hold now. Raises KeyError."""
    entry = shipped.question_entries(own.base)[code] | own.questions.get(code, {})  # type: ignore[operator]
    return {name: entry[name] for name in ("en", "tr", "mandatory")}


@dataclass(frozen=True)
class ShownDuration:
    label: Word
    days: int
    shipped_days: int
    is_changed: bool


def shown_durations(own: OwnRules) -> list[ShownDuration]:
    labels = shipped.duration_labels(own.base)
    turkish = (get_language() or "en").split("-")[0] == "tr"
    return [
        ShownDuration(
            label=labels[name][turkish] if name in labels else _("Answers of the intake hold"),
            days=own.durations.get(name, days),
            shipped_days=days,
            is_changed=name in own.durations,
        )
        for name, days in shipped.durations(own.base).items()
    ]


# -- what differs -----------------------------------------------------------------------------


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
        title=_of(entry, "title", "title_tr") if is_rule else _of(entry, "en", "tr"),
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
    return str(_who(value)) if value in ("none", "reason", "tick") else str(value)


def _case_line(case: Mapping[str, Any]) -> str:
    if "if" not in case:
        return str(dict(case))
    parts = [str(SEVERITY_WORDS.get(case["severity"], case["severity"])), case["if"]]
    if case.get("target"):
        parts.append(str(dict(EACH).get(case["target"], case["target"])))
    if case.get("clears"):
        parts.append(case["clears"])
    return " · ".join(parts)


# -- history ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownEdition:
    edition: RulesEdition
    part_label: Word
    names: list[str]


def shown_editions(editions: Sequence[RulesEdition]) -> Iterator[ShownEdition]:
    for edition in editions:
        own = edition.own
        names = [_name(own, edition.part, each) for each in edition.names[:20]]
        yield ShownEdition(edition, PART_WORDS.get(edition.part, edition.part), names)


def _name(own: OwnRules, part: str, name: str) -> str:
    if part == Part.RULES and (entry := entry_of(own, name)):
        return _of(entry, "title", "title_tr")
    if part == Part.QUESTIONS and name in shipped.question_entries(own.base):
        return _of(question_words(own, name), "en", "tr")
    return name


# -- the words that a condition may use -------------------------------------------------------


def known_words(own: OwnRules) -> list[tuple[Word, list[tuple[str, str]]]]:
    """By kind: every word that a condition may name, with what it means."""
    base: RuleSet = load_rule_set(own.base)
    language = get_language() or "en"
    words = base.words
    labelled = base.vocabulary
    return [
        (_("Questions"), [(c, q.text.to(language)) for c, q in base.questions.items()]),
        (_("Regions"), [(r, label.to(language)) for r, label in labelled.regions.items()]),
        (
            _("Skin treatments"),
            [(k, each.label.to(language)) for k, each in labelled.procedures.items()],
        ),
        (_("Groups of medicines"), _plain(words.medicine_names["group"])),
        (_("Effects of medicines"), _plain(words.medicine_names["effect"])),
        (_("Allergen groups"), _plain(words.allergen_groups)),
        (_("Ingredients"), _plain(words.ingredients)),
        (_("Agreed expressions"), sorted(words.terms.items())),
    ]


def _plain(names: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, "") for name in sorted(names)]


__all__ = [
    "SEVERITIES", "STATES", "ShownChange", "known_words", "own_fields", "question_words",
    "shown_editions", "shown_question", "shown_questions", "shown_rule", "shown_rules",
    "shown_tables", "shown_update",
]  # fmt: skip
