"""Lots on the shelf, by the real actions."""

from datetime import date, datetime, timedelta
from typing import Any

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.catalogue.models import Product
from cocktails.stock.actions import receive_lot
from cocktails.stock.models import Lot
from cocktails.tests.builders import a_product

IN_A_YEAR = NOW.date() + timedelta(days=365)


def a_lot(
    product: Any = "txa-50",  # a product, or its code
    number: str = "A-1",
    *,
    units: int = 10,
    expires_on: date = IN_A_YEAR,
    by: Any = None,
    now: datetime = NOW,
    **fields: Any,
) -> Lot:
    return receive_lot(
        product=a_product(product) if isinstance(product, str) else product,
        number=number,
        expires_on=expires_on,
        units=units,
        by=by or clinic.nurse(),
        now=now,
        **fields,
    )


def a_vial_product(code: str = "hyaluronic-5", hours: int | None = 24) -> Product:
    """The same product, said to be multi-dose."""
    product = a_product(code)
    product.is_multi_dose, product.use_within_hours = True, hours
    product.save(update_fields=["is_multi_dose", "use_within_hours"])
    return product
