"""Every medicine, group and allergen of the tables has words in both languages."""

import pytest

from patients.screening.labels import (
    allergen_words,
    group_words,
    labelled,
    medicine_words,
    source_words,
    substance_words,
)
from patients.screening.tests.cases import V1, VERSIONS
from patients.screening.words import ingredient_words


def test_a_medicine_is_named_as_its_reader_says_it():
    warfarin = V1.substances["warfarin"]
    assert medicine_words(warfarin, "en") == "warfarin · anticoagulant (blood thinner)"
    assert medicine_words(warfarin, "tr") == "varfarin · antikoagülan (kan sulandırıcı)"


def test_a_finer_group_adds_nothing_to_its_coarse_one():
    assert group_words({"antidepressant", "antidepressant_ssri"}, "en") == ["antidepressant"]


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
@pytest.mark.parametrize("language", ["en", "tr"])
def test_every_group_has_words(rule_set, language):
    for row in rule_set.substances.values():
        assert "_" not in " ".join(group_words(row.groups, language))
        assert group_words(row.groups, language), row.inn
    named = {name for entries in rule_set.allergies.index.by_first_word.values()
             for _words, groups in entries for name in groups}  # fmt: skip
    named |= rule_set.words.allergen_groups
    assert named - labelled("allergen_groups") == set()
    assert all(allergen_words(group, language) for group in named)


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
def test_every_ingredient_and_pair_has_words(rule_set):
    names = {*rule_set.ingredients.ingredients}
    names |= {name for pair in rule_set.ingredients.pairs for name in (pair.a, pair.b)}
    for name in names:
        assert "_" not in ingredient_words(name, rule_set, "tr")
    assert ingredient_words("tranexamic_acid", rule_set, "tr") == "Traneksamik asit"


def test_substances_of_version_1_that_are_written_otherwise_in_turkish_have_turkish_words():
    for inn in ("isotretinoin (oral)", "fish oil / omega-3", "class: antibiotic", "heparin"):
        assert "class" not in substance_words(inn, "tr")
    assert substance_words("isotretinoin (oral)", "tr") == "izotretinoin (ağızdan)"


def test_a_source_is_read_without_marks_and_cites_papers_as_they_are():
    source = "Founding document; Mammucari M, Clin Ter 2021;172:37-45 [K-mod]; 14 days [C]"
    assert source_words(source, "en") == (
        "Founding document; Mammucari M, Clin Ter 2021;172:37-45; 14 days"
    )
    assert source_words(source, "tr").startswith("Kurucu belge; Mammucari M")
