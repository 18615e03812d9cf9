"""Reads one version of the clinical data from `rule_sets/v<N>/`, once per process."""

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from patients.screening.facts import MedicineRow
from patients.screening.ingredients import IngredientFacts
from patients.screening.name_tables import (
    CLASS_ROW,
    LAY_TERM,
    allergy_matcher,
    medicine_matcher,
    medicine_row,
    read_matching_words,
)
from patients.screening.rule_set import (
    Case,
    Change,
    Clearing,
    Question,
    Rescreen,
    RescreenLine,
    Rule,
    RuleSet,
    Section,
)
from patients.screening.suggestions import Suggestions
from patients.screening.terms import (
    ELSEWHERE,
    NO,
    REGIONS,
    YES,
    Asked,
    Kind,
    Override,
    Scope,
    Severity,
)
from patients.screening.tokens import WhenError
from patients.screening.vocabulary import Label, Vocabulary, read_vocabulary
from patients.screening.when import Words, parse

SHIPPED = Path(__file__).parent / "rule_sets"
_TARGETS = frozenset({"$region", "$ingredient", "$step", "$pair"})
_LONGEST_WAIT_DAYS = 3660


class RuleSetError(ValueError):
    """Clinical data that cannot be used. The message names the entry and what is wrong."""


def shipped_versions() -> tuple[str, ...]:
    """Return the versions that come with the program, oldest first."""
    found = [folder.name[1:] for folder in SHIPPED.glob("v*") if folder.name[1:].isdigit()]
    return tuple(sorted(found, key=int))


def load_rule_set(version: str | int | None = None) -> RuleSet:
    """Return a shipped version of the clinical data, the newest where none is named."""
    return _shipped(str(version) if version is not None else _newest())


@cache
def _newest() -> str:
    return shipped_versions()[-1]


@cache
def _shipped(version: str) -> RuleSet:
    if version not in shipped_versions():
        raise RuleSetError(f"there is no version {version} of the clinical data")
    return read_rule_set(SHIPPED / f"v{version}")


def read_rule_set(folder: Path) -> RuleSet:
    manifest = _json(folder / "manifest.json")
    raw_vocabulary = _json(folder / "vocabulary.json")
    vocabulary = read_vocabulary(raw_vocabulary)
    raw_questions = _json(folder / "questions.json")
    ingredients = IngredientFacts.from_json(_json(folder / "ingredients.json"))
    rows = {entry["inn"]: medicine_row(entry) for entry in _csv(folder / "medications.csv")}
    aliases = _csv(folder / "medication_aliases.csv")
    allergens = _csv(folder / "allergen_aliases.csv")
    matching = read_matching_words(raw_vocabulary["matching"])
    medicines = medicine_matcher(rows, aliases, matching, lay_terms=True)
    words = _words(raw_questions, raw_vocabulary, vocabulary, ingredients, rows, allergens)
    questions = {q["code"]: _question(q, vocabulary, words) for q in raw_questions}
    return RuleSet(
        version=manifest["version"],
        released_on=manifest["released_on"],
        source=manifest["source"],
        certainty_marks=manifest["certainty_marks"],
        sections=tuple(
            Section(s["key"], Label(s["en"], s["tr"]), s["usually_no"])
            for s in raw_vocabulary["sections"]
        ),
        questions=questions,
        rules=read_rules(_json(folder / "rules.json"), words),
        vocabulary=vocabulary,
        ingredients=ingredients,
        medicines=medicines,
        allergies=allergy_matcher(
            allergens, raw_vocabulary["allergen_from_medication"], rows, aliases, matching
        ),
        medicine_suggestions=Suggestions.of(
            [inn for inn in rows if not inn.startswith(CLASS_ROW)]
            + [entry["alias"] for entry in aliases if entry["kind"] != LAY_TERM]
        ),
        allergen_suggestions=Suggestions.of(entry["alias"] for entry in allergens),
        rescreen=_rescreen(_json(folder / "rescreen.json")),
        changes=_changes(folder / "changes.json"),
        words=words,
    )


def read_rules(entries: object, words: Words) -> tuple[Rule, ...]:
    """Read a list of rules, shipped or the clinic's own; every `when` is parsed and checked."""
    if not isinstance(entries, list) or not entries:
        raise RuleSetError("the rules are not a list")
    rules = tuple(_checked_rule(entry, words) for entry in entries)
    if len({rule.id for rule in rules}) != len(rules):
        raise RuleSetError("two rules have the same id")
    return rules


