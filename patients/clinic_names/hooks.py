"""What the clinic's names ask of the slices above: which rules hold, and where texts stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.audit.actions import Actor
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
# Called as name_changed(patients=[ids], now=...) in the transaction of the change: their verdicts
# rest on what the name stood for before.
name_changed: Hook[..., None] = Hook("name of the clinic changed")
# Called after it, with the patient at hand: those concerned may be screened again now.
screen_soon: Hook[[UUID | None, Actor, datetime], None] = Hook("screen soon")
