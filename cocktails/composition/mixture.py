"""The plain values of a mixture: what goes into it, where it goes, what it comes to. Pure.

Amounts are exact decimals with their unit in the name, or fractions until they are shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from clinic.refusals import Refused
from cocktails.catalogue.rules import Pair
from cocktails.composition.terms import MixRule, MixSeverity, Origin

SHOWN_DECIMALS = 6


class WrongMixture(Refused):
    """The entries do not describe a mixture: an amount is impossible or a name unknown."""

    code = "wrong_mixture"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What is drawn from one product. `product_excipients` None: the leaflet was not read."""

    ingredient: str
    stock_mg_per_ml: Decimal
    drawn_ml: Decimal
    product_excipients: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diluent:
    ingredient: str
    ml: Decimal
    product_excipients: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """So many points of so much in one region; "" where the points are not divided by region."""

    region: str
    points: int
    ml_per_point: Decimal

    @property
    def exact_ml(self) -> Fraction:
        return self.points * Fraction(self.ml_per_point)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cream:
    """The anaesthetic cream of the session; `g` None: the grams are not known yet."""

    kind: str
    g: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientDose:
    """One ingredient of the mixture; `session_mg` None when the mixture does not suffice.

    Decimals are as shown (at most six places, half up); the fractions are exact.
    """

    ingredient: str
    drawn_mg: Decimal
    final_mg_per_ml: Decimal
    session_mg: Decimal | None
    exact_drawn_mg: Fraction
    exact_session_mg: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDose:
    """What one region gets; over all regions it is the session. `mg` by ingredient, as shown."""

    place: Place
    injected_ml: Decimal
    mg: Mapping[str, Decimal]
    exact_mg: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: which rule, how hard, about what; words.py says it to people."""

    rule: MixRule
    severity: MixSeverity
    target: str
    found_mg: Decimal | None = None
    limit_mg: Decimal | None = None
    # Of findings that are no doses: ml, mg/ml or pH, as its rule says.
    found: Decimal | None = None
    limit: Decimal | None = None
    pair: Pair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    possible: bool
    total_ml: Decimal
    injected_ml: Decimal
    residual_ml: Decimal
    doses: tuple[IngredientDose, ...]
    findings: tuple[Finding, ...]
    lidocaine_total_mg: Decimal | None = None
    lidocaine_limit_mg: Decimal | None = None
    # What must be known before the dose can be called safe: silence clears nothing.
    unanswered: tuple[str, ...] = ()
    places: tuple[PlaceDose, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllergyConflict:
    ingredient: str
    group: str
    origin: Origin


def shown(exact: Fraction) -> Decimal:
    """Return a value as it is printed: at most six decimals, half up, no trailing zeros."""
    scaled = abs(exact) * 10**SHOWN_DECIMALS
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, decimals = divmod(units, 10**SHOWN_DECIMALS)
    text = f"{whole}.{decimals:0{SHOWN_DECIMALS}d}".rstrip("0").rstrip(".")
    return Decimal(f"-{text}" if exact < 0 and units else text)


def in_the_syringe(portions: Iterable[Portion], diluent: Diluent | None) -> list[Portion | Diluent]:
    return [*portions, diluent] if diluent else [*portions]
