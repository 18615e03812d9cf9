"""Writing down what was seen, where the patient was sent, and what came of it."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from clinic.audit.actions import Actor, record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.lesions import terms
from patients.lesions.hooks import lesions_changed
from patients.lesions.models import LesionReferral, LesionReport, LesionResult
from patients.lesions.queries import blocked_regions
from patients.lesions.rules import EVERYWHERE
from patients.lesions.terms import Feature, Method, Outcome, Source
from patients.records.models import Patient
from patients.records.rules import check_visible
from patients.rulebook.queries import rules_in_force
from patients.screening.terms import ELSEWHERE
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.terms import TaskKind

SHORTEST_FINDING = 10


class NotComplete(Refused):
    """Something is missing in a report, a referral or a result."""

    status = 422
    code = "not_complete"


class NotForYou(Refused):
    status = 403
    code = "not_for_you"


@transaction.atomic
def report_change(
    *,
    patient: Patient,
    regions: Collection[str],
    features: Collection[str] = (),
    source: Source,
    by: Actor,
    now: datetime,
) -> LesionReport:
    """A change was named, or a suspicious feature seen: the area waits for a result from now on."""
    if not regions or not set(features) <= set(Feature.values):
        raise NotComplete(terms.FEATURE_NEEDED)
    report = LesionReport.objects.create(
        patient=patient,
        source=source,
        regions=sorted(regions),
        features=sorted(features),
        reported_on=localdate(now),
        reported_at=now,
        reported_by=by if isinstance(by, StaffMember) else None,
    )
    record(verb="lesion.reported", subject=report, by=by, now=now, patient_id=patient.pk)
    raise_task(patient=patient, kind=TaskKind.EXAMINE_LESION, physician=None, by=by, now=now)
    lesions_changed(patient, by, now)
    return report


@transaction.atomic
def record_referral(
    *,
    patient: Patient,
    regions: Collection[str],
    referred_to: str,
    referred_on: date,
    note: str,
    by: StaffMember,
    now: datetime,
) -> LesionReferral:
    """The patient was sent to a colleague. The area stays blocked."""
    _check_physician(by)
    _check(regions, who=referred_to, on=referred_on, text=note, now=now)
    referral = LesionReferral.objects.create(
        patient=patient,
        regions=sorted(regions),
        referred_to=" ".join(referred_to.split()),
        referred_on=referred_on,
        note=note.strip(),
        recorded_at=now,
        recorded_by=by,
    )
    record(verb="lesion.referred", subject=referral, by=by, now=now, patient_id=patient.pk)
    return referral


@transaction.atomic
def record_result(
    *,
    patient: Patient,
    regions: Collection[str],
    method: str,
    examined_by: str,
    examined_on: date,
    finding: str,
    outcome: str,
    by: StaffMember,
    now: datetime,
) -> LesionResult:
    """What an examination found. It clears its own regions, or keeps them blocked."""
    _check_physician(by)
    _check(regions, who=examined_by, on=examined_on, text=finding, now=now)
    if method not in Method.values or outcome not in Outcome.values:
        raise NotComplete(terms.NO_SUCH_WORD)
    if len(" ".join(finding.split())) < SHORTEST_FINDING:
        raise NotComplete(terms.WORDS_NEEDED % {"count": SHORTEST_FINDING})
    result = LesionResult.objects.create(
        patient=patient,
        regions=sorted(regions),
        method=method,
        examined_by=" ".join(examined_by.split()),
        examined_on=examined_on,
        finding=finding.strip(),
        outcome=outcome,
        recorded_at=now,
        recorded_by=by,
    )
    record(
        verb="lesion.result",
        subject=result,
        by=by,
        now=now,
        patient_id=patient.pk,
        outcome=outcome,
    )
    if not blocked_regions(patient, localdate(now)):
        finish_task(patient=patient, kind=TaskKind.EXAMINE_LESION, by=by, now=now)
    lesions_changed(patient, by, now)
    return result


def follow_answers(*, patient: Patient, by: Actor, now: datetime) -> None:
    """Listens to `answers_changed`: a change named at the intake is a task like any other."""
    if blocked_regions(patient, localdate(now)):
        raise_task(patient=patient, kind=TaskKind.EXAMINE_LESION, physician=None, by=by, now=now)


def _check_physician(by: StaffMember) -> None:
    if not by.may(Ability.DECIDE_FINDINGS):
        raise NotForYou(terms.ONLY_A_PHYSICIAN)


def _check(regions: Collection[str], *, who: str, on: date, text: str, now: datetime) -> None:
    known = {*rules_in_force().vocabulary.regions, ELSEWHERE, EVERYWHERE}
    if not regions or not set(regions) <= known:
        raise NotComplete(terms.REGIONS_NEEDED)
    check_visible(who + text)
    if not who.strip():
        raise NotComplete(terms.NAME_NEEDED)
    if on > localdate(now):
        raise NotComplete(terms.DAY_AHEAD)
