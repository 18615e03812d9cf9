"""What the benchmark works out of the times, and that it touches no database but its own."""

import json
import time
from contextlib import nullcontext
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.management.benchmark.database import NotOurs, check_marked, mark
from clinic.management.benchmark.measuring import Measured, Times, Work, is_quiet, measure
from clinic.management.benchmark.report import table
from clinic.management.commands import benchmark as command
from clinic.management.commands.benchmark import WORKS, growth
from clinic.tests import builders

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


@pytest.mark.django_db
@pytest.mark.urls("clinic.management.benchmark.reading")
def test_the_bare_page_has_twenty_kilobytes_and_asks_only_who_is_there(client):
    client.force_login(builders.receptionist())
    address = "/measured/bare/"
    client.get(address)

    with CaptureQueriesContext(connection) as asked:
        page = client.get(address)

    assert page.status_code == 200
    assert 19_000 < len(page.content) < 22_000
    tables = [each["sql"].partition(' FROM "')[2].partition('"')[0] for each in asked]
    assert tables == ["django_session", "clinic_staffmember"]


def test_json_is_all_that_stands_on_the_output(monkeypatch, tmp_path):
    """What is made on the way speaks to the other stream."""

    class Small:
        def grow(self, size, tell):
            tell("grown")

    def begin(*, seed, tell):
        tell("made")
        return Small()

    monkeypatch.setattr(command.sized, "begin", begin)
    monkeypatch.setattr(command, "own_database", nullcontext)
    monkeypatch.setattr(
        command,
        "all_works",
        lambda clinic, folder: [a_work(ours=lambda: time.sleep(0.001), rounds=2)],
    )
    monkeypatch.setattr(command, "count_statements", lambda work: 3)
    monkeypatch.setattr(command.Command, "calibrate", lambda self, clinic, random: 1.0)
    monkeypatch.setattr(command.report, "machine", lambda: {"cores": 2})
    out, err = StringIO(), StringIO()

    call_command(
        "benchmark", "--json", "--sizes", "10,20", "--only", "search", stdout=out, stderr=err
    )

    found = json.loads(out.getvalue())
    assert set(found) == {"machine", "commit", "rows"}
    assert [(each["work"], each["size"]) for each in found["rows"]] == [
        ("search", 10), ("search", 20),
    ]  # fmt: skip
    assert {frozenset(each) for each in found["rows"]} == {frozenset(KEYS)}
    assert "grown" in err.getvalue()
