"""What a mixture contains, to the last digit, and what is wrong with it.

Pure, and exact: amounts are fractions until they are shown, limits are compared with the exact
value. The formulas and every number: docs/rules/doses.md; limits and pairs are handed in. By
subject: mixture.py the values, doses.py the arithmetic, lidocaine.py all of its sources,
findings.py what is wrong, allergy.py whom it must not reach.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from cocktails.catalogue.rules import Facts
from cocktails.composition import terms
from cocktails.composition.allergy import allergy_conflicts
from cocktails.composition.doses import check_entries, doses_by_place, doses_of
from cocktails.composition.findings import (
    BUFFER_RATIO,
    OILY_VITAMINS,
    dose_findings,
    pair_findings,
    strongest,
    substance_findings,
)
from cocktails.composition.lidocaine import (
    LIDOCAINE,
    lidocaine_findings,
    lidocaine_of,
    unanswered,
)
from cocktails.composition.mixture import (
    SHOWN_DECIMALS,
    AllergyConflict,
    Cream,
    Diluent,
    Finding,
    IngredientDose,
    Mixture,
    Place,
    PlaceDose,
    Portion,
    WrongMixture,
    shown,
)

__all__ = [
    "BUFFER_RATIO",
    "LIDOCAINE",
    "OILY_VITAMINS",
    "SHOWN_DECIMALS",
    "AllergyConflict",
    "Cream",
    "Diluent",
    "Finding",
    "IngredientDose",
    "Mixture",
    "Place",
    "PlaceDose",
    "Portion",
    "WrongMixture",
    "allergy_conflicts",
    "mix",
    "shown",
]


def mix(
    *,
    portions: Sequence[Portion],
    diluent: Diluent | None,
    points: int | None = None,
    ml_per_point: Decimal | None = None,
    places: Sequence[Place] = (),
    facts: Facts,
    weight_kg: Decimal | None = None,
    cream: Cream | None = None,
) -> Mixture:
    """Return the doses of a mixture and what the rules find in it.

    The same ingredient twice is added, in the order of first use; the diluent has no dose of its
    own. `places` says where it goes; without them `points` of `ml_per_point` are one place. Raises
    WrongMixture for entries that describe no mixture.
    """
    if not places:
        if points is None or ml_per_point is None:
            raise WrongMixture(terms.TOO_FEW_POINTS)
        places = [Place(region="", points=points, ml_per_point=ml_per_point)]
    check_entries(portions, diluent, places, weight_kg, cream, facts)
    if diluent is not None and not diluent.ml:
        diluent = None
    total = sum((Fraction(each.drawn_ml) for each in portions), Fraction(0))
    total += Fraction(diluent.ml) if diluent else 0
    injected = sum((each.exact_ml for each in places), Fraction(0))
    possible = injected <= total
    doses = tuple(doses_of(portions, total, injected if possible else None))
    lidocaine = lidocaine_of(doses, weight_kg, cream, facts) if possible else None
    return Mixture(
        possible=possible,
        total_ml=shown(total),
        injected_ml=shown(injected),
        residual_ml=shown(total - injected),
        doses=doses,
        findings=strongest(
            [
                *dose_findings(doses, facts),
                *lidocaine_findings(lidocaine),
                *substance_findings(doses, diluent, facts),
                *pair_findings(portions, diluent, facts),
            ]
        ),
        lidocaine_total_mg=shown(lidocaine.total_mg) if lidocaine else None,
        lidocaine_limit_mg=shown(lidocaine.limit_mg) if lidocaine else None,
        unanswered=tuple(unanswered(doses, weight_kg, cream)),
        places=tuple(doses_by_place(places, doses, total, possible=possible)),
    )
