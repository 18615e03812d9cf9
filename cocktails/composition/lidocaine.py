"""Lidocaine from every source, the cream included, against the patient's weight. Pure.

Every number: docs/rules/doses.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cocktails.catalogue.rules import Facts
from cocktails.composition.mixture import Cream, Finding, IngredientDose, shown
from cocktails.composition.terms import AMIDE_MG_PER_G, MixRule, MixSeverity

LIDOCAINE = "lidocaine"
LIDOCAINE_MG_PER_KG = Decimal("4.5")
LIDOCAINE_MOST_MG = Decimal(200)
# At worst half of what is in the cream reaches the blood.
ABSORBED = Fraction(1, 2)
# Cream alone: 60 g of EMLA (50 mg/g), half absorbed.
CREAM_ALONE_MOST_MG = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class LidocaineTotal:
    total_mg: Fraction
    limit_mg: Fraction
    in_syringe: bool


def lidocaine_of(
    doses: Iterable[IngredientDose], weight_kg: Decimal | None, cream: Cream | None, facts: Facts
) -> LidocaineTotal | None:
    """Sum lidocaine over syringe and cream; None when there is none in either."""
    in_syringe = [each.exact_session_mg for each in doses if each.ingredient == LIDOCAINE]
    if not in_syringe and not amide_mg_per_g(cream):
        return None
    total = sum((mg or Fraction(0) for mg in in_syringe), Fraction(0))
    if cream is not None and cream.g is not None:
        total += Fraction(cream.g) * amide_mg_per_g(cream) * ABSORBED
    substance = facts.ingredients.get(LIDOCAINE)
    limit = Fraction((substance and substance.hard_mg) or LIDOCAINE_MOST_MG)
    if weight_kg is not None:
        per_kg = (substance and substance.max_mg_per_kg) or LIDOCAINE_MG_PER_KG
        limit = min(limit, Fraction(per_kg) * Fraction(weight_kg))
    return LidocaineTotal(total_mg=total, limit_mg=limit, in_syringe=bool(in_syringe))


def amide_mg_per_g(cream: Cream | None) -> Fraction:
    return Fraction(AMIDE_MG_PER_G[cream.kind]) if cream else Fraction(0)


def unanswered(
    doses: Iterable[IngredientDose], weight_kg: Decimal | None, cream: Cream | None
) -> Iterator[str]:
    in_cream = bool(amide_mg_per_g(cream))
    if weight_kg is None and (in_cream or any(each.ingredient == LIDOCAINE for each in doses)):
        yield "weight_kg"
    if in_cream and cream is not None and cream.g is None:
        yield "anaesthetic_cream_g"


def lidocaine_findings(lidocaine: LidocaineTotal | None) -> Iterator[Finding]:
    if lidocaine is None or lidocaine.total_mg <= lidocaine.limit_mg:
        return
    is_absolute = lidocaine.in_syringe or lidocaine.total_mg > CREAM_ALONE_MOST_MG
    yield Finding(
        rule=MixRule.DOSE_LIMIT,
        severity=MixSeverity.ABSOLUTE if is_absolute else MixSeverity.CAUTION,
        target=LIDOCAINE,
        found_mg=shown(lidocaine.total_mg),
        limit_mg=shown(lidocaine.limit_mg),
    )
