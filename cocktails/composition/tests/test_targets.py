"""What is drawn for what is wanted, what differs between two mixtures, and what is unusual of one."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocktails.catalogue import facts as catalogue
from cocktails.catalogue.rules import Facts, IngredientFacts
from cocktails.composition.comparison import Composition, Part, changed
from cocktails.composition.rules import Diluent, Place, Portion, WrongMixture, mix
from cocktails.composition.targets import ImpossibleTarget, Wanted, drawable, recipe
from cocktails.composition.terms import MixRule, MixSeverity
from cocktails.composition.usual import ph_gap, unusual

FACTS = catalogue.facts()


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def wanted(stock="50", drawn=None, strength=None):
    return Wanted(
        stock_mg_per_ml=Decimal(stock),
        drawn_ml=None if drawn is None else Decimal(drawn),
        mg_per_ml=None if strength is None else Decimal(strength),
    )


def made(*portions, total=None, diluent=None, has_diluent=True):
    return recipe(
        portions,
        total_ml=None if total is None else Decimal(total),
        diluent_ml=None if diluent is None else Decimal(diluent),
        has_diluent=has_diluent,
    )


# --- what is drawn ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stock", "drawn", "diluent"), [("50", "0.4", "4.6"), ("100", "0.2", "4.8")]
)
def test_a_concentration_and_a_total_give_what_is_drawn(stock, drawn, diluent):
    """The worked case of the clinical pack: 4 mg/ml in 5 ml."""
    found = made(wanted(stock, strength="4"), total="5")

    assert (found.drawn_ml, found.diluent_ml) == ((Decimal(drawn),), Decimal(diluent))
    assert not found.is_rounded


def test_three_concentrations_in_one_total():
    found = made(
        wanted("100", strength="4"), wanted("100", strength="30"), wanted("150", strength="20"),
        total="5",
    )  # fmt: skip

    assert list(map(str, found.drawn_ml)) == ["0.2", "1.5", "0.667"]
    assert (str(found.diluent_ml), found.is_rounded) == ("2.633", True)


def test_a_volume_and_a_concentration_give_the_total():
    found = made(wanted("50", drawn="0.4", strength="4"))

    assert (found.drawn_ml, found.diluent_ml) == ((Decimal("0.4"),), Decimal("4.6"))


def test_a_volume_and_a_total_give_the_diluent_and_the_same_twice_is_no_contradiction():
    assert made(wanted(drawn="0.4"), total="5").diluent_ml == Decimal("4.6")
    assert made(wanted(drawn="0.4"), total="5", diluent="4.6").diluent_ml == Decimal("4.6")
    assert made(wanted(drawn="0.4"), diluent="4.6").diluent_ml == Decimal("4.6")
    assert made(wanted(drawn="5"), total="5", has_diluent=False).diluent_ml == 0


@pytest.mark.parametrize(
    ("portions", "how", "said"),
    [
        ([wanted(strength="4")], {}, "needs the total"),
        ([wanted()], {"total": "5"}, "how much is drawn"),
        ([wanted(strength="60")], {"total": "5"}, "never stronger"),
        ([wanted(drawn="1", strength="60")], {}, "never stronger"),
        ([wanted(drawn="6")], {"total": "5"}, "more than the total"),
        ([wanted(drawn="1")], {"total": "5", "has_diluent": False}, "choose what it is diluted"),
        ([wanted(drawn="1")], {"total": "5", "diluent": "3"}, "not 5 ml"),
        ([wanted(drawn="1", strength="4")], {"total": "5"}, "not both"),
        ([wanted(drawn="1", strength="4"), wanted(drawn="1", strength="4")], {}, "not both"),
        ([wanted("1000", strength="0.0001")], {"total": "1"}, "Less than 0.001"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_to_do(portions, how, said):
    with pytest.raises(ImpossibleTarget, match=said):
        made(*portions, **how)


strengths = st.decimals("1", "200", places=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stock=strengths, share=st.integers(1, 100), total=st.decimals("1", "20", places=2))
def test_what_was_wanted_is_what_comes_out_within_what_a_syringe_shows(stock, share, total):
    strength = stock * share / 100
    found = made(wanted(str(stock), strength=str(strength)), total=str(total))
    exact = Fraction(strength) * Fraction(total) / Fraction(stock)

    assert abs(Fraction(found.drawn_ml[0]) - exact) <= Fraction(1, 2000)
    assert abs(Fraction(found.drawn_ml[0]) + Fraction(found.diluent_ml) - Fraction(total)) <= (
        Fraction(1, 2000)
    )


def test_a_volume_is_rounded_half_up_and_only_here():
    assert str(drawable(Fraction(5, 10000))) == "0.001"
    assert str(drawable(Fraction(4999, 10_000_000))) == "0"


# --- by region --------------------------------------------------------------------------------

places_lists = st.lists(
    st.builds(
        Place,
        region=st.sampled_from(["forehead", "nose", "chin", "neck", "cheek_left"]),
        points=st.integers(1, 60),
        ml_per_point=st.decimals("0.005", "0.1", places=3),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each.region,
)


def mixture(places=(), drawn="0.4", diluent="4.6", ingredient="tranexamic_acid", **rest):
    return mix(
        portions=[
            Portion(
                ingredient=ingredient,
                stock_mg_per_ml=Decimal(50),
                drawn_ml=Decimal(drawn),
            )
        ],
        diluent=Diluent(ingredient="sodium_chloride", ml=Decimal(diluent)),
        places=places,
        facts=FACTS,
        **rest,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=places_lists, diluent=st.decimals("0", "30", places=2))
def test_the_regions_together_are_the_session(places, diluent):
    found = mixture(places, diluent=str(diluent))

    assert sum(Fraction(each.injected_ml) for each in found.places) == Fraction(found.injected_ml)
    if found.possible:
        (dose,) = found.doses
        by_region = [each.exact_mg["tranexamic_acid"] for each in found.places]
        assert sum(by_region) == dose.exact_session_mg
        assert all(mg > 0 for mg in by_region)
    else:
        assert all(not each.mg for each in found.places)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=places_lists)
def test_points_that_are_not_divided_are_the_same_dose(places):
    points = sum(each.points for each in places)
    alike = [Place(region=p.region, points=p.points, ml_per_point=Decimal("0.01")) for p in places]

    together = mixture(points=points, ml_per_point=Decimal("0.01"))

    assert mixture(alike).doses == together.doses


def test_a_region_stands_once_and_points_are_asked():
    place = Place(region="nose", points=1, ml_per_point=Decimal("0.05"))
    with pytest.raises(WrongMixture):
        mixture([place, place])
    with pytest.raises(WrongMixture):
        mixture()


# --- what is unusual --------------------------------------------------------------------------


def between(low, high, **known):
    return IngredientFacts(
        id="x",
        ph_min=None if low is None else Decimal(low),
        ph_max=None if high is None else Decimal(high),
        **known,
    )


@pytest.mark.parametrize(
    ("one", "other", "gap"),
    [
        (("5", "7"), ("6", "8"), 0),
        (("5", "7"), ("7", "8"), 0),
        (("5", "6"), ("7.5", "8"), Decimal("1.5")),
        (("7.5", "8"), ("5", "6"), Decimal("1.5")),
        ((None, None), ("5", "6"), None),
    ],
)
def test_how_far_two_ph_ranges_are_apart(one, other, gap):
    assert ph_gap(between(*one), between(*other)) == gap


@pytest.mark.parametrize(
    ("range_", "severity"),
    [(("7", "9"), None), (("9", "10"), MixSeverity.CAUTION), (("11.1", "12"), "absolute")],
)
def test_ph_ranges_that_do_not_meet_are_a_caution_and_far_ones_are_refused(range_, severity):
    known = dict(FACTS.ingredients)
    known["sodium_chloride"] = between(*range_)
    found = unusual(
        mixture(points=10, ml_per_point=Decimal("0.05")),
        "sodium_chloride",
        Facts(ingredients=known),
    )
    ph = [each.severity for each in found if each.rule is MixRule.MIX_PH]

    assert ph == ([severity] if severity else [])


def test_a_mixture_must_fit_its_syringe():
    five = mixture(points=10, ml_per_point=Decimal("0.05"))

    assert unusual(five, "sodium_chloride", FACTS, syringe_ml=Decimal(5)) == []
    (finding,) = unusual(five, "sodium_chloride", FACTS, syringe_ml=Decimal("2.5"))
    assert (finding.rule, finding.severity) == (MixRule.SYRINGE, MixSeverity.ABSOLUTE)


def test_a_strong_mixture_and_a_large_point_are_cautions():
    strong = mixture(
        drawn="4", diluent="1", points=1, ml_per_point=Decimal("0.06"), ingredient="niacinamide"
    )
    found = {each.rule: each.severity for each in unusual(strong, None, FACTS)}

    assert found == {
        MixRule.CONCENTRATION: MixSeverity.CAUTION,
        MixRule.POINT_VOLUME: MixSeverity.CAUTION,
    }


# --- what differs -----------------------------------------------------------------------------


def composed(**other):
    same: dict[str, Any] = {
        "products": {"a": Decimal(1), "b": Decimal(2)},
        "diluent": ("s", Decimal(3)),
        "places": {"nose": (4, Decimal("0.05"))},
        "syringe_ml": Decimal(5),
    }
    return Composition(**(same | other))


def test_the_same_mixture_has_no_difference():
    assert changed(composed(), composed()) == []


@pytest.mark.parametrize(
    ("other", "rows"),
    [
        ({"products": {"a": Decimal(1), "b": Decimal(3)}}, [(Part.PRODUCT, "b")]),
        ({"products": {"a": Decimal(1)}}, [(Part.PRODUCT, "b")]),
        (
            {"products": {"a": Decimal(1), "c": Decimal(2)}},
            [(Part.PRODUCT, "b"), (Part.PRODUCT, "c")],
        ),
        ({"diluent": None}, [(Part.DILUENT, "s")]),
        ({"diluent": ("t", Decimal(3))}, [(Part.DILUENT, "s"), (Part.DILUENT, "t")]),
        ({"places": {"nose": (5, Decimal("0.05"))}}, [(Part.PLACE, "nose")]),
        ({"syringe_ml": None}, [(Part.SYRINGE, "")]),
    ],
)
def test_exactly_the_rows_that_differ_are_named(other, rows):
    found = changed(composed(), composed(**other))

    assert [(each.part, each.key) for each in found] == rows
    back = changed(composed(**other), composed())
    assert {(each.part, each.key) for each in back} == set(rows)
