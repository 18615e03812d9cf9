"""Reads of what the clinic can put into a cocktail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import QuerySet

from clinic.amounts import plain
from clinic.folding import turkish_sort_key
from cocktails.catalogue import facts
from cocktails.catalogue.models import Ingredient, Product
from cocktails.catalogue.rules import Facts, IngredientFacts, Pair
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
    shipped = facts.facts().ingredients
    rows = Ingredient.objects.all() if slugs is None else Ingredient.objects.filter(pk__in=slugs)
    return {
        row.slug: replace(
            shipped.get(row.slug) or IngredientFacts(id=row.slug),
            name_en=row.name_en,
            name_tr=row.name_tr,
            allergen_groups=frozenset(row.allergen_groups),
            soft_mg=None if row.soft_mg is None else plain(row.soft_mg),
            hard_mg=None if row.hard_mg is None else plain(row.hard_mg),
            limit_source=row.limit_source,
        )
        for row in rows
    }


def pairs() -> tuple[Pair, ...]:
    """What must not, or only with care, share a syringe."""
    return facts.facts().pairs


def all_facts(slugs: Collection[str] | None = None) -> Facts:
    """Everything that a mixture, or one of these ingredients, is held against."""
    return Facts(ingredients=ingredient_facts(slugs), pairs=pairs())
