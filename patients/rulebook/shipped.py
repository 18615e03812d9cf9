"""The shipped versions of the clinical data as they are written, for reading, comparing and editing.

Pure. The engine reads the same files into parsed rules (patients.screening.rule_set); here they stay
entries, because a person changes words and not conditions.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from patients.screening.rule_files import SHIPPED, shipped_versions
from patients.screening.terms import ANSWERS_HOLD_DAYS

Entry = Mapping[str, Any]

# Of these a reader is told how many lines differ; the pages about them are elsewhere.
TABLES: Mapping[str, str] = {
    "medications.csv": "inn",
    "medication_aliases.csv": "alias",
    "allergen_aliases.csv": "alias",
}
HOLD_DAYS = "answers_hold_days"
GAP = "gap."


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a shipped version differs from the one before (`changes.json` of its folder)."""

    item: str
    rules: tuple[str, ...]
    questions: tuple[str, ...]
    en: str
    tr: str

    def to(self, language: str) -> str:
        return (self.tr or self.en) if language.split("-")[0] == "tr" else self.en


@cache
def rule_entries(version: str) -> Mapping[str, Entry]:
    return {entry["id"]: entry for entry in _json(version, "rules.json")}


@cache
def question_entries(version: str) -> Mapping[str, Entry]:
    return {entry["code"]: entry for entry in _json(version, "questions.json")}


@cache
def durations(version: str) -> Mapping[str, int]:
    """Name -> days: how long answers hold, and the gap after each kind of skin treatment."""
    gaps = {GAP + each["kind"]: each["gap_days"] for each in _procedures(version)}
    return {HOLD_DAYS: ANSWERS_HOLD_DAYS} | gaps


def duration_labels(version: str) -> Mapping[str, tuple[str, str]]:
    """Name of a gap -> its words, English and Turkish."""
    return {GAP + each["kind"]: (each["en"], each["tr"]) for each in _procedures(version)}


@cache
def worked_cases(version: str) -> tuple[Mapping[str, Any], ...]:
    """The cases that came with a version; without any, those of the nearest version before it."""
    older = [each for each in shipped_versions() if int(each) <= int(version)]
    for name in reversed(older):
        path = SHIPPED / f"v{name}" / "cases.jsonl"
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            return tuple(json.loads(line, parse_float=Decimal) for line in lines if line.strip())
    return ()


@cache
def corrections(version: str) -> tuple[Correction, ...]:
    path = SHIPPED / f"v{version}" / "changes.json"
    if not path.exists():
        return ()
    return tuple(
        Correction(
            item=str(each.get("item", "")),
            rules=tuple(each.get("touches", each).get("rules", ())),
            questions=tuple(each.get("touches", each).get("questions", ())),
            en=each.get("en", ""),
            tr=each.get("tr", ""),
        )
        for each in json.loads(path.read_text(encoding="utf-8"))
    )


def versions_between(older: str, newer: str) -> Sequence[str]:
    """The shipped versions after `older` up to `newer`, oldest first."""
    return [each for each in shipped_versions() if int(older) < int(each) <= int(newer)]


@cache
def table(version: str, name: str) -> frozenset[tuple[str, ...]]:
    """The rows of a word list, for counting what came and went."""
    with (SHIPPED / f"v{version}" / name).open(encoding="utf-8", newline="") as lines:
        return frozenset(tuple(row) for row in list(csv.reader(lines))[1:])


def _procedures(version: str) -> Sequence[Entry]:
    found: Sequence[Entry] = _json(version, "vocabulary.json")["procedures"]
    return found


def _json(version: str, name: str) -> Any:
    return json.loads(_path(version, name).read_text(encoding="utf-8"))


def _path(version: str, name: str) -> Path:
    return SHIPPED / f"v{version}" / name
