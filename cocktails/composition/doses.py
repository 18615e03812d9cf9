"""What a mixture contains per session and per region, to the last digit. Pure.

The formulas: docs/rules/doses.md.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from cocktails.catalogue.rules import Facts
from cocktails.composition import terms
from cocktails.composition.mixture import (
    Cream,
    Diluent,
    IngredientDose,
    Place,
    PlaceDose,
    Portion,
    WrongMixture,
    in_the_syringe,
    shown,
)
from cocktails.composition.terms import AMIDE_MG_PER_G


def check_entries(
    portions: Sequence[Portion],
    diluent: Diluent | None,
    places: Sequence[Place],
    weight_kg: Decimal | None,
    cream: Cream | None,
    facts: Facts,
) -> None:
    if not portions:
        raise WrongMixture(terms.NO_PORTION)
    if any(each.points < 1 for each in places):
        raise WrongMixture(terms.TOO_FEW_POINTS)
    if len({each.region for each in places}) < len(places):
        raise WrongMixture(terms.REGION_TWICE)
    for each in in_the_syringe(portions, diluent):
        if each.ingredient not in facts.ingredients:
            raise WrongMixture(terms.UNKNOWN_INGREDIENT % {"ingredient": each.ingredient})
    volumes = [each.ml_per_point for each in places]
    for amount in [*volumes, *(portion.drawn_ml for portion in portions)]:
        _check_amount(amount, may_be_zero=False)
    for amount in (portion.stock_mg_per_ml for portion in portions):
        _check_amount(amount, may_be_zero=True)
    if diluent is not None:
        _check_amount(diluent.ml, may_be_zero=True)
    if weight_kg is not None:
        _check_amount(weight_kg, may_be_zero=False)
    if cream is not None:
        if cream.kind not in AMIDE_MG_PER_G:
            raise WrongMixture(terms.UNKNOWN_CREAM % {"cream": cream.kind})
        if cream.g is not None:
            _check_amount(cream.g, may_be_zero=True)


def _check_amount(amount: Decimal, *, may_be_zero: bool) -> None:
    if not isinstance(amount, Decimal):
        raise TypeError("amounts are exact decimals")
    if not amount.is_finite() or amount < 0 or (amount == 0 and not may_be_zero):
        raise WrongMixture(terms.WRONG_AMOUNT % {"amount": amount})


def doses_of(
    portions: Sequence[Portion], total: Fraction, injected: Fraction | None
) -> Iterator[IngredientDose]:
    drawn: dict[str, Fraction] = {}
    for portion in portions:
        mg = Fraction(portion.stock_mg_per_ml) * Fraction(portion.drawn_ml)
        drawn[portion.ingredient] = drawn.get(portion.ingredient, Fraction(0)) + mg
    for ingredient, mg in drawn.items():
        session = None if injected is None else mg / total * injected
        yield IngredientDose(
            ingredient=ingredient,
            drawn_mg=shown(mg),
            final_mg_per_ml=shown(mg / total),
            session_mg=None if session is None else shown(session),
            exact_drawn_mg=mg,
            exact_session_mg=session,
        )


def doses_by_place(
    places: Sequence[Place], doses: Sequence[IngredientDose], total: Fraction, *, possible: bool
) -> Iterator[PlaceDose]:
    for place in places:
        exact = {
            dose.ingredient: dose.exact_drawn_mg / total * place.exact_ml
            for dose in doses
            if possible
        }
        yield PlaceDose(
            place=place,
            injected_ml=shown(place.exact_ml),
            mg={ingredient: shown(mg) for ingredient, mg in exact.items()},
            exact_mg=exact,
        )
