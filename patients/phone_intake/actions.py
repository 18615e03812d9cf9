"""Asking a patient on their own phone, keeping what they answer, and taking it when they send it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import Actor, record
from clinic.messages.actions import cancel_messages, owe_message
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.intake.rules import check_answers
from patients.intake.terms import NO, UNKNOWN, YES, Listed
from patients.links.actions import link_to, revoke_links
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.phone_intake.drafts import Said, draft_of, sent_answers, steps_of
from patients.phone_intake.models import (
    DraftAnswer,
    DraftEntry,
    PhoneIntake,
    PhoneSubmission,
)
from patients.phone_intake.queries import expired_intakes
from patients.phone_intake.rules import (
    LINK_OPENS_FOR,
    MOST_ENTRIES,
    IntakeIsElsewhere,
    content_of,
    may_become,
)
from patients.phone_intake.terms import ANSWERED, LINK_KIND, SENT_ANEW, IntakeState
from patients.records.models import Patient
from patients.records.ways import way_to_ask
from patients.rulebook.queries import rules_in_force

BY_LINK = "patient link"
BY_SWEEP = "phone intakes"
_ELSEWHERE = _("This was sent or withdrawn in the meantime. Nothing was changed.")


class StillOpen(Refused):
    """Questions are not answered yet, so the answers cannot be sent."""

    status = 422
    code = "still_open"


class ListIsFull(Refused):
    status = 422
    code = "list_is_full"


class ListHasEntries(Refused):
    status = 422
    code = "list_has_entries"


@transaction.atomic
def ask_patient(*, patient: Patient, by: StaffMember, now: datetime) -> PhoneIntake:
    """Ask the patient to answer on their own phone. An open request is used again, with its draft.

    The link goes out in the patient's way, or by mail if there is an address; without either the desk
    hands over a device.
    """
    # The patient's row is the queue: two members of staff who ask at once ask once.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    intake = PhoneIntake.objects.filter(patient=patient, state=IntakeState.ASKED).first()
    if intake is None:
        intake = PhoneIntake.objects.create(
            patient=patient, state=IntakeState.ASKED, asked_at=now, asked_by=by
        )
    link_of(intake, now)
    # A letter that still waits brings the same link: one of them is enough.
    cancel_messages(about_ids=[intake.pk], kinds=[LINK_KIND], why=SENT_ANEW, now=now)
    if way_to_ask(patient) is not None:
        owe_message(
            patient_id=patient.pk,
            kind=LINK_KIND,
            event_key=f"{LINK_KIND}:{intake.pk}:{now:%Y%m%dT%H%M%S}",
            about_id=intake.pk,
            due_at=now,
            not_after=now + LINK_OPENS_FOR,
            now=now,
        )
    record(verb="phone_intake.asked", subject=intake, by=by, now=now, patient_id=patient.pk)
    return intake


def link_of(intake: PhoneIntake, now: datetime) -> PatientLink:
    """The link to the questions. One that no longer opens is replaced; a living one lives on."""
    return link_to(
        patient=intake.patient,
        purpose=LinkPurpose.INTAKE,
        about_id=intake.pk,
        expires_at=now + LINK_OPENS_FOR,
        now=now,
    )


@transaction.atomic
def withdraw(*, intake: PhoneIntake, by: Actor, now: datetime) -> None:
    """End the link and forget the draft. What was sent already cannot be withdrawn."""
    intake = locked(intake, IntakeState.WITHDRAWN)
    revoke_links(purpose=LinkPurpose.INTAKE, about_id=intake.pk, now=now)
    cancel_messages(about_ids=[intake.pk], kinds=[LINK_KIND], why=ANSWERED, now=now)
    _forget_draft(intake)
    intake.state = IntakeState.WITHDRAWN
    intake.ended_at = now
    intake.save(update_fields=["state", "ended_at"])
    record(
        verb="phone_intake.withdrawn", subject=intake, by=by, now=now, patient_id=intake.patient_id
    )


def withdraw_expired(*, now: datetime) -> int:
    """End every request whose link opens no more: its half answers would lie here for ever.

    A request that was asked anew has a living link and stays, with its draft.
    """
    return sum(_withdrawn_if_expired(intake_id, now) for intake_id in expired_intakes(now))


@transaction.atomic
def _withdrawn_if_expired(intake_id: UUID, now: datetime) -> bool:
    intake = PhoneIntake.objects.get(pk=intake_id)
    # Whoever asks anew waits in this queue: a link that came meanwhile is seen.
    Patient.objects.select_for_update(no_key=True).get(pk=intake.patient_id)
    if intake_id not in expired_intakes(now):
        return False
    withdraw(intake=intake, by=BY_SWEEP, now=now)
    return True


def note_opened(*, intake: PhoneIntake, now: datetime) -> None:
    """The patient has given the birth date and sees the questions for the first time."""
    PhoneIntake.objects.filter(pk=intake.pk, opened_at__isnull=True).update(opened_at=now)


def choose_language(*, intake: PhoneIntake, language: str) -> None:
    PhoneIntake.objects.filter(pk=intake.pk).update(language=language)


@transaction.atomic
def save_step(
    *,
    intake: PhoneIntake,
    answers: Mapping[str, Any],
    listed: Listed | None,
    line: Mapping[str, Any] | None,
    none: str,
    remove: UUID | None,
    now: datetime,
) -> None:
    """Keep what was answered on one page. Only its own questions are touched, so tabs lose nothing.

    `none`: what was said about the list as a whole, "yes" = there is nothing, "unknown", or "".
    """
    intake = locked(intake, IntakeState.SUBMITTED)
    check_answers(answers, on=timezone.localdate(now), rule_set=rules_in_force())
    _keep(intake, answers, now)
    if listed is None:
        return
    entries = DraftEntry.objects.filter(intake=intake, listed=listed)
    if remove is not None and entries.filter(pk=remove).delete()[0] and not entries.exists():
        # Nothing is left of the list: it has to be asked anew, and an empty list is no "none".
        DraftAnswer.objects.filter(intake=intake, code=listed.none_code).delete()
    if line is not None:
        _add(intake, listed, line, now)
    elif none in (YES, UNKNOWN):
        if entries.exists():
            raise ListHasEntries(
                _("The list has entries. Remove them first, or leave the list as it is.")
            )
        _keep(intake, {listed.none_code: none}, now)


def _add(intake: PhoneIntake, listed: Listed, line: Mapping[str, Any], now: datetime) -> None:
    if DraftEntry.objects.filter(intake=intake, listed=listed).count() >= MOST_ENTRIES:
        raise ListIsFull(_("The list is full. Please tell the clinic about the rest."))
    DraftEntry.objects.create(intake=intake, listed=listed, content=content_of(line), added_at=now)
    _keep(intake, {listed.none_code: NO}, now)


def _keep(intake: PhoneIntake, answers: Mapping[str, Any], now: datetime) -> None:
    DraftAnswer.objects.bulk_create(
        [
            DraftAnswer(intake=intake, code=code, value=value, saved_at=now)
            for code, value in answers.items()
        ],
        update_conflicts=True,
        unique_fields=["intake", "code"],
        update_fields=["value", "saved_at"],
    )


@transaction.atomic
def submit(*, intake: PhoneIntake, language: str, now: datetime) -> PhoneSubmission:
    """Take what the patient sends. Refused while a question of today's questionnaire is open.

    Nothing enters the record here: staff review it first.
    """
    intake = locked(intake, IntakeState.SUBMITTED)
    on = timezone.localdate(now)
    said = draft_of(intake, on)
    steps = steps_of(intake.patient, said, on)
    if any(step.open_codes for step in steps):
        raise StillOpen(_("Some questions are still open. Please answer them before you send."))
    submission = PhoneSubmission.objects.create(
        intake=intake,
        submitted_at=now,
        submitted_on=on,
        questions_version=rules_in_force().version,
        language=language,
        content=_content(sent_answers(steps, said), said, language),
    )
    _forget_draft(intake)
    intake.state = IntakeState.SUBMITTED
    intake.save(update_fields=["state"])
    record(
        verb="phone_intake.submitted",
        subject=intake,
        by=BY_LINK,
        now=now,
        patient_id=intake.patient_id,
        answers=len(submission.content["answers"]),
    )
    return submission


def _content(answers: Mapping[str, Any], said: Said, language: str) -> dict[str, Any]:
    """What was sent with the words in which it was asked, so that it can be read without us."""
    questions = rules_in_force().questions
    return {
        "answers": [
            {
                "code": code,
                "value": value,
                "text": questions[code].text.to(language) if code in questions else "",
            }
            for code, value in answers.items()
        ],
        **{listed.value: said.of(listed) for listed in Listed},
    }


def _forget_draft(intake: PhoneIntake) -> None:
    DraftAnswer.objects.filter(intake=intake).delete()
    DraftEntry.objects.filter(intake=intake).delete()


def locked(intake: PhoneIntake, wanted: IntakeState) -> PhoneIntake:
    """The intake's row, locked and read anew; refused unless it may still become `wanted`."""
    intake = (
        PhoneIntake.objects.select_for_update(of=["self"])
        .select_related("patient")
        .get(pk=intake.pk)
    )
    if not may_become(intake.state, wanted):
        raise IntakeIsElsewhere(_ELSEWHERE)
    return intake
