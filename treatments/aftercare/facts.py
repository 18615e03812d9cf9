"""Reads advice.json, the project's own aftercare texts and durations, once per process."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from treatments.aftercare.rules import SHORTEST_HOURS, Advice
from treatments.aftercare.terms import AdviceGroup, Urgency


@cache
def version() -> int:
    return int(_file()["version"])


@cache
def advice() -> tuple[Advice, ...]:
    """Return what to avoid and what to do, in the order of the sheet."""
    return tuple(map(_advice, _file()["advice"]))


@cache
def when_it_applies() -> Mapping[str, Advice]:
    """Return the lines that only some sheets have, by their id."""
    return {entry["id"]: _advice(entry) for entry in _file()["when_it_applies"]}


@cache
def normal_course() -> tuple[Advice, ...]:
    return tuple(map(_advice, _file()["normal"]))


@cache
def red_flags() -> tuple[Advice, ...]:
    return tuple(map(_advice, _file()["red_flags"]))


def sheet_line(key: str, language: str) -> str:
    """Return a line of the sheet's frame; its named placeholders are filled by the caller."""
    lines: Mapping[str, Mapping[str, str]] = _file()["sheet_lines"]
    return lines[key]["tr" if language.startswith("tr") else "en"]


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        Path(__file__).with_name("advice.json").read_text(encoding="utf-8")
    )
    return content


def _advice(entry: Mapping[str, Any]) -> Advice:
    return Advice(
        id=entry["id"],
        group=AdviceGroup(entry["group"]),
        en=entry["en"],
        tr=entry["tr"],
        sources=frozenset({entry["source"]}),
        duration_hours=entry.get("duration_hours"),
        minimum_hours=entry.get("minimum_hours", SHORTEST_HOURS),
        short_en=entry.get("short", {}).get("en", ""),
        short_tr=entry.get("short", {}).get("tr", ""),
        urgency=Urgency(entry["urgency"]) if "urgency" in entry else None,
    )
