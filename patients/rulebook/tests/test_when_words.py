"""A broken condition in words for who wrote it."""

import pytest
from django.utils.translation import override

from patients.rulebook.when_words import in_words
from patients.screening.rule_files import load_rule_set
from patients.screening.tokens import WhenError
from patients.screening.when import parse

WORDS = load_rule_set(1).words


def said(text, target=None):
    with pytest.raises(WhenError) as caught:
        parse(text, WORDS, target=target)
    with override("en"):
        return in_words(caught.value, text, WORDS)


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("keloidd = yes", "“keloidd” is not the code of a question", "at the beginning"),
        ("bmi >= 30 and keloidd = yes", "“keloidd”", "character 15, after “bmi >= 30 and”"),
        (
            "keloid = maybe",
            "“maybe” is not a choice of this question",
            "character 10, after “keloid =”",
        ),
        ("keloid = yes and (", "Something is missing at the end", "character 19"),
        ("(keloid = yes", "“)” is missing at the end", "character 14"),
        ("keloid = yes keloid = no", "“keloid” is one word too many", "character 14"),
        ("keloid", "what it is compared with", "character 7"),
        ("keloid > yes", "compares numbers only", "character 8"),
        ("days(keloid) < 7", "not a question that is answered with a date", "character 6"),
        ("days(fever_last_on) < soon", "“soon” is not the code of a question", "character 23"),
        ("med(group anticoagulants)", "“anticoagulants”", "character 11, after “med(group”"),
        ("med(colour red)", "selected by group, effect, inn or route", "character 5"),
        ("keloid = yes & bmi > 3", "“& bmi > 3” cannot be read", "character 14"),
        ("region in (cheek_left)", "tested for each $region", "at the beginning"),
        ("cocktail(aspirin)", "“aspirin” is not an ingredient of the catalogue", "character 10"),
        ("allergy(fish_oil)", "“fish_oil” is not an allergen group", "character 9"),
    ],
)
def test_a_complaint_says_what_is_wrong_and_where(text, what, where):
    sentence = said(text)

    assert what in sentence
    assert where in sentence


def test_known_words_that_look_alike_are_named():
    assert "keloid" in said("keloidd = yes").partition("like it:")[2]
    assert "anticoagulant" in said("med(group anticoagulants)").partition("like it:")[2]
    assert said("keloid = evet").endswith("Known words like it: no, yes.")


def test_no_complaint_of_the_language_is_left_in_the_engines_words():
    """The negative control of the table: a complaint that it does not know comes through as it is."""
    assert in_words(WhenError("some new complaint"), "x", WORDS) == "some new complaint"
    assert "WhenError" not in said("keloid = yes)")
