"""What a change would do, before it does it. Pure."""

from patients.rulebook import shipped
from patients.rulebook.composing import OwnRules, compose
from patients.rulebook.tests.builders import switched_off, with_severity
from patients.rulebook.trial import effect_on, try_on_cases
from patients.screening.terms import Severity, Verdict
from patients.screening.tests.cases import request

BASE = OwnRules(base="1")


def effect(own, changed):
    return effect_on(changed, before=compose(BASE, version=""), after=compose(own, version=""))


def test_what_is_touched_by_no_rule_has_no_effect():
    assert effect(with_severity(BASE, "R-KELOID", "absolute"), request()) is None


def test_a_stricter_rule_is_seen_and_not_called_milder():
    found = effect(with_severity(BASE, "R-KELOID", "absolute"), request(answers={"keloid": "yes"}))

    assert (found.before, found.after) == (Verdict.HOLD, Verdict.REFUSE)
    assert found.changes_the_verdict
    assert not found.is_milder
    assert [(s.rule, s.before, s.after) for s in found.shifts] == [
        ("R-KELOID", Severity.RELATIVE, Severity.ABSOLUTE)
    ]


def test_a_weaker_or_missing_finding_is_milder_even_where_the_verdict_stays():
    other = {"keloid": "yes", "pregnant": "yes"}

    for own in (with_severity(BASE, "R-KELOID", "caution"), switched_off(BASE, "R-KELOID")):
        found = effect(own, request(answers=other))
        assert found.is_milder
        assert not found.changes_the_verdict
    assert effect(switched_off(BASE, "R-KELOID"), request(answers={"keloid": "yes"})).is_milder


def test_a_question_that_may_stay_open_is_milder():
    own = BASE.with_question("keloid", {"en": "a", "tr": "b", "mandatory": False})
    found = effect(own, request(left_out=("keloid",)))

    assert found.asked_no_more == ("keloid",)
    assert found.is_milder


def test_an_earlier_day_is_milder_and_a_later_one_is_not():
    ipl = request(procedures=[{"kind": "ipl", "on": "2026-11-13", "area": ["cheek_left"]}])

    assert effect(BASE.with_durations({"gap.ipl": 14}), ipl).is_milder
    assert not effect(BASE.with_durations({"gap.ipl": 42}), ipl).is_milder


def test_the_worked_cases_lie_where_the_program_reads_them():
    assert len(shipped.worked_cases("1")) == 30
    assert len(shipped.worked_cases("2")) > 30


def test_a_change_that_no_worked_case_notices_is_told_as_such():
    cases = shipped.worked_cases("1")
    before = compose(BASE, version="")

    assert try_on_cases(cases, before=before, after=before) == []
    off = compose(switched_off(BASE, "R-ANTICOAG"), version="")
    assert [case.id for case in try_on_cases(cases, before=before, after=off)]
