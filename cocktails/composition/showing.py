"""What the composer's page shows beside the doses: what differs from last time and from the plan,
how the last session was borne, what the course got so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.amounts import plain
from cocktails.catalogue.models import Product
from cocktails.catalogue.queries import ingredient_facts
from cocktails.composition import hooks
from cocktails.composition.comparison import Changed, Part, changed
from cocktails.composition.hooks import Given, Tolerance
from cocktails.composition.models import Cocktail
from cocktails.composition.queries import (
    Assessment,
    cocktail_named,
    composition,
    composition_of,
)
from cocktails.composition.rules import Place, PlaceDose
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """One row that is another, in words; "" where it was not there before, or is not any more."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The mixture against an earlier one."""

    title: str
    cocktail: Cocktail
    rows: list[ShownChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlace:
    region: str
    place: Place
    injected_ml: Decimal
    mg: list[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGiven:
    ingredient: str
    given: Given
    # With the mixture on the page; None while there is none.
    with_this: Decimal | None


def region_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    regions = rules_in_force().vocabulary.regions
    return [(region, label.to(language)) for region, label in regions.items()]


def comparisons(patient: Patient, worked: Assessment, last: Cocktail | None) -> list[Comparison]:
    """Against the last cocktail, and against the course's where that is another one."""
    planned = planned_cocktail(patient)
    found = []
    if last is not None:
        found.append((_("Against last time"), last))
    if planned is not None and (last is None or planned.pk != last.pk):
        found.append((_("Against the plan"), planned))
    return [
        Comparison(title=title, cocktail=earlier, rows=_differences(earlier, worked))
        for title, earlier in found
    ]


def planned_cocktail(patient: Patient) -> Cocktail | None:
    named = next((each for each in hooks.cocktail_of_course(patient) if each), None)
    return cocktail_named(patient, named)


def tolerance(patient: Patient) -> Tolerance | None:
    return next((each for each in hooks.last_tolerance(patient) if each), None)


def given_so_far(patient: Patient, worked: Assessment | None) -> list[ShownGiven]:
    """mg per ingredient over the signed sessions of the course, and with this mixture on top."""
    given = [each for some in hooks.given_in_course(patient) for each in some]
    language = get_language() or "en"
    names = ingredient_facts([each.ingredient for each in given]) if given else {}
    more = {dose.ingredient: dose.session_mg for dose in worked.mixture.doses} if worked else {}
    return [
        ShownGiven(
            ingredient=names[each.ingredient].name(language)
            if each.ingredient in names
            else each.ingredient,
            given=each,
            with_this=_added(each.mg, more.get(each.ingredient)),
        )
        for each in given
    ]


def places_shown(places: Iterable[PlaceDose], names: Mapping[str, str]) -> list[ShownPlace]:
    """The regions with what each gets; none where the points are not divided by region."""
    regions = dict(region_choices())
    return [
        ShownPlace(
            region=regions.get(each.place.region, each.place.region),
            place=each.place,
            injected_ml=each.injected_ml,
            mg=[(names.get(ingredient, ingredient), mg) for ingredient, mg in each.mg.items()],
        )
        for each in places
        if each.place.region
    ]


def _added(mg: Decimal, more: Decimal | None) -> Decimal | None:
    return None if more is None else plain(mg + more)


def _differences(earlier: Cocktail, worked: Assessment) -> list[ShownChange]:
    now = composition(
        portions=worked.portions,
        diluent=worked.diluent,
        diluent_ml=worked.diluent_ml,
        places=[each.place for each in worked.mixture.places],
        syringe_ml=worked.syringe_ml,
    )
    products = _products(earlier, worked)
    regions = dict(region_choices())
    return [
        ShownChange(
            label=_label(each, products, regions),
            before=_amount(each.part, each.before),
            after=_amount(each.part, each.after),
        )
        for each in changed(composition_of(earlier), now)
    ]


def _products(earlier: Cocktail, worked: Assessment) -> Mapping[str, Product]:
    found = [each.product for each in earlier.portions.all()]
    found += [product for product, _ml in worked.portions]
    found += [each for each in (earlier.diluent, worked.diluent) if each]
    return {str(each.pk): each for each in found}


def _label(each: Changed, products: Mapping[str, Product], regions: Mapping[str, str]) -> str:
    if each.part in (Part.PRODUCT, Part.DILUENT):
        return products[each.key].name
    if each.part is Part.SYRINGE:
        return _("Syringe")
    return regions.get(each.key, each.key) or _("Injected")


def _amount(part: Part, amounts: Sequence[int | Decimal] | None) -> str:
    if amounts is None:
        return ""
    if part is Part.PLACE:
        points, ml = amounts
        return _("%(points)s x %(ml)s ml") % {"points": points, "ml": number_format(ml)}
    return _("%(ml)s ml") % {"ml": number_format(amounts[0])}
