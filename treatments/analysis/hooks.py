"""What later slices tell a skin analysis."""

from dataclasses import dataclass
from datetime import date

from clinic.hooks import Hook
from patients.records.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """Where the last signed session was given."""

    on: date
    regions: frozenset[str]


# The last signed session of a patient; None where there was none.
last_treated: Hook[[Patient], Treated | None] = Hook("last_treated")
