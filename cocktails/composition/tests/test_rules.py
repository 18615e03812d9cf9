import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocktails.catalogue import facts as catalogue
from cocktails.catalogue.rules import Facts, IngredientFacts
from cocktails.composition import rules
from cocktails.composition.rules import Cream, Diluent, Portion, mix
from cocktails.composition.terms import MixRule, MixSeverity, Origin
from cocktails.composition.words import explain

FACTS = catalogue.facts()
EXAMPLES = json.loads(Path(__file__).with_name("dose_examples.json").read_text(encoding="utf-8"))
SALINE = Diluent(ingredient="sodium_chloride", ml=Decimal(4))


def portion(ingredient="tranexamic_acid", stock="50", drawn="0.4", excipients=()):
    return Portion(
        ingredient=ingredient,
        stock_mg_per_ml=Decimal(stock),
        drawn_ml=Decimal(drawn),
        product_excipients=None if excipients is None else frozenset(excipients),
    )


def mixture(*portions, diluent=SALINE, points=20, ml_per_point="0.05", **rest):
    return mix(
        portions=portions or (portion(),),
        diluent=diluent,
        points=points,
        ml_per_point=Decimal(ml_per_point),
        facts=FACTS,
        **rest,
    )


def from_example(given_):
    diluent, cream = given_["diluent"], given_.get("anaesthetic_cream")
    return mix(
        portions=[
            portion(
                each["ingredient"],
                each["stock_mg_ml"],
                each["drawn_ml"],
                each["product_excipients"],
            )
            for each in given_["ingredients"]
        ],
        diluent=diluent and Diluent(ingredient=diluent["ingredient"], ml=Decimal(diluent["ml"])),
        points=given_["points"],
        ml_per_point=Decimal(given_["ml_per_point"]),
        weight_kg=Decimal(given_["weight_kg"]) if "weight_kg" in given_ else None,
        cream=cream and Cream(kind=cream["kind"], g=Decimal(cream["g"])),
        facts=FACTS,
    )


def as_example(result):
    rows = []
    for dose in result.doses:
        row = {
            "ingredient": dose.ingredient,
            "drawn_mg": str(dose.drawn_mg),
            "final_mg_ml": str(dose.final_mg_per_ml),
        }
        if dose.session_mg is not None:
            row["session_mg"] = str(dose.session_mg)
        rows.append(row)
    answer = {
        "possible": result.possible,
        "total_ml": str(result.total_ml),
        "injected_ml": str(result.injected_ml),
        "residual_ml": str(result.residual_ml),
        "ingredients": rows,
        "findings": [
            {"rule": each.rule.value, "severity": each.severity.value, "target": each.target}
            for each in result.findings
        ],
    }
    if result.lidocaine_total_mg is not None:
        answer["lidocaine_total_mg"] = str(result.lidocaine_total_mg)
        answer["lidocaine_limit_mg"] = str(result.lidocaine_limit_mg)
    return answer


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["id"])
def test_the_worked_example_comes_out_to_the_last_digit(example):
    assert as_example(from_example(example["input"])) == example["expected"]


# --- laws -------------------------------------------------------------------

injectable = sorted(id_ for id_, each in FACTS.ingredients.items() if not each.is_topical_only)
volumes = st.decimals("0.05", "5", places=2)
strengths = st.decimals("0.01", "200", places=2)
portions_lists = st.lists(
    st.builds(
        Portion,
        ingredient=st.sampled_from(injectable),
        stock_mg_per_ml=strengths,
        drawn_ml=volumes,
    ),
    min_size=1,
    max_size=5,
)
diluents = st.none() | st.builds(
    Diluent, ingredient=st.just("sodium_chloride"), ml=st.decimals(0, 10, places=1)
)
points_counts = st.integers(1, 60)
drops = st.decimals("0.02", "0.1", places=2)


def mixed(portions, diluent, points, drop, facts=FACTS, **rest):
    return mix(
        portions=portions,
        diluent=diluent,
        points=points,
        ml_per_point=drop,
        facts=facts,
        **rest,
    )


def severities(result):
    return {(each.rule, each.target): each.severity for each in result.findings}


