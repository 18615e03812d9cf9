"""What a mixture shows beside its doses: pH, concentration, volume per point, size of the syringe.

Pure. These look at the whole mixture on the page; limits, ranges and their sources are handed in.
docs/rules/doses.md says what each of them means.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from cocktails.catalogue.rules import Facts, IngredientFacts
from cocktails.composition.rules import Finding, Mixture
from cocktails.composition.terms import MixRule, MixSeverity

# pH ranges further apart than this are refused [C]; such that merely do not meet are a caution.
WIDEST_PH_GAP = Decimal(3)


def unusual(
    mixture: Mixture, diluent: str | None, facts: Facts, *, syringe_ml: Decimal | None = None
) -> list[Finding]:
    """Everything about the mixture as a whole that is out of the ordinary."""
    used = [dose.ingredient for dose in mixture.doses]
    return [
        *_syringe(mixture, syringe_ml),
        *_ph([*used, diluent] if diluent else used, facts),
        *_concentrations(mixture, facts),
        *_point_volumes(mixture, used, facts),
    ]


def ph_gap(one: IngredientFacts, other: IngredientFacts) -> Decimal | None:
    """How far two pH ranges are apart: 0 where they meet, None where one is not known."""
    if None in (one.ph_min, one.ph_max, other.ph_min, other.ph_max):
        return None
    assert one.ph_min is not None
    assert one.ph_max is not None
    assert other.ph_min is not None
    assert other.ph_max is not None
    return max(Decimal(0), one.ph_min - other.ph_max, other.ph_min - one.ph_max)


def _syringe(mixture: Mixture, syringe_ml: Decimal | None) -> Iterator[Finding]:
    if syringe_ml is not None and mixture.total_ml > syringe_ml:
        yield Finding(
            rule=MixRule.SYRINGE,
            severity=MixSeverity.ABSOLUTE,
            target="syringe",
            found=mixture.total_ml,
            limit=syringe_ml,
        )


def _ph(ingredients: Sequence[str], facts: Facts) -> Iterator[Finding]:
    known = facts.ingredients
    for one, other in combinations(sorted(set(ingredients)), 2):
        gap = ph_gap(known[one], known[other])
        if not gap:
            continue
        yield Finding(
            rule=MixRule.MIX_PH,
            severity=MixSeverity.ABSOLUTE if gap > WIDEST_PH_GAP else MixSeverity.CAUTION,
            target=f"{one}+{other}",
            found=gap,
        )


def _concentrations(mixture: Mixture, facts: Facts) -> Iterator[Finding]:
    total = Fraction(mixture.total_ml)
    for dose in mixture.doses:
        highest = facts.ingredients[dose.ingredient].highest_mg_per_ml
        # Compared exactly: what is shown is rounded.
        if highest is None or not total or dose.exact_drawn_mg / total <= Fraction(highest):
            continue
        yield Finding(
            rule=MixRule.CONCENTRATION,
            severity=MixSeverity.CAUTION,
            target=dose.ingredient,
            found=dose.final_mg_per_ml,
            limit=highest,
        )


def _point_volumes(mixture: Mixture, ingredients: Iterable[str], facts: Facts) -> Iterator[Finding]:
    """One line for the mixture: the narrowest of its ingredients says how much a point may be."""
    limits = [
        (highest, ingredient)
        for ingredient in ingredients
        if (highest := facts.ingredients[ingredient].highest_ml_per_point) is not None
    ]
    if not limits or not mixture.places:
        return
    narrowest, ingredient = min(limits)
    largest = max(each.place.ml_per_point for each in mixture.places)
    if largest > narrowest:
        yield Finding(
            rule=MixRule.POINT_VOLUME,
            severity=MixSeverity.CAUTION,
            target=ingredient,
            found=largest,
            limit=narrowest,
        )
