"""Loading the shipped substances and products, without touching what the clinic decided itself."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from clinic.amounts import plain
from clinic.audit.actions import Actor, record
from cocktails.catalogue import facts
from cocktails.catalogue.hooks import substances_changed
from cocktails.catalogue.models import Ingredient, Product
from cocktails.catalogue.rules import IngredientFacts, ProductFacts
from cocktails.catalogue.terms import Role


@dataclass
class Loaded:
    """What a load did, in numbers of ingredients and products."""

    version: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0  # changed by the clinic, therefore left as they are
    # Whose facts, or whose products, are not what they were.
    changed: set[str] = field(default_factory=set)


@transaction.atomic
def load_catalogue(*, by: Actor, now: datetime) -> Loaded:
    """Bring the shelf up to the shipped data. Doing it twice is doing it once.

    A row is brought up to date only while it still says what was shipped last time.
    """
    loaded = Loaded(version=facts.version())
    shelf = {row.slug: row for row in Ingredient.objects.select_for_update(no_key=True)}
    for substance in facts.facts().ingredients.values():
        row = shelf.get(substance.id) or Ingredient(slug=substance.id)
        _load(row, _ingredient_values(substance), loaded, by=by, now=now)
    ampoules = {row.code: row for row in Product.objects.select_for_update(no_key=True)}
    for ampoule in facts.products():
        known = ampoules.get(ampoule.code) or Product(code=ampoule.code)
        _load(known, _product_values(ampoule), loaded, by=by, now=now)
    if loaded.changed:
        substances_changed(ingredients=frozenset(loaded.changed), by=by, now=now)
    return loaded


def _load(
    row: Ingredient | Product,
    shipped: dict[str, Any],
    loaded: Loaded,
    *,
    by: Actor,
    now: datetime,
) -> None:
    is_new = row._state.adding
    if not is_new and _written(row, row.shipped or shipped) != row.shipped:
        loaded.kept += 1
        return
    if row.shipped == shipped and row.data_version == loaded.version:
        loaded.unchanged += 1
        return
    for name, value in shipped.items():
        column = _column(row, name)
        setattr(row, column.attname, column.to_python(value))
    row.shipped = shipped
    row.data_version = loaded.version
    row.save()
    if not is_new:
        loaded.changed.add(row.slug if isinstance(row, Ingredient) else row.ingredient_id)
    loaded.added += is_new
    loaded.updated += not is_new
    record(verb="catalogue.loaded", subject=row, by=by, now=now, version=loaded.version, new=is_new)


def _written(row: models.Model, names: dict[str, Any]) -> dict[str, Any]:
    """The row's values in the form in which shipped values are kept."""
    return {name: _kept(getattr(row, _column(row, name).attname)) for name in names}


def _column(row: models.Model, name: str) -> "models.Field[Any, Any]":
    column = row._meta.get_field(name)
    assert isinstance(column, models.Field)
    return column


def _kept(value: Any) -> Any:
    return str(plain(value)) if isinstance(value, Decimal) else value


def _ingredient_values(substance: IngredientFacts) -> dict[str, Any]:
    return {
        "name_en": substance.name_en,
        "name_tr": substance.name_tr,
        "is_diluent": Role.DILUENT in substance.roles,
        "soft_mg": _kept(substance.soft_mg),
        "hard_mg": _kept(substance.hard_mg),
        "allergen_groups": sorted(substance.allergen_groups),
        "limit_source": substance.limit_source,
    }


def _product_values(ampoule: ProductFacts) -> dict[str, Any]:
    return {
        "ingredient": ampoule.ingredient,
        "name_en": ampoule.name_en,
        "name_tr": ampoule.name_tr,
        "stock_mg_per_ml": _kept(ampoule.stock_mg_per_ml),
        "ampoule_ml": _kept(ampoule.ampoule_ml),
        "excipients": None if ampoule.excipients is None else sorted(ampoule.excipients),
    }
