"""The re-screen of the day: what is asked at the door, and what becomes of the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.formats import date_format

from clinic.audit.actions import record
from clinic.hours.queries import day_bounds, local_date
from clinic.staff.models import StaffMember
from patients.intake.actions import record_answers
from patients.intake.illnesses import added_to
from patients.intake.queries import (
    allergies,
    medications,
    procedures,
    standing_answers,
    statement,
)
from patients.intake.terms import UNKNOWN, Listed, Occasion
from patients.lesions.actions import report_change
from patients.lesions.queries import regions_named
from patients.lesions.terms import RED_FLAG_CODES, Source
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose, Screening
from patients.screening.rescreen import (
    answers_from_rescreen,
    lines_due,
    separate_due,
    without_doubt,
)
from patients.screening.rule_set import Question, RescreenLine
from patients.screening.rules import applying_codes
from patients.screening.terms import CONDITIONS, CONSENT_SIGNED
from treatments.booking.locks import again_after_deadlock
from treatments.plans.actions import lock_course
from treatments.plans.models import PlannedSession
from treatments.plans.queries import planned_treatment, running_plan
from treatments.plans.terms import PlanState
from treatments.plans.verdicts import follow_screening
from treatments.sessions import queries, terms
from treatments.sessions.actions import as_done, as_planned, check_its_day
from treatments.sessions.asking_by_name import medicines_to_ask, with_what_holds
from treatments.sessions.refusals import NotListed

_ENTRIES: Mapping[Listed, Callable[[Patient], Sequence[Any]]] = {
    Listed.MEDICATIONS: medications,
    Listed.ALLERGIES: allergies,
    Listed.PROCEDURES: procedures,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is asked today: the lines, and the questions with a field of their own."""

    lines: Sequence[RescreenLine]
    separate: Sequence[Question]


def sheet_of_the_day(patient: Patient, on: date) -> Sheet:
    rule_set = rules_in_force()
    request = _request(patient, on)
    return Sheet(
        lines=lines_due(request, rule_set=rule_set),
        # Area, steps and cocktail are the plan's; nobody asks the patient for them. Whether consent
        # is signed, the signed consent says.
        separate=[
            each
            for each in separate_due(request, rule_set=rule_set)
            if (each.field is None or each.code == "weight_kg") and each.code != CONSENT_SIGNED
        ],
    )


def questions_opened(patient: Patient, ticks: Mapping[str, str], on: date) -> list[Question]:
    """The questions to be asked in full now: behind a line that was answered yes, or about a
    medicine of which nobody has said what it is for."""
    rule_set = rules_in_force()
    day = answers_from_rescreen(ticks, standing_answers(patient, on), rule_set=rule_set)
    applying = applying_codes(_request(patient, on), rule_set=rule_set)
    return [
        rule_set.question(code)
        for code in dict.fromkeys((*day.to_ask, *asked_by_name(patient, ticks, on)))
        if code in applying and rule_set.question(code).field in (None, CONDITIONS)
    ]


def asked_by_name(
    patient: Patient, ticks: Mapping[str, str], on: date
) -> dict[str, tuple[str, ...]]:
    """Question code -> the medicines by whose names it is asked now."""
    rule_set, standing = rules_in_force(), standing_answers(patient, on)
    day = answers_from_rescreen(ticks, standing, rule_set=rule_set)
    request = _request(patient, on)
    return medicines_to_ask(day, standing=standing, request=request, rule_set=rule_set)