def is_no_milder(one, other):
    """Say whether `one` has every finding of `other`, at least as hard."""
    rank = [MixSeverity.CAUTION, MixSeverity.ABSOLUTE].index
    found = severities(one)
    return all(
        key in found and rank(found[key]) >= rank(severity)
        for key, severity in severities(other).items()
    )


@given(portions_lists, diluents, points_counts, drops)
def test_the_total_is_portions_and_diluent_and_nothing_is_negative(portions, diluent, points, drop):
    result = mixed(portions, diluent, points, drop)

    assert result.total_ml == sum(each.drawn_ml for each in portions) + (
        diluent.ml if diluent else 0
    )
    assert result.total_ml == result.injected_ml + result.residual_ml
    assert result.possible == (result.residual_ml >= 0)
    for dose in result.doses:
        assert dose.drawn_mg >= 0
        assert dose.final_mg_per_ml >= 0
        assert (dose.session_mg is not None) == result.possible
        if dose.exact_session_mg is not None:
            assert 0 <= dose.exact_session_mg <= dose.exact_drawn_mg


@given(portions_lists, diluents, points_counts, drops, st.decimals("0.1", "10", places=1))
def test_scaling_all_volumes_scales_all_doses(portions, diluent, points, drop, factor):
    result = mixed(portions, diluent, points, drop)
    scaled = mixed(
        [replace(each, drawn_ml=each.drawn_ml * factor) for each in portions],
        diluent and replace(diluent, ml=diluent.ml * factor),
        points,
        drop * factor,
    )

    assert scaled.possible == result.possible
    for before, after in zip(result.doses, scaled.doses, strict=True):
        assert after.exact_drawn_mg == before.exact_drawn_mg * Fraction(factor)
        assert after.final_mg_per_ml == before.final_mg_per_ml
        if before.exact_session_mg is not None:
            assert after.exact_session_mg == before.exact_session_mg * Fraction(factor)


@given(portions_lists, diluents, points_counts, drops, st.randoms(use_true_random=False))
def test_the_order_of_drawing_does_not_matter(portions, diluent, points, drop, random):
    shuffled = random.sample(portions, len(portions))

    one, other = mixed(portions, diluent, points, drop), mixed(shuffled, diluent, points, drop)

    assert {each.ingredient: each for each in one.doses} == {
        each.ingredient: each for each in other.doses
    }
    assert one.findings == other.findings
    assert one.total_ml == other.total_ml


@given(portions_lists, diluents, points_counts, drops, st.decimals(0, 100, places=2), st.data())
def test_a_stronger_stock_never_lowers_a_dose_and_never_a_finding(
    portions, diluent, points, drop, more, data
):
    place = data.draw(st.integers(0, len(portions) - 1))
    stronger = [*portions]
    stronger[place] = replace(
        portions[place], stock_mg_per_ml=portions[place].stock_mg_per_ml + more
    )

    before, after = mixed(portions, diluent, points, drop), mixed(stronger, diluent, points, drop)

    for weak, strong in zip(before.doses, after.doses, strict=True):
        assert strong.exact_drawn_mg >= weak.exact_drawn_mg
        if weak.exact_session_mg is not None:
            assert strong.exact_session_mg >= weak.exact_session_mg
    ingredients = {each.ingredient for each in portions}
    # A changed lidocaine strength may leave the one permitted buffer ratio, or reach it.
    if not {"lidocaine", "sodium_bicarbonate"} <= ingredients:
        assert is_no_milder(after, before)


@given(portions_lists, diluents, points_counts, drops, st.decimals("0.1", 1, places=2))
def test_lower_limits_never_make_the_findings_milder(portions, diluent, points, drop, factor):
    strict = Facts(
        ingredients={
            id_: replace(
                each,
                soft_mg=None if each.soft_mg is None else each.soft_mg * factor,
                hard_mg=None if each.hard_mg is None else each.hard_mg * factor,
            )
            for id_, each in FACTS.ingredients.items()
        },
        pairs=FACTS.pairs,
    )

    assert is_no_milder(
        mixed(portions, diluent, points, drop, facts=strict),
        mixed(portions, diluent, points, drop),
    )


