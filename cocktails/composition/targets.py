"""From what is wanted (a total, a concentration) to what is drawn. Pure.

One rounding: what is drawn is read off a syringe, so it is rounded half up to 0.001 ml
(`drawable`); every dose is then computed from what is drawn, not from what was wanted. The
formulas: docs/rules/doses.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from clinic.refusals import Refused
from cocktails.composition import terms

DRAWABLE_DECIMALS = 3


class ImpossibleTarget(Refused):
    """What is wanted cannot be made of these products."""

    code = "impossible_target"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One portion as it was asked for: so much drawn, or such a concentration."""

    stock_mg_per_ml: Decimal
    drawn_ml: Decimal | None = None
    mg_per_ml: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is drawn of each portion, and of the diluent; in the order of the portions."""

    drawn_ml: tuple[Decimal, ...]
    diluent_ml: Decimal
    # Whether something was worked out that does not end within what a syringe shows.
    is_rounded: bool


def recipe(
    wanted: Sequence[Wanted],
    *,
    total_ml: Decimal | None,
    diluent_ml: Decimal | None,
    has_diluent: bool,
) -> Recipe:
    """Return what is drawn. Raises ImpossibleTarget, with what to do.

    A portion with a volume and a concentration gives the total; a total with a diluent gives how
    much of it is added.
    """
    total = _total(wanted, total_ml)
    exact = [_drawn(each, total) for each in wanted]
    drawn = tuple(map(drawable, exact))
    if any(not each for each in drawn):
        raise ImpossibleTarget(terms.NOTHING_TO_DRAW)
    filled = sum(map(Fraction, drawn), Fraction(0))
    rounded = any(Fraction(one) != other for one, other in zip(drawn, exact, strict=True))
    if total is None:
        return Recipe(drawn_ml=drawn, diluent_ml=diluent_ml or Decimal(0), is_rounded=rounded)
    rest = total - filled
    if rest < 0 or (rest > 0 and not has_diluent):
        raise ImpossibleTarget(
            terms.NOT_ENOUGH_ROOM % {"drawn": _plain(filled), "total": _plain(total)}
            if rest < 0
            else terms.TOTAL_NEEDS_DILUENT % {"drawn": _plain(filled), "total": _plain(total)}
        )
    if diluent_ml is not None and Fraction(diluent_ml) != rest and drawable(rest) != diluent_ml:
        made = filled + Fraction(diluent_ml)
        raise ImpossibleTarget(
            terms.DILUENT_DIFFERS
            % {
                "diluent": _plain(Fraction(diluent_ml)),
                "made": _plain(made),
                "total": _plain(total),
            }
        )
    added = drawable(rest)
    return Recipe(drawn_ml=drawn, diluent_ml=added, is_rounded=rounded or Fraction(added) != rest)


def drawable(exact: Fraction) -> Decimal:
    """Return a volume as it is read off a syringe: half up to 0.001 ml."""
    scaled = exact * 10**DRAWABLE_DECIMALS
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(_plain(Fraction(units, 10**DRAWABLE_DECIMALS)))


def _total(wanted: Sequence[Wanted], total_ml: Decimal | None) -> Fraction | None:
    both = [each for each in wanted if each.drawn_ml is not None and each.mg_per_ml is not None]
    if total_ml is not None:
        if both:
            raise ImpossibleTarget(terms.TARGET_TWICE)
        return Fraction(total_ml)
    if len(both) > 1:
        raise ImpossibleTarget(terms.TARGET_TWICE)
    if both:
        each = both[0]
        assert each.drawn_ml is not None
        assert each.mg_per_ml is not None
        _check_strength(each)
        drawn_mg = Fraction(each.stock_mg_per_ml) * Fraction(each.drawn_ml)
        return drawn_mg / Fraction(each.mg_per_ml)
    return None


def _drawn(each: Wanted, total: Fraction | None) -> Fraction:
    if each.drawn_ml is not None:
        return Fraction(each.drawn_ml)
    if each.mg_per_ml is None:
        raise ImpossibleTarget(terms.NO_TARGET)
    if total is None:
        raise ImpossibleTarget(terms.TARGET_NEEDS_TOTAL)
    _check_strength(each)
    return Fraction(each.mg_per_ml) * total / Fraction(each.stock_mg_per_ml)


def _check_strength(each: Wanted) -> None:
    if each.mg_per_ml is not None and each.mg_per_ml > each.stock_mg_per_ml:
        raise ImpossibleTarget(
            terms.STRONGER_THAN_STOCK % {"wanted": each.mg_per_ml, "stock": each.stock_mg_per_ml}
        )


def _plain(value: Fraction) -> str:
    thousandths = value * 1000
    units = (2 * thousandths.numerator + thousandths.denominator) // (2 * thousandths.denominator)
    whole, part = divmod(units, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")
