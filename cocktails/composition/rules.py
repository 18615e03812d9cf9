"""What a mixture contains, to the last digit, and what is wrong with it.

Pure, and exact: amounts are fractions until they are shown, limits are compared with the exact
value. The formulas and every number: docs/rules/doses.md; limits and pairs are handed in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from clinic.refusals import Refused
from cocktails.catalogue.rules import Facts, Pair, contained
from cocktails.catalogue.terms import PairAction
from cocktails.composition import terms
from cocktails.composition.terms import AMIDE_MG_PER_G, MixRule, MixSeverity, Origin

SHOWN_DECIMALS = 6

LIDOCAINE, BICARBONATE = "lidocaine", "sodium_bicarbonate"
LIDOCAINE_MG_PER_KG = Decimal("4.5")
LIDOCAINE_MOST_MG = Decimal(200)
# At worst half of what is in the cream reaches the blood.
ABSORBED = Fraction(1, 2)
# Cream alone: 60 g of EMLA (50 mg/g), half absorbed.
CREAM_ALONE_MOST_MG = 1500

BUFFERED_LIDOCAINE_MG_PER_ML = Decimal(10)
BUFFERING_BICARBONATE_MG_PER_ML = Decimal(84)
BUFFER_RATIO = (9, 10)

OILY_VITAMINS = frozenset({"vitamin_a", "vitamin_e"})
ANY_AQUEOUS = "any_aqueous"
# Names in the pair table that stand for an excipient of some product in the syringe.
EXCIPIENT_MARKERS = {
    "sulfite_excipient": frozenset({"sulfite"}),
    "chlorhexidine_or_benzalkonium": frozenset({"chlorhexidine", "benzalkonium"}),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lidocaine:
    total_mg: Fraction
    limit_mg: Fraction
    in_syringe: bool


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
    _check_entries(portions, diluent, places, weight_kg, cream, facts)
    if diluent is not None and not diluent.ml:
        diluent = None
    total = sum((Fraction(each.drawn_ml) for each in portions), Fraction(0))
    total += Fraction(diluent.ml) if diluent else 0
    injected = sum((each.exact_ml for each in places), Fraction(0))
    possible = injected <= total
    doses = tuple(_doses(portions, total, injected if possible else None))
    lidocaine = _lidocaine(doses, weight_kg, cream, facts) if possible else None
    return Mixture(
        possible=possible,
        total_ml=shown(total),
        injected_ml=shown(injected),
        residual_ml=shown(total - injected),
        doses=doses,
        findings=_strongest(
            [
                *_dose_findings(doses, facts),
                *_lidocaine_findings(lidocaine),
                *_substance_findings(doses, diluent, facts),
                *_pair_findings(portions, diluent, facts),
            ]
        ),
        lidocaine_total_mg=shown(lidocaine.total_mg) if lidocaine else None,
        lidocaine_limit_mg=shown(lidocaine.limit_mg) if lidocaine else None,
        unanswered=tuple(_unanswered(doses, weight_kg, cream)),
        places=tuple(_by_place(places, doses, total, possible=possible)),
    )


def allergy_conflicts(
    portions: Iterable[Portion],
    patient_allergy_groups: Set[str],
    facts: Facts,
    *,
    diluent: Diluent | None = None,
) -> list[AllergyConflict]:
    """Return each ingredient with each of the patient's allergy groups that it brings, and how.

    A group that a product only may bring counts as long as its leaflet was not read.
    """
    conflicts: dict[tuple[str, str], Origin] = {}
    for each in _filled(portions, diluent):
        substance = facts.ingredients[each.ingredient]
        for group in sorted(patient_allergy_groups):
            if group in substance.direct_allergens:
                origin = Origin.DIRECT
            elif group in contained(each.product_excipients or ()):
                origin = Origin.EXCIPIENT
            elif each.product_excipients is None and group in substance.possible_allergens:
                origin = Origin.LEAFLET_NOT_READ
            else:
                continue
            key = each.ingredient, group
            conflicts[key] = min(conflicts.get(key, origin), origin, key=list(Origin).index)
    return [
        AllergyConflict(ingredient=ingredient, group=group, origin=origin)
        for (ingredient, group), origin in conflicts.items()
    ]


def shown(exact: Fraction) -> Decimal:
    """Return a value as it is printed: at most six decimals, half up, no trailing zeros."""
    scaled = abs(exact) * 10**SHOWN_DECIMALS
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, decimals = divmod(units, 10**SHOWN_DECIMALS)
    text = f"{whole}.{decimals:0{SHOWN_DECIMALS}d}".rstrip("0").rstrip(".")
    return Decimal(f"-{text}" if exact < 0 and units else text)


def _filled(portions: Iterable[Portion], diluent: Diluent | None) -> list[Portion | Diluent]:
    return [*portions, diluent] if diluent else [*portions]


def _check_entries(
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
    for each in _filled(portions, diluent):
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


def _doses(
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


def _by_place(
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


def _lidocaine(
    doses: Iterable[IngredientDose], weight_kg: Decimal | None, cream: Cream | None, facts: Facts
) -> _Lidocaine | None:
    """Sum lidocaine over syringe and cream; None when there is none in either."""
    in_syringe = [each.exact_session_mg for each in doses if each.ingredient == LIDOCAINE]
    if not in_syringe and not _amide_mg_per_g(cream):
        return None
    total = sum((mg or Fraction(0) for mg in in_syringe), Fraction(0))
    if cream is not None and cream.g is not None:
        total += Fraction(cream.g) * _amide_mg_per_g(cream) * ABSORBED
    substance = facts.ingredients.get(LIDOCAINE)
    limit = Fraction((substance and substance.hard_mg) or LIDOCAINE_MOST_MG)
    if weight_kg is not None:
        per_kg = (substance and substance.max_mg_per_kg) or LIDOCAINE_MG_PER_KG
        limit = min(limit, Fraction(per_kg) * Fraction(weight_kg))
    return _Lidocaine(total_mg=total, limit_mg=limit, in_syringe=bool(in_syringe))


def _amide_mg_per_g(cream: Cream | None) -> Fraction:
    return Fraction(AMIDE_MG_PER_G[cream.kind]) if cream else Fraction(0)


def _unanswered(
    doses: Iterable[IngredientDose], weight_kg: Decimal | None, cream: Cream | None
) -> Iterator[str]:
    in_cream = bool(_amide_mg_per_g(cream))
    if weight_kg is None and (in_cream or any(each.ingredient == LIDOCAINE for each in doses)):
        yield "weight_kg"
    if in_cream and cream is not None and cream.g is None:
        yield "anaesthetic_cream_g"


def _dose_findings(doses: Iterable[IngredientDose], facts: Facts) -> Iterator[Finding]:
    for dose in doses:
        substance = facts.ingredients[dose.ingredient]
        if dose.exact_session_mg is None or substance.is_topical_only:
            continue
        if substance.hard_mg is not None and dose.exact_session_mg > substance.hard_mg:
            severity, limit = MixSeverity.ABSOLUTE, substance.hard_mg
        elif substance.soft_mg is not None and dose.exact_session_mg > substance.soft_mg:
            severity, limit = MixSeverity.CAUTION, substance.soft_mg
        else:
            continue
        yield Finding(
            rule=MixRule.DOSE_LIMIT,
            severity=severity,
            target=dose.ingredient,
            found_mg=dose.session_mg,
            limit_mg=limit,
        )


def _lidocaine_findings(lidocaine: _Lidocaine | None) -> Iterator[Finding]:
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


def _substance_findings(
    doses: Iterable[IngredientDose], diluent: Diluent | None, facts: Facts
) -> Iterator[Finding]:
    ingredients = [dose.ingredient for dose in doses]
    for ingredient in [*ingredients, diluent.ingredient] if diluent else ingredients:
        if facts.ingredients[ingredient].is_topical_only:
            yield Finding(
                rule=MixRule.TOPICAL_ONLY, severity=MixSeverity.ABSOLUTE, target=ingredient
            )
        if ingredient in OILY_VITAMINS:
            yield Finding(
                rule=MixRule.VITAMIN_E_OIL, severity=MixSeverity.ABSOLUTE, target=ingredient
            )


def _pair_findings(
    portions: Sequence[Portion], diluent: Diluent | None, facts: Facts
) -> Iterator[Finding]:
    present = _present(portions, diluent)
    for pair in facts.pairs:
        if pair.a not in present or pair.b not in present:
            continue
        is_blocked = pair.action is PairAction.BLOCK or (
            pair.action is PairAction.OK_RATIO and not _is_buffered_rightly(portions, diluent)
        )
        if is_blocked:
            yield Finding(
                rule=MixRule.MIX_INCOMPATIBLE,
                severity=MixSeverity.ABSOLUTE,
                target=pair.target,
                pair=pair,
            )
        elif pair.action is PairAction.WARN:
            yield Finding(
                rule=MixRule.MIX_WARN,
                severity=MixSeverity.CAUTION,
                target=pair.target,
                pair=pair,
            )


def _present(portions: Sequence[Portion], diluent: Diluent | None) -> set[str]:
    """Return every name of the pair table that the syringe answers to."""
    filled = _filled(portions, diluent)
    present = {each.ingredient for each in filled}
    if present - OILY_VITAMINS:
        present.add(ANY_AQUEOUS)
    excipients = contained(name for each in filled for name in each.product_excipients or ())
    present.update(marker for marker, any_of in EXCIPIENT_MARKERS.items() if any_of & excipients)
    return present


def _is_buffered_rightly(portions: Sequence[Portion], diluent: Diluent | None) -> bool:
    """Say whether 1% lidocaine and 8.4% bicarbonate stand 9 to 10 parts to one."""
    if diluent is not None and diluent.ingredient in (LIDOCAINE, BICARBONATE):
        return False  # a diluent has no strength that could be checked
    lidocaine = [each for each in portions if each.ingredient == LIDOCAINE]
    bicarbonate = [each for each in portions if each.ingredient == BICARBONATE]
    if not lidocaine or not bicarbonate:
        return False
    if any(each.stock_mg_per_ml != BUFFERED_LIDOCAINE_MG_PER_ML for each in lidocaine):
        return False
    if any(each.stock_mg_per_ml != BUFFERING_BICARBONATE_MG_PER_ML for each in bicarbonate):
        return False
    ratio = sum(Fraction(each.drawn_ml) for each in lidocaine) / sum(
        Fraction(each.drawn_ml) for each in bicarbonate
    )
    return BUFFER_RATIO[0] <= ratio <= BUFFER_RATIO[1]


def _strongest(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the strongest finding per rule and target, what is not possible first."""
    rank = list(MixSeverity).index
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = finding.rule.value, finding.target
        if key not in kept or rank(finding.severity) < rank(kept[key].severity):
            kept[key] = finding
    return tuple(
        sorted(kept.values(), key=lambda each: (rank(each.severity), each.rule, each.target))
    )
