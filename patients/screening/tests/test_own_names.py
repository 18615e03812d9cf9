"""The clinic's own names against the shipped ones: they add, and hide nothing."""

import csv

import pytest

from patients.screening import own_names
from patients.screening.own_names import ClinicNames, OwnAllergen, OwnMedicine
from patients.screening.rule_files import SHIPPED
from patients.screening.rules import screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import V1, V2, with_allergies, with_medicines

HARMLESS = "paracetamol"


def with_medicine(name, *products):
    return V1.with_names(ClinicNames(medicines=(OwnMedicine(name, tuple(products)),)))


def with_allergen(name, **meaning):
    return V1.with_names(ClinicNames(allergens=(OwnAllergen(name, **meaning),)))


def read(rule_set, text):
    found = rule_set.recognise_medication(text)
    return sorted(row.inn for rows in found.products for row in rows), found.complete


def test_a_clinic_name_adds_to_a_shipped_one_beside_it():
    named = with_medicine("zorbexin", ("warfarin",))

    assert read(named, "Parol zorbexin") == (["paracetamol", "warfarin"], True)
    assert read(named, "Parol + zorbexin + kumadin") == (
        ["paracetamol", "warfarin", "warfarin"],
        True,
    )


@pytest.mark.parametrize("name", ["kumadin", "kumadin 5 mg", "xarelto kumadin"])
def test_a_clinic_name_never_hides_a_shipped_one(name):
    """Not by the same words, not by longer ones around it."""
    for products in ((), ((HARMLESS,),)):
        found, _complete = read(with_medicine(name, *products), f"{name} sabah")
        assert "warfarin" in found


def test_a_shorter_clinic_name_is_not_found_inside_a_longer_shipped_one():
    shipped = "Aspirin Plus C"
    before = read(V1, shipped)
    assert read(with_medicine("plus c", ("warfarin",)), shipped) == before


def test_a_longer_clinic_name_wins_over_a_shorter_one():
    named = V1.with_names(
        ClinicNames((OwnMedicine("zorbexin", (("warfarin",),)), OwnMedicine("zorbexin krem")))
    )
    assert read(named, "zorbexin krem") == ([], True)
    assert read(named, "zorbexin") == (["warfarin"], True)


def test_a_name_without_bearing_explains_nothing_but_itself():
    named = with_medicine("zorbexin")

    assert read(named, "zorbexin 20 mg sabah") == ([], True)
    assert read(named, "zorbexin warfrin") == ([], False)
    assert read(named, "zorbexin, qwertz") == ([], False)


def test_a_plain_word_for_many_medicines_is_not_explained_by_a_harmless_name_beside_it():
    _found, complete = read(with_medicine("zorbexin"), "kan sulandırıcı zorbexin")
    assert not complete


def test_a_name_that_points_to_nothing_known_explains_nothing():
    assert read(with_medicine("zorbexin", ("a substance of later",)), "zorbexin") == ([], False)
    assert read(with_medicine("zorbexin", ("warfarin",), ("later",)), "zorbexin") == (
        ["warfarin"],
        False,
    )
    stated = with_allergen("zorbexin", groups=("a group of later",))
    assert not stated.recognise_allergy("zorbexin").complete


def test_an_allergen_without_group_and_kind_is_of_the_worst_kind():
    assert with_allergen("kivikivi").recognise_allergy("kivikivi").categories == {"other"}


def test_the_kind_decides_what_an_anaphylaxis_means():
    request = with_allergies("kivikivi", severity="anaphylaxis")
    for category in ("food", "drug"):
        named = with_allergen("kivikivi", category=category)
        severities = {
            finding.severity
            for finding in screen(request, rule_set=named).findings
            if finding.rule == "R-ANAPHYLAXIS-HISTORY"
        }
        assert severities == {"caution" if category == "food" else "relative"}


def test_a_shipped_allergen_keeps_its_groups():
    named = with_allergen("somon", category="food")
    assert "fish" in named.recognise_allergy("Somon").groups


def test_no_shipped_name_reads_milder_with_a_thousand_clinic_names():
    """Every shipped name, with a clinic name of the same words that says: without bearing."""
    with (SHIPPED / "v1" / "medication_aliases.csv").open(encoding="utf-8", newline="") as lines:
        aliases = [entry["alias"] for entry in csv.DictReader(lines)][::3]
    named = V1.with_names(ClinicNames(tuple(OwnMedicine(alias) for alias in aliases)))
    for alias in aliases:
        for text in (alias, f"{alias} krem", f"{alias} + parol"):
            shipped = V1.recognise_medication(text)
            with_own = named.recognise_medication(text)
            assert with_own.products[: len(shipped.products)] == shipped.products, text


def test_without_the_guard_a_longer_name_would_hide_a_substance(monkeypatch):
    """The negative control: searched instead of the shipped names, a clinic name does harm."""

    def only_own(matcher, text):
        found = matcher.own.all_in(own_names.words_of(text))
        return own_names.Recognised((), complete=bool(found))

    named = with_medicine("kumadin sabah")
    request = with_medicines("kumadin sabah", status="current")
    assert screen(request, rule_set=named).verdict is Verdict.REFUSE
    monkeypatch.setattr(own_names.MedicinesOfClinic, "recognise", only_own)
    assert screen(request, rule_set=named).verdict is Verdict.CLEAR


def test_names_come_back_from_json_as_they_went_in():
    names = ClinicNames(
        (OwnMedicine("a", (("warfarin",), ("x", "y"))), OwnMedicine("b")),
        (OwnAllergen("c", ("fish",), (("warfarin",),), ""), OwnAllergen("d", category="food")),
    )
    assert ClinicNames.from_json(names.as_json()) == names


def test_only_the_names_used_are_kept_with_a_request():
    named = V1.with_names(ClinicNames((OwnMedicine("zorbexin"), OwnMedicine("anderes"))))
    used = named.names_used(with_medicines("Zorbexin 5 mg", "Parol"))

    assert used == ClinicNames((OwnMedicine("zorbexin"),))
    assert not named.names_used(with_medicines("Parol"))


def test_new_names_replace_the_earlier_ones():
    named = with_medicine("zorbexin").with_names(ClinicNames((OwnMedicine("anderes"),)))

    assert read(named, "zorbexin") == ([], False)
    assert read(named, "anderes") == ([], True)
    assert read(V2.with_names(ClinicNames()), "kumadin") == (["warfarin"], True)


def test_the_clinics_names_are_offered_while_one_types():
    assert "zorbexin" in with_medicine("zorbexin").suggest_medications("zorbx")
