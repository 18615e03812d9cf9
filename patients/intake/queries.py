"""Reads about what a patient has said. Only what still holds is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from patients.intake.by_medicine import of_those_listed
from patients.intake.hooks import stated_elsewhere
from patients.intake.illnesses import lacks_a_name, named_illnesses
from patients.intake.models import Answer, ListedAllergy, ListedMedication, ListedProcedure
from patients.intake.rules import NONE_CODES, still_holds
from patients.intake.terms import CONDITIONS, FACTS_ASKED_FOR, NO, UNKNOWN, YES, Listed
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.rule_set import RuleSet


def latest_answers(patient: Patient, on: date) -> list[Answer]:
    """The newest answer to every question that still holds on `on`."""
    rule_set = rules_in_force()
    newest = (
        Answer.objects.filter(
            patient=patient,
            answered_on__gte=on - timedelta(days=rule_set.answers_hold_days),
            # What was said after that day was not known on it: a record may be signed later.
            answered_on__lte=on,
        )
        .order_by("code", "-answered_at", "-pk")
        .distinct("code")
    )
    return [
        answer
        for answer in newest
        if still_holds(answer.code, answer.answered_on, on, rule_set=rule_set)
    ]


def standing_answers(patient: Patient, on: date) -> dict[str, Any]:
    """Question code -> the answer that holds on `on`. A question without one was not asked."""
    said = {answer.code: answer.value for answer in latest_answers(patient, on)}
    for stated in stated_elsewhere(patient, on):
        said = _with_what_is_stated(said, stated)
    return said


def _with_what_is_stated(said: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """What was said here, with what a record states that came after it: that only adds.

    A yes stays a yes; a no of before, or "don't know", does not end what the record says.
    """
    merged = dict(said)
    for code, value in stated.items():
        here = said.get(code)
        if code == CONDITIONS and isinstance(here, list):
            merged[code] = list(dict.fromkeys([*here, *value]))
        elif here in (None, NO, "none", UNKNOWN, []):
            merged[code] = value
    return merged


def medications(patient: Patient) -> list[ListedMedication]:
    return list(ListedMedication.objects.filter(patient=patient, removed_at__isnull=True))


def allergies(patient: Patient) -> list[ListedAllergy]:
    return list(ListedAllergy.objects.filter(patient=patient, removed_at__isnull=True))


def procedures(patient: Patient) -> list[ListedProcedure]:
    return list(ListedProcedure.objects.filter(patient=patient, removed_at__isnull=True))


def medication(patient: Patient, entry_id: UUID) -> ListedMedication:
    return ListedMedication.objects.get(pk=entry_id, patient=patient, removed_at__isnull=True)


def allergy(patient: Patient, entry_id: UUID) -> ListedAllergy:
    return ListedAllergy.objects.get(pk=entry_id, patient=patient, removed_at__isnull=True)


def procedure(patient: Patient, entry_id: UUID) -> ListedProcedure:
    return ListedProcedure.objects.get(pk=entry_id, patient=patient, removed_at__isnull=True)


def last_change_at(patient: Patient) -> datetime | None:
    """When something was last said, listed or taken out; None: nothing ever was."""
    return last_changes_at([patient.pk]).get(patient.pk)


def last_changes_at(patient_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """The same of many patients, in one statement; who never said anything has no entry."""
    said = Answer.objects.filter(patient__in=patient_ids).order_by()
    moments: list[Any] = [said.values_list("patient_id").annotate(at=Max("answered_at"))]
    for listed in (ListedMedication, ListedAllergy, ListedProcedure):
        own = listed._default_manager.filter(patient__in=patient_ids).order_by()
        moments += [
            own.values_list("patient_id").annotate(at=Max(field))
            for field in ("recorded_at", "removed_at")
        ]
    found: dict[UUID, datetime] = {}
    for patient_id, at in moments[0].union(*moments[1:], all=True):
        if at is not None:
            found[patient_id] = max(at, found.get(patient_id, at))
    return found


def statement(
    patient: Patient, on: date, *, answers: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The patient's half of a screening request: who it is, and all that was said and holds.

    `answers` replace the standing ones where given (a form that is being filled in). A list that
    is empty without an explicit "none" is left out: nobody asked.
    """
    given = standing_answers(patient, on) if answers is None else dict(answers)
    return statement_of(
        patient,
        on,
        given=given,
        medications=[_as_medication(entry) for entry in medications(patient)],
        allergies=[_as_allergy(entry) for entry in allergies(patient)],
        procedures=[_as_procedure(entry) for entry in procedures(patient)],
    )


def statement_of(
    patient: Patient,
    on: date,
    *,
    given: Mapping[str, Any],
    medications: Sequence[dict[str, Any]],
    allergies: Sequence[dict[str, Any]],
    procedures: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The patient's half of a screening request from what is handed in: nothing is looked up."""
    rule_set = rules_in_force()
    request: dict[str, Any] = {
        "on": on.isoformat(),
        "born": patient.born_on.isoformat(),
        "sex": patient.sex,
        "answers": _answers(given, [line["text"] for line in medications], rule_set),
    }
    for code in FACTS_ASKED_FOR:
        if given.get(code, UNKNOWN) != UNKNOWN:
            request[code] = given[code]
    request |= _conditions(given.get(CONDITIONS))
    _add_list(request, Listed.MEDICATIONS, medications, given)
    _add_list(request, Listed.ALLERGIES, allergies, given)
    _add_list(request, Listed.PROCEDURES, procedures, given)
    request.pop(Listed.PROCEDURES.none_code, None)  # here an empty list says it
    return request


def _answers(
    given: Mapping[str, Any], medicines: Sequence[str], rule_set: RuleSet
) -> dict[str, Any]:
    """What was said, and of the answers about a medicine those about one that is in the list."""
    answers: dict[str, Any] = {}
    for code, value in given.items():
        if not _is_asked(code, rule_set):
            continue
        if rule_set.question(code).per_medicine:
            value = of_those_listed(value, medicines)
        if value is not None:
            answers[code] = value
    return answers


def _is_asked(code: str, rule_set: RuleSet) -> bool:
    """Codes of an older version of the questions, and facts, do not belong into `answers`."""
    question = rule_set.questions.get(code)
    return code not in NONE_CODES and question is not None and question.field is None


def _conditions(said: Any) -> dict[str, Any]:
    if isinstance(said, list):
        named: dict[str, Any] = {CONDITIONS: [{"text": text} for text in named_illnesses(said)]}
        return named | ({f"{CONDITIONS}_unnamed": True} if lacks_a_name(said) else {})
    if said == NO:
        return {CONDITIONS: [], f"{CONDITIONS}_none": True}
    return {}


def _add_list(
    request: dict[str, Any],
    listed: Listed,
    entries: Sequence[dict[str, Any]],
    given: Mapping[str, Any],
) -> None:
    lines = list(entries)
    none = given.get(listed.none_code) == YES
    if lines or none:
        request[listed.value] = lines
        request[listed.none_code] = not lines


def _as_medication(entry: ListedMedication) -> dict[str, Any]:
    line = {"text": entry.text, "status": entry.status}
    if entry.last_taken:
        line["last_taken"] = entry.last_taken.isoformat()
    if entry.since:
        line["since"] = entry.since.isoformat()
    return line


def _as_allergy(entry: ListedAllergy) -> dict[str, Any]:
    return {"text": entry.text, "reaction": entry.reaction, "severity": entry.severity}


def _as_procedure(entry: ListedProcedure) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "on": entry.done_on.isoformat(),
        "area": list(entry.regions),
    }
