"""What moves a lot: received, opened, drawn, discarded, counted, recalled. Each is a ledger row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.catalogue.models import Product
from cocktails.stock import queries, terms
from cocktails.stock.gs1 import as_fourteen
from cocktails.stock.models import LeastStock, Lot, OpenedVial, ProductCode, StockMovement
from cocktails.stock.queries import LotOnShelf
from cocktails.stock.refusals import CannotDraw, NotAllowed, NotNow, WrongEntry
from cocktails.stock.rules import Moment, number_key, why_not_drawn, withdraw
from cocktails.stock.terms import MovementKind
from cocktails.stock.words import explain

SHORTEST_REASON = 5


@transaction.atomic
def receive_lot(
    *,
    product: Product,
    number: str,
    expires_on: date,
    units: int,
    by: StaffMember,
    now: datetime,
    supplier: str = "",
    gtin: str = "",
) -> Lot:
    """Put ampoules of one lot on the shelf; a lot that is there already gets more of them."""
    _check_may(by, Ability.KEEP_STOCK)
    number, gtin = " ".join(number.split()), as_fourteen(gtin)
    _check_delivery(number, units)
    # Two deliveries of one lot at once: the product's row is the queue, and no lot exists yet.
    product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    _learn_code(gtin, product)
    found = Lot.objects.filter(product=product, number_key=number_key(number)).first()
    if found is None:
        if expires_on < _day(now):
            raise WrongEntry(terms.EXPIRED_AT_RECEIPT % {"expires": _date(expires_on)})
        found = Lot.objects.create(
            product=product,
            number=number,
            number_key=number_key(number),
            gtin=gtin,
            expires_on=expires_on,
            unit_ml=product.ampoule_ml,
        )
    elif found.expires_on != expires_on:
        raise WrongEntry(
            terms.OTHER_EXPIRY % {"lot": found.number, "expires": _date(found.expires_on)}
        )
    _move(
        found,
        MovementKind.RECEIVED,
        found.unit_ml * units,
        by=by,
        now=now,
        units=units,
        supplier=supplier.strip(),
    )
    record(verb="lot.received", subject=found, by=by, now=now, units=units)
    found.refresh_from_db()
    return found


def _check_delivery(number: str, units: int) -> None:
    if not number:
        raise WrongEntry(terms.NUMBER_NEEDED)
    if len(number) > terms.LONGEST_NUMBER:
        raise WrongEntry(terms.NUMBER_TOO_LONG % {"most": terms.LONGEST_NUMBER})
    if not 1 <= units <= terms.MOST_UNITS:
        raise WrongEntry(terms.UNITS_NEEDED % {"most": terms.MOST_UNITS})


def _learn_code(gtin: str, product: Product) -> None:
    if not gtin:
        return
    known, _is_new = ProductCode.objects.get_or_create(pk=gtin, defaults={"product": product})
    if known.product_id != product.pk:
        raise WrongEntry(terms.KNOWN_FOR_OTHER % {"gtin": gtin, "product": known.product.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDraw:
    """How much of one lot a session takes."""

    lot_id: UUID
    ml: Decimal


def what_keeps_from_drawing(
    wanted: Iterable[ToDraw], lots: dict[UUID, LotOnShelf], moment: Moment
) -> list[str]:
    """Why these amounts cannot be drawn together, in words; empty: they can."""
    reasons = []
    for lot_id, ml in _by_lot(wanted).items():
        problem = why_not_drawn(lots[lot_id].state, ml, moment)
        if problem is not None:
            reasons.append(explain(problem, lots[lot_id], ml))
    return reasons


@transaction.atomic
def draw_lots(
    *,
    wanted: Iterable[ToDraw],
    session_id: UUID,
    moment: Moment,
    by: StaffMember,
    now: datetime,
) -> None:
    """Take these amounts for one session, all or nothing. Raises CannotDraw.

    Who comes second for the last millilitre waits for the lot's row and reads what is left then.
    """
    amounts = _by_lot(wanted)
    lots = queries.lots_locked(amounts)
    if reasons := what_keeps_from_drawing(
        [ToDraw(lot_id=lot_id, ml=ml) for lot_id, ml in amounts.items()], lots, moment
    ):
        raise CannotDraw(reasons)
    for lot_id in sorted(amounts):
        _draw(lots[lot_id], amounts[lot_id], session_id, moment, by=by, now=now)


def _by_lot(wanted: Iterable[ToDraw]) -> dict[UUID, Decimal]:
    amounts: dict[UUID, Decimal] = {}
    for each in wanted:
        amounts[each.lot_id] = amounts.get(each.lot_id, Decimal(0)) + each.ml
    return amounts


def _draw(
    one: LotOnShelf,
    ml: Decimal,
    session_id: UUID,
    moment: Moment,
    *,
    by: StaffMember,
    now: datetime,
) -> None:
    lot, taken = one.lot, withdraw(one.state, ml)
    if one.vial is not None and taken.from_open_ml > 0:
        _move(
            lot, MovementKind.DRAWN, -taken.from_open_ml, by=by, now=now,
            vial=one.vial, session_id=session_id,
        )  # fmt: skip
        if taken.from_open_ml == one.state.vial_left_ml:
            _close(one.vial, now)
    for each_ml in taken.from_new_ml:
        vial = None
        if one.state.is_multi_dose:
            vial = _open(lot, at=moment.at, by=by, now=now)
        _move(lot, MovementKind.DRAWN, -each_ml, by=by, now=now, vial=vial, session_id=session_id)
        if vial is not None and each_ml == lot.unit_ml:
            _close(vial, now)
    if taken.discarded_ml > 0:
        _move(
            lot, MovementKind.DISCARDED, -taken.discarded_ml, by=by, now=now,
            session_id=session_id,
        )  # fmt: skip


@transaction.atomic
def open_vial(*, lot_id: UUID, by: StaffMember, now: datetime) -> OpenedVial:
    """Open a multi-dose vial: from now on its own time runs."""
    _check_may(by, Ability.KEEP_STOCK)
    one = _locked(lot_id)
    if not one.state.is_multi_dose:
        raise NotNow(terms.NOT_MULTI_DOSE)
    if one.vial is not None:
        raise NotNow(terms.VIAL_OPEN)
    moment = Moment(on=_day(now), at=now, until=now)
    if problem := why_not_drawn(one.state, Decimal(0), moment):
        raise NotNow(explain(problem, one, Decimal(0)))
    vial = _open(one.lot, at=now, by=by, now=now)
    record(verb="lot.vial_opened", subject=one.lot, by=by, now=now)
    return vial


def _open(lot: Lot, *, at: datetime, by: StaffMember, now: datetime) -> OpenedVial:
    hours = lot.product.use_within_hours
    vial = OpenedVial.objects.create(
        lot=lot,
        opened_at=at,
        use_before=None if hours is None else at + timedelta(hours=hours),
    )
    _move(lot, MovementKind.OPENED, Decimal(0), by=by, now=now, vial=vial)
    return vial


def _close(vial: OpenedVial, now: datetime) -> None:
    vial.closed_at = max(now, vial.opened_at)
    vial.save(update_fields=["closed_at"])


@transaction.atomic
def discard_vial(*, lot_id: UUID, reason: str, by: StaffMember, now: datetime) -> None:
    """Throw the remainder of the opened vial away."""
    _check_may(by, Ability.KEEP_STOCK)
    one = _locked(lot_id)
    if one.vial is None:
        raise NotNow(terms.NO_VIAL_OPEN)
    left = one.state.vial_left_ml or Decimal(0)
    if left > 0:
        _move(
            one.lot, MovementKind.DISCARDED, -left, by=by, now=now,
            vial=one.vial, reason=reason.strip(),
        )  # fmt: skip
    _close(one.vial, now)
    record(verb="lot.discarded", subject=one.lot, by=by, now=now, ml=str(left))


@transaction.atomic
def discard_units(*, lot_id: UUID, units: int, reason: str, by: StaffMember, now: datetime) -> None:
    """Take closed ampoules off the shelf: broken, expired, given back."""
    _check_may(by, Ability.KEEP_STOCK)
    reason = _words(reason)
    one = _locked(lot_id)
    if units < 1:
        raise WrongEntry(terms.UNITS_NEEDED % {"most": one.units})
    if units > one.units:
        raise WrongEntry(terms.MORE_THAN_LEFT % {"left": one.units})
    _move(one.lot, MovementKind.DISCARDED, -one.lot.unit_ml * units, by=by, now=now, reason=reason)
    record(verb="lot.discarded", subject=one.lot, by=by, now=now, units=units)


@transaction.atomic
def count_lot(
    *,
    lot_id: UUID,
    units: int,
    vial_ml: Decimal | None,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> None:
    """Write down what was counted. What differs from the ledger is corrected, with the reason."""
    _check_may(by, Ability.KEEP_STOCK)
    one = _locked(lot_id)
    if not 0 <= units <= terms.MOST_UNITS:
        raise WrongEntry(terms.UNITS_NEEDED % {"most": terms.MOST_UNITS})
    closed_ml = one.state.balance_ml - (one.state.vial_left_ml or Decimal(0))
    off_shelf = one.lot.unit_ml * units - closed_ml
    off_vial = Decimal(0)
    if one.vial is not None and vial_ml is not None:
        if not 0 <= vial_ml <= one.lot.unit_ml:
            raise WrongEntry(terms.COUNT_IMPOSSIBLE % {"most": one.unit_ml})
        off_vial = vial_ml - (one.state.vial_left_ml or Decimal(0))
    if not off_shelf and not off_vial:
        _move(one.lot, MovementKind.COUNTED, Decimal(0), by=by, now=now, reason=reason.strip())
        record(verb="lot.counted", subject=one.lot, by=by, now=now)
        return
    reason = _words(reason)
    # What grows first: the balance never passes below zero on its way.
    for vial, ml in sorted(((None, off_shelf), (one.vial, off_vial)), key=lambda each: -each[1]):
        if ml:
            _move(one.lot, MovementKind.CORRECTED, ml, by=by, now=now, vial=vial, reason=reason)
    if one.vial is not None and vial_ml == 0:
        _close(one.vial, now)
    record(verb="lot.corrected", subject=one.lot, by=by, now=now, ml=str(off_shelf + off_vial))


@transaction.atomic
def recall_lot(*, lot_id: UUID, reason: str, by: StaffMember, now: datetime) -> None:
    """From now on nothing is drawn from this lot."""
    _check_may(by, Ability.RECALL_LOTS)
    reason = _words(reason)
    one = _locked(lot_id)
    if one.lot.recalled_at is not None:
        raise NotNow(terms.RECALLED_ALREADY)
    _mark_recalled(one.lot, now, reason)
    _move(one.lot, MovementKind.RECALLED, Decimal(0), by=by, now=now, reason=reason)
    record(verb="lot.recalled", subject=one.lot, by=by, now=now)


@transaction.atomic
def release_lot(*, lot_id: UUID, reason: str, by: StaffMember, now: datetime) -> None:
    """Take a recall back."""
    _check_may(by, Ability.RECALL_LOTS)
    reason = _words(reason)
    one = _locked(lot_id)
    if one.lot.recalled_at is None:
        raise NotNow(terms.NOT_RECALLED)
    _mark_recalled(one.lot, None, "")
    _move(one.lot, MovementKind.RELEASED, Decimal(0), by=by, now=now, reason=reason)
    record(verb="lot.released", subject=one.lot, by=by, now=now)


def _mark_recalled(lot: Lot, at: datetime | None, reason: str) -> None:
    lot.recalled_at, lot.recall_reason = at, reason
    lot.save(update_fields=["recalled_at", "recall_reason"])


@transaction.atomic
def set_least_stock(*, product: Product, units: int | None, by: StaffMember, now: datetime) -> None:
    """Below how many ampoules the stock page points at this product; None: never."""
    _check_may(by, Ability.KEEP_STOCK)
    if units is None:
        LeastStock.objects.filter(product=product).delete()
    else:
        LeastStock.objects.update_or_create(product=product, defaults={"units": units})
    record(verb="stock.least_set", subject=product, by=by, now=now, units=units)


def _locked(lot_id: UUID) -> LotOnShelf:
    return queries.lots_locked([lot_id])[lot_id]


def _move(
    lot: Lot,
    kind: MovementKind,
    ml: Decimal,
    *,
    by: StaffMember,
    now: datetime,
    vial: OpenedVial | None = None,
    units: int | None = None,
    session_id: UUID | None = None,
    supplier: str = "",
    reason: str = "",
) -> None:
    StockMovement.objects.create(
        lot=lot, kind=kind, ml=ml, by=by, at=now, vial=vial, units=units,
        session_id=session_id, supplier=supplier, reason=reason,
    )  # fmt: skip


def _check_may(by: StaffMember, ability: Ability) -> None:
    if not by.may(ability):
        raise NotAllowed(terms.NOT_ALLOWED)


def _words(reason: str) -> str:
    if len(reason.strip()) < SHORTEST_REASON:
        raise WrongEntry(terms.REASON_NEEDED % {"least": SHORTEST_REASON})
    return reason.strip()


def _day(now: datetime) -> date:
    return queries.local_date(now)


def _date(day: date) -> str:
    return str(date_format(day, "SHORT_DATE_FORMAT"))
