"""What an imported record says of one person, as plain values: nothing is judged here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from patients.importing.terms import System

_SYSTEMS = (
    ("rxnorm", System.RXNORM),
    ("2.16.840.1.113883.6.88", System.RXNORM),
    ("whocc.no/atc", System.ATC),
    ("fhir.no/atc", System.ATC),
    ("/atc", System.ATC),
    ("2.16.840.1.113883.6.73", System.ATC),
    ("snomed", System.SNOMED),
    ("2.16.840.1.113883.6.96", System.SNOMED),
    ("icd-10", System.ICD10),
    ("icd10", System.ICD10),
    ("2.16.840.1.113883.6.90", System.ICD10),
    ("2.16.840.1.113883.6.3", System.ICD10),
)


def system_of(uri: str) -> System:
    """Return which code system an address or a short name means."""
    known = uri.strip().lower()
    if known in {system.value for system in System}:
        return System(known)
    for part, system in _SYSTEMS:
        if part in known:
            return system
    return System.OTHER


@dataclass(frozen=True, slots=True)
class Coding:
    system: System
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something named by codes, by a text, or by both."""

    codings: tuple[Coding, ...] = ()
    text: str = ""

    @property
    def shown(self) -> str:
        """What a person reads: the text, or the display of the first code, or the code itself."""
        displays = [coding.display for coding in self.codings if coding.display]
        if self.text or displays:
            return self.text or displays[0]
        return self.codings[0].code if self.codings else ""

    @property
    def code(self) -> str:
        """The code that was understood best: one of a system that is read, else the first."""
        known = [coding for coding in self.codings if coding.system is not System.OTHER]
        chosen = known or list(self.codings)
        return chosen[0].code if chosen else ""

    def in_system(self, system: System) -> Sequence[Coding]:
        return [coding for coding in self.codings if coding.system is system]


@dataclass(frozen=True, slots=True)
class Order:
    """A prescription, or a statement that something is taken."""

    key: str
    medicine: Concept
    status: str
    intent: str = "order"
    authored: date | None = None
    starts: date | None = None
    ends: date | None = None
    replaces: tuple[str, ...] = ()
    as_needed: bool = False
    never_taken: bool = False


@dataclass(frozen=True, slots=True)
class Illness:
    condition: Concept
    clinical: str
    verification: str
    began: date | None = None
    ended: date | None = None
    # An end that is told without a date ("abated: yes").
    over: bool = False


@dataclass(frozen=True, slots=True)
class Intolerance:
    substance: Concept
    clinical: str
    verification: str
    criticality: str = ""
    severity: str = ""
    reaction: str = ""
    began: date | None = None


class ImportedPerson(NamedTuple):
    """One patient of a file. `place` says where: the row or the entry, for whoever corrects it."""

    identifier: str
    name: str
    born: date | None = None
    sex: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    reminders: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    orders: tuple[Order, ...] = ()
    illnesses: tuple[Illness, ...] = ()
    intolerances: tuple[Intolerance, ...] = ()
    # The day as the record has it, or a question mark where it only says that.
    died: str = ""
    place: str = ""

    def had_died(self, on: date) -> bool:
        try:
            return bool(self.died) and date.fromisoformat(self.died) <= on
        except ValueError:
            return True
