"""Writing down what a patient says. Nothing is ever overwritten."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from patients.intake.hooks import answers_changed
from patients.intake.models import Answer, ListedAllergy, ListedMedication, ListedProcedure
from patients.intake.rules import AnswerNotReadable, check_answers
from patients.intake.terms import NO, YES, Listed, Occasion
from patients.records.models import Patient
from patients.records.rules import check_visible
from patients.rulebook.queries import rules_in_force
from patients.screening.readable import read_date
from patients.screening.terms import ELSEWHERE

By = StaffMember | str


@transaction.atomic
def record_answers(
    *,
    patient: Patient,
    answers: Mapping[str, Any],
    occasion: str,
    on: date,
    by: By,
    now: datetime,
    questions_version: str = "",
) -> list[Answer]:
    """Write down the given answers. What is not among them stays as it was: not asked, or older.

    Refuses the whole set when one value cannot be read; "unknown" is an answer.
    `questions_version`: under which the questions were asked, if it was not the one in force.
    """
    if not answers:
        return []
    rule_set = rules_in_force()
    check_answers(answers, on=on, rule_set=rule_set)
    written = Answer.objects.bulk_create(
        Answer(
            patient=patient,
            code=code,
            value=value,
            occasion=occasion,
            questions_version=questions_version or rule_set.version,
            answered_at=now,
            answered_on=on,
            recorded_by=by if isinstance(by, StaffMember) else None,
        )
        for code, value in answers.items()
    )
    record(
        verb="intake.answered",
        subject=patient,
        by=by,
        now=now,
        patient_id=patient.pk,
        occasion=str(occasion),
        answers=len(written),
    )
    answers_changed(patient=patient, by=by, now=now)
    return written


@transaction.atomic
def list_medication(
    *,
    patient: Patient,
    text: str,
    status: str,
    last_taken: date | None,
    since: date | None,
    by: By,
    now: datetime,
    occasion: str = Occasion.INTAKE,
) -> ListedMedication:
    """Add a medicine in the patient's own words. Whether it is recognised is screening's question."""
    check_visible(text)
    for day in (last_taken, since):
        _check_not_in_future(day, localdate(now))
    entry = ListedMedication.objects.create(
        patient=patient,
        text=" ".join(text.split()),
        status=status,
        last_taken=last_taken,
        since=since,
        recorded_at=now,
        recorded_by=by if isinstance(by, StaffMember) else None,
    )
    _listed(Listed.MEDICATIONS, entry, occasion=occasion, by=by, now=now)
    return entry


@transaction.atomic
def list_allergy(
    *,
    patient: Patient,
    text: str,
    reaction: str,
    severity: str,
    by: By,
    now: datetime,
    occasion: str = Occasion.INTAKE,
) -> ListedAllergy:
    """Add an allergy in the patient's own words."""
    check_visible(text + reaction)
    entry = ListedAllergy.objects.create(
        patient=patient,
        text=" ".join(text.split()),
        reaction=" ".join(reaction.split()),
        severity=severity,
        recorded_at=now,
        recorded_by=by if isinstance(by, StaffMember) else None,
    )
    _listed(Listed.ALLERGIES, entry, occasion=occasion, by=by, now=now)
    return entry


@transaction.atomic
def list_procedure(
    *,
    patient: Patient,
    kind: str,
    done_on: date,
    regions: Sequence[str],
    by: By,
    now: datetime,
    occasion: str = Occasion.INTAKE,
) -> ListedProcedure:
    """Add a skin treatment. No region named = every planned region may have had it."""
    vocabulary = rules_in_force().vocabulary
    if kind not in vocabulary.procedures or not set(regions) <= {ELSEWHERE, *vocabulary.regions}:
        raise AnswerNotReadable(_("Choose a treatment and regions from the list."))
    _check_not_in_future(done_on, localdate(now))
    entry = ListedProcedure.objects.create(
        patient=patient,
        kind=kind,
        done_on=done_on,
        regions=list(regions),
        recorded_at=now,
        recorded_by=by if isinstance(by, StaffMember) else None,
    )
    _listed(Listed.PROCEDURES, entry, occasion=occasion, by=by, now=now)
    return entry


def state_none(
    *,
    patient: Patient,
    listed: Listed,
    by: By,
    now: datetime,
    occasion: str = Occasion.INTAKE,
) -> None:
    """The patient says: nothing of this kind. Refused while the list has entries."""
    if _entries(listed).filter(patient=patient, removed_at__isnull=True).exists():
        raise AnswerNotReadable(_("The list has entries. Remove them first, or keep the list."))
    _state_list(patient, listed, none=True, occasion=occasion, by=by, now=now)


