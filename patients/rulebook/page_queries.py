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
from patients.rulebook.forms import CERTAINTIES, EACH
from patients.rulebook.models import RulesEdition
from patients.rulebook.queries import unapproved_rules
from patients.rulebook.terms import BINDING
from patients.rulebook.trying import SCOPE_WORDS, SEVERITY_WORDS
from patients.rulebook.wording import PART_WORDS, who_may, words_of
from patients.screening.rule_files import load_rule_set
from patients.screening.rule_set import RuleSet
from patients.screening.terms import Severity

Word = str | Promise

CHANGED, OFF_HERE, UNAPPROVED = "changed", "off", "unapproved"
STATES: tuple[tuple[str, Word], ...] = (
    (CHANGED, gettext_lazy("changed here")),
    (OFF_HERE, gettext_lazy("switched off")),
    (UNAPPROVED, gettext_lazy("not yet approved")),
)


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
    asked: str
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
    return fold(
        f"{rule.id} {rule.title} {rule.asked} {rule.trigger} {rule.note} {conditions} {rule.source}"
    )


def _rule(rule_id: str, own: OwnRules, *, unapproved: bool) -> ShownRule:
    entry = entry_of(own, rule_id) or {}
    strongest = max((Severity(c["severity"]) for c in entry["when"]), key=lambda s: s.rank)
    return ShownRule(
        id=rule_id,
        title=words_of(entry, "title", "title_tr"),
        asked=words_of(entry, "question", "question_tr"),
        trigger=entry.get("trigger", ""),
        note=words_of(entry, "note", "note_tr"),
        clears=words_of(entry, "clears_en", "clears_tr"),
        source=entry.get("source", ""),
        certainty=dict(CERTAINTIES).get(entry.get("confidence", ""), entry.get("confidence", "")),
        scope=entry["scope"],
        scope_label=SCOPE_WORDS[entry["scope"]],
        severity=strongest.value,
        label=SEVERITY_WORDS[strongest.value],
        cases=[_case(case) for case in entry["when"]],
        overrides=[
            (SEVERITY_WORDS[severity], who_may(may)) for severity, may in entry["override"].items()
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


# -- history ----------------------------------------------------------------------------------


MOST_NAMES = 8


@dataclass(frozen=True)
class ShownEdition:
    edition: RulesEdition
    part_label: Word
    names: list[str]
    more: int


def shown_editions(editions: Sequence[RulesEdition]) -> Iterator[ShownEdition]:
    for edition in editions:
        own = edition.own
        names = list(dict.fromkeys(_name(own, each) for each in edition.names))
        yield ShownEdition(
            edition,
            PART_WORDS.get(edition.part, edition.part),
            names[:MOST_NAMES],
            max(len(names) - MOST_NAMES, 0),
        )


def _name(own: OwnRules, name: str) -> str:
    entry = entry_of(own, name)
    if entry is not None:
        return words_of(entry, "title", "title_tr")
    if name in shipped.question_entries(own.base):
        return words_of(question_words(own, name), "en", "tr")
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
