"""Everything that must hold of the engine, in one call: what a mutant of it has to break."""

import copy
import json

from patients.screening.batch import answer_lines
from patients.screening.rule_set import RuleSet
from patients.screening.rules import screen, screen_safely
from patients.screening.terms import Verdict
from patients.screening.tests.cases import CLEAR, EXAMPLES, V1, VIGNETTES, comparable, found
from patients.screening.tests.firing import FIRING, JUST_CLEAR
from patients.screening.tests.laws import clearing_value, contraindicating, is_not_milder


def check_everything(rule_set: RuleSet = V1) -> None:
    """Raise AssertionError when a worked case, a limit, a rule or a law is broken."""
    check_worked_cases(rule_set)
    check_every_rule(rule_set)
    check_limits(rule_set)
    check_unknown_is_never_no(rule_set)
    check_a_fault_holds(rule_set)


def check_worked_cases(rule_set: RuleSet) -> None:
    for case in (*VIGNETTES, *EXAMPLES):
        response = screen(case["request"], rule_set=rule_set).as_json()
        assert comparable(response) == comparable(case["expected"]), case["id"]


def check_every_rule(rule_set: RuleSet) -> None:
    for rule, severity, target, changed in FIRING:
        response = screen(changed, rule_set=rule_set)
        assert (rule, severity, target) in found(response), rule
        assert not response.unanswered, rule


def check_limits(rule_set: RuleSet) -> None:
    for changed in JUST_CLEAR:
        assert screen(changed, rule_set=rule_set).verdict is Verdict.CLEAR


def check_unknown_is_never_no(rule_set: RuleSet) -> None:
    clear = screen(CLEAR, rule_set=rule_set)
    assert clear.verdict is Verdict.CLEAR
    for question in rule_set.asked_in_answers:
        if not clearing_value(question, CLEAR["answers"].get(question.code)):
            continue
        for worse in ("unknown", None, *contraindicating(question)):
            changed = copy.deepcopy(CLEAR)
            changed["answers"][question.code] = worse
            after = screen(changed, rule_set=rule_set)
            assert is_not_milder(clear, after), question.code
            if worse in ("unknown", None):
                assert question.code in after.unanswered
                assert after.verdict is Verdict.HOLD
        left_out = copy.deepcopy(CLEAR)
        del left_out["answers"][question.code]
        assert screen(left_out, rule_set=rule_set).verdict is Verdict.HOLD


def check_a_fault_holds(rule_set: RuleSet) -> None:
    broken = screen_safely({**CLEAR, "answers": _Trap()}, rule_set=rule_set)
    assert broken.fault
    assert broken.verdict is Verdict.HOLD
    lines = [json.dumps({"id": 1, "on": "2026-11-23"}).encode(), b"{", b""]
    assert [line.broken for line in answer_lines(lines, rule_set)] == [False, True, True]


class _Trap(dict):
    """Answers that break whoever reads them."""

    def items(self):
        raise RuntimeError("the engine fails here")
