"""One version of the clinical data, as plain values. Pure; `rule_files.py` reads them.

Rules with their source and certainty, questions, word lists, medicine and allergen names, the
ingredient facts that the rules read, and the short form of the day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
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
from patients.screening.own_names import (
    AllergiesOfClinic,
    ClinicNames,
    MedicinesOfClinic,
    products_of_table,
)
from patients.screening.suggestions import Suggestions
from patients.screening.terms import (
    ANSWERS_HOLD_DAYS,
    REGIONS,
    Asked,
    Kind,
    Override,
    Scope,
    Severity,
)
from patients.screening.vocabulary import Label, Vocabulary
from patients.screening.when import Words


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
