"""`manage.py calculate`: one line for every line, the same arithmetic as the pages, no database."""

import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from clinic.management.calculation.lines import LONGEST_LINE, answer_line, answer_stream

ROOT = Path(__file__).parents[4]


def examples_in(path):
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


DOSES = examples_in("cocktails/composition/tests/dose_examples.json")
EXAMPLES = [*DOSES, *examples_in("treatments/analysis/tests/score_examples.json")]


def line_of(value):
    return json.dumps(value).encode() + b"\n"


def answered(*lines):
    return [json.loads(line.text) for line in answer_stream(io.BytesIO(b"".join(lines)))]


def asked(**changed):
    example = json.loads(json.dumps(DOSES[0]))
    example["input"] |= changed
    return {key: example[key] for key in ("id", "kind", "input")}


def answer_to(**changed):
    (answer,) = answered(line_of(asked(**changed)))
    return answer


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["id"])
def test_a_worked_example_comes_out_to_the_last_digit(example):
    request = {key: example[key] for key in ("id", "kind", "input")}

    assert answered(line_of(request)) == [
        {"id": example["id"], "kind": example["kind"], "result": example["expected"]}
    ]


def run(stdin, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", "calculate"],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_command_needs_neither_database_nor_broker_and_goes_on_after_a_bad_line():
    nowhere = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    good = line_of(asked())
    clean = run(good * 3, **nowhere)
    assert (clean.returncode, len(clean.stdout.splitlines()), clean.stderr) == (0, 3, b"")

    broken = run(good + b"{\xff\n" + good, **nowhere)

    assert broken.returncode == 1
    first, second, third = map(json.loads, broken.stdout.splitlines())
    assert second == {"id": None, "error": "not JSON"}
    assert first == third == json.loads(clean.stdout.splitlines()[0])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"\n", {"id": None, "error": "not JSON"}),
        (b"\xff\xfe\n", {"id": None, "error": "not JSON"}),
        (b'{"id": NaN}\n', {"id": None, "error": "not JSON"}),
        (b'{"id": 1, "x": -Infinity}\n', {"id": None, "error": "not JSON"}),
        (b"[" * 100_000 + b"\n", {"id": None, "error": "not JSON"}),
        (b'{"a":' * 100_000 + b"\n", {"id": None, "error": "not JSON"}),
        (b"null\n", {"id": None, "error": "not an object"}),
        (b"[]\n", {"id": None, "error": "not an object"}),
        (b"{}\n", {"id": None, "error": "no readable id"}),
        (b'{"id": 1.5}\n', {"id": None, "error": "no readable id"}),
        (b'{"id": true}\n', {"id": None, "error": "no readable id"}),
        (b'{"id": ""}\n', {"id": None, "error": "no readable id"}),
        (b'{"id": [1]}\n', {"id": None, "error": "no readable id"}),
        (b'{"id": ' + b"9" * 100_000 + b"}\n", {"id": None, "error": "no readable id"}),
        (b'{"id": 7, "kind": "poem"}\n', None),
        (b'{"id": 7, "kind": ["cocktail"]}\n', None),
        (b'{"id": 7, "kind": "cocktail"}\n', {"id": 7, "error": "input is not an object"}),
        (b'{"id": 7, "kind": "cocktail", "input": []}\n', None),
    ],
)
def test_a_bad_line_is_answered_and_the_rest_goes_on(line, error):
    good = line_of(asked())

    first, answer, last = answered(good, line, good)

    assert "result" in first
    assert first == last
    assert set(answer) == {"id", "error"}
    assert error is None or answer == error


