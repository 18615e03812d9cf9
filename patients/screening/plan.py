"""What would be done to a patient, in the plain values that screening reads.

Plans and sessions make these; screening knows neither.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from patients.consents.rules import fingerprint
from patients.screening.ingredients import Ingredient, IngredientFacts
from patients.screening.rule_set import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedIngredient:
    """One ingredient of the cocktail. `mg` None: the dose is not prepared yet.

    `product_excipients` None: nobody has read the leaflet; (): it was read and names none.
    """

    ingredient: str
    mg: Decimal | None = None
    product_excipients: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {"ingredient": self.ingredient}
        if self.mg is not None:
            said["mg"] = self.mg
        if self.product_excipients is not None:
            said["product_excipients"] = list(self.product_excipients)
        return said


class KnownIngredient(Protocol):
    """What the clinic's catalogue knows of an ingredient, as far as screening asks."""

    @property
    def allergen_groups(self) -> frozenset[str]: ...
    @property
    def soft_mg(self) -> Decimal | None: ...
    @property
    def hard_mg(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTreatment:
    """Area, steps and cocktail of a session. What is not chosen yet is None or empty."""

    area: tuple[str, ...] = ()
    antiseptic: str | None = None
    anaesthetic_cream: str | None = None
    gloves: str | None = None
    cream_g: Decimal | None = None
    cocktail: tuple[PlannedIngredient, ...] = ()
    phototype: str | None = None
    last_session_on: date | None = None
    weight_kg: Decimal | None = None
    # The course it belongs to; a procedure consent is about one course.
    plan_id: UUID | None = None
    # The clinic's own limits and allergens by ingredient; without them the shipped ones hold.
    ingredient_facts: Mapping[str, KnownIngredient] | None = None

    def as_json(self) -> dict[str, Any]:
        """The planned half of a screening request (screening contract, section 1)."""
        said: dict[str, Any] = {"cocktail": [each.as_json() for each in self.cocktail]}
        if self.area:
            said["area"] = list(self.area)
        steps = {
            "antiseptic": self.antiseptic,
            "anaesthetic_cream": self.anaesthetic_cream,
            "gloves": self.gloves,
            "anaesthetic_cream_g": self.cream_g,
        }
        said["steps"] = {step: value for step, value in steps.items() if value not in (None, "")}
        if self.phototype:
            said["phototype"] = self.phototype
        if self.last_session_on:
            said["last_session_on"] = self.last_session_on.isoformat()
        if self.weight_kg is not None:
            said["weight_kg"] = self.weight_kg
        return said

    @property
    def consent_fingerprint(self) -> str:
        ingredients = {each.ingredient for each in self.cocktail}
        return consent_fingerprint(self.area, ingredients, self.anaesthetic_cream or "")

    def facts(self, rule_set: RuleSet) -> IngredientFacts | None:
        """The clinic's facts in the words of the engine; the pairs are those of the rule set."""
        if self.ingredient_facts is None:
            return None
        return IngredientFacts.of(
            (
                Ingredient(
                    id=slug,
                    allergen_groups=tuple(sorted(known.allergen_groups)),
                    soft_mg=known.soft_mg,
                    hard_mg=known.hard_mg,
                )
                for slug, known in self.ingredient_facts.items()
            ),
            rule_set.ingredients.pairs,
        )


def consent_fingerprint(area: Collection[str], ingredients: Collection[str], cream: str) -> str:
    """Changes with the area, the ingredients and the anaesthetic cream, and with nothing else:
    another dose, glove or antiseptic needs no new consent (docs/rules/consents.md)."""
    return fingerprint(area, ingredients, {cream or "none"})
