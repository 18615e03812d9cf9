"""What may follow what, and how an answer stands to the record."""

from datetime import date

import pytest

from patients.phone_intake.rules import TRANSITIONS, compare, content_of, may_become, progress
from patients.phone_intake.terms import Comparison, IntakeState
from patients.screening.rule_files import load_rule_set

S = IntakeState
KELOID = load_rule_set().question("keloid")


def test_every_state_has_its_line_and_only_the_way_forward_is_open():
    assert set(TRANSITIONS) == set(S)
    allowed = {(now, then) for now in S for then in S if may_become(now, then)}
    assert allowed == {
        (S.ASKED, S.SUBMITTED),
        (S.ASKED, S.WITHDRAWN),
        (S.SUBMITTED, S.REVIEWED),
    }


@pytest.mark.parametrize(
    ("said", "standing", "expected"),
    [
        ("no", None, Comparison.NEW_NO),
        ("none", None, Comparison.NEW_NO),
        ("unknown", None, Comparison.NEW),
        ("yes", None, Comparison.NEW),
        ("no", "no", Comparison.SAME),
        ("no", "yes", Comparison.DIFFERS),
        ("yes", "no", Comparison.DIFFERS),
        ("no", "unknown", Comparison.DIFFERS),
        (["chin", "cheek_left"], ["cheek_left", "chin"], Comparison.SAME),
        (["chin"], "no", Comparison.DIFFERS),
    ],
)
def test_an_answer_beside_the_record(said, standing, expected):
    assert compare(said, standing, question=KELOID, is_recordable=True) == expected


def test_what_todays_questions_cannot_read_is_never_accepted():
    assert compare("no", "no", question=None, is_recordable=True) == Comparison.NOT_ASKED_ANY_MORE
    assert compare("x", None, question=KELOID, is_recordable=False) == Comparison.NOT_ASKED_ANY_MORE


def test_a_line_says_only_what_was_said():
    line = content_of({"text": "Işık", "since": date(2026, 3, 1), "last_taken": None})
    assert line == {"text": "Işık", "since": "2026-03-01"}


def test_progress_counts_finished_pages():
    assert progress([0, 3, 0]) == (2, 3)
