"""One version of the clinical data, as plain values that are read once per process.

Pure. Everything stands in `rule_sets/v<N>/`: rules with their source and certainty, questions,
word lists, medicine and allergen names, the ingredient facts that the rules read, and the short
form of the day.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from clinic.folding import fold
from patients.screening.conditions import Condition
from patients.screening.facts import Facts, MedicineRow, TakenProduct
from patients.screening.ingredients import IngredientFacts
from patients.screening.matching import (
    AllergyMatcher,
    AllergyRead,
    MedicineMatcher,
    Recognised,
)
from patients.screening.medicine_conditions import Medicines
from patients.screening.name_tables import (
    CLASS_ROW,
    LAY_TERM,
    allergy_matcher,
    medicine_matcher,
    medicine_row,
    read_matching_words,
)
from patients.screening.own_names import (
    AllergiesOfClinic,
    ClinicNames,
    MedicinesOfClinic,
    products_of_table,
)
from patients.screening.suggestions import Suggestions
from patients.screening.terms import (
    ANSWERS_HOLD_DAYS,
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


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the intake form."""

    key: str
    title: Label
    usually_no: bool


@dataclass(frozen=True)
class Question:
    code: str
    kind: Kind
    text: Label
    opens: tuple[str, ...]
    asked: Asked
    who: str
    mandatory: bool
    section: str
    # `regions`, `ingredients` ... where the choices are a list of the vocabulary.
    choices_of: str | None
    choices: tuple[str, ...]
    labels: Mapping[str, Label]
    unit: str
    minimum: Decimal | int | None
    maximum: Decimal | int | None
    no_allowed: bool
    # Set where the fact stands beside `answers` in a request.
    field: str | None
    applies_when: str | None
    applies: Condition | None
    # It is asked once for each medicine that makes it apply, by the name of the medicine.
    per_medicine: bool
    # A list that clears: its regions are named one by one, "yes" for all of them says nothing.
    names_needed: bool

    @property
    def about_regions(self) -> bool:
        return self.choices_of == REGIONS


@dataclass(frozen=True, slots=True)
class Clearing:
    """From when a finding no longer holds: `days` after `start`."""

    start: str
    days: int


@dataclass(frozen=True)
class Case:
    severity: Severity
    when: str
    condition: Condition
    clears: Clearing | None
    target: str | None


@dataclass(frozen=True)
class Rule:
    id: str
    scope: Scope
    cases: tuple[Case, ...]
    title: Label
    note: Label
    clears: Label
    source: str
    confidence: str
    action: str
    defer_days: int | None
    trigger: str
    question: Label
    override: Mapping[Severity, Override]
    codes: tuple[str, ...]
    depends_on: tuple[str, ...]

    def may_be_overridden(self, severity: Severity) -> bool:
        return self.override.get(severity) is Override.REASON


@dataclass(frozen=True)
class RescreenLine:
    """One line of the short form of the day, and which codes its answer speaks for."""

    id: str
    text: Label
    about_today: bool
    covers: tuple[str, ...]
    # code -> the code whose standing state keeps a "no" from answering it.
    open_after: Mapping[str, str]


