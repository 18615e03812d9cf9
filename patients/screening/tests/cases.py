"""Worked cases and the complete clear request that other tests change in one place."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from patients.screening.rule_files import SHIPPED, load_rule_set
from patients.screening.rule_set import RuleSet
from patients.screening.rules import Response, screen

HERE = Path(__file__).parent
V1 = load_rule_set(1)
V2 = load_rule_set(2)
VERSIONS = (V1, V2)


def read_cases(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines]


VIGNETTES = read_cases(SHIPPED / "v1" / "cases.jsonl")
EXAMPLES = read_cases(HERE / "worked_examples.jsonl")
# The cases of version 1 as version 2 answers them, and one or more for each of its corrections.
CORRECTIONS = read_cases(SHIPPED / "v2" / "cases.jsonl")
CLEAR = EXAMPLES[0]["request"]


def as_asked_in(rule_set: RuleSet, request: dict[str, Any]) -> dict[str, Any]:
    """Return the request with what this version asks of everybody, and version 1 did not."""
    if rule_set.version == V1.version:
        return request
    answers = {"intoxicated": "no", **request["answers"]}
    return {"conditions": [], **request, "answers": answers}


def complete(rule_set: RuleSet) -> dict[str, Any]:
    """Return the complete request in which this version finds nothing."""
    return copy.deepcopy(as_asked_in(rule_set, CLEAR))


def request(
    *, answers: dict[str, Any] | None = None, left_out: tuple[str, ...] = (), **changes: Any
) -> dict[str, Any]:
    """Return the complete clear request, changed. `None` as a change leaves the field out."""
    changed = copy.deepcopy(CLEAR)
    changed["answers"].update(answers or {})
    for code in left_out:
        del changed["answers"][code]
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    return changed


def with_medicines(*texts: str, **fields: Any) -> dict[str, Any]:
    medicines = [{"text": text, **fields} for text in texts]
    return request(medications=medicines, medications_none=False)


def with_allergies(*texts: str, **fields: Any) -> dict[str, Any]:
    allergies = [{"text": text, **fields} for text in texts]
    return request(allergies=allergies, allergies_none=False)


def answer(**changes: Any) -> Response:
    return screen(request(**changes), rule_set=V1)


def found(response: Response) -> set[tuple[str, str, str | None]]:
    return {(f.rule, f.severity.value, f.target) for f in response.findings}


def rules_in(response: Response) -> set[str]:
    return {finding.rule for finding in response.findings}


def gaps(response: Response) -> set[tuple[str, str]]:
    return {(gap.field, gap.text) for gap in response.unrecognised}


def comparable(response: dict[str, Any]) -> dict[str, Any]:
    """Return what a worked case fixes, with its lists as sets (README of the clinical pack)."""
    return {
        "verdict": response["verdict"],
        "earliest_on": response.get("earliest_on"),
        "findings": {
            (finding["rule"], finding["severity"], finding.get("target"))
            for finding in response["findings"]
        },
        "unanswered": set(response["unanswered"]),
        "unrecognised": {(gap["field"], gap["text"]) for gap in response["unrecognised"]},
    }
