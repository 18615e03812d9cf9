"""Reads of composed cocktails, and of what a mixture is held against for one patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from clinic.amounts import plain
from cocktails.catalogue.models import Ingredient, Product
from cocktails.catalogue.queries import all_facts
from cocktails.catalogue.rules import Facts
from cocktails.composition.comparison import Composition
from cocktails.composition.models import Cocktail, CocktailPortion
from cocktails.composition.objections import Objection, objections
from cocktails.composition.rules import (
    Cream,
    Diluent,
    IngredientDose,
    Mixture,
    Place,
    Portion,
    allergy_conflicts,
    mix,
)
from cocktails.composition.terms import AMIDE_MG_PER_G
from cocktails.composition.tied_rules import objections_of, tied_rules
from cocktails.composition.usual import unusual
from patients.intake.queries import allergies, standing_answers
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.hooks import planned_treatment_of
from patients.screening.plan import PlannedIngredient
from patients.screening.queries import allergy_groups
from patients.screening.readable import read_amount


def _complete() -> QuerySet[Cocktail]:
    return Cocktail.objects.select_related(
        "diluent__ingredient", "composed_by", "supersedes", "superseded_by", "protocol"
    ).prefetch_related(Prefetch("portions", queryset=_portions_with_products()), "places")


def _portions_with_products() -> QuerySet[CocktailPortion]:
    return CocktailPortion.objects.select_related("product__ingredient")


def cocktails(patient: Patient) -> QuerySet[Cocktail]:
    """The patient's cocktails, the latest first."""
    return _complete().filter(patient=patient)


def cocktail(cocktail_id: UUID) -> Cocktail:
    return _complete().get(pk=cocktail_id)


def cocktail_of(patient: Patient, cocktail_id: UUID) -> Cocktail:
    return cocktails(patient).get(pk=cocktail_id)


def cocktail_named(patient: Patient, cocktail_id: UUID | None) -> Cocktail | None:
    """The patient's cocktail of that id, if there is one."""
    return cocktails(patient).filter(pk=cocktail_id).first() if cocktail_id else None


def latest_cocktail(patient: Patient) -> Cocktail | None:
    return cocktails(patient).first()


def mixture_of(cocktail: Cocktail, facts: Facts | None = None) -> Mixture:
    """What the rules compute for a stored cocktail, against the facts as they are now."""
    return _mixture(cocktail, _portions(cocktail), facts)


def _mixture(
    cocktail: Cocktail, portions: Sequence[tuple[Product, Decimal]], facts: Facts | None = None
) -> Mixture:
    return mix(
        portions=[portion_of(product, drawn_ml) for product, drawn_ml in portions],
        diluent=diluent_of(cocktail.diluent, cocktail.diluent_ml),
        places=places_of(cocktail),
        facts=facts or all_facts(_ingredients_in(cocktail, portions)),
    )


def facts_of(cocktail: Cocktail) -> Facts:
    """What a stored cocktail is held against: the facts of what is in it."""
    return all_facts(_ingredients_in(cocktail, _portions(cocktail)))


def planned_ingredients(
    cocktail: Cocktail, facts: Facts | None = None
) -> tuple[PlannedIngredient, ...]:
    """The cocktail as screening reads it: dose of one session, excipients of every product."""
    portions = _portions(cocktail)
    return _planned_of(_mixture(cocktail, portions, facts), portions, cocktail.diluent)


def _planned_of(
    mixture: Mixture, portions: Sequence[tuple[Product, Decimal]], diluent: Product | None
) -> tuple[PlannedIngredient, ...]:
    doses = {each.ingredient: each.session_mg for each in mixture.doses}
    planned = []
    seen: set[str] = set()
    for product, _ml in portions:
        slug = product.ingredient_id
        # Screening adds doses of the same ingredient; the mixture has added them already.
        mg = Decimal(0) if slug in seen else doses[slug]
        seen.add(slug)
        planned.append(_planned(product, mg))
    if diluent is not None:
        planned.append(_planned(diluent, None))
    return tuple(planned)


