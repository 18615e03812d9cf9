"""What the patient still has to avoid because of what was done beside the sessions (advice.json)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from clinic.hours.queries import day_bounds
from patients.records.models import Patient
from treatments.combined.models import CombinedProcedure
from treatments.combined.queries import method_label
from treatments.combined.terms import ProcedureState


@dataclass(frozen=True, slots=True)
class StillRunning:
    """One advice of a procedure that was done: it holds until `until`, because of `what`."""

    advice_id: str
    until: datetime
    what: str
    on: date


def still_running(patient: Patient, moment: datetime) -> list[StillRunning]:
    """The advice of procedures done here that holds beyond `moment`, in the patient's language."""
    done = CombinedProcedure.objects.filter(patient=patient, state=ProcedureState.DONE)
    found = [
        StillRunning(
            advice_id,
            day_bounds(each.on + timedelta(days=days))[1],
            method_label(each.kind, patient.language),
            each.on,
        )
        for each in done.order_by("on", "pk")
        for advice_id, days in days_of(each.kind).items()
    ]
    return [each for each in found if each.until > moment]


def days_of(kind: str) -> Mapping[str, int]:
    """Advice -> days from the end of the day on which it was done."""
    return _days().get(kind, {})


@cache
def _days() -> dict[str, dict[str, int]]:
    content = json.loads(Path(__file__).with_name("advice.json").read_text(encoding="utf-8"))
    days: dict[str, dict[str, int]] = content["days"]
    return days
