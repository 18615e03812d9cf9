"""One answer for each medicine: what is read from it, and what stays open."""

from datetime import date

import pytest

from patients.intake.by_medicine import (
    field_name,
    of_those_listed,
    open_medicines,
    said_of,
    says_by_medicine,
    unsettled_medicines,
)
from patients.intake.rules import is_recordable
from patients.screening.rule_files import load_rule_set

DAY = date(2026, 11, 22)
V1, V2 = load_rule_set(1), load_rule_set(2)
TWO = ("Augmentin", "Monodoks")


def test_each_medicine_has_its_own_answer_and_a_new_one_has_none():
    value = {"Augmentin": "no"}

    assert said_of(value, TWO) == {"Augmentin": "no"}
    assert open_medicines(value, TWO) == ("Monodoks",)
    assert open_medicines(value | {"Monodoks": "yes"}, TWO) == ()


def test_do_not_know_was_said_but_settles_nothing():
    value = {"Augmentin": "no", "Monodoks": "unknown"}

    assert open_medicines(value, TWO) == ()
    assert unsettled_medicines(value, TWO) == ("Monodoks",)


def test_a_plain_yes_of_old_counts_for_every_medicine_and_a_plain_no_for_none():
    assert open_medicines("yes", TWO) == ()
    assert said_of("yes", TWO) == {"Augmentin": "yes", "Monodoks": "yes"}
    for value in ("no", "unknown", None, ["no"], 3):
        assert open_medicines(value, TWO) == TWO


def test_a_medicine_that_left_the_list_leaves_the_answer():
    value = {"Augmentin": "yes", "Monodoks": "no"}

    assert of_those_listed(value, ["MONODOKS", "Parol"]) == {"Monodoks": "no"}
    assert of_those_listed(value, ["Parol"]) is None
    assert of_those_listed("yes", []) == "yes"
    assert of_those_listed("unknown", []) == "unknown"
    assert of_those_listed("no", ["Augmentin"]) is None


def test_a_name_is_the_same_however_it_is_capitalised_and_its_field_says_nothing_of_it():
    assert said_of({"IŞIK": "no"}, ("ışık",)) == {"ışık": "no"}
    assert field_name("keloid", "IŞIK 5 mg") == field_name("keloid", "ışık 5 mg")
    assert field_name("keloid", "Augmentin") != field_name("keloid", "Monodoks")
    assert "augmentin" not in field_name("keloid", "Augmentin").lower()


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"Augmentin": "perhaps"},
        {"Augmentin": None},
        {"Augmentin": ["no"]},
        {"Augmentin": {"x": "no"}},
        {"": "no"},
        {"x" * 201: "no"},
        {3: "no"},
        {str(n): "no" for n in range(61)},
        [["Augmentin", "no"]],
    ],
)
def test_a_table_that_says_nothing_is_not_written_down(value):
    assert not says_by_medicine(value)
    assert not is_recordable("antibiotic_for_infection", value, on=DAY, rule_set=V2)


def test_only_a_question_about_medicines_takes_an_answer_for_each():
    value = {"Augmentin": "no", "Monodoks": "unknown"}

    assert is_recordable("antibiotic_for_infection", value, on=DAY, rule_set=V2)
    assert not is_recordable("keloid", value, on=DAY, rule_set=V2)
    assert not is_recordable("antibiotic_for_infection", value, on=DAY, rule_set=V1)
    assert is_recordable("antibiotic_for_infection", "yes", on=DAY, rule_set=V2)
