"""Consents to test with, given by the real actions."""

from datetime import datetime
from typing import Any

from clinic.tests.builders import NOW
from patients.consents import actions, queries
from patients.consents.actions import Signed
from patients.consents.models import ConsentDecision
from patients.consents.terms import ConsentKind, Decision, How
from patients.records.models import Patient

SCRIBBLE = [[[100, 200], [180, 90], [260, 210], [340, 100]], [[420, 150], [600, 150]]]


def decides(
    patient: Patient,
    kind: ConsentKind,
    decision: Decision = Decision.GIVEN,
    *,
    now: datetime = NOW,
    by: Any = "test builder",
    **fields: Any,
) -> ConsentDecision:
    """The patient reads the text in force and draws a name under it."""
    language = fields.pop("language", patient.language)
    subject = queries.subject_of(patient, kind, None, language)
    text = queries.text_in_force(kind, language)
    values: dict[str, Any] = {
        "language": language,
        "seen_sha256": queries.shown_digest(text, subject),
        "how": How.DESK,
        "signed": Signed(strokes=SCRIBBLE),
        "about_id": subject.about_id if subject else None,
    }
    return actions.decide_consent(
        patient=patient, kind=kind, decision=decision, by=by, now=now, **(values | fields)
    )


def withdraws(
    patient: Patient, kind: ConsentKind, *, now: datetime = NOW, by: Any = "test builder"
) -> ConsentDecision:
    standing = queries.standing(patient, kind)
    return actions.withdraw_consent(
        patient=patient,
        kind=kind,
        about_id=standing.subject.about_id if standing.subject else None,
        note="",
        how=How.DESK,
        by=by,
        now=now,
    )
