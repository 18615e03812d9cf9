"""A filled catalogue and composed cocktails, by the real actions."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic.staff.models import StaffMember
from clinic.tests.builders import NOW, physician
from cocktails.catalogue.actions import load_catalogue
from cocktails.catalogue.models import Ingredient, Product
from cocktails.composition.actions import compose_cocktail
from cocktails.composition.models import Cocktail
from patients.records.models import Patient

# 20 mg of tranexamic acid in 5 ml: 4 mg/ml, 8 mg in a session of 40 points of 0.05 ml.
USUAL: Sequence[tuple[str, str]] = (("txa-50", "0.4"),)
_shelf: dict[type[Ingredient] | type[Product], list[Any]] = {}


def a_catalogue(now: datetime = NOW) -> None:
    """The shipped catalogue: loaded once by the real action, from then on laid out as it was.

    A row at a time it takes as long as most tests that need it.
    """
    if Product.objects.exists():
        return
    if not _shelf:
        load_catalogue(by="test builder", now=now)
        _shelf.update({table: list(table.objects.all()) for table in (Ingredient, Product)})
        return
    for table, rows in _shelf.items():
        table.objects.bulk_create([copy(row) for row in rows])


def a_product(code: str) -> Product:
    a_catalogue()
    return Product.objects.select_related("ingredient").get(code=code)


def a_cocktail(
    patient: Patient,
    *,
    portions: Sequence[tuple[str, str]] = USUAL,
    diluent: str | None = "saline-5",
    diluent_ml: str = "4.6",
    by: StaffMember | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> Cocktail:
    """A cocktail of product codes and volumes, composed by a physician."""
    values: dict[str, Any] = {"points": 40, "ml_per_point": Decimal("0.05")}
    return compose_cocktail(
        patient=patient,
        portions=[(a_product(code), Decimal(drawn_ml)) for code, drawn_ml in portions],
        diluent=a_product(diluent) if diluent else None,
        diluent_ml=Decimal(diluent_ml) if diluent else Decimal(0),
        by=by or physician(),
        now=now,
        **(values | fields),
    )