@given(portions_lists, diluents, points_counts, drops, portions_lists)
def test_a_further_portion_never_removes_an_incompatible_pair(
    portions, diluent, points, drop, further
):
    def pairs(result):
        return {
            each.target
            for each in result.findings
            if each.rule in (MixRule.MIX_INCOMPATIBLE, MixRule.MIX_WARN)
            and each.target != "lidocaine+sodium_bicarbonate"
        }

    assert pairs(mixed(portions, diluent, points, drop)) <= pairs(
        mixed([*portions, *further], diluent, points, drop)
    )


@given(portions_lists, diluents, points_counts, drops)
def test_amounts_are_printed_plainly_and_within_half_a_millionth(portions, diluent, points, drop):
    result = mixed(portions, diluent, points, drop)

    for dose in result.doses:
        for amount in (dose.drawn_mg, dose.final_mg_per_ml, dose.session_mg):
            assert "E" not in str(amount)
        assert abs(Fraction(dose.drawn_mg) - dose.exact_drawn_mg) <= Fraction(1, 2_000_000)


# --- edges ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        (Fraction(1, 3), "0.333333"),
        (Fraction(2, 3), "0.666667"),
        (Fraction(1, 2_000_000), "0.000001"),
        (Fraction(-1, 2_000_000), "-0.000001"),
        (Fraction(-1, 3_000_000), "0"),
        (Fraction(200), "200"),
        (Fraction(-1, 20), "-0.05"),
        (Fraction(0), "0"),
    ],
)
def test_what_does_not_end_is_shown_half_up_to_six_places(exact, text):
    assert str(rules.shown(exact)) == text


def test_a_limit_is_held_against_the_exact_value_and_equal_is_not_above():
    drawn = portion(stock="10", drawn="1")

    def findings(ml):
        return mixture(drawn, diluent=None, points=1, ml_per_point=ml).findings

    assert findings("1") == ()
    third = mixture(
        portion(stock="30.0000001", drawn="1"),
        diluent=Diluent(ingredient="sodium_chloride", ml=Decimal(2)),
        points=1,
        ml_per_point="1",
    )
    assert third.doses[0].session_mg == 10
    assert [each.severity for each in third.findings] == [MixSeverity.CAUTION]


def test_the_same_ingredient_twice_is_added_in_the_order_of_first_use():
    result = mixture(
        portion(stock="50", drawn="1"),
        portion("ascorbic_acid", "100", "1"),
        portion(stock="100", drawn="1"),
    )

    assert [each.ingredient for each in result.doses] == ["tranexamic_acid", "ascorbic_acid"]
    assert result.doses[0].drawn_mg == 150


def test_a_hard_limit_is_absolute():
    result = mixture(portion(stock="100", drawn="5"), diluent=None, points=60)

    assert severities(result) == {(MixRule.DOSE_LIMIT, "tranexamic_acid"): MixSeverity.ABSOLUTE}


def test_a_dose_equal_to_its_hard_limit_is_not_above_it():
    result = mixture(portion("silicon", "5", "5"), diluent=None, points=100)

    assert result.doses[0].session_mg == FACTS.ingredients["silicon"].hard_mg == 25
    assert result.findings == ()


def test_a_substance_without_a_limit_has_no_dose_finding():
    assert mixture(portion("amino_acids", "200", "5"), diluent=None).findings == ()


def test_a_surface_substance_is_refused_however_little_and_has_no_dose_limit():
    result = mixture(portion("kojic_acid", "0", "0.1"))

    assert severities(result) == {(MixRule.TOPICAL_ONLY, "kojic_acid"): MixSeverity.ABSOLUTE}


def test_an_oily_vitamin_is_refused_by_three_rules():
    result = mixture(portion("vitamin_e", "150", "0.1"))

    assert set(severities(result)) == {
        (MixRule.TOPICAL_ONLY, "vitamin_e"),
        (MixRule.VITAMIN_E_OIL, "vitamin_e"),
        (MixRule.MIX_INCOMPATIBLE, "any_aqueous+vitamin_e"),
    }


def test_an_oily_vitamin_alone_has_nothing_to_separate_from():
    result = mixture(portion("vitamin_e", "150", "2"), diluent=None)

    assert (MixRule.MIX_INCOMPATIBLE, "any_aqueous+vitamin_e") not in severities(result)