@again_after_deadlock
@transaction.atomic
def record_rescreen(
    *,
    planned_session: PlannedSession,
    ticks: Mapping[str, str],
    separate: Mapping[str, Any],
    by: StaffMember,
    now: datetime,
) -> Screening:
    """Write down the answers of the day and screen with them.

    `ticks`: line -> yes, no or unknown; `separate`: code -> answer, of the fields of their own and
    of the questions that a yes opened. What is in neither was not asked, and so it will block the
    signature. A refuse puts what is left of the course on hold.
    """
    check_its_day(planned_session, now)
    on = local_date(now)
    patient = planned_session.plan.patient
    lock_course(planned_session.plan)
    rule_set = rules_in_force()
    standing = standing_answers(patient, on)
    day = answers_from_rescreen(ticks, standing, rule_set=rule_set)
    _check_listed(patient, day.to_ask, on)
    request = _request(patient, on)
    by_name = with_what_holds(separate, day, standing=standing, request=request, rule_set=rule_set)
    answers = without_doubt(
        {**_unknown(ticks), **day.answers, **by_name},
        standing,
        said_today=queries.codes_said_at_the_door(patient, on),
        rule_set=rule_set,
    )
    _keep_told_illnesses(answers, standing)
    confirmed = {
        Listed(code).none_code: standing[Listed(code).none_code]
        for code in day.confirmed
        if code in Listed.values and Listed(code).none_code in standing
    }
    record_answers(
        patient=patient,
        answers={**answers, **confirmed},
        occasion=Occasion.SESSION,
        on=on,
        by=by,
        now=now,
    )
    _report_spots(patient, separate, by=by, now=now)
    draft = queries.draft_of(planned_session)
    screening = screen_patient(
        patient=patient,
        planned=as_done(planned_session, draft) if draft else as_planned(planned_session),
        purpose=Purpose.SESSION,
        on=on,
        by=by,
        now=now,
        day_answers=queries.day_answers(patient, on),
    )
    if draft is not None:
        draft.screening = screening
        draft.save(update_fields=["screening"])
    record(
        verb="session.rescreened",
        subject=screening,
        by=by,
        now=now,
        patient_id=patient.pk,
        verdict=screening.verdict,
    )
    _follow(patient, screening, by=by, now=now)
    return screening


def _follow(patient: Patient, screening: Screening, *, by: StaffMember, now: datetime) -> None:
    """A refuse holds what is left of the course; a finding with a date marks what is before it."""
    plan = running_plan(patient)
    if plan is None or plan.state != PlanState.ACTIVE:
        return
    on = date_format(screening.on, "SHORT_DATE_FORMAT")
    reason = str(terms.HELD_BY_RESCREEN % {"date": on})
    follow_screening(plan, screening, by=by, now=now, reason=reason)


def _report_spots(
    patient: Patient, answers: Mapping[str, Any], *, by: StaffMember, now: datetime
) -> None:
    """What was named at the door today blocks its regions anew, whatever a result cleared before."""
    for code in RED_FLAG_CODES:
        if regions := regions_named(answers.get(code)):
            report_change(patient=patient, regions=regions, source=Source.DOOR, by=by, now=now)


def _unknown(ticks: Mapping[str, str]) -> dict[str, str]:
    """ "Don't know" to a line is "unknown" to each question it names, and to its list.

    Whether that is written down is `without_doubt`'s to say: it takes back no yes.
    """
    rule_set = rules_in_force()
    return {
        Listed(code).none_code if code in Listed.values else code: UNKNOWN
        for line in rule_set.rescreen.lines
        if ticks.get(line.id) == UNKNOWN
        for code in line.covers
        if code in Listed.values or rule_set.question(code).field is None
    }


def _keep_told_illnesses(answers: dict[str, Any], standing: Mapping[str, Any]) -> None:
    """An illness at the door is added: what was told before is taken back at the intake only."""
    told = standing.get(CONDITIONS)
    if isinstance(told, list) and CONDITIONS in answers:
        answers[CONDITIONS] = added_to(told, answers[CONDITIONS])


def _check_listed(patient: Patient, to_ask: Sequence[str], on: date) -> None:
    """A new medicine that nobody wrote down would be screened as if it were not there."""
    starts, _ends = day_bounds(on)
    for code in to_ask:
        if code in Listed.values:
            entries = _ENTRIES[Listed(code)](patient)
            if not any(entry.recorded_at >= starts for entry in entries):
                raise NotListed(terms.LIST_THE_NEW % {"what": Listed(code).label})


def _request(patient: Patient, on: date) -> dict[str, Any]:
    """The patient as screening reads it, with what the plan has in mind for the conditions."""
    planned = planned_treatment(patient)
    request = statement(patient, on)
    if planned is not None and planned.area:
        request["area"] = list(planned.area)
        request["steps"] = {
            "antiseptic": planned.antiseptic,
            "anaesthetic_cream": planned.anaesthetic_cream,
        }
        request["cocktail"] = [{"ingredient": each.ingredient} for each in planned.cocktail]
        if planned.last_session_on:
            request["last_session_on"] = planned.last_session_on.isoformat()
    return request
