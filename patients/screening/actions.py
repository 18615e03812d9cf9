"""Giving a verdict, and writing down what a physician decided about its findings."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import Actor, record
from clinic.once import asking_once
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.clinic_names.queries import with_names_in_force
from patients.consents.queries import procedure_answer
from patients.intake.queries import standing_answers, statement
from patients.lesions.queries import spots
from patients.lesions.rules import EVERYWHERE
from patients.lesions.terms import CLEARED_CODE, RED_FLAG_CODES
from patients.records.models import Patient
from patients.records.rules import check_visible
from patients.rulebook.actions import screening_begins
from patients.rulebook.queries import rule_set_of, rules_in_force
from patients.screening.gates import SHORTEST_REASON, about, is_reason
from patients.screening.hooks import finding_decided
from patients.screening.models import FindingDecision, Purpose, Screening
from patients.screening.own_names import CLINIC_NAMES
from patients.screening.plan import PlannedTreatment
from patients.screening.queries import (
    is_newest_of_its_day,
    latest_screening,
    response_of,
    rules_behind,
)
from patients.screening.rescreen import codes_of_the_day
from patients.screening.rules import Finding, Response, held_by_fault, screen_safely
from patients.screening.terms import CONSENT_SIGNED, NO, UNKNOWN, YES, Severity
from patients.worklist.actions import raise_task
from patients.worklist.terms import TaskKind

logger = logging.getLogger(__name__)

# The rules themselves could not be read: no version gave this verdict.
UNKNOWN_VERSION = "-"


STALE_VERDICT = _("The verdict has changed since you opened the page. Read it again.")


class NotForYou(Refused):
    """Only a physician decides about a finding."""

    status = 403
    code = "not_for_you"


class NoSuchFinding(Refused):
    """The verdict has changed since the page was opened."""

    code = "stale_verdict"


class CannotBeOverridden(Refused):
    """The area, the step, the cocktail or the day changes; no reason does."""

    code = "absolute"


class ReasonTooShort(Refused):
    status = 422
    code = "reason_too_short"


def request_for(
    patient: Patient,
    planned: PlannedTreatment | None,
    *,
    on: date,
    purpose: Purpose = Purpose.BOOKING,
    day_answers: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The screening request (contract, section 1) of a patient, a plan and a day.

    What nobody chose yet is left out: it shows as unanswered, never as harmless. For a session,
    what must be given again on the day counts only where `day_answers` give it.
    """
    standing = standing_answers(patient, on)
    if purpose == Purpose.SESSION:
        again = codes_of_the_day(rules_in_force())
        standing = {code: value for code, value in standing.items() if code not in again}
    answers = standing | dict(day_answers or {})
    answers.pop(CONSENT_SIGNED, None)  # the signed consent says so, and nobody else
    if purpose == Purpose.SESSION and planned is not None:
        answers |= consent_answer(patient, planned)
    answers |= lesion_answers(patient, answers, on)
    said = statement(patient, on, answers=answers)
    request = said | {"id": str(patient.pk)}
    return request | (planned.as_json() if planned else {})


def lesion_answers(patient: Patient, answers: Mapping[str, Any], on: date) -> dict[str, Any]:
    """What reports and results of spots add to the answers (ruling 6).

    A region that waits for a result stays named, whatever is answered today; what a result has
    cleared the records say, and nobody types it. A question that nobody answered stays open.
    """
    said: dict[str, Any] = {}
    known = spots(patient, on)
    if blocked := known.blocked:
        for code in RED_FLAG_CODES:
            value = answers.get(code)
            if value == YES or (value is not None and value != UNKNOWN and EVERYWHERE in blocked):
                said[code] = YES
            elif value == NO or isinstance(value, list):
                said[code] = sorted({*blocked, *(value if isinstance(value, list) else ())})
            if code in said:
                break
    if CLEARED_CODE in rules_in_force().questions:
        said[CLEARED_CODE] = known.cleared
    return said


def consent_answer(
    patient: Patient, planned: PlannedTreatment, *, until: date | None = None
) -> dict[str, str]:
    """What the procedure consent answers; nothing where the patient was not asked about this."""
    if planned.plan_id is None:
        return {}
    answer = procedure_answer(patient, planned.plan_id, planned.consent_fingerprint, until=until)
    return {CONSENT_SIGNED: answer} if answer else {}


def request_as_known(known: Screening, planned: PlannedTreatment | None) -> dict[str, Any]:
    """What was known on the day of a verdict, with what was done by the record as it stands now.

    The consent of that day covers what stood in the plan then, and no region that was added since.
    """
    request: dict[str, Any] = dict(known.request)
    if planned is None:
        return request
    answers = dict(request.get("answers", {}))
    answers.pop(CONSENT_SIGNED, None)
    answers |= consent_answer(known.patient, planned, until=known.on)
    return request | {"answers": answers} | planned.as_json()


