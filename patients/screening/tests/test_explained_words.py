"""The words beside a finding: for people, not for whoever wrote the data."""

import re

import pytest
from django.utils import translation

from patients.screening import explained
from patients.screening.open_points import words_of_open
from patients.screening.rule_files import load_rule_set


@pytest.mark.parametrize("language", ["en", "tr"])
def test_notes_name_other_rules_by_their_words_and_carry_no_marks(language):
    rule_set = load_rule_set()

    notes = [explained._note(rule, rule_set, language) for rule in rule_set.rules]

    assert any("“" in note for note in notes)
    assert not any(re.search(r"R-[A-Z]|\[(V|C|K-)", note) for note in notes)


def test_a_question_answered_with_dont_know_says_so():
    rule_set = load_rule_set()

    with translation.override("en"):
        asked = words_of_open("clot_history", {"answers": {}}, rule_set)
        unsure = words_of_open("clot_history", {"answers": {"clot_history": "unknown"}}, rule_set)

    assert unsure == f"{asked} Answered: don't know."