@pytest.mark.parametrize("excipient", ["sulfite", "adrenaline"])
def test_thiamine_and_a_sulfite_of_another_product_do_not_mix(excipient):
    result = mixture(
        portion("vitamin_b_complex", "50", "1"), portion("lidocaine", "20", "0.1", [excipient])
    )

    assert (MixRule.MIX_INCOMPATIBLE, "sulfite_excipient+vitamin_b_complex") in severities(result)


def test_benzalkonium_of_the_diluent_counts():
    result = mixture(
        portion("hyaluronic_acid", "20", "1"),
        diluent=replace(SALINE, product_excipients=frozenset({"benzalkonium"})),
    )

    assert [each.target for each in result.findings] == [
        "chlorhexidine_or_benzalkonium+hyaluronic_acid"
    ]


@pytest.mark.parametrize(
    ("lidocaine_ml", "lidocaine_stock", "bicarbonate_stock", "is_right"),
    [
        ("1.8", "10", "84", True),
        ("2", "10", "84", True),
        ("1.79", "10", "84", False),
        ("2.01", "10", "84", False),
        ("2", "20", "84", False),
        ("2", "10", "42", False),
    ],
)
def test_lidocaine_is_buffered_nine_to_ten_parts_to_one(
    lidocaine_ml, lidocaine_stock, bicarbonate_stock, is_right
):
    result = mixture(
        portion("lidocaine", lidocaine_stock, lidocaine_ml),
        portion("sodium_bicarbonate", bicarbonate_stock, "0.2"),
    )

    target = MixRule.MIX_INCOMPATIBLE, "lidocaine+sodium_bicarbonate"
    assert (target not in severities(result)) == is_right


def test_bicarbonate_as_the_diluent_is_not_a_buffer():
    result = mixture(
        portion("lidocaine", "10", "2"),
        diluent=Diluent(ingredient="sodium_bicarbonate", ml=Decimal("0.2")),
    )

    assert (MixRule.MIX_INCOMPATIBLE, "lidocaine+sodium_bicarbonate") in severities(result)


@pytest.mark.parametrize(
    ("grams", "severity"),
    [("8", None), ("8.01", MixSeverity.CAUTION), ("60", MixSeverity.CAUTION)],
)
def test_cream_alone_counts_too(grams, severity):
    result = mixture(weight_kg=Decimal(70), cream=Cream(kind="emla", g=Decimal(grams)))

    assert severities(result).get((MixRule.DOSE_LIMIT, "lidocaine")) == severity


def test_too_much_cream_alone_is_absolute():
    result = mixture(weight_kg=Decimal(70), cream=Cream(kind="emla", g=Decimal("60.1")))

    assert severities(result)[MixRule.DOSE_LIMIT, "lidocaine"] == MixSeverity.ABSOLUTE


def test_a_light_patient_has_a_lower_lidocaine_limit():
    limits = [
        mixture(portion("lidocaine", "10", "1"), weight_kg=weight).lidocaine_limit_mg
        for weight in (Decimal(40), Decimal(50), None)
    ]

    assert limits == [180, 200, 200]


def test_silence_about_weight_or_cream_clears_nothing():
    assert mixture().unanswered == ()
    assert mixture(portion("lidocaine", "10", "1")).unanswered == ("weight_kg",)
    assert mixture(cream=Cream(kind="emla", g=None)).unanswered == (
        "weight_kg",
        "anaesthetic_cream_g",
    )
    assert mixture(cream=Cream(kind="tetracaine_cream", g=None)).unanswered == ()


@pytest.mark.parametrize(
    "change",
    [
        {"portions": ()},
        {"portions": (portion(drawn="0"),)},
        {"portions": (portion(drawn="-1"),)},
        {"portions": (portion(drawn="NaN"),)},
        {"portions": (portion(stock="Infinity"),)},
        {"portions": (portion("unicorn_tears"),)},
        {"diluent": Diluent(ingredient="sodium_chloride", ml=Decimal(-1))},
        {"diluent": Diluent(ingredient="tap_water", ml=Decimal(1))},
        {"points": 0},
        {"ml_per_point": Decimal(0)},
        {"weight_kg": Decimal(0)},
        {"cream": Cream(kind="butter", g=Decimal(1))},
        {"cream": Cream(kind="emla", g=Decimal(-1))},
    ],
)
def test_what_is_no_mixture_is_refused(change):
    entries: dict[str, Any] = {
        "portions": (portion(),),
        "diluent": SALINE,
        "points": 20,
        "ml_per_point": Decimal("0.05"),
        "facts": FACTS,
    }
    mix(**entries)

    with pytest.raises(rules.WrongMixture):
        mix(**{**entries, **change})


