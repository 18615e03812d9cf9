"""From the tables of medicines and allergens to what recognises their names in a text.

Pure: rows of the rule set's files in, matchers out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from patients.screening.facts import MedicineRow
from patients.screening.matching import (
    AllergyMatcher,
    MatchingWords,
    MedicineMatcher,
    MedicineName,
    NameIndex,
)
from patients.screening.suggestions import Likeness
from patients.screening.terms import DRUG, OTHER_DRUG

LAY_TERM = "lay_term"
# An alias that points here is known, but nobody can say which medicine it is.
UNPLACED = "ASK:"
# A row that stands for a plain word for many medicines ("antibiotic").
CLASS_ROW = "class:"

Rows = Sequence[Mapping[str, str]]


def read_matching_words(raw: Mapping[str, Any]) -> MatchingWords:
    return MatchingWords(
        filler=frozenset(raw["filler_words"]),
        common=frozenset(raw["common_words"]),
        routes={
            "topical": frozenset(raw["topical_words"]),
            "local": frozenset(raw["local_words"]),
            "eye": frozenset(raw["eye_words"]),
        },
        reads_beside=raw.get("reads_beside", False),
    )


def medicine_row(entry: Mapping[str, str]) -> MedicineRow:
    return MedicineRow(
        inn=entry["inn"],
        atc=entry["atc"],
        groups=frozenset(filter(None, entry["groups"].split(";"))),
        effects=frozenset(filter(None, entry["effects"].split(";"))),
        route=entry["route"],
    )


def medicine_matcher(
    rows: Mapping[str, MedicineRow],
    aliases: Rows,
    matching: MatchingWords,
    *,
    lay_terms: bool,
) -> MedicineMatcher:
    names = [
        (inn, MedicineName(row, lay=False))
        for inn, row in rows.items()
        if not inn.startswith(CLASS_ROW)
    ]
    for entry in aliases:
        lay = entry["kind"] == LAY_TERM
        if lay and not lay_terms:
            continue
        row = None if entry["inn"].startswith(UNPLACED) else rows[entry["inn"]]
        names.append((entry["alias"], MedicineName(row, lay)))
    index = NameIndex.of(names)
    if not matching.reads_beside:
        return MedicineMatcher(index, matching)
    single = (name for name in index.names() if " " not in name)
    return MedicineMatcher(index, matching, Likeness.of(single).is_near)


def allergy_matcher(
    allergens: Rows,
    from_medication: Mapping[str, Mapping[str, list[str]]],
    rows: Mapping[str, MedicineRow],
    aliases: Rows,
    matching: MatchingWords,
) -> AllergyMatcher:
    by_group, by_inn = from_medication["group"], from_medication["inn"]

    def groups_of(row: MedicineRow) -> frozenset[str] | None:
        listed = [by_group[group] for group in row.groups if group in by_group]
        if row.inn in by_inn:
            listed.append(by_inn[row.inn])
        return frozenset(name for names in listed for name in names) if listed else None

    return AllergyMatcher(
        index=NameIndex.of((entry["alias"], entry["group"]) for entry in allergens),
        words=matching,
        medicines=medicine_matcher(rows, aliases, matching, lay_terms=False),
        category_of={OTHER_DRUG: DRUG, **{e["group"]: e["category"] for e in allergens}},
        groups_of_medicine=groups_of,
    )