def confirm_list(
    *,
    patient: Patient,
    listed: Listed,
    by: By,
    now: datetime,
    occasion: str = Occasion.INTAKE,
) -> None:
    """The patient says: the list is still right and complete."""
    if not _entries(listed).filter(patient=patient, removed_at__isnull=True).exists():
        raise AnswerNotReadable(_("The list is empty. Add an entry, or say that there is none."))
    _state_list(patient, listed, none=False, occasion=occasion, by=by, now=now)


def remove_medication(*, medication: ListedMedication, by: By, now: datetime) -> None:
    """Take out what was listed by mistake. A medicine that ended is listed as stopped instead."""
    _remove(Listed.MEDICATIONS, medication, by=by, now=now)


def remove_allergy(*, allergy: ListedAllergy, by: By, now: datetime) -> None:
    _remove(Listed.ALLERGIES, allergy, by=by, now=now)


def remove_procedure(*, procedure: ListedProcedure, by: By, now: datetime) -> None:
    _remove(Listed.PROCEDURES, procedure, by=by, now=now)


@transaction.atomic
def correct_text(
    *, patient: Patient, listed: Listed, entry_id: UUID, text: str, by: By, now: datetime
) -> None:
    """List an entry anew under the name that was meant; the old row stays readable as removed."""
    entry = _entries(listed).filter(patient=patient, pk=entry_id, removed_at__isnull=True).first()
    if entry is None:
        raise AnswerNotReadable(_("This entry was changed meanwhile. Reload the page."))
    _remove(listed, entry, by=by, now=now)
    if listed == Listed.MEDICATIONS:
        list_medication(
            patient=patient,
            text=text,
            status=entry.status,
            last_taken=entry.last_taken,
            since=entry.since,
            by=by,
            now=now,
        )
    elif listed == Listed.ALLERGIES:
        list_allergy(
            patient=patient,
            text=text,
            reaction=entry.reaction,
            severity=entry.severity,
            by=by,
            now=now,
        )
    else:
        raise AnswerNotReadable(_("A skin treatment has no name to correct."))


Entry = ListedMedication | ListedAllergy | ListedProcedure


def _entries(listed: Listed) -> Any:
    match listed:
        case Listed.MEDICATIONS:
            return ListedMedication.objects
        case Listed.ALLERGIES:
            return ListedAllergy.objects
        case Listed.PROCEDURES:
            return ListedProcedure.objects


def _state_list(
    patient: Patient, listed: Listed, *, none: bool, occasion: str, by: By, now: datetime
) -> None:
    record_answers(
        patient=patient,
        answers={listed.none_code: YES if none else NO},
        occasion=occasion,
        on=localdate(now),
        by=by,
        now=now,
    )


def _listed(listed: Listed, entry: Entry, *, occasion: str, by: By, now: datetime) -> None:
    record(
        verb=f"{listed.value}.listed", subject=entry, by=by, now=now, patient_id=entry.patient_id
    )
    # An earlier "none" is over: were the entry taken out again, somebody has to ask anew.
    _state_list(entry.patient, listed, none=False, occasion=occasion, by=by, now=now)


@transaction.atomic
def _remove(listed: Listed, entry: Entry, *, by: By, now: datetime) -> None:
    if not _entries(listed).filter(pk=entry.pk, removed_at__isnull=True).update(removed_at=now):
        return
    entry.removed_at = now
    record(
        verb=f"{listed.value}.removed", subject=entry, by=by, now=now, patient_id=entry.patient_id
    )
    answers_changed(patient=entry.patient, by=by, now=now)


def _check_not_in_future(day: date | None, today: date) -> None:
    if day is not None and read_date(day.isoformat(), latest=today) is None:
        raise AnswerNotReadable(_("This date is in the future. Please check it."))


@transaction.atomic
def save_page(
    *,
    patient: Patient,
    answers: Mapping[str, Any],
    listed: Listed | None,
    line: Mapping[str, Any] | None,
    none: bool,
    confirmed: bool,
    remove: UUID | None,
    on: date,
    by: By,
    now: datetime,
) -> None:
    """Save one page of the intake as a whole: its answers, and what happened to its list."""
    record_answers(
        patient=patient, answers=answers, occasion=Occasion.INTAKE, on=on, by=by, now=now
    )
    if listed is None:
        return
    if remove is not None:
        entry = _entries(listed).filter(patient=patient, pk=remove).first()
        if entry is not None:
            _remove(listed, entry, by=by, now=now)
    if line is not None:
        add: Any = {
            Listed.MEDICATIONS: list_medication,
            Listed.ALLERGIES: list_allergy,
            Listed.PROCEDURES: list_procedure,
        }[listed]
        add(patient=patient, **line, by=by, now=now)
    if none:
        state_none(patient=patient, listed=listed, by=by, now=now)
    if confirmed:
        confirm_list(patient=patient, listed=listed, by=by, now=now)
