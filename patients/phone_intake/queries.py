"""Reads about intakes on the patient's own phone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from patients.intake.queries import allergies, medications, procedures
from patients.intake.terms import Listed
from patients.links.models import PatientLink
from patients.links.queries import living_link
from patients.links.rules import is_locked
from patients.links.terms import LinkPurpose
from patients.phone_intake.drafts import Said, draft_of, request_of, steps_of
from patients.phone_intake.models import PhoneIntake, PhoneSubmission
from patients.phone_intake.rules import LINK_OPENS_FOR, content_of, progress
from patients.phone_intake.terms import IntakeState
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.rules import screen_safely
from patients.screening.terms import Severity


def intake(intake_id: UUID) -> PhoneIntake:
    return PhoneIntake.objects.select_related("patient").get(pk=intake_id)


def intake_of(patient: Patient, intake_id: UUID) -> PhoneIntake:
    return PhoneIntake.objects.select_related("patient").get(pk=intake_id, patient=patient)


def latest_intake(patient: Patient) -> PhoneIntake | None:
    """The newest request that was not withdrawn."""
    return (
        PhoneIntake.objects.filter(patient=patient)
        .exclude(state=IntakeState.WITHDRAWN)
        .order_by("-asked_at")
        .first()
    )


def expired_intakes(now: datetime) -> list[UUID]:
    """Requests that are still open, and whose link has not opened since it expired.

    A link that was ended by hand (another e-mail address) is the desk's to replace until then.
    """
    living = PatientLink.objects.filter(
        purpose=LinkPurpose.INTAKE, about_id=OuterRef("pk"), expires_at__gt=now
    )
    old = PhoneIntake.objects.filter(state=IntakeState.ASKED, asked_at__lt=now - LINK_OPENS_FOR)
    return list(old.exclude(Exists(living)).order_by("pk").values_list("pk", flat=True))


def submission_of(intake: PhoneIntake) -> PhoneSubmission:
    return PhoneSubmission.objects.select_related("intake__patient").get(intake=intake)


def said_in(submission: PhoneSubmission) -> Said:
    content = submission.content
    return Said(
        {answer["code"]: answer["value"] for answer in content["answers"]},
        {listed: content[listed.value] for listed in Listed},
    )


@dataclass(frozen=True)
class RecordedLine:
    """A line of the record in the same plain values as a line that a patient sent."""

    id: UUID
    content: dict[str, Any]


_FIELDS: Mapping[Listed, tuple[Callable[[Patient], Iterable[Any]], tuple[str, ...]]] = {
    Listed.MEDICATIONS: (medications, ("text", "status", "last_taken", "since")),
    Listed.ALLERGIES: (allergies, ("text", "reaction", "severity")),
    Listed.PROCEDURES: (procedures, ("kind", "done_on", "regions")),
}


def recorded_lines(patient: Patient, listed: Listed) -> list[RecordedLine]:
    lines_of, names = _FIELDS[listed]
    return [
        RecordedLine(line.pk, content_of({name: getattr(line, name) for name in names}))
        for line in lines_of(patient)
    ]


@dataclass(frozen=True)
class Progress:
    """How far a patient has come, for the desk. `link` None or not opening: send a new one."""

    intake: PhoneIntake
    link: PatientLink | None
    link_opens: bool
    done_steps: int
    steps: int
    reviewed_by: str


def progress_of(patient: Patient, now: datetime) -> Progress | None:
    found = latest_intake(patient)
    if found is None:
        return None
    link = living_link(purpose=LinkPurpose.INTAKE, about_id=found.pk)
    done, steps = 0, 0
    if found.state == IntakeState.ASKED:
        on = timezone.localdate(now)
        pages = steps_of(patient, draft_of(found, on), on)
        done, steps = progress([len(page.open_codes) for page in pages])
    reviewed_by = ""
    if found.state == IntakeState.REVIEWED:
        reviewed_by = str(submission_of(found).review.reviewed_by)
    return Progress(
        intake=found,
        link=link,
        link_opens=link is not None and link.is_open(now) and not is_locked(link.wrong_answers),
        done_steps=done,
        steps=steps,
        reviewed_by=reviewed_by,
    )


@dataclass(frozen=True)
class Waiting:
    """Something sent that nobody reviewed yet. `physician_first`: it names what may forbid treatment."""

    submission: PhoneSubmission
    patient: Patient
    physician_first: bool


def waiting_for_review() -> list[Waiting]:
    """What was sent and waits, the longest waiting first."""
    waiting = (
        PhoneSubmission.objects.filter(intake__state=IntakeState.SUBMITTED)
        .select_related("intake__patient")
        .order_by("submitted_at")
    )
    return [
        Waiting(one, one.intake.patient, is_for_the_physician(one, one.submitted_on))
        for one in waiting
    ]


def is_for_the_physician(submission: PhoneSubmission, on: date) -> bool:
    """Whether what was sent names a contraindication or something nobody could recognise."""
    request = request_of(submission.intake.patient, said_in(submission), on)
    response = screen_safely(request, rule_set=rules_in_force())
    blocking = (Severity.ABSOLUTE, Severity.RELATIVE)
    return (
        response.fault
        or bool(response.unrecognised)
        or any(finding.severity in blocking for finding in response.findings)
    )
