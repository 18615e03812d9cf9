import re
from itertools import chain

import pytest
from django.utils import translation

from cocktails.catalogue import facts
from cocktails.catalogue.rules import IngredientFacts, contained
from cocktails.catalogue.terms import Certainty, Excipient, OtherPartner, PairAction, Role
from cocktails.catalogue.words import partner_words

CATALOGUE = facts.facts()
INGREDIENTS = list(CATALOGUE.ingredients.values())
PRODUCTS = facts.products()


def test_the_catalogue_is_complete():
    assert len(INGREDIENTS) == 37
    assert len(PRODUCTS) >= 30
    assert facts.version() == "2"


@pytest.mark.parametrize("substance", INGREDIENTS, ids=lambda each: each.id)
def test_no_limit_stands_without_a_source(substance):
    if (substance.soft_mg, substance.hard_mg, substance.max_mg_per_kg) != (None, None, None):
        assert substance.limit_source
        assert substance.limit_certainty in Certainty.values


@pytest.mark.parametrize("substance", INGREDIENTS, ids=lambda each: each.id)
def test_each_substance_is_described(substance):
    assert substance.name("tr")
    assert substance.name("en")
    assert substance.roles
    assert set(substance.roles) <= set(Role.values)
    if substance.soft_mg is not None and substance.hard_mg is not None:
        assert substance.soft_mg <= substance.hard_mg
    if substance.ph_min is not None and substance.ph_max is not None:
        assert substance.ph_min <= substance.ph_max


@pytest.mark.parametrize("substance", INGREDIENTS, ids=lambda each: each.id)
def test_each_allergen_group_has_a_name_in_both_languages(substance):
    for group in chain(substance.direct_allergens, substance.possible_allergens):
        assert facts.allergen_group_name(group, "tr")
        assert facts.allergen_group_name(group, "en")


def test_each_partner_of_a_pair_has_a_name_in_both_languages():
    partners = {each for pair in CATALOGUE.pairs for each in (pair.a, pair.b)}
    assert partners.issuperset(OtherPartner.values)
    for partner in partners:
        names = {}
        for language in ("en", "tr"):
            with translation.override(language):
                names[language] = partner_words(partner, CATALOGUE.ingredients, language)
        assert partner not in names.values(), partner
        if partner in OtherPartner.values:
            assert names["en"] != names["tr"]


def test_each_pair_names_two_known_partners_and_says_why():
    seen = set()
    for pair in CATALOGUE.pairs:
        assert {pair.a, pair.b} <= {*CATALOGUE.ingredients, *OtherPartner.values}
        assert pair.reason("tr")
        assert pair.reason("en")
        assert pair.reason("tr") != pair.reason("en")
        assert pair.certainty in Certainty.values
        assert pair.target not in seen
        seen.add(pair.target)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda each: each.code)
def test_each_product_holds_a_substance_that_may_be_injected(product):
    substance = CATALOGUE.ingredients[product.ingredient]

    assert not substance.is_topical_only
    assert product.name("tr")
    assert product.name("en")
    assert product.stock_mg_per_ml >= 0
    assert product.ampoule_ml > 0
    assert (product.excipients or set()) <= set(Excipient.values)


def test_codes_are_unique():
    assert len({product.code for product in PRODUCTS}) == len(PRODUCTS)


def test_a_leaflet_that_was_not_read_is_not_an_empty_one():
    assert {None, frozenset()} <= {product.excipients for product in PRODUCTS}


def test_what_is_only_for_the_surface():
    assert {each.id for each in INGREDIENTS if each.is_topical_only} == {
        *("kojic_acid", "arbutin", "azelaic_acid", "glycolic_acid", "pyruvic_acid"),
        *("vitamin_a", "vitamin_e", "copper", "resveratrol", "ferulic_acid", "retinol"),
        *("butylresorcinol", "phytic_acid", "idebenone", "botanical_extracts"),
    }


@pytest.mark.parametrize(
    ("one", "other", "action"),
    [
        ("procaine", "alpha_lipoic_acid", PairAction.BLOCK),
        ("vitamin_b_complex", "alpha_lipoic_acid", PairAction.BLOCK),
        ("glutathione", "sodium_bicarbonate", PairAction.BLOCK),
        ("alpha_lipoic_acid", "copper", PairAction.BLOCK),
        ("alpha_lipoic_acid", "zinc", PairAction.WARN),
        ("alpha_lipoic_acid", "magnesium", PairAction.WARN),
        ("glutathione", "zinc", PairAction.WARN),
        ("dexpanthenol", "alpha_lipoic_acid", PairAction.WARN),
    ],
)
def test_the_pairs_of_the_second_reading_are_in(one, other, action):
    [pair] = [each for each in CATALOGUE.pairs if {each.a, each.b} == {one, other}]

    assert pair.action is action


def test_the_other_corrections_of_the_second_reading_are_in():
    substances = CATALOGUE.ingredients

    assert substances["pdrn"].hard_mg == 40
    assert "benzyl_alcohol" in substances["niacinamide"].possible_allergens
    assert "sulfite" in substances["vitamin_b_complex"].possible_allergens
    assert substances["vitamin_e"].possible_allergens == {"sesame", "peanut"}


def test_a_conditional_allergen_is_possible_and_not_certain():
    substance = IngredientFacts(
        id="x", allergen_groups=frozenset({"fish", "sulfite_if_adrenaline"})
    )

    assert substance.direct_allergens == {"fish"}
    assert substance.possible_allergens == {"sulfite"}


def test_adrenaline_brings_sulfite():
    assert contained(["adrenaline"]) == {"adrenaline", "sulfite"}
    assert contained(["paraben"]) == {"paraben"}
    assert contained([]) == frozenset()


# --- texts in Turkish -------------------------------------------------------------------------

IN_TURKISH = (
    "mechanism", "contraindications", "pregnancy", "allergens", "photosensitising_note", "evidence",
    "licence", "incompatible", "vial",
)  # fmt: skip


def what_differs(english, turkish):
    """Digits and marks of certainty say the same in every language."""
    found = []
    for name in IN_TURKISH:
        read, written = getattr(english, name), turkish.get(name, "")
        if bool(read) != bool(written):
            found.append(f"{name} missing")
        for what in (r"\[[^\]]*\]", r"\d+"):
            if sorted(re.findall(what, read)) != sorted(re.findall(what, written)):
                found.append(f"{name} {what}")
    return found + sorted(set(turkish) - set(IN_TURKISH))


@pytest.mark.parametrize("slug", sorted(CATALOGUE.ingredients))
def test_what_is_known_is_said_in_turkish_with_the_same_numbers_and_marks(slug):
    assert what_differs(facts.backgrounds()[slug], facts.turkish_texts()[slug]) == []


def test_another_number_a_lost_mark_and_a_missing_text_are_seen():
    """The negative control."""
    english = facts.backgrounds()["niacinamide"]
    turkish = dict(facts.turkish_texts()["niacinamide"])
    assert what_differs(english, turkish) == []

    turkish["mechanism"] = turkish["mechanism"].replace("35", "53").replace("[K-high]", "")
    del turkish["pregnancy"]

    assert len(what_differs(english, turkish)) == 3
