"""Everything that must hold of the engine, in one call: what a mutant of it has to break."""

import json
from collections.abc import Iterator
from typing import Any

from patients.screening.batch import answer_lines
from patients.screening.rule_set import RuleSet
from patients.screening.rules import screen, screen_safely
from patients.screening.terms import Verdict
from patients.screening.tests.cases import (
    CORRECTIONS,
    EXAMPLES,
    V1,
    VERSIONS,
    VIGNETTES,
    as_asked_in,
    comparable,
    complete,
    found,
)
from patients.screening.tests.firing import FIRING, JUST_CLEAR
from patients.screening.tests.laws import clearing_value, contraindicating, is_not_milder


def check_everything(*rule_sets: RuleSet) -> None:
    """Raise AssertionError when a worked case, a limit, a rule or a law is broken."""
    for rule_set in rule_sets or VERSIONS:
        check_worked_cases(rule_set)
        check_every_rule(rule_set)
        check_limits(rule_set)
        check_unknown_is_never_no(rule_set)
        check_a_fault_holds(rule_set)


def worked_cases(rule_set: RuleSet) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield id, request and what this version has to answer."""
    if rule_set.version != V1.version:
        yield from ((case["id"], case["request"], case["expected"]) for case in CORRECTIONS)
        return
    yield from ((case["id"], case["request"], case["expected"]) for case in VIGNETTES)
    yield from ((case["id"], case["request"], case["expected"]) for case in EXAMPLES)
    for case in CORRECTIONS:
        if "expected_v1" in case:
            yield case["id"], case["request"], case["expected_v1"]


def check_worked_cases(rule_set: RuleSet) -> None:
    for name, request, expected in worked_cases(rule_set):
        response = screen(request, rule_set=rule_set).as_json()
        assert comparable(response) == comparable(expected), name


def check_every_rule(rule_set: RuleSet) -> None:
    for rule, severity, target, changed in FIRING:
        response = screen(as_asked_in(rule_set, changed), rule_set=rule_set)
        assert (rule, severity, target) in found(response), rule
        assert not response.unanswered or rule_set.version != V1.version, rule


def check_limits(rule_set: RuleSet) -> None:
    for changed in JUST_CLEAR:
        response = screen(as_asked_in(rule_set, changed), rule_set=rule_set)
        assert response.verdict is Verdict.CLEAR


def check_unknown_is_never_no(rule_set: RuleSet) -> None:
    clear = screen(complete(rule_set), rule_set=rule_set)
    assert clear.verdict is Verdict.CLEAR
    said = complete(rule_set)["answers"]
    for question in rule_set.asked_in_answers:
        if not clearing_value(question, said.get(question.code)):
            continue
        for worse in ("unknown", None, *contraindicating(question)):
            changed = complete(rule_set)
            changed["answers"][question.code] = worse
            after = screen(changed, rule_set=rule_set)
            assert is_not_milder(clear, after), question.code
            if worse in ("unknown", None):
                assert question.code in after.unanswered
                assert after.verdict is Verdict.HOLD
        left_out = complete(rule_set)
        del left_out["answers"][question.code]
        assert screen(left_out, rule_set=rule_set).verdict is Verdict.HOLD


def check_a_fault_holds(rule_set: RuleSet) -> None:
    broken = screen_safely({**complete(rule_set), "answers": _Trap()}, rule_set=rule_set)
    assert broken.fault
    assert broken.verdict is Verdict.HOLD
    lines = [json.dumps({"id": 1, "on": "2026-11-23"}).encode(), b"{", b""]
    assert [line.broken for line in answer_lines(lines, rule_set)] == [False, True, True]


class _Trap(dict):
    """Answers that break whoever reads them."""

    def items(self):
        raise RuntimeError("the engine fails here")
