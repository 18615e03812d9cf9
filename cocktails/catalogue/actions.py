"""Loading the shipped substances and products, without touching what the clinic decided itself."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import Max

from clinic.amounts import plain
from clinic.audit.actions import Actor, record
from clinic.staff.models import StaffMember
from cocktails.catalogue import facts
from cocktails.catalogue.hooks import substances_changed
from cocktails.catalogue.models import CatalogueChange, Ingredient, Product
from cocktails.catalogue.rules import LIMITS, IngredientFacts, ProductFacts, changed_values
from cocktails.catalogue.terms import ChangeOrigin, Role


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

    A value is brought up to date only while it still is what was shipped last time. A newer value
    of something that the clinic decided itself is offered to it, and nothing else happens.
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
    ours = {} if is_new else _clinics_own(row)
    loaded.kept += bool(ours)
    offered = {name: value for name, value in shipped.items() if name in ours}
    # What the clinic decided against once is not asked again until it is another value.
    offered = {
        name: value
        for name, value in offered.items()
        if value != row.shipped.get(name) and value != ours[name]
    }
    # What is offered stays out of what counts as shipped, until somebody decides.
    base = shipped | {name: row.shipped.get(name) for name in offered}
    if (row.shipped, row.data_version, row.offered) == (base, loaded.version, offered):
        loaded.unchanged += not ours
        return
    before = written(row, shipped)
    for name in shipped.keys() - ours.keys():
        write_value(row, name, shipped[name])
    row.shipped = base
    row.offered, row.offered_version = offered, loaded.version if offered else ""
    row.data_version = loaded.version
    row.save()
    was, became = changed_values(before, written(row, shipped))
    if not is_new and became:
        keep_change(
            row, ChangeOrigin.SHIPPED, was, became, by=by, now=now, data_version=loaded.version
        )
        loaded.changed.add(row.slug if isinstance(row, Ingredient) else row.ingredient_id)
    loaded.added += is_new
    loaded.updated += not is_new and not ours
    record(verb="catalogue.loaded", subject=row, by=by, now=now, version=loaded.version, new=is_new)


def _clinics_own(row: Ingredient | Product) -> dict[str, Any]:
    """The values that are not those that were shipped last: somebody here decided them."""
    return {
        name: value
        for name, value in written(row, row.shipped).items()
        if value != row.shipped[name]
    }


def keep_change(
    row: Ingredient | Product,
    origin: ChangeOrigin,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    data_version: str = "",
) -> CatalogueChange:
    """Write one change into the history. The ingredient's row must be locked by the caller."""
    slug = row.slug if isinstance(row, Ingredient) else row.ingredient_id
    last = CatalogueChange.objects.filter(ingredient_id=slug).aggregate(last=Max("number"))["last"]
    signer = by if isinstance(by, StaffMember) else None
    return CatalogueChange.objects.create(
        ingredient_id=slug,
        product=row if isinstance(row, Product) else None,
        number=(last or 0) + 1,
        origin=origin,
        before=before,
        after=after,
        reason=reason,
        data_version=data_version,
        changed_at=now,
        changed_by=signer,
        signer_name=signer.display_name if signer else "",
        certificate_number=signer.certificate_number if signer else "",
    )


def write_value(row: models.Model, name: str, value: Any) -> None:
    """Put a value, as it is kept in JSON, into its column."""
    column = _column(row, name)
    setattr(row, column.attname, column.to_python(value))


def written(row: models.Model, names: dict[str, Any]) -> dict[str, Any]:
    """The row's values in the form in which shipped values are kept."""
    return {name: kept_value(getattr(row, _column(row, name).attname)) for name in names}


def _column(row: models.Model, name: str) -> "models.Field[Any, Any]":
    column = row._meta.get_field(name)
    assert isinstance(column, models.Field)
    return column


def kept_value(value: Any) -> Any:
    return str(plain(value)) if isinstance(value, Decimal) else value


def _ingredient_values(substance: IngredientFacts) -> dict[str, Any]:
    return {
        "name_en": substance.name_en,
        "name_tr": substance.name_tr,
        "is_diluent": Role.DILUENT in substance.roles,
        "allergen_groups": sorted(substance.allergen_groups),
        "limit_source": substance.limit_source,
        "limit_certainty": substance.limit_certainty,
        **{name: kept_value(getattr(substance, name)) for name in LIMITS},
    }


def _product_values(ampoule: ProductFacts) -> dict[str, Any]:
    return {
        "ingredient": ampoule.ingredient,
        "name_en": ampoule.name_en,
        "name_tr": ampoule.name_tr,
        "stock_mg_per_ml": kept_value(ampoule.stock_mg_per_ml),
        "ampoule_ml": kept_value(ampoule.ampoule_ml),
        "excipients": None if ampoule.excipients is None else sorted(ampoule.excipients),
        "maker": ampoule.maker,
        "is_multi_dose": ampoule.is_multi_dose,
        "use_within_hours": ampoule.use_within_hours,
    }
