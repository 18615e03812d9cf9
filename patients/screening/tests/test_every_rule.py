import pytest

from patients.screening.rules import screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import CORRECTIONS, V1, V2, as_asked_in, found
from patients.screening.tests.firing import FIRING, JUST_CLEAR


@pytest.mark.parametrize(
    ("rule", "severity", "target", "changed"),
    FIRING,
    ids=[f"{rule}-{severity}-{n}" for n, (rule, severity, *_) in enumerate(FIRING)],
)
def test_a_rule_holds_where_it_should(rule, severity, target, changed):
    response = screen(changed, rule_set=V1)

    assert (rule, severity, target) in found(response)
    assert response.unanswered == ()
    assert response.unrecognised == ()


@pytest.mark.parametrize(
    ("rule", "severity", "target", "changed"),
    FIRING,
    ids=[f"{rule}-{severity}-{n}" for n, (rule, severity, *_) in enumerate(FIRING)],
)
def test_a_rule_of_version_1_still_holds_in_version_2(rule, severity, target, changed):
    response = screen(as_asked_in(V2, changed), rule_set=V2)

    assert (rule, severity, target) in found(response)
    assert response.unrecognised == ()


@pytest.mark.parametrize("rule_set", [V1, V2], ids=["version 1", "version 2"])
@pytest.mark.parametrize("changed", JUST_CLEAR, ids=range(len(JUST_CLEAR)))
def test_just_beyond_a_limit_nothing_holds(rule_set, changed):
    response = screen(as_asked_in(rule_set, changed), rule_set=rule_set)

    assert found(response) == set()
    assert response.verdict is Verdict.CLEAR


def test_every_rule_has_a_request_in_which_it_holds():
    assert {rule for rule, *_ in FIRING} == {rule.id for rule in V1.rules}


def stated(rule_set):
    return {(rule.id, case.severity.value) for rule in rule_set.rules for case in rule.cases}


def test_every_severity_of_every_rule_is_seen():
    seen = {(rule, severity) for rule, severity, *_ in FIRING}
    in_a_case = {
        (finding["rule"], finding["severity"])
        for case in CORRECTIONS
        for finding in case["expected"]["findings"]
    }

    assert stated(V1) == seen
    assert stated(V2) == seen | in_a_case
