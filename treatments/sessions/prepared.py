"""The ampoules of one session: which lot was written down for each, and whether it can be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import number_format

from clinic.amounts import plain
from cocktails.catalogue.models import Product
from cocktails.composition.models import Cocktail
from cocktails.stock.actions import ToDraw, what_keeps_from_drawing
from cocktails.stock.queries import LotOnShelf, kept_in_stock, lots_numbered
from cocktails.stock.rules import Moment, number_key
from cocktails.stock.terms import NOT_ON_RECORD
from treatments.sessions.models import SessionDraft
from treatments.sessions.terms import LotSource

DILUENT = 0  # the place of the diluent among the portions


@dataclass(frozen=True, slots=True)
class PreparedPortion:
    """One product of the cocktail, with the lot that was written down for it.

    `on_shelf` is the lot on record; None where the clinic keeps none of this product, or not this.
    """

    position: int
    product: Product
    drawn_ml: Decimal
    lot: str
    strength_read: str
    is_kept: bool
    on_shelf: LotOnShelf | None

    @property
    def is_diluent(self) -> bool:
        return self.position == DILUENT

    @property
    def needs_lot(self) -> bool:
        """The lot of a diluent that the clinic keeps no stock of may stay unwritten, as before."""
        return self.is_kept or not self.is_diluent

    @property
    def strength_seen(self) -> bool:
        """Whether somebody read this strength, and no other, on the ampoule."""
        return self.is_diluent or self.strength_read == str(self.product.strength)

    @property
    def drawn_words(self) -> str:
        return str(number_format(plain(self.drawn_ml)))

    @property
    def strength_words(self) -> str:
        return str(number_format(self.product.strength))

    @property
    def source(self) -> LotSource | None:
        if not self.lot:
            return None
        return LotSource.BY_HAND if self.on_shelf is None else LotSource.STOCK

    @property
    def expires_on(self) -> date | None:
        return None if self.on_shelf is None else self.on_shelf.lot.expires_on


def prepared_portions(cocktail: Cocktail | None, draft: SessionDraft) -> list[PreparedPortion]:
    """The products of the cocktail in their order, the diluent last."""
    if cocktail is None:
        return []
    wanted = [
        (each.position, each.product, each.drawn_ml)
        for each in cocktail.portions.select_related("product__ingredient").order_by("position")
    ]
    if cocktail.diluent is not None and cocktail.diluent_ml > 0:
        wanted.append((DILUENT, cocktail.diluent, cocktail.diluent_ml))
    written = {entry["portion"]: entry for entry in draft.lots}
    kept = kept_in_stock([product.pk for _position, product, _ml in wanted])
    lots = lots_numbered(
        [
            (product.pk, written.get(position, {}).get("lot", ""))
            for position, product, _ml in wanted
            if product.pk in kept
        ]
    )
    return [
        PreparedPortion(
            position=position,
            product=product,
            drawn_ml=ml,
            lot=(entry := written.get(position, {})).get("lot", ""),
            strength_read=entry.get("strength", ""),
            is_kept=product.pk in kept,
            on_shelf=lots.get((product.pk, number_key(entry.get("lot", "")))),
        )
        for position, product, ml in wanted
    ]


def to_draw(prepared: Iterable[PreparedPortion]) -> list[ToDraw]:
    """What signing takes from the stock; what was written by hand takes nothing."""
    return [
        ToDraw(lot_id=each.on_shelf.lot.pk, ml=each.drawn_ml)
        for each in prepared
        if each.on_shelf is not None
    ]


def moment_of(draft: SessionDraft, on: date) -> Moment:
    return Moment(on=on, at=draft.started_at, until=draft.ended_at or draft.started_at)


def lot_problems(prepared: Sequence[PreparedPortion], moment: Moment) -> list[str]:
    """Which lots cannot be drawn for this session, and why, in words."""
    missing = [
        str(NOT_ON_RECORD) % {"lot": each.lot, "product": each.product.name}
        for each in prepared
        if each.is_kept and each.lot and each.on_shelf is None
    ]
    lots = {each.on_shelf.lot.pk: each.on_shelf for each in prepared if each.on_shelf is not None}
    return missing + what_keeps_from_drawing(to_draw(prepared), lots, moment)
