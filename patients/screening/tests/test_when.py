"""The language of `when`: section 6 of the screening contract."""

from datetime import date

import pytest

from patients.screening.facts import Facts, PlannedIngredient
from patients.screening.reading import read_request
from patients.screening.terms import Kind
from patients.screening.tests.cases import V1, request, with_allergies, with_medicines
from patients.screening.tokens import WhenError
from patients.screening.when import parse


def holds(text, changed=None, *, target=None, tested=None):
    facts = read_request(changed or request(), V1).facts
    return parse(text, V1.words, target=target).holds(facts, tested)


def test_and_binds_stronger_than_or_and_not_strongest():
    yes, no = "keloid = no", "keloid = yes"

    assert holds(f"{yes} or {yes} and {no}")
    assert not holds(f"({yes} or {yes}) and {no}")
    assert holds(f"not {no} and {yes}")
    assert not holds(f"not {no} and {no} or {no}")
    assert holds(f"not ({no} or {no})")
    assert holds(f"not not {yes}")


@pytest.mark.parametrize("sign", ["=", "<", "<=", ">", ">="])
def test_a_comparison_with_silence_is_false(sign):
    assert not holds(f"platelets {sign} 100")


def test_only_unlike_holds_for_silence():
    assert holds("platelets != 100")
    assert holds("pregnancy_test != negative")
    assert not holds("pregnancy_test = positive")
    assert not holds("anaphylaxis_trigger in (drug, unexplained)")


@pytest.mark.parametrize(
    ("text", "bmi", "expected"),
    [
        ("bmi >= 30", 30, True),
        ("bmi > 30", 30, False),
        ("bmi < 30", 30, False),
        ("bmi <= 30", 30, True),
        ("bmi = 30.0", 30, True),
        ("bmi != 30", 30, False),
        ("bmi >= 30.05", 30.04, False),
    ],
)
def test_numbers_compare(text, bmi, expected):
    assert holds(text, request(answers={"bmi": bmi})) is expected


@pytest.mark.parametrize(("day", "expected"), [("2026-11-23", True), ("2026-11-17", True),
                                               ("2026-11-16", False), ("no", False)])  # fmt: skip
def test_days_count_today_as_zero(day, expected):
    assert holds("days(fever_last_on) < 7", request(answers={"fever_last_on": day})) is expected


@pytest.mark.parametrize(("day", "expected"), [("2021-11-24", True), ("2021-11-23", False)])
def test_years_are_completed_years(day, expected):
    answers = {"cancer_past": "yes", "cancer_treatment_ended_on": day}

    assert holds("years(cancer_treatment_ended_on) < 5", request(answers=answers)) is expected


def test_an_age_range_holds_both_ends_and_the_unknown():
    assert holds("age in 34..40")
    assert holds("age in 30..34")
    assert not holds("age in 35..40")
    assert holds("age in 35..40", request(born=None))
    assert not holds("age < 18", request(born=None))


MEDICINE_TIMES = [
    ("med(group aspirin)", "current", None, True),
    ("med(group aspirin)", "as_needed", None, True),
    ("med(group aspirin)", "stopped", "2026-11-23", False),
    ("med(group aspirin; regular)", "as_needed", "2026-11-23", False),
    ("med(group aspirin; irregular)", "current", None, False),
    ("med(group aspirin; irregular)", "stopped", "2026-11-01", True),
    ("med(group aspirin; last < 7)", "current", None, True),
    ("med(group aspirin; last < 7)", "stopped", "2026-11-17", True),
    ("med(group aspirin; last < 7)", "stopped", "2026-11-16", False),
    ("med(group aspirin; last < 7)", "as_needed", None, False),
    ("med(group aspirin; irregular last < 7)", "current", None, False),
    ("med(group aspirin; stopped last < 7)", "as_needed", "2026-11-22", False),
    ("med(group aspirin, not group antiplatelet)", "current", None, False),
    ("med(group anticoagulant|aspirin, route systemic)", "current", None, True),
    ('med(inn "acetylsalicylic acid (low dose)")', "current", None, True),
]


@pytest.mark.parametrize(("text", "status", "last_taken", "expected"), MEDICINE_TIMES)
def test_a_medicine_fits_by_row_and_time(text, status, last_taken, expected):
    taken = {"status": status} | ({"last_taken": last_taken} if last_taken else {})

    assert holds(text, with_medicines("Coraspin 100", **taken)) is expected


def test_selectors_must_fit_one_and_the_same_row():
    # Voltaren is a tablet (nsaid) or a gel (nsaid_topical): no row is both.
    both = "med(group nsaid, route topical)"

    assert not holds(both, with_medicines("Voltaren", status="current"))
    assert holds("med(group nsaid)", with_medicines("Voltaren", status="current"))


@pytest.mark.parametrize(("since", "expected"), [(None, True), ("2026-11-16", True),
                                                 ("2026-11-17", False)])  # fmt: skip
def test_taken_for_a_week(since, expected):
    fields = {"since": since} if since else {}
    medicine = with_medicines("naproxen", status="current", **fields)

    assert holds("med(group nsaid; regular since >= 7)", medicine) is expected


def test_count_and_sums_and_number_of():
    two = with_medicines("Coraspin", "Plavix", status="current")

    assert holds("count(group antiplatelet) = 2", two)
    assert holds("antiplatelet_count + count(group anticoagulant) >= 2", two)
    same_twice = with_medicines("Coraspin", "Ecopirin", "Aspirin", status="current")
    assert holds("count(group aspirin) = 1", same_twice)
    assert holds("number_of(keloid = no, diabetes = no or keloid = yes, asthma = yes) = 2")


