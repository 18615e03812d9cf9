"""What the conditions of the rules mean: each node of a parsed `when` looks at facts and answers.

Pure. `holds` decides; `witnesses` says, for a node that holds, what made it hold: the words of a
finding and the medicines and procedures from which its date counts. Silence never holds, except
where the contract says so: `!=` holds for what is missing, and so does an age range (section 6).
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from patients.screening.facts import (
    Answer,
    Facts,
    MedicineRow,
    PastProcedure,
    PlannedIngredient,
    PlannedPair,
    PlannedStep,
    StatedAllergy,
    TakenProduct,
    Target,
)
from patients.screening.readable import completed_years
from patients.screening.terms import Status


@dataclass(frozen=True, slots=True)
class Witness:
    key: str
    value: str
    product: TakenProduct | None = None
    procedure: PastProcedure | None = None


class Condition(Protocol):
    def holds(self, facts: Facts, target: Target) -> bool: ...
    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]: ...


class Quantity(Protocol):
    def amount(self, facts: Facts, target: Target) -> Answer | None: ...
    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]: ...


# -- logic ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, target: Target) -> bool:
        return any(part.holds(facts, target) for part in self.parts)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for part in self.parts:
            if part.holds(facts, target):
                yield from part.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, target: Target) -> bool:
        return all(part.holds(facts, target) for part in self.parts)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for part in self.parts:
            yield from part.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def holds(self, facts: Facts, target: Target) -> bool:
        return not self.part.holds(facts, target)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


COMPARISONS: Mapping[str, Callable[..., bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compare:
    left: Quantity
    sign: str
    right: Quantity

    def holds(self, facts: Facts, target: Target) -> bool:
        left = self.left.amount(facts, target)
        right = self.right.amount(facts, target)
        if left is None or right is None:
            return self.sign == "!="
        return COMPARISONS[self.sign](left, right)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        if self.sign != "!=":
            yield from self.left.witnesses(facts, target)
            yield from self.right.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class OneOf:
    left: Quantity
    choices: frozenset[str]

    def holds(self, facts: Facts, target: Target) -> bool:
        return self.left.amount(facts, target) in self.choices

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.left.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class AgeBetween:
    lowest: int
    highest: int

    def holds(self, facts: Facts, target: Target) -> bool:
        age = facts.answers.get("age")
        return not isinstance(age, int) or self.lowest <= age <= self.highest

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class ListHas:
    code: str
    item: str

    def holds(self, facts: Facts, target: Target) -> bool:
        answer = facts.answers.get(self.code)
        return isinstance(answer, frozenset) and self.item in answer

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", self.code)


# -- quantities -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    literal: Answer

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return self.literal

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class AnswerTo:
    code: str
    measured: bool

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return facts.answers.get(self.code)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("measured" if self.measured else "answer", self.code)


@dataclass(frozen=True, slots=True)
class TimeSince:
    code: str
    in_years: bool

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        day = facts.answers.get(self.code)
        if not isinstance(day, date):
            return None
        return completed_years(day, facts.on) if self.in_years else (facts.on - day).days

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", self.code)


@dataclass(frozen=True, slots=True)
class Plus:
    parts: tuple[Quantity, ...]

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        total = 0
        for part in self.parts:
            amount = part.amount(facts, target)
            if not isinstance(amount, int):
                return None
            total += amount
        return total

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for part in self.parts:
            yield from part.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class NumberOf:
    parts: tuple[Condition, ...]

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return sum(part.holds(facts, target) for part in self.parts)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return Or(self.parts).witnesses(facts, target)


# -- medicines --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selector:
    field: str
    names: frozenset[str]
    wanted: bool

    def fits(self, row: MedicineRow) -> bool:
        if self.field == "group":
            found = not self.names.isdisjoint(row.groups)
        elif self.field == "effect":
            found = not self.names.isdisjoint(row.effects)
        elif self.field == "inn":
            found = row.inn in self.names
        else:
            found = row.route in self.names
        return found is self.wanted


@dataclass(frozen=True, slots=True)
class Medicines:
    """The medicines that a `med(...)` or `count(...)` is about."""

    selectors: tuple[Selector, ...]
    statuses: frozenset[Status]
    last_below: int | None
    taken_for: int | None

    def fitting_rows(self, product: TakenProduct) -> tuple[MedicineRow, ...]:
        return tuple(
            row for row in product.rows if all(selector.fits(row) for selector in self.selectors)
        )

    def selects(self, product: TakenProduct) -> bool:
        """Whether this condition is about the product, before its dates are looked at."""
        return product.status in self.statuses and bool(self.fitting_rows(product))

    def in_time(self, product: TakenProduct, facts: Facts) -> bool:
        if self.last_below is not None:
            if product.last_dose is None:
                return False
            if (facts.on - product.last_dose).days >= self.last_below:
                return False
        if self.taken_for is not None and product.since is not None:
            return (facts.on - product.since).days >= self.taken_for
        return True

    def fitting(self, facts: Facts) -> Iterator[TakenProduct]:
        for product in facts.products:
            if self.selects(product) and self.in_time(product, facts):
                yield product

    def witnesses(self, facts: Facts) -> Iterator[Witness]:
        for product in self.fitting(facts):
            yield Witness("medication", product.text, product=product)
            for row in self.fitting_rows(product):
                yield Witness("inn", row.inn)


@dataclass(frozen=True, slots=True)
class Takes:
    medicines: Medicines

    def holds(self, facts: Facts, target: Target) -> bool:
        return any(True for _ in self.medicines.fitting(facts))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.medicines.witnesses(facts)


@dataclass(frozen=True, slots=True)
class HowMany:
    medicines: Medicines

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return most_apart(
            [
                frozenset(row.inn for row in self.medicines.fitting_rows(product))
                for product in self.medicines.fitting(facts)
            ]
        )

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.medicines.witnesses(facts)


def most_apart(named: list[frozenset[str]]) -> int:
    """Return how many of the sets can be chosen so that no two share a member."""
    distinct = set(named)
    # A name that can only mean what another one surely means adds nothing to it.
    left = [names for names in distinct if not any(other < names for other in distinct)]
    apart = 0
    while left:
        lonely = [names for names in left if all(names.isdisjoint(o) for o in left if o != names)]
        apart += len(lonely)
        left = [names for names in left if names not in lonely]
        if left:
            first, *rest = left
            with_it = [names for names in rest if names.isdisjoint(first)]
            return apart + max(1 + most_apart(with_it), most_apart(rest))
    return apart


# -- allergies --------------------------------------------------------------------------------


def _allergy_witnesses(facts: Facts, groups: frozenset[str]) -> Iterator[Witness]:
    told = [stated for stated in facts.allergies if not groups.isdisjoint(stated.groups)]
    yield from (Witness("allergy", stated.text) for stated in told)
    if not told:
        yield Witness("answer", "antiseptic_reaction")


@dataclass(frozen=True, slots=True)
class AllergicTo:
    group: str

    def holds(self, facts: Facts, target: Target) -> bool:
        return self.group in facts.allergy_groups

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return _allergy_witnesses(facts, frozenset({self.group}))


@dataclass(frozen=True, slots=True)
class AnaphylaxisTo:
    categories: frozenset[str]

    def _found(self, facts: Facts) -> Iterator[StatedAllergy]:
        for stated in facts.allergies:
            if stated.anaphylaxis and not self.categories.isdisjoint(stated.categories):
                yield stated

    def holds(self, facts: Facts, target: Target) -> bool:
        return any(True for _ in self._found(facts))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return (Witness("allergy", stated.text) for stated in self._found(facts))


@dataclass(frozen=True, slots=True)
class SharesAllergy:
    """The ingredient or step under test holds something the patient is allergic to."""

    exempt: frozenset[str] = frozenset()

    def _shared(self, facts: Facts, target: Target) -> frozenset[str]:
        if not isinstance(target, PlannedIngredient | PlannedStep):
            return frozenset()
        return (target.allergens & facts.allergy_groups) - self.exempt

    def holds(self, facts: Facts, target: Target) -> bool:
        return bool(self._shared(facts, target))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return _allergy_witnesses(facts, self._shared(facts, target))


# -- regions and procedures -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegionIn:
    code: str

    def holds(self, facts: Facts, target: Target) -> bool:
        answer = facts.answers.get(self.code)
        return isinstance(answer, frozenset) and target in answer

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", self.code)


@dataclass(frozen=True, slots=True)
class RegionIs:
    regions: frozenset[str]

    def holds(self, facts: Facts, target: Target) -> bool:
        return target in self.regions

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class AreaHas:
    region: str

    def holds(self, facts: Facts, target: Target) -> bool:
        return self.region in facts.regions

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", "area")


def _procedure_witness(procedure: PastProcedure) -> Iterator[Witness]:
    yield Witness("procedure", procedure.kind, procedure=procedure)
    if procedure.on is not None:
        yield Witness("on", procedure.on.isoformat())


@dataclass(frozen=True, slots=True)
class HadProcedure:
    """`procedure(k) < n`, or `>= 0`: at any time, with or without a date."""

    kind: str
    below: int | None

    def _found(self, facts: Facts, target: Target) -> Iterator[PastProcedure]:
        for procedure in facts.procedures:
            if procedure.kind != self.kind or not procedure.covers(str(target)):
                continue
            at_any_time = self.below is None
            if at_any_time or (procedure.on is not None and self._recent(procedure.on, facts.on)):
                yield procedure

    def _recent(self, day: date, on: date) -> bool:
        return self.below is not None and (on - day).days < self.below

    def holds(self, facts: Facts, target: Target) -> bool:
        return any(True for _ in self._found(facts, target))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for procedure in self._found(facts, target):
            yield from _procedure_witness(procedure)


@dataclass(frozen=True, slots=True)
class InGap:
    def _found(self, facts: Facts, target: Target) -> Iterator[PastProcedure]:
        for procedure in facts.procedures:
            end = procedure.gap_end()
            if end is not None and facts.on < end and procedure.covers(str(target)):
                yield procedure

    def holds(self, facts: Facts, target: Target) -> bool:
        return any(True for _ in self._found(facts, target))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for procedure in self._found(facts, target):
            yield from _procedure_witness(procedure)


# -- the plan ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CocktailHas:
    ingredient: str

    def holds(self, facts: Facts, target: Target) -> bool:
        return self.ingredient in facts.cocktail

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("ingredient", self.ingredient)


@dataclass(frozen=True, slots=True)
class IngredientIs:
    ids: frozenset[str]

    def holds(self, facts: Facts, target: Target) -> bool:
        return isinstance(target, PlannedIngredient) and target.id in self.ids

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class IngredientHolds:
    """`ingredient.allergens has g`, `ingredient.excipients has e`."""

    excipients_only: bool
    name: str

    def holds(self, facts: Facts, target: Target) -> bool:
        if not isinstance(target, PlannedIngredient):
            return False
        return self.name in (target.excipients if self.excipients_only else target.allergens)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class IngredientNumber:
    name: str

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return getattr(target, self.name) if isinstance(target, PlannedIngredient) else None

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class LidocaineNumber:
    name: str

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        total: Answer = getattr(facts, self.name)
        return total

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("measured", self.name)


@dataclass(frozen=True, slots=True)
class PairAction:
    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return target.action if isinstance(target, PlannedPair) else None

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class StepContains:
    step: str
    substances: frozenset[str]

    def holds(self, facts: Facts, target: Target) -> bool:
        planned = facts.steps.get(self.step)
        return planned is not None and not self.substances.isdisjoint(planned.contains)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", f"steps.{self.step}")
