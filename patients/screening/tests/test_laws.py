"""Monotonic and total, over generated requests (section 7 of the screening contract)."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from patients.screening.rules import screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import V1, request
from patients.screening.tests.laws import (
    QUICK,
    additions,
    check_addition,
    check_further_rules,
    check_total,
    input_lines,
    is_not_milder,
    requests,
    screened,
)

RULES = st.sets(st.sampled_from([rule.id for rule in V1.rules]))


@settings(max_examples=900, deadline=None, suppress_health_check=QUICK)
@given(additions())
def test_a_further_reason_for_care_never_makes_the_verdict_milder(pair):
    check_addition(pair)


@settings(max_examples=400, deadline=None, suppress_health_check=QUICK)
@given(requests(), RULES)
def test_a_further_rule_never_makes_the_verdict_milder(changed, dropped):
    check_further_rules(changed, dropped)


@settings(max_examples=500, deadline=None, suppress_health_check=QUICK)
@given(st.lists(input_lines, max_size=3))
def test_every_line_has_exactly_one_answer(lines):
    check_total(lines)


@settings(max_examples=120, deadline=None, suppress_health_check=QUICK)
@given(requests())
def test_screening_changes_nothing_in_the_request_and_repeats_itself(changed):
    untouched = copy.deepcopy(changed)

    first, second = screened(changed), screened(changed)

    assert changed == untouched
    assert first == second


@settings(max_examples=120, deadline=None, suppress_health_check=QUICK)
@given(requests())
def test_the_verdict_is_what_its_findings_and_gaps_say(changed):
    response = screen(changed, rule_set=V1)
    severities = {finding.severity.value for finding in response.findings}
    gaps = bool(response.unanswered or response.unrecognised)

    if response.verdict is Verdict.CLEAR:
        assert not severities
        assert not gaps
    elif response.verdict is Verdict.CAUTION:
        assert severities == {"caution"}
        assert not gaps
    keys = [(finding.rule, finding.target) for finding in response.findings]
    assert len(keys) == len(set(keys))
    assert all(finding.because for finding in response.findings)


def test_an_illness_that_answers_an_open_question_clears_in_version_1():
    """The known exception (contract, section 9.12), which version 2 mends."""
    cocktail = [{"ingredient": "niacinamide", "mg": 20, "product_excipients": []}]
    before = request(cocktail=cocktail, left_out=("seizure_history",))
    after = {**before, "conditions": [{"text": "epilepsi"}]}

    assert screened(before).verdict is Verdict.HOLD
    assert not is_not_milder(screened(before), screened(after))
