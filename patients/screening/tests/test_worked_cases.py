import pytest

from patients.screening.rules import screen
from patients.screening.tests.cases import EXAMPLES, V1, VIGNETTES, comparable


@pytest.mark.parametrize("case", VIGNETTES, ids=lambda case: case["id"])
def test_a_worked_case_of_version_1_has_exactly_its_answer(case):
    response = screen(case["request"], rule_set=V1).as_json()

    assert comparable(response) == comparable(case["expected"])
    assert len(response["findings"]) == len(case["expected"]["findings"])


def test_the_worked_cases_are_all_there():
    assert len(VIGNETTES) == 30
    assert len({case["id"] for case in VIGNETTES}) == 30


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["id"])
def test_a_worked_example_of_the_contract_has_exactly_its_answer(case):
    response = screen(case["request"], rule_set=V1).as_json()
    expected = case["expected"]

    assert comparable(response) == comparable(expected)
    assert response["id"] == expected["id"]
    by_key = {(f["rule"], f.get("target")): f for f in response["findings"]}
    for finding in expected["findings"]:
        got = by_key[finding["rule"], finding.get("target")]
        assert got["scope"] == finding["scope"]
        assert got.get("clears_on") == finding.get("clears_on")
        assert set(got["because"]) >= set(finding["because"]) - {"inn"}


def test_the_strongest_finding_comes_first():
    case = next(case for case in VIGNETTES if case["id"] == "C16")

    rules = [f.rule for f in screen(case["request"], rule_set=V1).findings]

    assert rules == ["R-CANCER-ACTIVE", "R-TXA-HORMONE"]