@transaction.atomic
@asking_once()
def screen_patient(
    *,
    patient: Patient,
    planned: PlannedTreatment | None,
    purpose: Purpose,
    on: date,
    by: Actor,
    now: datetime,
    day_answers: Mapping[str, Any] | None = None,
    as_known: Screening | None = None,
) -> Screening:
    """Screen, and store the verdict with everything it was computed from.

    The same inputs on the same day under the same rules are the same verdict: it is stored once.
    `as_known`: a verdict of that day; the patient's half of it and its rules are taken over, for a
    record that is finished on a later day. Whatever fails on the way is a hold and a task.
    """
    if purpose == Purpose.BOOKING:
        screening_begins(patient.pk)
    request, response = _request_and_response(
        patient, planned, purpose=purpose, on=on, day_answers=day_answers, as_known=as_known
    )
    version = response.rule_set_version
    if response.fault:
        logger.error("screening failed for patient %s; held", patient.pk)
        raise_task(patient=patient, kind=TaskKind.SCREENING_FAULT, physician=None, by=by, now=now)
    stored, answered = _as_stored(request), _as_stored(response.as_json())
    last = latest_screening(patient, purpose, on=on)
    if (
        last is not None
        and last.rule_set_version == version
        and (last.request, last.response) == (stored, answered)
    ):
        return last
    screening = Screening.objects.create(
        patient=patient,
        purpose=purpose,
        on=on,
        rule_set_version=version,
        request=stored,
        response=answered,
        verdict=response.verdict.value,
        screened_at=now,
        screened_by=by if isinstance(by, StaffMember) else None,
    )
    record(
        verb="patient.screened",
        subject=screening,
        by=by,
        now=now,
        patient_id=patient.pk,
        purpose=str(purpose),
        rule_set_version=version,
        fault=response.fault,
    )
    return screening


def _request_and_response(
    patient: Patient,
    planned: PlannedTreatment | None,
    *,
    purpose: Purpose,
    on: date,
    day_answers: Mapping[str, Any] | None,
    as_known: Screening | None,
) -> tuple[dict[str, Any], Response]:
    """What goes into the engine and what comes out. Never raises: a fault of any part is a hold."""
    bare = {"id": str(patient.pk), "on": on.isoformat()}
    try:
        # A failed statement would spoil the transaction in which the hold is to be stored.
        with transaction.atomic():
            rule_set = with_names_in_force(rules_behind(as_known)) if as_known else rules_in_force()
            if as_known is None:
                request = request_for(
                    patient, planned, on=on, purpose=purpose, day_answers=day_answers
                )
            else:
                request = request_as_known(as_known, planned)
            facts = planned.facts(rule_set) if planned else None
            response = screen_safely(request, rule_set=rule_set, ingredients=facts)
            if not response.fault and (names := rule_set.names_used(request)):
                # Names may be removed later; with these the verdict can be computed again.
                request |= {CLINIC_NAMES: names.as_json()}
    except Exception:
        logger.exception("no screening for patient %s", patient.pk)
        return bare, held_by_fault(bare, UNKNOWN_VERSION)
    return request, response


@transaction.atomic
def decide_finding(
    *,
    patient: Patient,
    screening: Screening,
    rule: str,
    target: str,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> FindingDecision:
    """Override a finding in writing, or tick a caution as seen. The verdict itself stays stored.

    Raises NotForYou, NoSuchFinding, CannotBeOverridden, ReasonTooShort.
    """
    if not by.may(Ability.DECIDE_FINDINGS):
        raise NotForYou(_("Only a physician decides about a finding."))
    if screening.patient_id != patient.pk or not is_newest_of_its_day(screening):
        raise NoSuchFinding(STALE_VERDICT)
    finding = _finding(screening, rule, target)
    reason = " ".join(reason.split())
    check_visible(reason)
    if finding.severity is not Severity.CAUTION:
        _check_override(finding, screening.rule_set_version, reason)
    try:
        with transaction.atomic():
            decision = FindingDecision.objects.create(
                patient=patient,
                rule=rule,
                target=target,
                severity=finding.severity.value,
                about=about(finding),
                reason=reason,
                decided_on=screening.on,
                decided_at=now,
                decided_by=by,
            )
    except IntegrityError as twice:
        raise NoSuchFinding(_("This finding was decided already. Reload the page.")) from twice
    record(
        verb="finding.decided",
        subject=decision,
        by=by,
        now=now,
        patient_id=patient.pk,
        rule=rule,
        target=target,
    )
    finding_decided(patient, by, now)
    return decision


@transaction.atomic
def decide_findings(
    *,
    patient: Patient,
    screening: Screening,
    findings: Sequence[tuple[str, str]],
    reason: str,
    by: StaffMember,
    now: datetime,
) -> list[FindingDecision]:
    """Decide several findings (rule, target) at once: all of them or none."""
    return [
        decide_finding(
            patient=patient,
            screening=screening,
            rule=rule,
            target=target,
            reason=reason,
            by=by,
            now=now,
        )
        for rule, target in findings
    ]


def _finding(screening: Screening, rule: str, target: str) -> Finding:
    for finding in response_of(screening).findings:
        if (finding.rule, finding.target or "") == (rule, target):
            return finding
    raise NoSuchFinding(STALE_VERDICT)


def _check_override(finding: Finding, version: str, reason: str) -> None:
    rule = rule_set_of(version).rule(finding.rule)
    if not rule.may_be_overridden(finding.severity):
        raise CannotBeOverridden(
            _(
                "No reason overrides this finding: the area, the step, the cocktail or the day changes."
            )
        )
    if not is_reason(reason):
        raise ReasonTooShort(
            _("Write the reason in at least %(count)d characters.") % {"count": SHORTEST_REASON}
        )


def _as_stored(value: Any) -> Any:
    """JSON values only. A float keeps every digit that a dose has."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {key: _as_stored(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_stored(item) for item in value]
    return value
