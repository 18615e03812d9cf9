"""What the benchmark works out of the times, and that it touches no database but its own."""

import time
from random import Random
from typing import Any

import pytest

from clinic.management.benchmark.database import NotOurs, check_marked, mark
from clinic.management.benchmark.measuring import Measured, Times, Work, is_quiet, measure
from clinic.management.benchmark.report import table
from clinic.management.commands.benchmark import WORKS, growth

KEYS = {"work", "size", "p50_ms", "p95_ms", "limit", "ratio", "goal", "growth", "statements"}


def a_work(**fields):
    values: Any = {"name": "search", "ours": lambda: None, "limit": lambda: None, "goal": 3.0}
    return Work(**(values | fields))


def measured(ours, limit, **fields):
    sides = Times(), Times()
    for side, seconds in zip(sides, (ours, limit), strict=True):
        for each in seconds:
            side.add(each, None)
    return Measured(a_work(**fields), *sides)


def row(found, size=1000):
    return found.row(size=size, growth=None, statements=1)


def test_the_ratio_is_the_median_of_the_rounds_and_lower_is_better():
    assert measured([0.2, 0.9, 0.2], [0.1, 0.1, 0.1]).ratio == pytest.approx(2)


def test_a_row_has_the_keys_that_were_agreed():
    assert set(row(measured([0.002], [0.001]))) == KEYS
    per_second = row(measured([0.5], [0.1], count=50))
    assert set(per_second) == KEYS - {"p50_ms"} | {"per_s"}
    assert per_second["per_s"] == 100
    assert per_second["limit"] == 500
    assert per_second["ratio"] == 5


def test_growth_is_the_cost_by_that_of_the_size_before():
    before, after = row(measured([0.01], [0.01])), row(measured([0.03], [0.01]), 10_000)
    assert growth(before, []) is None
    assert growth(after, [before]) == 3

    slow, fast = (row(measured([each], [1.0], count=10)) for each in (2.0, 1.0))
    assert growth(slow, [fast]) == 2


def test_what_does_not_meet_its_goal_is_marked():
    met, missed = row(measured([0.02], [0.01])), row(measured([0.05], [0.01]))

    assert "!" not in table([met])
    assert "5.00 !" in table([missed])


def test_every_round_of_both_sides_is_run_and_put_back():
    calls = []
    work = a_work(
        ours=lambda: calls.append("ours"),
        limit=lambda: calls.append("limit"),
        after=lambda: calls.append("back"),
        rounds=4,
    )

    (found,) = measure([work], random=Random(1), tell=lambda _line: None)

    assert calls.count("ours") == calls.count("limit") == 5  # one to warm up
    assert calls.count("back") == 10
    assert len(found.ours.whole) == len(found.limit.whole) == 4


def test_a_slower_program_has_the_larger_ratio():
    work = a_work(ours=lambda: time.sleep(0.02), limit=lambda: time.sleep(0.002), rounds=5)

    (found,) = measure([work], random=Random(1), tell=lambda _line: None)

    assert found.ratio > 1.5


def test_a_busy_machine_is_not_judged():
    assert is_quiet(1.0)
    assert not is_quiet(0.8)
    assert not is_quiet(1.3)


def test_the_works_are_those_that_were_agreed():
    assert len(WORKS) == len(set(WORKS)) == 11


def test_no_database_is_dropped_that_was_not_made_for_measuring(db):
    with pytest.raises(NotOurs):
        check_marked("mesoderm_measured_0")
    mark("mesoderm_measured_0")
    with pytest.raises(NotOurs):
        check_marked("mesoderm_measured_0")  # marked, and still another name than this database's
