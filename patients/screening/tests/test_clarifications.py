"""Section 9 of the screening contract, point by point, where another test does not hold it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from patients.screening.ingredients import Ingredient, IngredientFacts, Pair
from patients.screening.rules import screen
from patients.screening.terms import Severity, Verdict
from patients.screening.tests.cases import (
    V1,
    VERSIONS,
    answer,
    as_asked_in,
    found,
    gaps,
    request,
    rules_in,
    with_allergies,
    with_medicines,
)
from patients.screening.tests.firing import cocktail, planned


def screened(changed, **options):
    return screen(changed, rule_set=V1, **options)


def test_9_1_a_row_of_the_table_is_a_name_too_but_a_class_is_not():
    assert V1.recognise_medication("ethinylestradiol + etonogestrel (vaginal ring)").complete
    assert not V1.recognise_medication("class: antibiotic").complete


def test_9_2_every_finding_says_what_fired_it():
    response = screened(with_medicines("Coumadin", status="current"))

    assert response.findings[0].because["medication"] == ("Coumadin",)
    assert response.findings[0].because["inn"] == ("warfarin",)
    ipl = answer(procedures=[{"kind": "ipl", "on": "2026-11-13", "area": ["cheek_left"]}])
    assert ipl.findings[0].because == {"procedure": ("ipl",), "on": ("2026-11-13",)}


def test_9_2_cases_of_one_finding_say_all_that_fired_it():
    response = answer(
        answers={"aspirin_last_on": "2026-11-20"},
        medications=[{"text": "Aspirin", "status": "as_needed", "last_taken": "2026-11-22"}],
        medications_none=False,
    )

    aspirin = next(f for f in response.findings if f.rule == "R-ASPIRIN-RECENT")
    assert set(aspirin.because) == {"answer", "medication", "inn"}
    assert aspirin.clears_on == date(2026, 11, 29)


def test_9_3_known_regions_of_a_partly_unknown_area_count():
    response = answer(area=["cheek_left", "ear", 5], phototype="V")

    assert gaps(response) == {("area", "ear"), ("area", "5")}
    assert response.unanswered == ()
    assert {finding.target for finding in response.findings} == {"cheek_left"}


@pytest.mark.parametrize("area", [None, [], ["ear"], "cheek_left", ["elsewhere"]])
def test_9_3_an_area_without_a_known_region_is_open(area):
    assert screened({**request(), "area": area}).unanswered == ("area",)


def test_9_3_no_procedures_means_none():
    assert answer(procedures=[]).verdict is Verdict.CLEAR
    assert answer(procedures=None).unanswered == ("procedures",)


def test_9_5_two_products_of_one_entry_are_two_medicines():
    assert rules_in(screened(with_medicines("Coraspin Plavix", status="current"))) == {"R-DAPT"}
    twice = screened(with_medicines("Coraspin", "Ecopirin 100", status="current"))
    assert rules_in(twice) == {"R-ANTIPLATELET"}


def test_9_6_the_same_ingredient_twice_is_one_with_all_doses_and_excipients():
    twice = [
        {"ingredient": "ascorbic_acid", "mg": 150, "product_excipients": []},
        {"ingredient": "ascorbic_acid", "mg": 60, "product_excipients": ["sulfite"]},
        {"ingredient": "ascorbic_acid", "product_excipients": []},
    ]

    response = answer(cocktail=twice, answers={"sulfite_reaction": "yes"})

    assert found(response) == {
        ("R-ALLERGY-SULFITE", "absolute", "ascorbic_acid"),
        ("R-DOSE-LIMIT", "caution", "ascorbic_acid"),
    }


def test_9_6_what_is_missing_in_a_lidocaine_sum_counts_nothing_in_version_1():
    steps = {"antiseptic": "alcohol_70", "anaesthetic_cream": "emla", "anaesthetic_cream_g": 30}
    no_dose = cocktail("lidocaine")

    assert rules_in(answer(cocktail=no_dose, weight_kg=60, steps=steps)) == {"R-DOSE-LIMIT"}
    steps.pop("anaesthetic_cream_g")
    assert answer(cocktail=no_dose, weight_kg=60, steps=steps).verdict is Verdict.CLEAR


def test_9_7_a_virtual_pair_is_named_as_the_table_lists_it():
    assert ("R-MIX-INCOMPATIBLE", "absolute", "any_aqueous+vitamin_a") in found(
        screened(planned("vitamin_a", "sodium_chloride"))
    )
    oily_only = rules_in(screened(planned("vitamin_a", "vitamin_e")))
    assert "R-MIX-INCOMPATIBLE" not in oily_only


def test_9_7_a_name_of_two_groups_is_two_groups():
    vitamin_e = [{"ingredient": "vitamin_e"}]
    for oil in ("susam", "yer fıstığı"):
        response = screened({**with_allergies(oil), "cocktail": vitamin_e})
        assert response.unanswered == ("cocktail.0.product_excipients",)


def test_9_8_a_medicine_without_a_group_is_a_drug():
    allergy = with_allergies("coenzyme Q10 (oral)", severity="anaphylaxis")

    assert found(screened(allergy)) == {("R-ANAPHYLAXIS-HISTORY", "relative", None)}


def test_9_9_null_is_given_and_unreadable():
    cocktail_with_null: list[dict[str, Any]] = [
        {"ingredient": "niacinamide", "mg": None, "product_excipients": []}
    ]

    assert answer(cocktail=cocktail_with_null).unanswered == ("cocktail.0.mg",)
    assert screened({**request(), "conditions": None}).unanswered == ("conditions",)
    assert screened({**request(), "last_session_on": None}).unanswered == ()


@pytest.mark.parametrize("rule_set", VERSIONS)
@pytest.mark.parametrize("unnamed", [True, "yes", None, 1])
def test_an_illness_without_a_name_holds_beside_those_that_have_one(rule_set, unnamed):
    named = {**as_asked_in(rule_set, request()), "conditions": [{"text": "Hemofili"}]}

    response = screen({**named, "conditions_unnamed": unnamed}, rule_set=rule_set)

    assert "R-BLEED-DISORDER" in rules_in(response)
    assert "conditions" in response.unanswered
    assert "conditions" not in screen(named, rule_set=rule_set).unanswered


@pytest.mark.parametrize("field", ["born", "last_session_on"])
def test_9_9_no_date_lies_ahead(field):
    assert screened({**request(), field: "2026-11-24"}).verdict is Verdict.HOLD


def test_9_9_an_undated_procedure_was_had_at_any_time_but_is_not_recent():
    undated = [{"kind": "permanent_filler", "area": ["cheek_left"]}]
    response = answer(procedures=undated)

    assert found(response) == {("R-PERM-FILLER", "relative", "cheek_left")}
    assert response.unanswered == ("procedures.0.on",)
    threads = answer(procedures=[{"kind": "threads", "area": ["cheek_left"]}])
    assert found(threads) == set()


def test_9_12_an_illness_counts_whatever_the_answers_say():
    response = answer(conditions=[{"text": "lupus"}], left_out=("connective_tissue_disease",))

    assert response.unanswered == ("connective_tissue_active",)
    assert found(response) == {("R-AUTOIMMUNE", "relative", None)}


# -- ingredient facts are handed in -----------------------------------------------------------


def test_the_clinic_hands_in_its_own_ingredient_facts():
    own = IngredientFacts.of(
        [
            Ingredient("tranexamic_acid", ("tranexamic_acid",), soft_mg=4, hard_mg=Decimal("7.5")),
            Ingredient("sodium_chloride"),
        ],
        [Pair("tranexamic_acid", "sodium_chloride", "warn")],
    )

    response = screened(request(), ingredients=own)

    assert found(response) == {
        ("R-DOSE-LIMIT", "absolute", "tranexamic_acid"),
        ("R-MIX-WARN", "caution", "sodium_chloride+tranexamic_acid"),
    }
    assert {finding.severity for finding in response.findings} == {
        Severity.ABSOLUTE,
        Severity.CAUTION,
    }


def test_limits_are_never_binary_floats():
    with pytest.raises(TypeError):
        IngredientFacts.from_json(
            {
                "ingredients": [
                    {"id": "x", "allergen_groups": [], "soft_mg": 0.1, "hard_mg": None}
                ],
                "incompatibilities": [],
            }
        )
