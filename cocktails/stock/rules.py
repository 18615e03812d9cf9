"""What may be drawn from a lot, in what order, and what of an ampoule is left over. Pure.

An expiry is the last day of use. A single-dose ampoule serves one session and its remainder is
discarded; a multi-dose vial is opened once and used until its own time ends (the product's
"use within", hours after opening). Source of both: the leaflets; docs/rules/stock.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

from cocktails.stock.terms import LotProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
    """One lot as it stands, with its opened vial if there is one."""

    expires_on: date
    recalled_at: datetime | None
    balance_ml: Decimal
    unit_ml: Decimal
    is_multi_dose: bool = False
    vial_left_ml: Decimal | None = None
    vial_use_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something is drawn: the clinic's day, the beginning, and until when it was in use."""

    on: date
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """How much comes out of the opened vial, out of each newly opened one, and what is discarded."""

    from_open_ml: Decimal
    from_new_ml: Sequence[Decimal]
    discarded_ml: Decimal


def why_not_drawn(lot: LotState, needed_ml: Decimal, moment: Moment) -> LotProblem | None:
    """Return what keeps this much from being drawn then; None: nothing does.

    A recall counts from its moment: what was injected before it can still be signed, because a
    record that could not name the lot would hide it from the recall.
    """
    if lot.recalled_at is not None and lot.recalled_at <= moment.until:
        return LotProblem.RECALLED
    if lot.expires_on < moment.on:
        return LotProblem.EXPIRED
    if lot.vial_left_ml and lot.vial_use_before is not None and lot.vial_use_before < moment.at:
        return LotProblem.VIAL_PAST
    if lot.balance_ml <= 0:
        return LotProblem.USED_UP
    if needed_ml > lot.balance_ml:
        return LotProblem.TOO_LITTLE
    return None


def withdraw(lot: LotState, needed_ml: Decimal) -> Withdrawal:
    """Return what drawing this much does to a lot that has enough."""
    if not lot.is_multi_dose:
        opened = whole_units(needed_ml, lot.unit_ml) * lot.unit_ml
        return Withdrawal(
            from_open_ml=Decimal(0),
            from_new_ml=(needed_ml,),
            discarded_ml=min(opened, lot.balance_ml) - needed_ml,
        )
    from_open = min(needed_ml, lot.vial_left_ml or Decimal(0))
    missing, new = needed_ml - from_open, []
    while missing > 0:
        new.append(min(missing, lot.unit_ml))
        missing -= new[-1]
    return Withdrawal(from_open_ml=from_open, from_new_ml=tuple(new), discarded_ml=Decimal(0))


def whole_units(ml: Decimal, unit_ml: Decimal) -> int:
    """How many ampoules must be opened for this much."""
    return int((ml / unit_ml).to_integral_value(rounding=ROUND_CEILING))


def closed_units(lot: LotState) -> int:
    """How many ampoules are still closed."""
    return int((lot.balance_ml - (lot.vial_left_ml or Decimal(0))) // lot.unit_ml)


def used_first(lot: LotState) -> date:
    """The day by which the lots are put in order: first expiring, first used; an opened vial sooner."""
    if lot.vial_left_ml and lot.vial_use_before is not None:
        return min(lot.expires_on, lot.vial_use_before.date())
    return lot.expires_on


def number_key(number: str) -> str:
    """Two ways of typing one lot number have one key: no white space, ASCII letters large."""
    bare = "".join(number.split())
    return "".join(each.upper() if each.isascii() else each for each in bare)
