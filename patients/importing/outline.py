"""What an imported person brings along on a day, read as far as the clinical data goes.

Pure: one person of a file, a rule set and a day in; what is taken, answered and open out. The same
outline is printed by the dry run, shown before an import, and written into the record.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from clinic.folding import fold
from patients.importing.allergies import AllergyMeaning, allergy_meaning, bare_allergen
from patients.importing.coded import Concept, ImportedPerson, Intolerance, Order
from patients.importing.conditions import Meaning, meaning_of
from patients.importing.engine_words import allergy_text, medicine_text
from patients.importing.products import Contents, product_names, with_added_names
from patients.importing.rules import (
    allergy_state_on,
    known_on,
    severity_of,
    state_on,
    superseded_on,
    use_on,
    was_taken,
)
from patients.importing.terms import ConditionState, Use
from patients.screening.facts import MedicineRow
from patients.screening.readable import completed_years
from patients.screening.rule_set import RuleSet
from patients.screening.rules import Response, screen_safely
from patients.screening.terms import YES

# Enough for the common ones; a verdict with its findings takes a few kilobytes.
_VERDICTS_KEPT = 4000
_WORDS_KEPT = 5_000  # of about 3 KB each
_OLDER_THAN_READ = 121
_AGES_READ = re.compile(r"\bage\s*(?:!?=|[<>]=?|in)\s*(\d+)(?:\.\.(\d+))?")
_AGE = re.compile(r"\bage\b")


@dataclass(frozen=True, slots=True)
class MedicineLine:
    text: str
    code: str
    contents: Contents
    use: Use
    as_needed: bool
    taken: bool
    order: Order
    engine_text: str

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "code": self.code,
            "substance": " + ".join(self.contents.inns) or None,
            "groups": _union(row.groups for row in self.contents.rows),
            "effects": _union(row.effects for row in self.contents.rows),
            "status": self.use.value,
        }


@dataclass(frozen=True, slots=True)
class ConditionLine:
    text: str
    code: str
    state: ConditionState
    meaning: Meaning
    began: date | None
    ended: date | None

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "code": self.code,
            "status": self.state.value,
            "answers": dict(self.meaning.answers),
            "known": self.meaning.known,
        }


@dataclass(frozen=True, slots=True)
class AllergyLine:
    text: str
    code: str
    state: ConditionState
    meaning: AllergyMeaning
    severity: str
    reaction: str
    engine_text: str

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "code": self.code,
            "groups": sorted(self.meaning.groups),
            "severity": self.severity or None,
            "status": self.state.value,
            "known": self.meaning.known,
        }


@dataclass(frozen=True, slots=True)
class Outline:
    person: ImportedPerson
    on: date
    medicines: tuple[MedicineLine, ...]
    conditions: tuple[ConditionLine, ...]
    allergies: tuple[AllergyLine, ...]
    no_allergies: bool

    @property
    def active_rows(self) -> tuple[MedicineRow, ...]:
        active = (line for line in self.medicines if line.use is Use.ACTIVE)
        return tuple(dict.fromkeys(row for line in active for row in line.contents.rows))

    @property
    def answers(self) -> dict[str, str]:
        """Question code -> value. "Yes" for what is there now; nothing here ever says "no"."""
        return {code: value for line in self.conditions for code, value in line.meaning.answers}

    @property
    def unread_conditions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.text for line in self.conditions if not line.meaning.known))

    def listed_medicines(self) -> Iterator[MedicineLine]:
        """Lines for the list of medicines: each active one, and stopped ones not taken by another."""
        active = {line.engine_text for line in self.medicines if line.use is Use.ACTIVE}
        seen: set[tuple[str, Use]] = set()
        for line in self.medicines:
            key = (line.engine_text, line.use)
            if key in seen or (line.use is Use.STOPPED and line.engine_text in active):
                continue
            if line.taken:
                seen.add(key)
                yield line

    def request(self) -> dict[str, Any]:
        """The screening request that this person makes. What was never asked is not in it."""
        request: dict[str, Any] = {
            "id": self.person.identifier,
            "on": self.on.isoformat(),
            "sex": self.person.sex,
            "answers": self.answers,
        }
        if self.person.born is not None:
            request["born"] = self.person.born.isoformat()
        medicines = [_asked_medicine(line) for line in self.listed_medicines()]
        if medicines:
            request["medications"] = medicines
        allergies = [_asked_allergy(line) for line in self.active_allergies()]
        if allergies:
            request["allergies"] = allergies
        elif self.no_allergies:
            request["allergies_none"] = True
        if self.unread_conditions:
            request["conditions"] = [{"text": text} for text in self.unread_conditions]
        return request

    def active_allergies(self) -> list[AllergyLine]:
        return [
            line
            for line in self.allergies
            if line.state is ConditionState.ACTIVE
            and not line.meaning.none
            and not line.meaning.partly_none
        ]


class Reader:
    """Reads persons under one rule set. Products that recur are understood once."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.names = product_names(rule_set)
        self.rule_set = with_added_names(rule_set)
        self._verdicts: dict[str, Response] = {}
        self._texts: dict[tuple[str, Contents], str] = {}
        self._allergies: dict[Any, tuple[AllergyMeaning, str]] = {}
        self._words: dict[Hashable, str] = {}
        self._age_limits = _age_limits(self.rule_set)

    @cached_property
    def version(self) -> str:
        return self.rule_set.version

    def outline(self, person: ImportedPerson, on: date) -> Outline:
        known = [order for order in person.orders if known_on(order, on)]
        superseded: frozenset[str] = frozenset()
        if len(known) > 1:
            products = {order.key: _product(order) for order in known}
            superseded = superseded_on(known, on, products=products)
        allergies = tuple(self._allergy_lines(person, on))
        active = [line for line in allergies if line.state is ConditionState.ACTIVE]
        return Outline(
            person=person,
            on=on,
            medicines=tuple(self._medicine_line(order, on, superseded) for order in known),
            conditions=tuple(self._condition_lines(person, on)),
            allergies=allergies,
            no_allergies=any(line.meaning.none for line in active)
            and all(line.meaning.none or line.meaning.partly_none for line in active),
        )

    def verdict(self, outline: Outline) -> Response:
        """The verdict on the day. Two people of one age who brought the same share one."""
        request = outline.request()
        same = {**request, "id": None}
        if outline.person.born is not None:
            same["born"] = completed_years(outline.person.born, outline.on)
        key = json.dumps(same, sort_keys=True, ensure_ascii=False)
        known = self._verdicts.get(key)
        if known is None:
            known = screen_safely(request, rule_set=self.rule_set)
            if len(self._verdicts) >= _VERDICTS_KEPT:
                self._verdicts.clear()
            self._verdicts[key] = known
        return known

    def verdict_word(self, outline: Outline) -> str:
        """Only the verdict, for counting: shared by all ages between which no rule draws a line."""
        born = outline.person.born
        age: Hashable = born
        if born is not None and self._age_limits is not None:
            age = bisect_right(self._age_limits, completed_years(born, outline.on))
        key = (age, *_shared_by(outline))
        word = self._words.get(key)
        if word is None:
            word = self.verdict(outline).verdict.value
            if len(self._words) >= _WORDS_KEPT:
                self._words.clear()
            self._words[key] = word
        return word

    def _medicine_line(self, order: Order, on: date, superseded: frozenset[str]) -> MedicineLine:
        contents = self.names.contents(order.medicine)
        shown = order.medicine.shown
        key = (shown, contents)
        if key not in self._texts:
            self._texts[key] = medicine_text(shown or order.medicine.code, contents, self.rule_set)
        return MedicineLine(
            text=shown,
            code=order.medicine.code,
            contents=contents,
            use=use_on(order, on, superseded=superseded),
            as_needed=order.as_needed,
            taken=was_taken(order),
            order=order,
            engine_text=self._texts[key],
        )

    def _condition_lines(self, person: ImportedPerson, on: date) -> Iterator[ConditionLine]:
        for illness in person.illnesses:
            state = state_on(illness, on)
            if state is not None:
                yield ConditionLine(
                    text=illness.condition.shown,
                    code=illness.condition.code,
                    state=state,
                    meaning=self._meaning(illness.condition, state),
                    began=illness.began,
                    ended=illness.ended,
                )

    def _meaning(self, condition: Concept, state: ConditionState) -> Meaning:
        """The vocabulary of the clinical data knows illnesses by their Turkish names, too."""
        meaning = meaning_of(condition, state)
        if meaning.known:
            return meaning
        illnesses = self.rule_set.vocabulary.conditions
        folded = fold(condition.shown)
        if folded not in illnesses or state is not ConditionState.ACTIVE:
            return meaning
        code = illnesses[folded]
        return Meaning(((code, YES),) if code else (), known=True)

    def _allergy_lines(self, person: ImportedPerson, on: date) -> Iterator[AllergyLine]:
        for intolerance in person.intolerances:
            state = allergy_state_on(intolerance, on)
            if state is not None:
                yield self._allergy_line(intolerance, state)

    def _allergy_line(self, intolerance: Intolerance, state: ConditionState) -> AllergyLine:
        substance = intolerance.substance
        if substance not in self._allergies:
            meaning = allergy_meaning(substance, rule_set=self.rule_set, names=self.names)
            words = allergy_text(
                bare_allergen(substance.shown) or substance.code, meaning.groups, self.rule_set
            )
            self._allergies[substance] = (meaning, words)
        meaning, words = self._allergies[substance]
        return AllergyLine(
            text=substance.shown,
            code=substance.code,
            state=state,
            meaning=meaning,
            severity=severity_of(intolerance),
            reaction=intolerance.reaction,
            engine_text=words,
        )


