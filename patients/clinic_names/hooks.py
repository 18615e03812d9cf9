"""What the clinic's names ask of the slices above: which rules hold, and where texts stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from clinic.hooks import Hook
from patients.screening.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class ListedText:
    """One text on the lists of one patient, still standing."""

    listed: str
    text: str
    patient_id: UUID


# The rule set under which verdicts are given now, with the clinic's names in it.
rule_set_in_force: Hook[[], RuleSet] = Hook("rule set in force")
# Every standing text, or those of one patient.
texts_listed: Hook[[UUID | None], Iterable[ListedText]] = Hook("texts listed")
# Called as name_changed(patients=[ids], by=..., now=...) in the transaction of the change.
name_changed: Hook[..., None] = Hook("name of the clinic changed")
