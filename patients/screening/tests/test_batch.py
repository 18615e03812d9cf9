"""`manage.py screen`: one line for every line (sections 3, 7 and 9.10 of the contract)."""

import io
import json
import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from patients.screening.batch import answer_lines, parse_request
from patients.screening.rule_files import SHIPPED
from patients.screening.tests.cases import (
    CORRECTIONS,
    EXAMPLES,
    V1,
    V2,
    VERSIONS,
    VIGNETTES,
    complete,
    request,
)


def as_bytes(value):
    return json.dumps(value, default=float).encode() + b"\n"


def answers(*lines):
    return [json.loads(line.text) for line in answer_lines(lines, V1)]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"", {"id": None, "error": "not JSON"}),
        (b"\n", {"id": None, "error": "not JSON"}),
        (b'{"id":"ex-7","on":"2026-11-23","answers":', {"id": None, "error": "not JSON"}),
        (b'{"id": NaN}', {"id": None, "error": "not JSON"}),
        (b'{"id": 1, "on": "2026-11-23", "x": Infinity}', {"id": None, "error": "not JSON"}),
        (b"\xff\xfe", {"id": None, "error": "not JSON"}),
        (b"[" * 100_000, {"id": None, "error": "not JSON"}),
        (b"[1]", {"id": None, "error": "not an object"}),
        (b"null", {"id": None, "error": "not an object"}),
        (b'{"on": "2026-11-23"}', {"id": None, "error": "no readable id"}),
        (b'{"id": "", "on": "2026-11-23"}', {"id": None, "error": "no readable id"}),
        (b'{"id": true, "on": "2026-11-23"}', {"id": None, "error": "no readable id"}),
        (b'{"id": 1.5, "on": "2026-11-23"}', {"id": None, "error": "no readable id"}),
        (b'{"id": "a"}', {"id": "a", "error": "no readable day"}),
        (b'{"id": 7, "on": "23.11.2026"}', {"id": 7, "error": "no readable day"}),
    ],
)
def test_a_broken_line_is_answered_by_its_number(line, answer):
    good = as_bytes(request())

    results = list(answer_lines([good, line, good], V1))

    assert json.loads(results[1].text) == {**answer, "line": 2}
    assert [result.broken for result in results] == [False, True, False]


def test_an_error_never_repeats_what_the_line_says():
    secret = b'{"id": "x", "on": "tomorrow", "answers": {"pregnant": "yes"}, "name": "Ay\xc5\x9fe"}'

    assert b"Ay" not in next(answer_lines([secret], V1)).text


def test_ids_come_back_as_they_were():
    ids = ["a", "ş", 0, -7, 10**40, " "]

    assert [a["id"] for a in answers(*(as_bytes(request(id=i)) for i in ids))] == ids


def test_numbers_are_read_as_decimals():
    line = as_bytes(request()).replace(b'"mg": 8', b'"mg": 10.000000000000000000000000001')

    assert answers(line)[0]["findings"][0]["rule"] == "R-DOSE-LIMIT"


@pytest.mark.parametrize("number", [b"1e999999999", b"1e99999999999999999999", b"9" * 5000])
def test_a_monstrous_number_is_an_unreadable_one(number):
    line = as_bytes(request()).replace(b'"bmi": 24', b'"bmi": ' + number)

    assert answers(line)[0]["unanswered"] == ["bmi"]


def test_half_a_surrogate_pair_is_answered_too():
    line = rb'{"id": "\ud800", "on": "2026-11-23", "area": ["\udfff"]}'

    assert answers(line)[0]["id"] == "\ud800"


def test_a_byte_order_mark_before_the_first_line_is_no_harm():
    assert parse_request(b"\xef\xbb\xbf" + as_bytes(request()), first=True)["id"] == "ex-1"


def test_output_is_compact_and_readable():
    text = next(answer_lines([as_bytes(request(conditions=[{"text": "ağrı"}]))], V1)).text

    assert "ağrı".encode() in text
    assert b": " not in text


def test_an_engine_fault_is_a_hold(monkeypatch):
    monkeypatch.setattr("patients.screening.rules.verdict_of", lambda *a, **k: 1 / 0)

    result = next(answer_lines([as_bytes(request())], V1))

    assert result.fault
    assert json.loads(result.text)["verdict"] == "hold"


