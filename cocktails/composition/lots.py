"""Which lots a mixture will be drawn from, as the session will propose them: first expiring first.

Nothing is reserved. What is shown is what `cocktails.stock.queries.lots_to_draw` says now, the same
that the record of the session offers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import number_format

from clinic.amounts import plain
from cocktails.catalogue.models import Product
from cocktails.composition.queries import Assessment
from cocktails.stock.queries import LotOnShelf, kept_in_stock, lots_to_draw


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsAhead:
    """One product of the mixture with the lots that may be drawn for it, the one to take first."""

    product: Product
    needed_ml: Decimal
    is_kept: bool
    lots: Sequence[LotOnShelf]

    @property
    def first(self) -> LotOnShelf | None:
        return self.lots[0] if self.lots else None

    @property
    def needed(self) -> str:
        return str(number_format(plain(self.needed_ml)))

    @property
    def is_missing(self) -> bool:
        """The clinic keeps it, and there is none that may be drawn."""
        return self.is_kept and not self.lots

    @property
    def is_enough(self) -> bool:
        """A syringe is drawn from one lot; what is left of the next one does not help."""
        return self.first is not None and self.first.left_ml >= self.needed_ml

    @property
    def with_enough(self) -> LotOnShelf | None:
        """The first expiring lot that suffices, where the very first one does not."""
        return next((each for each in self.lots if each.left_ml >= self.needed_ml), None)


def lots_ahead(worked: Assessment, now: datetime) -> list[LotsAhead]:
    """The products of a mixture in their order, the diluent last."""
    needed: dict[Product, Decimal] = {}
    poured = [(worked.diluent, worked.diluent_ml)] if worked.diluent and worked.diluent_ml else []
    for product, ml in (*worked.portions, *poured):
        needed[product] = needed.get(product, Decimal(0)) + ml
    ids = [product.pk for product in needed]
    kept, lots = kept_in_stock(ids), lots_to_draw(ids, now)
    return [
        LotsAhead(
            product=product,
            needed_ml=ml,
            is_kept=product.pk in kept,
            lots=lots.get(product.pk, ()),
        )
        for product, ml in needed.items()
    ]