def _ingredients_in(
    cocktail: Cocktail, portions: Sequence[tuple[Product, Decimal]]
) -> frozenset[str]:
    poured = {cocktail.diluent.ingredient_id} if cocktail.diluent else set()
    return frozenset({product.ingredient_id for product, _ml in portions} | poured)


def places_of(cocktail: Cocktail) -> list[Place]:
    """Where a stored cocktail goes; one place without a name where it is not divided by region."""
    named = [
        Place(region=each.region, points=each.points, ml_per_point=each.point_ml)
        for each in cocktail.places.all()
    ]
    if named or cocktail.point_ml is None:
        return named
    return [Place(region="", points=cocktail.points, ml_per_point=cocktail.point_ml)]


def composition_of(cocktail: Cocktail) -> Composition:
    """A stored cocktail as it is compared with another."""
    return composition(
        portions=_portions(cocktail),
        diluent=cocktail.diluent,
        diluent_ml=plain(cocktail.diluent_ml),
        places=places_of(cocktail),
        syringe_ml=cocktail.syringe,
    )


def composition(
    *,
    portions: Sequence[tuple[Product, Decimal]],
    diluent: Product | None,
    diluent_ml: Decimal,
    places: Sequence[Place],
    syringe_ml: Decimal | None,
) -> Composition:
    products: dict[str, Decimal] = {}
    for product, ml in portions:
        products[str(product.pk)] = products.get(str(product.pk), Decimal(0)) + ml
    return Composition(
        products=products,
        diluent=None if diluent is None else (str(diluent.pk), diluent_ml),
        places={each.region: (each.points, each.ml_per_point) for each in places},
        syringe_ml=syringe_ml,
    )


def portion_of(product: Product, drawn_ml: Decimal) -> Portion:
    return Portion(
        ingredient=product.ingredient_id,
        stock_mg_per_ml=plain(product.stock_mg_per_ml),
        drawn_ml=drawn_ml,
        product_excipients=leaflet(product),
    )


def diluent_of(product: Product | None, ml: Decimal) -> Diluent | None:
    if product is None:
        return None
    return Diluent(ingredient=product.ingredient_id, ml=ml, product_excipients=leaflet(product))


