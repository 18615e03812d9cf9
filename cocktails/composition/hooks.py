"""What composing asks of later slices, which know courses and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from cocktails.composition.models import Cocktail
from patients.records.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One ingredient over the signed sessions of the running course."""

    ingredient: str
    mg: Decimal
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How the last signed session was borne, as it was written down."""

    on: date
    reactions: tuple[str, ...]  # in the reader's language
    pain: int | None
    note: str


# Before the patient's row is locked: who locks what comes before it, does so now.
before_composing: Hook[[Patient], None] = Hook("before composing")

# A mixture was kept, in the transaction that keeps it.
cocktail_composed: Hook[[Cocktail, Actor, datetime], None] = Hook("cocktail composed")

# What was given in the running course so far, of signed sessions only.
given_in_course: Hook[[Patient], Sequence[Given]] = Hook("given in course")

# The last signed session of the patient, as it was borne; None where there is none.
last_tolerance: Hook[[Patient], Tolerance | None] = Hook("last tolerance")

# The cocktail that stands in the running course; None where there is none.
cocktail_of_course: Hook[[Patient], UUID | None] = Hook("cocktail of course")

# The kinds of spot that a protocol may be for: code and label.
spot_types: Hook[[], Sequence[tuple[str, str]]] = Hook("spot types")
