"""What the pages of the catalogue show, put together from rows, shipped facts and words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cocktails.catalogue import facts, queries
from cocktails.catalogue.forms import OfferForm
from cocktails.catalogue.models import CatalogueChange, Ingredient, Product
from cocktails.catalogue.rules import Background, IngredientFacts, Pair
from cocktails.catalogue.terms import Certainty, Photosensitising, Role
from cocktails.catalogue.words import (
    Difference,
    allergen_words,
    differences,
    differences_of,
    partner_words,
)

Row = Ingredient | Product


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPair:
    pair: Pair
    other: str
    reason: str
    certainty: str

    @property
    def action(self) -> str:
        return str(self.pair.action.label)

    @property
    def is_blocked(self) -> bool:
        return self.pair.action in ("block", "ok_ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    change: CatalogueChange
    differences: list[Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientPage:
    facts: IngredientFacts
    background: Background
    # In which language each text of the background stands here; English as it was read.
    spoken: Mapping[str, str]
    products: list[Product]
    pairs: list[ShownPair]
    history: list[ShownChange]
    allergens: list[str]
    # Shipped, and taken away by the clinic.
    allergens_left_out: list[str]

    @property
    def roles(self) -> list[str]:
        return [str(Role(role).label) for role in self.facts.roles]

    @property
    def photosensitising(self) -> str:
        answer = self.background.photosensitising
        return str(Photosensitising(answer).label) if answer else ""

    @property
    def certainty(self) -> str:
        return certainty_words(self.facts.limit_certainty)

    @property
    def concentration_certainty(self) -> str:
        return certainty_words(self.background.concentration.certainty)

    @property
    def point_certainty(self) -> str:
        return certainty_words(self.background.point.certainty)

    @property
    def ph_certainty(self) -> str:
        return certainty_words(self.background.ph.certainty)

    @property
    def has_several_strengths(self) -> bool:
        return len({each.stock_mg_per_ml for each in self.products if each.is_active}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A row with newer shipped values that are not the clinic's own."""

    row: Row
    form: OfferForm
    differences: list[Difference]

    @property
    def is_product(self) -> bool:
        return isinstance(self.row, Product)

    def lines(self) -> list[tuple[Difference, object]]:
        return [(each, self.form[f"of_{each.name}"]) for each in self.differences]


def ingredient_page(ingredient: Ingredient, language: str) -> IngredientPage:
    background = facts.backgrounds().get(ingredient.slug, Background())
    in_turkish: dict[str, Any] = {}
    if language.startswith("tr"):
        in_turkish |= facts.turkish_texts().get(ingredient.slug, {})
    return IngredientPage(
        facts=queries.facts_of_row(ingredient),
        background=replace(background, **in_turkish),
        spoken={
            each.name: "tr" if each.name in in_turkish else "en" for each in fields(background)
        },
        products=queries.products_of(ingredient),
        pairs=[
            ShownPair(
                pair=pair,
                other=partner_words(other, facts.facts().ingredients, language),
                reason=pair.reason(language),
                certainty=certainty_words(pair.certainty),
            )
            for pair, other in queries.pairs_of(ingredient.slug)
        ],
        history=[
            ShownChange(change=each, differences=differences_of(each, language))
            for each in queries.changes_of(ingredient)
        ],
        allergens=[allergen_words(each, language) for each in ingredient.allergen_groups],
        allergens_left_out=[
            allergen_words(each, language)
            for each in ingredient.shipped.get("allergen_groups", ())
            if each not in ingredient.allergen_groups
        ],
    )


def offers(typed: Mapping[object, OfferForm], language: str) -> list[Offer]:
    """Everything that waits for a decision: ours beside the newer value."""
    return [
        Offer(
            row=row,
            form=typed.get(row.pk) or OfferForm(row=row),
            differences=differences(
                type(row), {name: getattr(row, name) for name in row.offered}, row.offered, language
            ),
        )
        for row in queries.open_offers()
    ]


def certainty_words(mark: str) -> str:
    return str(Certainty(mark).label) if mark in Certainty.values else ""