def test_a_binary_float_is_a_mistake_of_the_program():
    with pytest.raises(TypeError):
        mixed([portion()], None, 1, 0.05)


# --- allergies --------------------------------------------------------------


def conflicts(*portions, groups, diluent=None):
    return [
        (each.ingredient, each.group, each.origin)
        for each in rules.allergy_conflicts(portions, groups, FACTS, diluent=diluent)
    ]


def test_an_allergy_to_the_substance_itself():
    assert conflicts(portion("pdrn"), portion(), groups={"fish"}) == [
        ("pdrn", "fish", Origin.DIRECT)
    ]


@pytest.mark.parametrize("excipient", ["sulfite", "adrenaline"])
def test_an_allergy_to_an_excipient_and_adrenaline_implies_sulfite(excipient):
    assert conflicts(portion("lidocaine", excipients=[excipient]), groups={"sulfite"}) == [
        ("lidocaine", "sulfite", Origin.EXCIPIENT)
    ]


def test_a_leaflet_that_was_not_read_may_hide_the_allergen():
    assert conflicts(portion(excipients=None), groups={"sulfite"}) == [
        ("tranexamic_acid", "sulfite", Origin.LEAFLET_NOT_READ)
    ]
    assert conflicts(portion(excipients=[]), groups={"sulfite"}) == []


def test_the_diluent_is_looked_at_too():
    bacteriostatic = replace(SALINE, product_excipients=frozenset({"benzyl_alcohol"}))

    assert conflicts(portion(), groups={"benzyl_alcohol"}, diluent=bacteriostatic) == [
        ("sodium_chloride", "benzyl_alcohol", Origin.EXCIPIENT)
    ]


def test_the_surest_origin_is_named_once():
    assert conflicts(
        portion(excipients=None), portion(excipients=["sulfite"]), groups={"sulfite"}
    ) == [("tranexamic_acid", "sulfite", Origin.EXCIPIENT)]


def test_an_ester_allergy_does_not_block_an_amide():
    assert conflicts(portion("lidocaine"), groups={"ester_anaesthetic", "paba"}) == []
    assert conflicts(portion("procaine"), groups={"amide_anaesthetic"}) == []


groups = st.sets(st.sampled_from(catalogue.allergen_groups()), max_size=6)


@given(portions_lists, groups, groups)
def test_a_further_allergy_never_removes_a_conflict(portions, some, more):
    assert set(conflicts(*portions, groups=some)) <= set(conflicts(*portions, groups=some | more))


# --- words ------------------------------------------------------------------


@pytest.mark.parametrize("language", ["tr", "en"])
def test_each_finding_says_which_and_why(language):
    results = [
        mixture(portion(stock="50", drawn="2")),
        mixture(portion(stock="100", drawn="5"), diluent=None, points=60),
        mixture(portion("vitamin_e", "150", "0.1")),
        mixture(portion("ascorbic_acid", "100", "1"), portion("selenium", "0.05", "0.2")),
        mixture(portion("lidocaine", "20", "5"), points=80, cream=Cream(kind="emla", g=Decimal(9))),
    ]

    sentences = [
        explain(finding, FACTS, language) for result in results for finding in result.findings
    ]

    assert len(sentences) >= 7
    assert all("%(" not in sentence and "None" not in sentence for sentence in sentences)
    names = FACTS.ingredients
    assert any(names["tranexamic_acid"].name(language) in sentence for sentence in sentences)


def test_a_pair_is_explained_with_its_reason():
    result = mixture(portion("ascorbic_acid", "100", "1"), portion("selenium", "0.05", "0.2"))

    sentence = explain(result.findings[0], FACTS, "tr")

    assert "Selenyum" in sentence
    assert "kırmızı çökelti" in sentence


def test_a_substance_without_a_name_is_called_by_its_id():
    assert IngredientFacts(id="x").name("en") == "x"
