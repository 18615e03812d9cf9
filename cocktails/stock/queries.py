"""Reads of the stock: lots in the order in which they are used, ledgers, and what needs a look."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from clinic.amounts import plain
from clinic.hours.queries import local_date
from cocktails.catalogue.models import Product
from cocktails.catalogue.queries import shelf
from cocktails.stock import terms
from cocktails.stock.gs1 import Scanned, as_fourteen, read_code
from cocktails.stock.models import (
    DeliveryFile,
    LeastStock,
    Lot,
    OpenedVial,
    ProductCode,
    StockMovement,
)
from cocktails.stock.refusals import WrongEntry
from cocktails.stock.rules import LotState, closed_units, number_key, used_first
from cocktails.stock.terms import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOnShelf:
    """A lot with its state, for a page or a decision."""

    lot: Lot
    state: LotState
    vial: OpenedVial | None

    @property
    def units(self) -> int:
        return closed_units(self.state)

    @property
    def left_ml(self) -> Decimal:
        return plain(self.state.balance_ml)

    @property
    def vial_left(self) -> Decimal | None:
        left = self.state.vial_left_ml
        return None if left is None else plain(left)

    @property
    def unit_ml(self) -> Decimal:
        return plain(self.lot.unit_ml)

    def notices(self, now: datetime) -> list[Notice]:
        """What a reader must know about this lot, the most urgent first."""
        on, found = local_date(now), []
        if self.lot.recalled_at is not None:
            found.append(Notice.RECALLED)
        if self.state.balance_ml > 0:
            if self.lot.expires_on < on:
                found.append(Notice.EXPIRED)
            elif self.lot.expires_on <= on + timedelta(days=terms.SOON_DAYS):
                found.append(Notice.EXPIRES_SOON)
            use_before = self.state.vial_use_before
            if self.state.vial_left_ml and use_before is not None and use_before < now:
                found.append(Notice.VIAL_PAST)
        return found

    def may_be_drawn(self, now: datetime) -> bool:
        spoilt = {Notice.RECALLED, Notice.EXPIRED, Notice.VIAL_PAST}
        return self.state.balance_ml > 0 and not spoilt & set(self.notices(now))


def lot(lot_id: UUID) -> LotOnShelf:
    return _on_shelf(_lots().get(pk=lot_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class LotWithVials:
    """A lot with every vial that was ever opened of it and its movements, the latest first."""

    on_shelf: LotOnShelf
    vials: list[OpenedVial]


def lot_with_vials(**which: Any) -> LotWithVials | None:
    """The lot of this pk, or of this product and key of the number; None where there is none."""
    every_vial = OpenedVial.objects.order_by("-opened_at").prefetch_related("movements")
    rows = Lot.objects.select_related("product__ingredient").prefetch_related(
        Prefetch("vials", queryset=every_vial, to_attr="every_vial")
    )
    row = rows.filter(**which).first()
    if row is None:
        return None
    vials: list[OpenedVial] = row.every_vial
    return LotWithVials(
        on_shelf=_with_open_vial(row, (each for each in vials if each.closed_at is None)),
        vials=vials,
    )


def lots_of(product_ids: Iterable[UUID]) -> dict[UUID, list[LotOnShelf]]:
    """Every lot of which something is left, per product, the first expiring first."""
    found: dict[UUID, list[LotOnShelf]] = {}
    for each in _lots().filter(product_id__in=set(product_ids), balance_ml__gt=0):
        found.setdefault(each.product_id, []).append(_on_shelf(each))
    for of_product in found.values():
        of_product.sort(key=lambda one: (used_first(one.state), one.lot.number_key))
    return found


def lots_to_draw(product_ids: Iterable[UUID], now: datetime) -> dict[UUID, list[LotOnShelf]]:
    """What may be drawn now, the first expiring first: neither expired nor recalled nor past its time."""
    return {
        product_id: drawable
        for product_id, lots in lots_of(product_ids).items()
        if (drawable := [each for each in lots if each.may_be_drawn(now)])
    }


def kept_in_stock(product_ids: Collection[UUID]) -> set[UUID]:
    """Which of these products the clinic keeps on record: at least one lot was received."""
    lots = Lot.objects.filter(product_id__in=set(product_ids)).order_by()
    return set(lots.values_list("product_id", flat=True).distinct())


def lots_numbered(wanted: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], LotOnShelf]:
    """The lots with these products and numbers, by product and key of the number."""
    keys = {(product_id, number_key(number)) for product_id, number in wanted if number}
    if not keys:
        return {}
    rows = _lots().filter(
        product_id__in={product_id for product_id, _key in keys},
        number_key__in={key for _product_id, key in keys},
    )
    return {(row.product_id, row.number_key): _on_shelf(row) for row in rows}


def lots_locked(lot_ids: Iterable[UUID]) -> dict[UUID, LotOnShelf]:
    """Wait for these lots, always in one order, and read them as they are then."""
    wanted = set(lot_ids)
    held = Lot.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    list(held.values_list("pk"))
    return {row.pk: _on_shelf(row) for row in _lots().filter(pk__in=wanted)}


def ledger(lot: Lot) -> QuerySet[StockMovement]:
    """The latest lines; whatever is older stands in the database and in the balance."""
    rows = lot.movements.select_related("by", "vial").order_by("-at", "-pk")
    return rows[: terms.LINES_SHOWN]


def vials(lot: Lot) -> list[OpenedVial]:
    return list(lot.vials.order_by("-opened_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfLine:
    """One product on the stock page."""

    product: Product
    lots: list[LotOnShelf]
    units: int
    least: int | None

    @property
    def is_low(self) -> bool:
        return self.least is not None and self.units < self.least


def stock(now: datetime) -> list[ShelfLine]:
    """Every product that the clinic keeps, with its lots; what is used up long ago is left out."""
    least = dict(LeastStock.objects.values_list("product_id", "units"))
    lots: dict[UUID, list[LotOnShelf]] = {}
    for row in _lots().filter(Q(balance_ml__gt=0) | Q(recalled_at__isnull=False)):
        lots.setdefault(row.product_id, []).append(_on_shelf(row))
    kept = set(Lot.objects.order_by().values_list("product_id", flat=True).distinct())
    lines = []
    for product in Product.objects.filter(pk__in=kept | set(least)).select_related("ingredient"):
        own = sorted(lots.get(product.pk, []), key=lambda one: used_first(one.state))
        lines.append(
            ShelfLine(
                product=product,
                lots=own,
                units=sum(each.units for each in own if each.may_be_drawn(now)),
                least=least.get(product.pk),
            )
        )
    return lines


def needing_a_look(lines: Iterable[ShelfLine], now: datetime) -> list[tuple[Notice, str]]:
    """The notices of the stock page: kind, and what it is about."""
    found: list[tuple[Notice, str]] = []
    for line in lines:
        if line.is_low:
            found.append((Notice.LOW, line.product.name))
        for each in line.lots:
            found += [
                (one, f"{line.product.name} · {each.lot.number}") for one in each.notices(now)
            ]
    order = list(Notice)
    return sorted(found, key=lambda one: order.index(one[0]))


def product_of_code(gtin: str) -> Product | None:
    known = ProductCode.objects.filter(pk=as_fourteen(gtin)).select_related("product").first()
    return known.product if known else None


def codes_known() -> Mapping[str, Product]:
    rows = ProductCode.objects.select_related("product__ingredient")
    return {row.gtin: row.product for row in rows}


def products_received() -> list[Product]:
    """What a delivery can be of."""
    return list(shelf())


def product_on_shelf(product_id: UUID) -> Product:
    return shelf().get(pk=product_id)


def least_stock(product_id: UUID) -> int | None:
    found = LeastStock.objects.filter(product_id=product_id).first()
    return found.units if found else None


def taken_in(sha256: str) -> DeliveryFile | None:
    return DeliveryFile.objects.filter(sha256=sha256).select_related("by").first()


@dataclass(frozen=True, slots=True)
class NumberRead:
    """A lot number as it was typed, or as a scanned code names it."""

    number: str
    scanned: Scanned | None


def read_number(text: str, product: Product | None = None) -> NumberRead:
    """Read what was typed or scanned into a lot field. Raises a refusal with words.

    A code that is known as another product than `product` is refused: the wrong ampoule is in the hand.
    """
    scanned = read_code(text)
    number = scanned.lot if scanned else " ".join(text.split())
    if scanned and not number:
        raise WrongEntry(terms.NO_LOT_IN_CODE)
    if len(number) > terms.LONGEST_NUMBER:
        raise WrongEntry(terms.NUMBER_TOO_LONG % {"most": terms.LONGEST_NUMBER})
    if scanned and scanned.gtin and product is not None:
        known = product_of_code(scanned.gtin)
        if known is not None and known.pk != product.pk:
            raise WrongEntry(terms.OTHER_PRODUCT % {"found": known.name, "needed": product.name})
    return NumberRead(number, scanned)


def _lots() -> QuerySet[Lot]:
    open_vials = OpenedVial.objects.filter(closed_at__isnull=True).prefetch_related("movements")
    return Lot.objects.select_related("product__ingredient").prefetch_related(
        Prefetch("vials", queryset=open_vials, to_attr="open_vials")
    )


def _on_shelf(lot: Lot) -> LotOnShelf:
    return _with_open_vial(lot, lot.open_vials)  # type: ignore[attr-defined]


def _with_open_vial(lot: Lot, opened: Iterable[OpenedVial]) -> LotOnShelf:
    vial = next(iter(opened), None)
    left = None
    if vial is not None:
        left = lot.unit_ml + sum((each.ml for each in vial.movements.all()), Decimal(0))
    return LotOnShelf(
        lot=lot,
        vial=vial,
        state=LotState(
            expires_on=lot.expires_on,
            recalled_at=lot.recalled_at,
            balance_ml=lot.balance_ml,
            unit_ml=lot.unit_ml,
            # Nobody has said: then an ampoule serves one patient.
            is_multi_dose=bool(lot.product.is_multi_dose),
            vial_left_ml=left,
            vial_use_before=vial.use_before if vial else None,
        ),
    )
