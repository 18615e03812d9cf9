"""Taking what a patient sent into the record, line by line as staff decided, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.intake import actions as intake_actions
from patients.intake import queries as intake_queries
from patients.intake.terms import UNKNOWN, YES, Listed, Occasion
from patients.phone_intake.actions import locked
from patients.phone_intake.models import PhoneIntake, PhoneReview, PhoneSubmission
from patients.phone_intake.queries import recorded_lines, submission_of
from patients.phone_intake.reviewing import record_seal, same_line
from patients.phone_intake.terms import Decision, IntakeState
from patients.records.models import Patient


class RecordMoved(Refused):
    """The record changed between the page and the decision: it is shown again."""

    status = 409
    code = "record_moved"


@dataclass(frozen=True)
class Reviewed:
    """What staff decided about one line. `stands_alone`: a line of the record; accept takes it out."""

    key: str
    decision: Decision
    value: Any
    listed: Listed | None
    stands_alone: UUID | None


@transaction.atomic
def review(
    *,
    intake: PhoneIntake,
    decisions: Sequence[Reviewed],
    seal: str,
    by: StaffMember,
    now: datetime,
) -> PhoneReview:
    """Write what was accepted or changed into the record. What was set aside stays out.

    What the patient said is recorded under their day, their questionnaire and the occasion "phone",
    with the reviewer as the one who recorded it; what the reviewer changed is the reviewer's.
    `seal`: what the record was when the page was shown; raises RecordMoved if it moved since.
    """
    # Only its own row: what follows may hold a course, which locks physicians before patients.
    intake = locked(intake, IntakeState.REVIEWED)
    patient, submission = intake.patient, submission_of(intake)
    if record_seal(patient) != seal:
        raise RecordMoved(
            _("Something was added to the record in the meantime. Please look again and decide.")
        )
    taken = [one for one in decisions if one.decision != Decision.ASIDE]
    for listed in Listed:
        _take_list(patient, listed, [one for one in taken if one.listed == listed], by, now)
    _take_answers(submission, taken, by, now)
    done = PhoneReview.objects.create(
        submission=submission,
        reviewed_at=now,
        reviewed_by=by,
        decisions={
            one.key: {
                "decision": one.decision.value,
                **({"recorded": one.value} if one in taken and not one.stands_alone else {}),
            }
            for one in decisions
        },
    )
    intake.state = IntakeState.REVIEWED
    intake.ended_at = now
    intake.save(update_fields=["state", "ended_at"])
    record(
        verb="phone_intake.reviewed",
        subject=intake,
        by=by,
        now=now,
        patient_id=patient.pk,
        taken=len(taken),
        set_aside=len(decisions) - len(taken),
    )
    return done


def _take_answers(
    submission: PhoneSubmission, taken: Sequence[Reviewed], by: StaffMember, now: datetime
) -> None:
    patient = submission.intake.patient
    accepted = {
        one.key: one.value
        for one in taken
        if one.decision == Decision.ACCEPT
        and (one.listed is None or (one.value == UNKNOWN and one.key == one.listed.none_code))
    }
    intake_actions.record_answers(
        patient=patient,
        answers=accepted,
        occasion=Occasion.PHONE,
        on=submission.submitted_on,
        by=by,
        now=now,
        questions_version=submission.questions_version,
    )
    changed = {
        one.key: one.value
        for one in taken
        if one.decision == Decision.CHANGE and one.listed is None
    }
    intake_actions.record_answers(
        patient=patient,
        answers=changed,
        occasion=Occasion.INTAKE,
        on=timezone.localdate(now),
        by=by,
        now=now,
    )


def _take_list(
    patient: Patient,
    listed: Listed,
    taken: Sequence[Reviewed],
    by: StaffMember,
    now: datetime,
) -> None:
    for one in taken:
        if one.stands_alone:
            _take_out(patient, listed, one.stands_alone, by, now)
    lines = [one.value for one in taken if not one.stands_alone and one.key != listed.none_code]
    recorded = [line.content for line in recorded_lines(patient, listed)]
    new = [line for line in lines if not any(same_line(listed, line, old) for old in recorded)]
    for line in new:
        _add(patient, listed, line, by, now)
    if lines and not new:
        intake_actions.confirm_list(
            patient=patient, listed=listed, occasion=Occasion.PHONE, by=by, now=now
        )
    if any(one.key == listed.none_code and one.value == YES for one in taken):
        intake_actions.state_none(
            patient=patient, listed=listed, occasion=Occasion.PHONE, by=by, now=now
        )


def _take_out(
    patient: Patient, listed: Listed, line_id: UUID, by: StaffMember, now: datetime
) -> None:
    match listed:
        case Listed.MEDICATIONS:
            medication = intake_queries.medication(patient, line_id)
            intake_actions.remove_medication(medication=medication, by=by, now=now)
        case Listed.ALLERGIES:
            allergy = intake_queries.allergy(patient, line_id)
            intake_actions.remove_allergy(allergy=allergy, by=by, now=now)
        case Listed.PROCEDURES:
            procedure = intake_queries.procedure(patient, line_id)
            intake_actions.remove_procedure(procedure=procedure, by=by, now=now)


def _add(patient: Patient, listed: Listed, line: Any, by: StaffMember, now: datetime) -> None:
    match listed:
        case Listed.MEDICATIONS:
            intake_actions.list_medication(
                patient=patient,
                text=line["text"],
                status=line["status"],
                last_taken=_day(line.get("last_taken")),
                since=_day(line.get("since")),
                occasion=Occasion.PHONE,
                by=by,
                now=now,
            )
        case Listed.ALLERGIES:
            intake_actions.list_allergy(
                patient=patient,
                text=line["text"],
                reaction=line.get("reaction", ""),
                severity=line["severity"],
                occasion=Occasion.PHONE,
                by=by,
                now=now,
            )
        case Listed.PROCEDURES:
            done_on = _day(line["done_on"])
            assert done_on is not None  # the form asked for it
            intake_actions.list_procedure(
                patient=patient,
                kind=line["kind"],
                done_on=done_on,
                regions=line.get("regions", []),
                occasion=Occasion.PHONE,
                by=by,
                now=now,
            )


def _day(text: str | None) -> Any:
    return parse_date(text) if text else None