# -- the command ------------------------------------------------------------------------------


def run(monkeypatch, lines, *arguments):
    """Run the command; return its lines and its exit status."""
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(lines))))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, write_through=True))
    status: object = 0
    try:
        call_command("screen", *arguments)
    except SystemExit as stop:
        status = stop.code
    return [json.loads(line) for line in output.getvalue().splitlines()], status


def test_the_command_answers_the_worked_examples_in_order(monkeypatch):
    lines = [as_bytes(case["request"]) for case in EXAMPLES]

    answered, status = run(monkeypatch, lines, "--version", "1")

    assert [a["verdict"] for a in answered] == [c["expected"]["verdict"] for c in EXAMPLES]
    assert status == 0


def test_the_command_goes_on_after_a_broken_line_and_says_so_at_the_end(monkeypatch):
    whole = as_bytes(complete(V2))
    answered, status = run(monkeypatch, [whole, b"\n", whole])

    assert [a.get("verdict") for a in answered] == ["clear", None, "clear"]
    assert status == 1


def test_the_newest_version_answers_unless_another_is_named(monkeypatch):
    [case] = [case for case in CORRECTIONS if case["id"] == "N07"]
    line = as_bytes(case["request"])

    [newest], _ = run(monkeypatch, [line])
    [first], _ = run(monkeypatch, [line], "--version", "1")

    assert (newest["verdict"], first["verdict"]) == ("refuse", "clear")


def test_the_last_line_needs_no_end(monkeypatch):
    answered, status = run(monkeypatch, [as_bytes(request()).rstrip()])

    assert len(answered) == 1
    assert status == 0


def test_no_input_no_output(monkeypatch):
    assert run(monkeypatch, []) == ([], 0)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_clinic_screens_by_its_own_rules(monkeypatch, tmp_path, wrapped):
    entries = json.loads((SHIPPED / "v1" / "rules.json").read_text(encoding="utf-8"))
    keloid = next(entry for entry in entries if entry["id"] == "R-KELOID")
    keloid["when"] = [{"severity": "absolute", "if": "keloid = no and bmi >= 24"}]
    own = tmp_path / "rules.json"
    own.write_text(json.dumps({"rules": entries} if wrapped else entries), encoding="utf-8")

    answered, _ = run(monkeypatch, [as_bytes(request())], "--rules", str(own))

    assert answered[0]["verdict"] == "refuse"


@pytest.mark.parametrize(
    "content", ["{", "{}", "[]", '[{"id": "R-X"}]', '[{"id": "R-X", "scope": "area", '
                '"when": [{"severity": "caution", "if": "keliod = yes"}]}]'],
)  # fmt: skip
def test_rules_that_cannot_be_used_are_refused_before_anyone_is_screened(
    monkeypatch, tmp_path, content
):
    own = tmp_path / "rules.json"
    own.write_text(content, encoding="utf-8")

    with pytest.raises(CommandError) as refusal:
        run(monkeypatch, [as_bytes(request())], "--rules", str(own))

    assert refusal.value.returncode == 2


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda rule_set: rule_set.version)
def test_a_request_takes_little_time(rule_set):
    """Far above the goal of 300 a second even on a busy machine; the benchmark has the figure."""
    lines = [as_bytes(case["request"]) for case in VIGNETTES] * 2
    started = time.process_time()

    assert len(list(answer_lines(lines, rule_set))) == 60

    assert time.process_time() - started < 60 / 100


@pytest.mark.parametrize(("command", "loaded"), [("screen", False), ("check", True)])
def test_the_command_is_ready_without_the_applications_and_their_database(command, loaded):
    """With `check` as the negative control: it loads them."""
    said = "print('patients.models' in sys.modules)"
    program = f"import sys, manage; sys.argv = ['manage.py', '{command}']; manage.main(); {said}"
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}

    done = subprocess.run(
        [sys.executable, "-c", program],
        input=b"",
        capture_output=True,
        cwd=settings.ROOT,
        env=environment,
    )

    assert done.stdout.splitlines()[-1] == str(loaded).encode(), done.stderr
