import pytest

from patients.screening.rules import screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import V1, found
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


@pytest.mark.parametrize("changed", JUST_CLEAR, ids=range(len(JUST_CLEAR)))
def test_just_beyond_a_limit_nothing_holds(changed):
    response = screen(changed, rule_set=V1)

    assert found(response) == set()
    assert response.verdict is Verdict.CLEAR


def test_every_rule_has_a_request_in_which_it_holds():
    assert {rule for rule, *_ in FIRING} == {rule.id for rule in V1.rules}


def test_every_severity_of_every_rule_is_seen():
    seen = {(rule, severity) for rule, severity, *_ in FIRING}
    stated = {(rule.id, case.severity.value) for rule in V1.rules for case in rule.cases}

    assert stated == seen
