"""Reads of what the clinic can put into a cocktail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from clinic.amounts import plain
from clinic.folding import turkish_sort_key
from cocktails.catalogue import facts
from cocktails.catalogue.models import CatalogueChange, Ingredient, Product
from cocktails.catalogue.rules import LIMITS, Facts, IngredientFacts, Pair
from cocktails.catalogue.terms import Role


def shelf() -> QuerySet[Product]:
    """Every product in use, with its ingredient."""
    return Product.objects.filter(is_active=True).select_related("ingredient")


def products() -> QuerySet[Product]:
    """What a portion can be drawn from."""
    return shelf().filter(ingredient__is_diluent=False)


def diluents() -> QuerySet[Product]:
    return shelf().filter(ingredient__is_diluent=True)


def product(product_id: UUID) -> Product:
    return shelf().get(pk=product_id)


def ingredients() -> list[Ingredient]:
    """Every ingredient with its products, in the order of the reader's alphabet."""
    found = Ingredient.objects.prefetch_related("products")
    return sorted(found, key=lambda each: turkish_sort_key(each.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfEntry:
    """One ingredient as the catalogue's page shows it."""

    ingredient: Ingredient
    facts: IngredientFacts
    products: tuple[Product, ...]

    @property
    def roles(self) -> list[str]:
        return [str(Role(role).label) for role in self.facts.roles]


def shelf_entries() -> list[ShelfEntry]:
    """Every ingredient with its facts and the products in use."""
    known = ingredient_facts()
    return [
        ShelfEntry(
            ingredient=each,
            facts=known[each.slug],
            products=tuple(product for product in each.products.all() if product.is_active),
        )
        for each in ingredients()
    ]


def ingredient_facts(slugs: Collection[str] | None = None) -> Mapping[str, IngredientFacts]:
    """What is known of every ingredient, or of these, with the limits that this clinic approved."""
    rows = Ingredient.objects.all() if slugs is None else Ingredient.objects.filter(pk__in=slugs)
    return {row.slug: facts_of_row(row) for row in rows}


def facts_of_row(row: Ingredient) -> IngredientFacts:
    shipped = facts.facts().ingredients.get(row.slug) or IngredientFacts(id=row.slug)
    # A row that was loaded before the catalogue knew of a number has no word about it yet.
    known: dict[str, Any] = {
        name: value if value is None else plain(value)
        for name in LIMITS
        if name in row.shipped or not row.shipped
        for value in [getattr(row, name)]
    }
    return replace(
        shipped,
        name_en=row.name_en,
        name_tr=row.name_tr,
        allergen_groups=frozenset(row.allergen_groups),
        limit_source=row.limit_source,
        limit_certainty=row.limit_certainty or shipped.limit_certainty,
        **known,
    )


def ingredient(slug: str) -> Ingredient:
    return Ingredient.objects.get(pk=slug)


def any_product(product_id: UUID) -> Product:
    """A product, in use or not."""
    return Product.objects.select_related("ingredient").get(pk=product_id)


def products_of(ingredient: Ingredient) -> list[Product]:
    """Every product of an ingredient, those in use first."""
    return list(ingredient.products.order_by("-is_active", "stock_mg_per_ml", "name_tr"))


def changes_of(ingredient: Ingredient) -> list[CatalogueChange]:
    """The history of an ingredient and its products, the latest first."""
    return list(
        ingredient.changes.select_related("changed_by", "product", "ingredient").order_by("-number")
    )


def pairs_of(slug: str) -> list[tuple[Pair, str]]:
    """The pairs an ingredient is in, each with what it meets there."""
    return [
        (pair, pair.b if pair.a == slug else pair.a)
        for pair in facts.facts().pairs
        if slug in (pair.a, pair.b)
    ]


def open_offers() -> list[Ingredient | Product]:
    """Rows for which a newer version of the shipped data says something else than the clinic."""
    substances = list(Ingredient.objects.exclude(offered={}))
    ampoules = list(Product.objects.exclude(offered={}).select_related("ingredient"))
    return [*sorted(substances, key=lambda each: turkish_sort_key(each.name)), *ampoules]


def open_offer_count() -> int:
    return (
        Ingredient.objects.exclude(offered={}).count() + Product.objects.exclude(offered={}).count()
    )


def pairs() -> tuple[Pair, ...]:
    """What must not, or only with care, share a syringe."""
    return facts.facts().pairs


def all_facts(slugs: Collection[str] | None = None) -> Facts:
    """Everything that a mixture, or one of these ingredients, is held against."""
    return Facts(ingredients=ingredient_facts(slugs), pairs=pairs())
