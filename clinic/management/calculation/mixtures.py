"""Kind `cocktail`: the doses of a mixture and what the rules find in it, as the pages compute it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import override

from clinic.management.calculation.reading import (
    Unreadable,
    amount,
    amount_or_nothing,
    object_or_nothing,
    objects_in,
    whole_number,
    word,
    words,
)
from cocktails.catalogue.facts import facts
from cocktails.composition.rules import (
    LIDOCAINE,
    Cream,
    Diluent,
    IngredientDose,
    Mixture,
    Portion,
    mix,
)
from cocktails.composition.terms import AMIDE_MG_PER_G

MOST_PORTIONS = 100


def answer(entered: Mapping[str, Any]) -> dict[str, Any]:
    portions = objects_in(entered, "ingredients")
    if len(portions) > MOST_PORTIONS:
        raise Unreadable("ingredients are too many for one syringe")
    diluent, cream = (
        object_or_nothing(entered, "diluent"),
        object_or_nothing(entered, "anaesthetic_cream"),
    )
    # What a refusal says goes to a program: always in English.
    with override("en"):
        return _as_result(
            mix(
                portions=[_portion(each) for each in portions],
                diluent=None if diluent is None else _diluent(diluent),
                points=whole_number(entered, "points"),
                ml_per_point=amount(entered, "ml_per_point"),
                weight_kg=amount_or_nothing(entered, "weight_kg"),
                cream=None if cream is None else _cream(cream),
                facts=facts(),
            )
        )


def _portion(entered: Mapping[str, Any]) -> Portion:
    return Portion(
        ingredient=_ingredient(entered),
        stock_mg_per_ml=amount(entered, "stock_mg_ml"),
        drawn_ml=amount(entered, "drawn_ml"),
        product_excipients=_excipients(entered),
    )


def _diluent(entered: Mapping[str, Any]) -> Diluent:
    return Diluent(
        ingredient=_ingredient(entered),
        ml=amount(entered, "ml"),
        product_excipients=_excipients(entered),
    )


def _ingredient(entered: Mapping[str, Any]) -> str:
    ingredient = word(entered, "ingredient")
    if ingredient not in facts().ingredients:
        raise Unreadable("ingredient is not in the catalogue")
    return ingredient


def _excipients(entered: Mapping[str, Any]) -> frozenset[str] | None:
    named = words(entered, "product_excipients")
    return None if named is None else frozenset(named)


def _cream(entered: Mapping[str, Any]) -> Cream:
    kind = word(entered, "kind")
    if kind not in AMIDE_MG_PER_G:
        raise Unreadable("kind of the anaesthetic cream is not known")
    return Cream(kind=kind, g=amount_or_nothing(entered, "g"))


def _as_result(mixture: Mixture) -> dict[str, Any]:
    result: dict[str, Any] = {
        "possible": mixture.possible,
        "total_ml": str(mixture.total_ml),
        "injected_ml": str(mixture.injected_ml),
        "residual_ml": str(mixture.residual_ml),
        "ingredients": [_dose(each) for each in mixture.doses],
    }
    if _speaks_of_lidocaine(mixture):
        result["lidocaine_total_mg"] = str(mixture.lidocaine_total_mg)
        result["lidocaine_limit_mg"] = str(mixture.lidocaine_limit_mg)
    result["findings"] = [
        {"rule": each.rule.value, "severity": each.severity.value, "target": each.target}
        for each in mixture.findings
    ]
    return result


def _dose(dose: IngredientDose) -> dict[str, str]:
    row = {
        "ingredient": dose.ingredient,
        "drawn_mg": str(dose.drawn_mg),
        "final_mg_ml": str(dose.final_mg_per_ml),
    }
    if dose.session_mg is not None:
        row["session_mg"] = str(dose.session_mg)
    return row


def _speaks_of_lidocaine(mixture: Mixture) -> bool:
    """The sum belongs to a syringe with lidocaine, and to whatever is found about it."""
    return mixture.lidocaine_total_mg is not None and (
        any(each.ingredient == LIDOCAINE for each in mixture.doses)
        or any(each.target == LIDOCAINE for each in mixture.findings)
    )
