"""A soak changes only what was made for it, and says plainly how it went."""

import json

import pytest

from clinic.management.soak.guard import NAMED_IN, NotOurs, check_ours, mark_as_ours
from clinic.management.soak.report import Found, percentile
from patients.tests.builders import a_patient


def test_a_database_without_the_mark_of_this_run_is_left_alone(db, monkeypatch):
    monkeypatch.setenv(NAMED_IN, "this run")
    with pytest.raises(NotOurs):
        check_ours()

    mark_as_ours()
    check_ours()

    monkeypatch.setenv(NAMED_IN, "another run")
    with pytest.raises(NotOurs):
        check_ours()


def test_a_database_with_patients_is_never_marked(db, monkeypatch):
    monkeypatch.setenv(NAMED_IN, "this run")
    a_patient()

    with pytest.raises(NotOurs):
        mark_as_ours()


def test_the_last_line_counts_what_passed_and_failed(tmp_path):
    lines: list[str] = []
    found = Found(lines.append, seed=3)
    found.case("B1", True, booked=40)
    found.case("B2", False, overlaps=1)

    assert found.last_line == "1 passed, 1 failed"
    assert lines[1].startswith("FAILED  B2")
    found.write(tmp_path / "out.json", name="booking", quick=True)
    assert json.loads((tmp_path / "out.json").read_text())["cases"][0]["booked"] == 40


def test_percentiles():
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 96
    assert percentile([], 0.95) == 0