def test_allergies_and_anaphylaxis():
    fish = with_allergies("somon", severity="anaphylaxis")

    assert holds("allergy(fish)", fish)
    assert not holds("allergy(shellfish)", fish)
    assert holds("anaphylaxis(food|insect)", fish)
    assert not holds("anaphylaxis(drug)", fish)
    assert holds("anaphylaxis(other)", with_allergies("zorbexin", severity="anaphylaxis"))
    assert not holds("anaphylaxis(food)", with_allergies("somon", severity="severe"))


def test_regions_and_procedures():
    had = request(
        procedures=[
            {"kind": "threads", "on": "2026-08-26", "area": ["cheek_left"]},
            {"kind": "ipl", "area": ["cheek_left"]},
        ]
    )

    def at(text, region):
        return holds(text, had, target="$region", tested=region)

    assert at("procedure(threads) < 90", "cheek_left")
    assert not at("procedure(threads) < 89", "cheek_left")
    assert not at("procedure(threads) < 90", "cheek_right")
    assert at("procedure(ipl) >= 0", "cheek_left")
    assert not at("procedure(ipl) < 9999", "cheek_left")
    assert at("procedure_in_gap", "cheek_left")
    assert at("region in (cheek_left, chin)", "cheek_left")
    assert not at("region in (chin)", "cheek_left")
    assert holds("area has cheek_left")
    assert not holds("area has chin")


def test_ingredients():
    planned = PlannedIngredient(
        id="silicon", mg=30, soft_mg=25, hard_mg=None,
        excipients=frozenset({"sulfite"}), allergens=frozenset({"salicylate", "sulfite"}),
    )  # fmt: skip

    def under_test(text):
        return holds(text, target="$ingredient", tested=planned)

    assert under_test("ingredient in (silicon, zinc)")
    assert under_test("ingredient.mg > ingredient.soft_mg")
    assert not under_test("ingredient.mg > ingredient.hard_mg")
    assert not under_test("ingredient.hard_mg = 0")
    assert under_test("ingredient.allergens has salicylate")
    assert under_test("ingredient.excipients has sulfite")
    assert not under_test("ingredient.excipients has salicylate")
    assert not under_test("ingredient shares allergy")
    allergic = Facts(on=date(2026, 11, 23), answers={}, allergy_groups=frozenset({"salicylate"}))
    shares = parse("ingredient shares allergy", V1.words, target="$ingredient")
    spared = parse("ingredient shares allergy except (salicylate)", V1.words, target="$ingredient")
    assert shares.holds(allergic, planned)
    assert not spared.holds(allergic, planned)


def test_steps():
    emla = request(steps={"antiseptic": "alcohol_70", "anaesthetic_cream": "emla"})

    assert holds("step(anaesthetic_cream contains prilocaine|tetracaine)", emla)
    assert not holds("step(anaesthetic_cream contains tetracaine)", emla)


@pytest.mark.parametrize(
    "slip",
    [
        "",
        "keloid",
        "keloid = maybe",
        "keloid >= 3",
        "keliod = yes",
        "keloid = yes and",
        "keloid = yes or or diabetes = yes",
        "(keloid = yes",
        "keloid = yes)",
        "kidney in (ckd, stones)",
        "kidney in ()",
        "previous_reaction = hives",
        "previous_reaction has cough",
        "stent_on < 7",
        "days(keloid) < 7",
        "days(stent_on) < soon",
        "bmi >= positive",
        "bmi >= 30 kg",
        "med(group aspirn)",
        "med(colour white)",
        "med(group aspirin; yesterday)",
        "med(group aspirin; regular stopped)",
        "med(group aspirin; last < 7 last < 8)",
        "med()",
        "cocktail(honey)",
        "allergy(everything)",
        "anaphylaxis(cosmic)",
        "area has ear",
        "step(hat contains latex)",
        "region in spot_changed",
        "procedure_in_gap",
        "ingredient.mg > 3",
        "ingredient shares allergy",
        "step shares allergy",
        "pair.action = block",
        "number_of() = 1",
        "keloid = yes # why",
        "not",
        "(" * 100 + "keloid = yes" + ")" * 100,
    ],
)
def test_a_slip_of_the_pen_is_refused(slip):
    with pytest.raises(WhenError):
        parse(slip, V1.words)


@pytest.mark.parametrize("slip", ["procedure(threads) > 3", "procedure(threads) >= 3",
                                  "region in keloid", "region = chin"])  # fmt: skip
def test_a_slip_about_a_region_is_refused(slip):
    with pytest.raises(WhenError):
        parse(slip, V1.words, target="$region")


def test_a_term_cannot_stand_for_itself():
    from dataclasses import replace

    words = replace(V1.words, terms={"a": "b + 1", "b": "a + 1"})

    with pytest.raises(WhenError):
        parse("a = 1", words)


def test_every_question_kind_is_known_to_the_language():
    assert set(V1.words.kinds.values()) == set(Kind)


@pytest.mark.parametrize(
    ("said", "none"),
    [
        ({}, False),
        ({"conditions": None}, False),
        ({"conditions": "no"}, False),
        ({"conditions_none": False}, False),
        ({"conditions": [{"text": "PCOS"}]}, False),
        ({"conditions": [{"text": "PCOS"}], "conditions_none": True}, False),
        ({"conditions": [{"text": "tuhaf hastalık"}]}, False),
        ({"conditions": []}, True),
        ({"conditions_none": True}, True),
    ],
)
def test_no_other_illness_has_to_be_said(said, none):
    assert holds("no_other_illness", {**request(), **said}) is none
    assert holds("not no_other_illness", {**request(), **said}) is not none
