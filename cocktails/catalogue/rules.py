"""What a substance and a product contain, as plain values. Pure.

The numbers are data with a source (substances.json); the physician of the clinic approves them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cocktails.catalogue.terms import EXCIPIENT_IMPLIES, PairAction


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientFacts:
    """One substance. `hard_mg` 0 means: never injected; None means: no limit is known.

    An allergen group "g_if_..." counts only when the product's leaflet names g.
    """

    id: str
    name_en: str = ""
    name_tr: str = ""
    roles: tuple[str, ...] = ()
    allergen_groups: frozenset[str] = frozenset()
    soft_mg: Decimal | None = None
    hard_mg: Decimal | None = None
    max_mg_per_kg: Decimal | None = None
    limit_source: str = ""
    limit_certainty: str = ""
    ph_min: Decimal | None = None
    ph_max: Decimal | None = None

    def name(self, language: str) -> str:
        return (self.name_tr if language.startswith("tr") else self.name_en) or self.id

    @property
    def direct_allergens(self) -> frozenset[str]:
        return frozenset(group for group in self.allergen_groups if "_if_" not in group)

    @property
    def possible_allergens(self) -> frozenset[str]:
        """The groups that a product of this substance may bring, depending on its leaflet."""
        return frozenset(
            group.split("_if_")[0] for group in self.allergen_groups if "_if_" in group
        )

    @property
    def is_topical_only(self) -> bool:
        return self.hard_mg == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What happens when two substances, or a substance and an excipient, share a syringe."""

    a: str
    b: str
    action: PairAction
    reason_en: str = ""
    reason_tr: str = ""
    certainty: str = ""

    @property
    def target(self) -> str:
        return "+".join(sorted((self.a, self.b)))

    def reason(self, language: str) -> str:
        return self.reason_tr if language.startswith("tr") else self.reason_en


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """An ampoule. `excipients` None: nobody has read the leaflet yet; empty: it names none."""

    code: str
    ingredient: str
    name_en: str
    name_tr: str
    stock_mg_per_ml: Decimal
    ampoule_ml: Decimal
    excipients: frozenset[str] | None

    def name(self, language: str) -> str:
        return self.name_tr if language.startswith("tr") else self.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a mixture is held against."""

    ingredients: Mapping[str, IngredientFacts]
    pairs: tuple[Pair, ...] = field(default=())


def contained(excipients: Iterable[str]) -> frozenset[str]:
    """Return the excipients with those that they imply: adrenaline brings sulfite."""
    named = frozenset(map(str, excipients))
    return named.union(*(map(str, EXCIPIENT_IMPLIES.get(each, ())) for each in named))
