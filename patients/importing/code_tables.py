"""The code tables of the import: which code stands for which name, illness or allergen.

Rows of `codes/`, read once per process. What a name means (groups, effects) stands in the rule set;
`medicines.csv` adds substances that an older rule set does not know.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clinic.folding import fold
from patients.importing.terms import System

_FOLDER = Path(__file__).parent / "codes"
# Marks in the column of answers: a physician reads it; it says that there is no allergy.
READ = "READ"
NONE_AT_ALL = "NONE"
UNNAMED = "UNNAMED"


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


@cache
def medicine_rows() -> Mapping[str, Mapping[str, str]]:
    """Substances beyond the rule set, in the shape of its medicines table."""
    return {row["inn"]: row for row in _rows("medicines.csv")}


@cache
def medicine_names() -> tuple[tuple[str, str], ...]:
    """Names of products and substances as other countries write them: (name, inn)."""
    return tuple((row["name"], row["inn"]) for row in _rows("medicine_names.csv"))


@cache
def medicine_codes() -> Mapping[tuple[System, str], str]:
    """Code -> the name by which the product is looked up."""
    return {
        (System(row["system"]), row["code"]): row["name"] for row in _rows("medication_codes.csv")
    }


@cache
def medicine_classes() -> tuple[tuple[str, str], ...]:
    """ATC prefix -> the class row it belongs to, longest prefix first."""
    found = [(row["atc"], row["class"]) for row in _rows("medication_classes.csv")]
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """What an illness answers while it is there, and once it is over."""

    active: tuple[tuple[str, str], ...]
    past: tuple[tuple[str, str], ...]
    read: bool
    read_past: bool


def _answers(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition("=") for part in _split(text) if part != READ)
    return tuple((code, value) for code, _, value in pairs)


@cache
def condition_codes() -> Mapping[str, ConditionEntry]:
    return {row["code"]: _entry(row) for row in _rows("condition_codes.csv")}


@cache
def condition_names() -> Mapping[str, ConditionEntry]:
    """The same illnesses by their name, with and without the kind in brackets."""
    found = {}
    for row in _rows("condition_codes.csv"):
        name = fold(row["name"])
        found[name] = found[name.rpartition(" (")[0] or name] = _entry(row)
    return found


def _entry(row: Mapping[str, str]) -> ConditionEntry:
    return ConditionEntry(
        active=_answers(row["active"]),
        past=_answers(row["past"]),
        read=row["active"] == READ,
        read_past=row["past"] == READ,
    )


@dataclass(frozen=True, slots=True)
class ConditionWords:
    answers: tuple[tuple[str, str], ...]
    read: bool
    words: tuple[str, ...]


@cache
def condition_words() -> tuple[ConditionWords, ...]:
    """Parts of a name that tell what kind of illness it is, in the order in which they are tried."""
    return tuple(
        ConditionWords(
            answers=_answers(row["answers"]),
            read=row["answers"] == READ,
            words=tuple(fold(word) for word in _split(row["words"])),
        )
        for row in _rows("condition_words.csv")
    )


@cache
def icd_prefixes() -> tuple[
    tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]], ...
]:
    """ICD-10 prefix -> answers while it is there, and once it is over; longest first."""
    found = [
        (row["prefix"], _answers(row["active"]), _answers(row["past"]))
        for row in _rows("icd10.csv")
    ]
    return tuple(sorted(found, key=lambda row: -len(row[0])))


@cache
def allergy_codes() -> Mapping[str, tuple[str, ...]]:
    return {row["code"]: _split(row["groups"]) for row in _rows("allergy_codes.csv")}


@cache
def allergy_names() -> Mapping[str, tuple[str, ...]]:
    return {fold(row["name"]): _split(row["groups"]) for row in _rows("allergy_codes.csv")}
