"""What the rules ask about allergies, regions, past procedures, and the plan of the day.

Pure; section 6 of the screening contract. Many of these look at the target under test: a region,
an ingredient, a step or a pair of ingredients.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from patients.screening.conditions import Witness
from patients.screening.facts import (
    Answer,
    Facts,
    PastProcedure,
    PlannedIngredient,
    PlannedPair,
    PlannedStep,
    StatedAllergy,
    Target,
)

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
class Listed:
    """The regions of a list answer, without those that a second list clears."""

    code: str
    cleared_by: str | None = None

    def regions(self, facts: Facts) -> frozenset[str]:
        listed = facts.answers.get(self.code)
        if not isinstance(listed, frozenset):
            return frozenset()
        cleared = facts.answers.get(self.cleared_by) if self.cleared_by else None
        return listed - cleared if isinstance(cleared, frozenset) else listed

    def witnesses(self) -> Iterator[Witness]:
        yield Witness("answer", self.code)


@dataclass(frozen=True, slots=True)
class RegionIn:
    """The region under test, or one that runs into it, is listed."""

    listed: Listed

    def holds(self, facts: Facts, target: Target) -> bool:
        return not facts.near(str(target)).isdisjoint(self.listed.regions(facts))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.listed.witnesses()


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Any region is listed, also one that nobody plans to treat."""

    listed: Listed

    def holds(self, facts: Facts, target: Target) -> bool:
        return bool(self.listed.regions(facts))

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.listed.witnesses()


@dataclass(frozen=True, slots=True)
class Outside:
    """A region is listed that no planned region runs into."""

    listed: Listed

    def holds(self, facts: Facts, target: Target) -> bool:
        planned = (facts.near(region) for region in facts.regions)
        return not self.listed.regions(facts) <= frozenset().union(*planned)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.listed.witnesses()


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
