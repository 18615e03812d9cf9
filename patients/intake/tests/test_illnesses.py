"""Illnesses in somebody's own words: a "don't know" stands beside the names, never over them."""

from datetime import date

import pytest
from django.http import QueryDict
from django.utils import translation

from patients.intake.forms import SectionForm
from patients.intake.illnesses import added_to
from patients.intake.terms import CONDITIONS, NO, UNKNOWN, YES
from patients.intake.words import answer_words
from patients.screening.rule_files import load_rule_set

ON = date(2026, 11, 20)
RULES = load_rule_set()
QUESTION = RULES.question(CONDITIONS)


@pytest.mark.parametrize(
    ("told", "said", "stands"),
    [
        (["PCOS"], UNKNOWN, ["PCOS", UNKNOWN]),
        (["PCOS"], ["migren", UNKNOWN], ["PCOS", "migren", UNKNOWN]),
        (["PCOS", UNKNOWN], ["migren"], ["PCOS", "migren"]),
        (["PCOS", UNKNOWN], NO, ["PCOS"]),
        ([UNKNOWN], NO, NO),
        (None, UNKNOWN, UNKNOWN),
        (NO, ["migren"], ["migren"]),
    ],
)
def test_what_stands_after_something_was_said(told, said, stands):
    assert added_to(told, said) == stands


def form(post=None, standing=()):
    return SectionForm(
        [QUESTION], standing=dict(standing), rule_set=RULES, language="en",
        post=QueryDict(post) if post is not None else None,
    )  # fmt: skip


def test_dont_know_keeps_the_names_that_were_typed():
    answers = form("conditions=unknown&conditions__typed=PCOS%0AHemofili").answers(on=ON)

    assert answers == {CONDITIONS: ["PCOS", "Hemofili", UNKNOWN]}


def test_an_open_name_comes_back_as_dont_know_and_is_not_typed_out():
    shown = form(standing={CONDITIONS: ["PCOS", UNKNOWN]}).asked[0]

    assert (shown.chosen, shown.typed) == (UNKNOWN, "PCOS")


def test_saving_the_page_again_loses_neither_the_name_nor_the_doubt():
    standing = {CONDITIONS: ["PCOS", UNKNOWN]}

    assert form("conditions=unknown&conditions__typed=PCOS", standing).answers(on=ON) == {}


@pytest.mark.parametrize("chosen", [YES, ""])
def test_names_without_a_doubt_are_only_names(chosen):
    assert form(f"conditions={chosen}&conditions__typed=PCOS").answers(on=ON) == {
        CONDITIONS: ["PCOS"]
    }


def test_a_reader_sees_that_one_has_no_name_yet():
    with translation.override("en"):
        words = answer_words(QUESTION, ["PCOS", UNKNOWN], rule_set=RULES)

    assert words == "PCOS, one whose name is not known yet"