def _shared_by(outline: Outline) -> tuple[Hashable, ...]:
    """Everything that decides about a person, but the age."""
    if not (outline.medicines or outline.conditions or outline.allergies):
        return (outline.person.sex,)
    request = outline.request()
    return (
        request["sex"],
        frozenset(request["answers"].items()),
        frozenset(tuple(line.items()) for line in request.get("medications", ())),
        frozenset(tuple(line.items()) for line in request.get("allergies", ())),
        "allergies_none" in request,
        frozenset(line["text"] for line in request.get("conditions", ())),
    )


def _age_limits(rule_set: RuleSet) -> list[int] | None:
    """The ages at which a rule or question changes its mind; None where that cannot be told."""
    limits = {0, _OLDER_THAN_READ}
    texts = [case.when for rule in rule_set.rules for case in rule.cases]
    texts += [question.applies_when or "" for question in rule_set.questions.values()]
    for text in texts:
        read = _AGES_READ.findall(text)
        if len(read) != len(_AGE.findall(text)):
            return None
        limits.update(int(age) + step for ages in read for age in ages if age for step in (0, 1))
    return sorted(limits)


def as_json(outline: Outline, response: Response) -> dict[str, Any]:
    """One line of the dry run."""
    return {
        "identifier": outline.person.identifier,
        "name": outline.person.name,
        "medications": [line.as_json() for line in outline.medicines],
        "groups": _union(row.groups for row in outline.active_rows),
        "effects": _union(row.effects for row in outline.active_rows),
        "conditions": [line.as_json() for line in outline.conditions],
        "allergies": [line.as_json() for line in outline.allergies],
        "verdict": response.verdict.value,
        "findings": [finding.as_json() for finding in response.findings],
        "unanswered": list(response.unanswered),
        "unrecognised": [{"field": gap.field, "text": gap.text} for gap in response.unrecognised],
        "deceased": outline.person.had_died(outline.on),
        "rule_set": response.rule_set_version,
    }


def _asked_medicine(line: MedicineLine) -> dict[str, Any]:
    if line.use is Use.STOPPED:
        stopped = {"text": line.engine_text, "status": "stopped"}
        if line.order.ends is not None:
            stopped["last_taken"] = line.order.ends.isoformat()
        return stopped
    asked = {
        "text": line.engine_text,
        "status": "as_needed" if line.as_needed else "current",
    }
    since = line.order.starts or line.order.authored
    if since is not None:
        asked["since"] = since.isoformat()
    return asked


def _asked_allergy(line: AllergyLine) -> Mapping[str, Any]:
    return {"text": line.engine_text, "reaction": line.reaction, "severity": line.severity}


def _product(order: Order) -> frozenset[str]:
    codes = {f"{coding.system}:{coding.code}" for coding in order.medicine.codings if coding.code}
    return frozenset(codes or ({order.medicine.shown} if order.medicine.shown else ()))


def _union(sets: Iterable[frozenset[str]]) -> list[str]:
    return sorted({name for names in sets for name in names})