def _checked_rule(entry: Any, words: Words) -> Rule:
    name = entry.get("id", "?") if isinstance(entry, dict) else "?"
    try:
        return _rule(entry, words)
    except WhenError as error:
        raise RuleSetError(f"{name}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise RuleSetError(f"{name}: {type(error).__name__}: {error}") from error


def _rule(entry: Mapping[str, Any], words: Words) -> Rule:
    title, note = entry.get("title", entry["id"]), entry.get("note", "")
    clears_en = entry.get("clears_en", "")
    question = entry.get("question", "")
    return Rule(
        id=entry["id"],
        scope=Scope(entry["scope"]),
        cases=tuple(_case(case, words) for case in entry["when"]),
        title=Label(title, entry.get("title_tr") or title),
        note=Label(note, entry.get("note_tr") or note),
        clears=Label(clears_en, entry.get("clears_tr") or clears_en),
        source=entry.get("source", ""),
        confidence=entry.get("confidence", ""),
        action=entry.get("action", ""),
        defer_days=entry.get("defer_days"),
        trigger=entry.get("trigger", ""),
        question=Label(question, entry.get("question_tr") or question),
        override={
            Severity(severity): Override(may) for severity, may in entry.get("override", {}).items()
        },
        codes=tuple(entry.get("codes", ())),
        depends_on=tuple(entry.get("depends_on", ())),
    )


def _case(case: Mapping[str, Any], words: Words) -> Case:
    target = case.get("target")
    if isinstance(target, str) and target.startswith("$") and target not in _TARGETS:
        raise WhenError(f"{target!r} is not a known target")
    return Case(
        severity=Severity(case["severity"]),
        when=case["if"],
        condition=parse(case["if"], words, target=target),
        clears=_clearing(case["clears"], words) if case.get("clears") else None,
        target=target,
    )


def _clearing(text: str, words: Words) -> Clearing:
    if text == "gap_end":
        return Clearing("gap_end", 0)
    start, plus, days = text.partition("+")
    start, days = start.strip(), days.strip()
    if not plus or not days.isdecimal() or int(days) > _LONGEST_WAIT_DAYS:
        raise WhenError(f"{text!r} does not say when a finding clears")
    if start not in ("today", "last_dose") and words.kinds.get(start) is not Kind.DATE:
        raise WhenError(f"{start!r} is not a date to count from")
    return Clearing(start, int(days))


def _question(entry: Mapping[str, Any], vocabulary: Vocabulary, words: Words) -> Question:
    choices = entry.get("choices", ())
    choices_of = choices if isinstance(choices, str) else None
    applies_when = entry.get("applies_when")
    return Question(
        code=entry["code"],
        kind=Kind(entry["kind"]),
        text=Label(entry["en"], entry["tr"]),
        opens=tuple(entry["opens"]),
        asked=Asked(entry["asked"]),
        who=entry["who"],
        mandatory=entry["mandatory"],
        section=entry["section"],
        choices_of=choices_of,
        choices=() if choices_of else tuple(choices),
        labels={key: Label(**label) for key, label in entry.get("labels", {}).items()},
        unit=entry.get("unit", ""),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        no_allowed=entry.get("no_allowed", True),
        field=entry.get("field"),
        applies_when=applies_when,
        applies=parse(applies_when, words) if applies_when else None,
        per_medicine=entry.get("per_medicine", False),
        names_needed=entry.get("names_needed", False),
    )


def _words(
    questions: Sequence[Mapping[str, Any]],
    raw_vocabulary: Mapping[str, Any],
    vocabulary: Vocabulary,
    ingredients: IngredientFacts,
    rows: Mapping[str, MedicineRow],
    allergens: Sequence[Mapping[str, str]],
) -> Words:
    regions = frozenset(vocabulary.regions)
    choices: dict[str, frozenset[str]] = {}
    items: dict[str, frozenset[str]] = {}
    for question in questions:
        listed = question.get("choices", ())
        known = regions | {ELSEWHERE} if listed == REGIONS else frozenset(listed)
        if question["kind"] == Kind.YES_NO:
            choices[question["code"]] = frozenset({YES, NO})
        elif question["kind"] == Kind.CHOICE and not isinstance(listed, str):
            choices[question["code"]] = known
        elif question["kind"] == Kind.LIST and (listed == REGIONS or not isinstance(listed, str)):
            items[question["code"]] = known
    groups = {entry["group"] for entry in allergens}
    groups.update(raw_vocabulary["allergen_groups_without_ingredient"], vocabulary.excipients)
    for ingredient in ingredients.ingredients.values():
        groups |= ingredient.sure_allergens | ingredient.possible_allergens
    return Words(
        kinds={question["code"]: Kind(question["kind"]) for question in questions},
        choices=choices,
        items=items,
        terms=vocabulary.terms,
        regions=regions,
        ingredients=frozenset(ingredients.ingredients),
        procedures=frozenset(vocabulary.procedures),
        medicine_names={
            "group": frozenset(group for row in rows.values() for group in row.groups),
            "effect": frozenset(effect for row in rows.values() for effect in row.effects),
            "inn": frozenset(rows),
            "route": frozenset(row.route for row in rows.values()),
        },
        allergen_groups=frozenset(groups),
        allergen_categories=frozenset(c["id"] for c in raw_vocabulary["allergen_categories"]),
    )


def _rescreen(raw: Mapping[str, Any]) -> Rescreen:
    return Rescreen(
        lines=tuple(
            RescreenLine(
                id=line["id"],
                text=Label(line["en"], line["tr"]),
                about_today=line["kind"] == "today",
                covers=tuple(line["covers"]),
                open_after=line.get("open_after", {}),
            )
            for line in raw["lines"]
        ),
        separate=tuple(raw["separate"]),
    )


def _changes(path: Path) -> tuple[Change, ...]:
    if not path.exists():
        return ()
    return tuple(
        Change(
            item=entry["item"],
            touches={kind: tuple(names) for kind, names in entry["touches"].items()},
            reason=Label(entry["en"], entry["tr"]),
        )
        for entry in _json(path)
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
