"""The closed lists of the clinical data: regions, procedures, steps, excipients, illnesses.

Pure values, each with its words in both languages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.folding import fold


@dataclass(frozen=True, slots=True)
class Label:
    en: str
    tr: str

    def to(self, language: str) -> str:
        """Return the words in the reader's language; everyone but Turkish readers get English."""
        return self.tr if language.split("-")[0] == "tr" else self.en


@dataclass(frozen=True, slots=True)
class ProcedureKind:
    kind: str
    gap_days: int
    label: Label


@dataclass(frozen=True, slots=True)
class StepKind:
    id: str
    contains: frozenset[str]
    allergens: frozenset[str]
    amide_mg_per_g: int
    label: Label


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """Where the versions of the clinical data read the same request differently."""

    # An illness in the patient's own words also answers the question that was left open.
    illness_closes_question: bool
    # Without its grams an amide cream counts as nothing; or: they are asked for.
    missing_cream_counts_as_none: bool


@dataclass(frozen=True)
class Vocabulary:
    regions: Mapping[str, Label]
    # Region -> itself and the regions that run into it.
    around: Mapping[str, frozenset[str]]
    procedures: Mapping[str, ProcedureKind]
    steps: Mapping[str, Mapping[str, StepKind]]
    excipients: Mapping[str, Label]
    excipient_implies: Mapping[str, frozenset[str]]
    statuses: Mapping[str, Label]
    severities: Mapping[str, Label]
    # Folded text of an illness -> the code that it answers with yes, or None: no effect.
    conditions: Mapping[str, str | None]
    terms: Mapping[str, str]
    elsewhere: Label
    # What a reaction to a step of the session says about allergies.
    reaction_groups: Mapping[str, frozenset[str]]
    reading: ReadingRules


def read_vocabulary(raw: Mapping[str, Any]) -> Vocabulary:
    def labels(entries: Sequence[Mapping[str, str]]) -> dict[str, Label]:
        return {entry["id"]: Label(entry["en"], entry["tr"]) for entry in entries}

    regions = labels(raw["regions"])
    return Vocabulary(
        regions=regions,
        around=_around(regions, raw["region_overlaps"]),
        procedures={
            p["kind"]: ProcedureKind(p["kind"], p["gap_days"], Label(p["en"], p["tr"]))
            for p in raw["procedures"]
        },
        steps={
            step: {
                name: StepKind(
                    id=name,
                    contains=frozenset(kind["contains"]),
                    allergens=frozenset(kind["allergens"]),
                    amide_mg_per_g=kind.get("amide_mg_per_g", 0),
                    label=Label(kind["en"], kind["tr"]),
                )
                for name, kind in kinds.items()
            }
            for step, kinds in raw["steps"].items()
        },
        excipients=labels(raw["product_excipients"]),
        excipient_implies={
            name: frozenset(implied) for name, implied in raw["excipient_implies"].items()
        },
        statuses=labels(raw["medication_status"]),
        severities=labels(raw["reaction_severity"]),
        conditions={fold(entry["text"]): entry["code"] for entry in raw["conditions"]},
        terms=raw["terms"],
        elsewhere=Label(**raw["elsewhere"]),
        reaction_groups={
            reaction: frozenset(groups) for reaction, groups in raw["reaction_groups"].items()
        },
        reading=ReadingRules(**raw["reading"]),
    )


def _around(
    regions: Mapping[str, Label], overlaps: Sequence[Sequence[str]]
) -> dict[str, frozenset[str]]:
    around = {region: {region} for region in regions}
    for one, other in overlaps:
        around[one].add(other)
        around[other].add(one)
    return {region: frozenset(near) for region, near in around.items()}