def leaflet(product: Product) -> frozenset[str] | None:
    """The excipients that the leaflet names; None while nobody has read it."""
    return None if product.excipients is None else frozenset(product.excipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a patient that a mixture is held against."""

    allergy_groups: frozenset[str]
    unrecognised_allergies: tuple[str, ...]
    weight_kg: Decimal | None
    cream: Cream | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRow:
    """One ingredient of a mixture with the products it is drawn from, for reading."""

    ingredient: Ingredient
    drawn: tuple[tuple[Product, Decimal], ...]
    dose: IngredientDose


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A mixture, and everything that speaks against it for one patient on one day."""

    mixture: Mixture
    rows: tuple[DoseRow, ...]
    objections: tuple[Objection, ...]
    portions: tuple[tuple[Product, Decimal], ...] = ()
    diluent: Product | None = None
    diluent_ml: Decimal = Decimal(0)
    syringe_ml: Decimal | None = None

    @property
    def is_absolute(self) -> bool:
        return any(each.is_absolute for each in self.objections)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOut:
    """A stored cocktail with what it comes to."""

    cocktail: Cocktail
    mixture: Mixture
    rows: tuple[DoseRow, ...]


def worked_out(patient: Patient) -> list[WorkedOut]:
    """The patient's cocktails with their doses, the latest first."""
    facts = all_facts()
    return [
        WorkedOut(
            cocktail=each,
            mixture=(mixture := mixture_of(each, facts)),
            rows=_rows(mixture, _portions(each)),
        )
        for each in cocktails(patient)
    ]


def circumstances(patient: Patient, on: date) -> Circumstances:
    """Allergies, weight and the anaesthetic cream of the running plan, where they are known."""
    answers = standing_answers(patient, on)
    planned = next((each for each in planned_treatment_of(patient) if each is not None), None)
    cream = None
    if planned and planned.anaesthetic_cream and planned.anaesthetic_cream in AMIDE_MG_PER_G:
        cream = Cream(kind=planned.anaesthetic_cream, g=planned.cream_g)
    weight = read_amount(answers.get("weight_kg"))
    rule_set = rules_in_force()
    return Circumstances(
        allergy_groups=allergy_groups(patient, on),
        unrecognised_allergies=tuple(
            each.text
            for each in allergies(patient)
            if not rule_set.recognise_allergy(each.text).complete
        ),
        weight_kg=Decimal(weight) if weight else None,
        cream=cream,
    )


def assess(
    *,
    patient: Patient,
    portions: Sequence[tuple[Product, Decimal]],
    diluent: Product | None,
    diluent_ml: Decimal,
    points: int | None = None,
    ml_per_point: Decimal | None = None,
    places: Sequence[Place] = (),
    syringe_ml: Decimal | None = None,
    on: date,
) -> Assessment:
    """Compute a mixture and everything that speaks against it. Raises WrongMixture."""
    facts = all_facts()
    known = circumstances(patient, on)
    drawn = [portion_of(product, drawn_ml) for product, drawn_ml in portions]
    poured = diluent_of(diluent, diluent_ml)
    mixture = mix(
        portions=drawn,
        diluent=poured,
        points=points,
        ml_per_point=ml_per_point,
        places=places,
        facts=facts,
        weight_kg=known.weight_kg,
        cream=known.cream,
    )
    conflicts = allergy_conflicts(drawn, known.allergy_groups, facts, diluent=poured)
    tied = tied_rules(patient, _planned_of(mixture, portions, diluent), facts, on=on)
    return Assessment(
        mixture=mixture,
        rows=_rows(mixture, portions),
        objections=tuple(
            objections(
                mixture,
                conflicts,
                facts,
                unusual=unusual(
                    mixture, poured.ingredient if poured else None, facts, syringe_ml=syringe_ml
                ),
                tied=objections_of(tied, facts),
                unrecognised=known.unrecognised_allergies,
            )
        ),
        portions=tuple(portions),
        diluent=diluent,
        diluent_ml=diluent_ml,
        syringe_ml=syringe_ml,
    )


def assessment_of(cocktail: Cocktail, on: date) -> Assessment:
    """A stored cocktail, computed again against the facts and the patient as they are now."""
    return assess(
        patient=cocktail.patient,
        portions=_portions(cocktail),
        diluent=cocktail.diluent,
        diluent_ml=plain(cocktail.diluent_ml),
        places=places_of(cocktail),
        syringe_ml=cocktail.syringe,
        on=on,
    )


def _planned(product: Product, mg: Decimal | None) -> PlannedIngredient:
    excipients = leaflet(product)
    return PlannedIngredient(
        ingredient=product.ingredient_id,
        mg=mg,
        product_excipients=None if excipients is None else tuple(sorted(excipients)),
    )


def _portions(cocktail: Cocktail) -> list[tuple[Product, Decimal]]:
    # One statement for all three tables; nothing where they are there already.
    prefetch_related_objects([cocktail], Prefetch("portions", queryset=_portions_with_products()))
    return [(each.product, plain(each.drawn_ml)) for each in cocktail.portions.all()]


def _rows(mixture: Mixture, portions: Sequence[tuple[Product, Decimal]]) -> tuple[DoseRow, ...]:
    ingredients = {product.ingredient_id: product.ingredient for product, _ml in portions}
    return tuple(
        DoseRow(
            ingredient=ingredients[dose.ingredient],
            drawn=tuple(each for each in portions if each[0].ingredient_id == dose.ingredient),
            dose=dose,
        )
        for dose in mixture.doses
    )
