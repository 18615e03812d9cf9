"""The facts about ingredients that screening reads, handed in as plain values.

The catalogue of the clinic owns them; the rule set carries the shipped ones, for when nobody
hands in others (the batch command).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from patients.screening.facts import Number
from patients.screening.vocabulary import Label

_CONDITIONAL = "_if_"


@dataclass(frozen=True)
class Ingredient:
    id: str
    allergen_groups: tuple[str, ...] = ()
    soft_mg: Number | None = None
    hard_mg: Number | None = None
    label: Label | None = None

    @cached_property
    def sure_allergens(self) -> frozenset[str]:
        return frozenset(group for group in self.allergen_groups if _CONDITIONAL not in group)

    @cached_property
    def possible_allergens(self) -> frozenset[str]:
        """Groups that only some products hold (`sulfite_if_excipient`, `a_or_b_if_vehicle`)."""
        conditional = (group for group in self.allergen_groups if _CONDITIONAL in group)
        return frozenset(
            name for group in conditional for name in group.partition(_CONDITIONAL)[0].split("_or_")
        )


@dataclass(frozen=True)
class Pair:
    """Two substances that must not, or should not, share a syringe."""

    a: str
    b: str
    action: str
    reason: str = ""

    @property
    def name(self) -> str:
        return "+".join(sorted((self.a, self.b)))


@dataclass(frozen=True)
class IngredientFacts:
    ingredients: Mapping[str, Ingredient]
    pairs: tuple[Pair, ...] = ()

    @classmethod
    def of(cls, ingredients: Iterable[Ingredient], pairs: Iterable[Pair]) -> "IngredientFacts":
        return cls({ingredient.id: ingredient for ingredient in ingredients}, tuple(pairs))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "IngredientFacts":
        """Read the file of a rule set. Its numbers must have been parsed as exact decimals."""
        return cls.of(
            (
                Ingredient(
                    id=entry["id"],
                    allergen_groups=tuple(entry["allergen_groups"]),
                    soft_mg=_exact(entry["soft_mg"]),
                    hard_mg=_exact(entry["hard_mg"]),
                    label=Label(entry["name"], entry["tr"]),
                )
                for entry in document["ingredients"]
            ),
            (
                Pair(entry["a"], entry["b"], entry["action"], entry.get("reason", ""))
                for entry in document["incompatibilities"]
            ),
        )


def _exact(value: object) -> Number | None:
    if value is None or isinstance(value, int | Decimal):
        return value
    raise TypeError("ingredient limits are whole numbers or decimals, never binary floats")