@dataclass(frozen=True)
class Rescreen:
    lines: tuple[RescreenLine, ...]
    # Codes that are asked on the day by a field of their own.
    separate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One correction against the version before: what it touches, and why, for people.

    `touches`: kind of entry ("rules", "questions" ...) -> their names.
    """

    item: str
    touches: Mapping[str, tuple[str, ...]]
    reason: Label


@dataclass(frozen=True)
class RuleSet:
    version: str
    released_on: str
    source: str
    certainty_marks: Mapping[str, str]
    sections: tuple[Section, ...]
    questions: Mapping[str, Question]
    rules: tuple[Rule, ...]
    vocabulary: Vocabulary
    ingredients: IngredientFacts
    medicines: MedicineMatcher | MedicinesOfClinic
    allergies: AllergyMatcher | AllergiesOfClinic
    medicine_suggestions: Suggestions
    allergen_suggestions: Suggestions
    rescreen: Rescreen
    # What this version corrects; empty for the first.
    changes: tuple[Change, ...]
    words: Words = field(repr=False)
    answers_hold_days: int = ANSWERS_HOLD_DAYS
    # The names that the clinic itself has settled; `medicines` and `allergies` know them.
    clinic_names: ClinicNames = field(default_factory=ClinicNames)

    def question(self, code: str) -> Question:
        return self.questions[code]

    def rule(self, rule_id: str) -> Rule:
        return self._by_id[rule_id]

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def substances(self) -> Mapping[str, MedicineRow]:
        """The rows of the medicine table by their name; plain words for a class are none."""
        return products_of_table(self.shipped_medicines)

    @cached_property
    def asked_in_answers(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions.values() if q.field is None)

    @property
    def shipped_medicines(self) -> MedicineMatcher:
        """The medicines without the clinic's own names."""
        medicines = self.medicines
        return medicines.shipped if isinstance(medicines, MedicinesOfClinic) else medicines

    @cached_property
    def last_dose_conditions(self) -> tuple[Medicines, ...]:
        """Every condition that looks at the last dose of a medicine."""
        roots: list[object] = [case.condition for rule in self.rules for case in rule.cases]
        roots += [question.applies for question in self.questions.values()]
        found = [medicines for root in roots for medicines in _medicines_in(root)]
        return tuple(dict.fromkeys(m for m in found if m.last_below is not None))

    def recognise_medication(self, text: str) -> Recognised:
        """Return which medicines a text names, and whether all of it was understood."""
        return self.medicines.recognise(text)

    def recognise_allergy(self, text: str) -> AllergyRead:
        return self.allergies.recognise(text)

    def names_used(self, request: Mapping[str, Any]) -> ClinicNames:
        """The clinic's own names that the texts of a request hold: stored with its verdict."""
        return self.clinic_names.only(
            (
                name
                for text in _texts(request, "medications")
                for name in self.recognise_medication(text).own
            ),
            (
                name
                for text in _texts(request, "allergies")
                for name in self.recognise_allergy(text).own
            ),
        )

    def suggest_medications(self, text: str, limit: int = 8) -> tuple[str, ...]:
        """Return known names like `text`. A suggestion clears nothing until a person takes it."""
        own = self._own_medicine_suggestions.near(text, limit)
        return (*own, *self.medicine_suggestions.near(text, limit))[:limit]

    def suggest_allergens(self, text: str, limit: int = 8) -> tuple[str, ...]:
        own = self._own_allergen_suggestions.near(text, limit)
        return (*own, *self.allergen_suggestions.near(text, limit))[:limit]

    @cached_property
    def _own_medicine_suggestions(self) -> Suggestions:
        return Suggestions.of(one.name for one in self.clinic_names.medicines)

    @cached_property
    def _own_allergen_suggestions(self) -> Suggestions:
        return Suggestions.of(one.name for one in self.clinic_names.allergens)

    def with_rules(self, rules: Iterable[Rule]) -> "RuleSet":
        return replace(self, rules=tuple(rules))

    def with_names(self, names: ClinicNames) -> "RuleSet":
        """Return the rule set with the clinic's own names, in place of any it had before."""
        return replace(
            self,
            clinic_names=names,
            medicines=MedicinesOfClinic.of(self.medicines, names.medicines),
            allergies=AllergiesOfClinic.of(
                self.allergies, names.allergens, self.words.allergen_groups
            ),
        )


def medicines_behind(
    question: Question, products: Sequence[TakenProduct], on: date
) -> tuple[str, ...]:
    """Return the texts of the medicines because of which a question is asked, each name once."""
    facts = Facts(on=on, answers={}, products=tuple(products))
    named: dict[str, str] = {}
    for medicines in _medicines_in(question.applies):
        for product in medicines.fitting(facts):
            named.setdefault(fold(product.text), product.text)
    return tuple(named.values())


def _texts(request: Mapping[str, Any], listed: str) -> Iterator[str]:
    for entry in request.get(listed, ()):
        yield str(entry["text"])


def _medicines_in(node: object) -> Iterator[Medicines]:
    if isinstance(node, Medicines):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _medicines_in(part)
    elif is_dataclass(node):
        for part in fields(node):
            yield from _medicines_in(getattr(node, part.name))


# -- reading the files ------------------------------------------------------------------------


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
