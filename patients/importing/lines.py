"""What a line of the record becomes in the lists of a patient. Pure."""

from datetime import date
from typing import Any

from patients.importing.outline import AllergyLine, MedicineLine
from patients.importing.terms import Use


def medicine_fields(line: MedicineLine, *, today: date) -> dict[str, Any]:
    stopped = line.use is Use.STOPPED
    since = latest_not_after(line.order.starts or line.order.authored, today)
    return {
        "text": line.engine_text,
        "status": "stopped" if stopped else ("as_needed" if line.as_needed else "current"),
        "last_taken": latest_not_after(line.order.ends, today) if stopped else None,
        "since": None if stopped else since,
    }


def allergy_fields(line: AllergyLine) -> dict[str, Any]:
    return {
        "text": line.engine_text,
        "reaction": line.reaction[:200],
        "severity": line.severity,
    }


def latest_not_after(day: date | None, today: date) -> date | None:
    return None if day is None or day > today else day