@pytest.mark.parametrize(
    "changed",
    [
        {"ingredients": []},
        {"ingredients": None},
        {"ingredients": [1]},
        {"ingredients": [{"ingredient": "gold", "stock_mg_ml": "1", "drawn_ml": "1"}]},
        {"ingredients": asked()["input"]["ingredients"] * 101},
        {"diluent": {"ingredient": "sodium_chloride"}},
        {"diluent": {"ingredient": "sodium_chloride", "ml": "-1"}},
        {"diluent": "water"},
        {"points": "40.5"},
        {"points": 0},
        {"points": None},
        {"points": True},
        {"ml_per_point": "0"},
        {"ml_per_point": "NaN"},
        {"ml_per_point": "Infinity"},
        {"ml_per_point": "1e999999"},
        {"ml_per_point": "9" * 5000},
        {"ml_per_point": "0,05"},
        {"ml_per_point": "5 ml"},
        {"ml_per_point": "\u0665"},
        {"weight_kg": "0"},
        {"weight_kg": {}},
        {"anaesthetic_cream": {"kind": "butter", "g": "1"}},
        {"anaesthetic_cream": {"kind": "emla", "g": "-1"}},
        {"anaesthetic_cream": []},
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused_and_never_repeated(changed):
    answer = answer_to(**changed)

    assert set(answer) == {"id", "error"}
    assert answer["id"] == "dose-1"
    assert len(answer["error"]) < 200
    assert not any(str(value) in answer["error"] for value in ("gold", "butter", "9" * 20))


@pytest.mark.parametrize(
    "raw", ["1e999999", "-1e-999999999999999999999", "9" * 5000, "9" * 50, "1." + "1" * 5000]
)
def test_an_endless_number_of_json_is_refused(raw):
    line = json.dumps(asked(ml_per_point="HERE")).replace('"HERE"', raw).encode()

    (answer,) = answered(line)

    assert answer == {"id": "dose-1", "error": "ml_per_point is not an amount"}


def test_a_number_of_json_is_read_as_the_decimal_that_people_see():
    answer = answer_to(ml_per_point=0.1, points=3)

    assert answer["result"]["injected_ml"] == "0.3"
    assert repr(0.1 * 3) != "0.3"  # what binary floats would have made of it


def test_cream_alone_says_nothing_of_lidocaine_unless_something_is_found():
    few = answer_to(anaesthetic_cream={"kind": "emla", "g": "1"})["result"]
    many = answer_to(anaesthetic_cream={"kind": "emla", "g": "10"})["result"]

    assert few == DOSES[0]["expected"]
    assert many["findings"] == [
        {"rule": "R-DOSE-LIMIT", "severity": "caution", "target": "lidocaine"}
    ]
    assert many["lidocaine_total_mg"] == "250"


@pytest.mark.parametrize(
    ("kind", "entered"),
    [
        ("masi", {}),
        ("masi", {"F": {"A": 7, "D": 1, "H": 1}}),
        ("masi", {"X": {"A": 1}}),
        ("ita", {"L": "101", "b": "5"}),
        ("ita", {"L": "50", "b": "-1"}),
        ("contrast", {"perilesional": {"L": "1", "b": "0"}, "lesion": {"L": "1", "b": "1"}}),
    ],
)
def test_a_score_that_does_not_exist_is_not_valid_and_no_bad_line(kind, entered):
    (line,) = answer_stream(io.BytesIO(line_of({"id": 1, "kind": kind, "input": entered})))

    assert json.loads(line.text)["result"] == {"valid": False}
    assert not line.broken


def test_a_fall_from_nothing_has_no_percent():
    clear = {region: {"A": 0, "D": 0, "H": 0} for region in "FRLC"}
    (answer,) = answered(
        line_of({"id": 1, "kind": "change", "input": {"baseline": clear, "follow_up": clear}})
    )

    assert answer["result"]["masi_fall_percent"] is None
    assert answer["result"]["masi_class"] is None


class Endless(io.RawIOBase):
    """Two lines: one that is far too long, made while it is read, and one that can be read."""

    def __init__(self, long):
        self.left, self.last = long, line_of(asked())

    def readline(self, size=-1):
        if self.left:
            read = min(size, self.left)
            self.left -= read
            return b"9" * read if self.left else b"9" * (read - 1) + b"\n"
        last, self.last = self.last, b""
        return last


def test_memory_does_not_grow_with_a_line():
    tracemalloc.start()
    try:
        stream: Any = Endless(64 * LONGEST_LINE)
        too_long, good = answer_stream(stream)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert json.loads(too_long.text) == {"id": None, "error": "the line is too long"}
    assert "result" in json.loads(good.text)
    assert peak < 16 * LONGEST_LINE


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = ["id", "kind", "input", "ingredients", "diluent", "points", "ml_per_point", "g", "ml"]


@given(st.binary(max_size=200))
def test_no_bytes_are_a_fault(raw):
    assert json.loads(answer_line(raw).text)


@given(
    st.sampled_from(EXAMPLES),
    st.dictionaries(st.sampled_from([*NAMES, *"FRLCb", "baseline", "lesion"]), anything),
)
def test_no_value_is_a_fault(example, entered):
    request = {"id": 1, "kind": example["kind"], "input": example["input"] | entered}

    answer = json.loads(answer_line(json.dumps(request).encode()).text)

    assert ("result" in answer) != ("error" in answer)


def test_the_command_ends_with_1_only_after_a_bad_line(monkeypatch, capfdbinary):
    for stdin, status in ((line_of(asked()), None), (b"?\n" + line_of(asked()), 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        written = io.TextIOWrapper(io.BytesIO(), write_through=True)
        monkeypatch.setattr(sys, "stdout", written)
        if status is None:
            call_command("calculate")
        else:
            with pytest.raises(SystemExit) as ended:
                call_command("calculate")
            assert ended.value.code == status
        assert written.buffer.getvalue().count(b'"result"') == 1
