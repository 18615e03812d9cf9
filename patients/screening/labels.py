"""Medicines, their groups and allergens in words people know, in both languages.

Pure. `labels.json` holds what the clinical tables name by code; it decides nothing.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from patients.screening.facts import MedicineRow
from patients.screening.vocabulary import Label

CLASS_ROW = "class:"
# "[V]", "[K-high]": how sure a part of a source is. The certainty of the rule is shown beside it.
_MARK = re.compile(r"\s*\[(?:V|C|K-\w+)(?:[^\]]*)\]")
_FILE = Path(__file__).parent / "labels.json"


@cache
def _read() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return raw


@cache
def _labels(table: str) -> Mapping[str, Label]:
    return {key: Label(**words) for key, words in _read()[table].items()}


def _word(table: str, key: str, language: str) -> str:
    label = _labels(table).get(key)
    return label.to(language) if label else key.replace("_", " ")


def labelled(table: str) -> frozenset[str]:
    """The codes of a table that have words."""
    return frozenset(_labels(table))


def substance_words(inn: str, language: str) -> str:
    """The name of a substance. The table names it in English, with the form in brackets."""
    if language.split("-")[0] == "tr":
        inn = _read()["substances_tr"].get(inn, inn)
    return inn.removeprefix(CLASS_ROW).strip().replace("_", " ")


def group_words(groups: Iterable[str], language: str) -> list[str]:
    """The groups of a medicine, each kind once: a finer group adds nothing to its coarse one."""
    named = frozenset(groups)
    telling = [
        group
        for group in _labels("medicine_groups")
        if group in named and not any(group.startswith(f"{other}_") for other in named)
    ]
    return list(dict.fromkeys(_word("medicine_groups", group, language) for group in telling))


def medicine_words(row: MedicineRow, language: str) -> str:
    """ "warfarin · anticoagulant (blood thinner)"."""
    return " · ".join(
        filter(
            None, [substance_words(row.inn, language), ", ".join(group_words(row.groups, language))]
        )
    )


def source_words(source: str, language: str) -> str:
    """Where a rule comes from, without the marks of its parts; what cites a paper stays as it is."""
    parts = [_MARK.sub("", part).strip() for part in source.split("; ")]
    if language.split("-")[0] == "tr":
        parts = [_read()["sources_tr"].get(part, part) for part in parts]
    return "; ".join(part for part in parts if part)


def table_words(name: str, language: str) -> str:
    """What the table of incompatibilities names without an ingredient of that id."""
    return _word("ingredients", name, language)


def allergen_words(group: str, language: str) -> str:
    return _word("allergen_groups", group, language)


def category_words(category: str, language: str) -> str:
    return _word("allergen_categories", category, language)


def allergen_categories() -> tuple[str, ...]:
    return tuple(_labels("allergen_categories"))
