"""Planning and recording what is done beside the sessions."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.hours.queries import local_date
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.intake.actions import list_procedure
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.terms import ELSEWHERE
from treatments.booking.locks import again_after_deadlock
from treatments.combined import queries, rules, terms
from treatments.combined.models import CombinedProcedure, HomeProduct
from treatments.combined.terms import ProcedureState, Product
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState

S = ProcedureState


class WrongEntry(Refused):
    """What was typed names no method, no product, or a day on which it cannot be."""

    code = "wrong_entry"
    status = 422


class NotPlanned(Refused):
    """What is done or cancelled is not changed any more."""

    code = "not_planned"


@again_after_deadlock
@transaction.atomic
def plan_procedure(
    *,
    patient: Patient,
    kind: str,
    regions: Sequence[str],
    on: date,
    details: str,
    by: StaffMember,
    now: datetime,
) -> CombinedProcedure:
    """Plan a laser, a peel or skin care on a day. Raises TooNear, WrongEntry."""
    _queue(patient)
    _check_method(kind, regions)
    if on < local_date(now):
        raise WrongEntry(terms.PAST_DAY)
    _check_apart(patient, kind, regions, on)
    procedure = CombinedProcedure.objects.create(
        patient=patient,
        kind=kind,
        regions=list(regions),
        details=details.strip(),
        on=on,
        set_by=by,
        set_at=now,
    )
    record(
        verb="procedure.planned", subject=procedure, by=by, now=now, patient_id=patient.pk,
        kind=kind, on=on.isoformat(),
    )  # fmt: skip
    return procedure


@again_after_deadlock
@transaction.atomic
def record_procedure(
    *,
    patient: Patient,
    kind: str,
    regions: Sequence[str],
    on: date,
    details: str,
    by: StaffMember,
    now: datetime,
) -> CombinedProcedure:
    """Write down what was done today or before. It may be too near to a session: it has happened."""
    _queue(patient)
    _check_method(kind, regions)
    procedure = CombinedProcedure(
        patient=patient, kind=kind, regions=list(regions), details=details.strip(), set_by=by,
        set_at=now,
    )  # fmt: skip
    return _done(procedure, on=on, by=by, now=now)


@again_after_deadlock
@transaction.atomic
def finish_procedure(
    *, procedure: CombinedProcedure, on: date, by: StaffMember, now: datetime
) -> CombinedProcedure:
    """What was planned was done: screening reads it from now on. Raises NotPlanned, WrongEntry."""
    return _done(_locked_planned(procedure), on=on, by=by, now=now)


@again_after_deadlock
@transaction.atomic
def move_procedure(
    *, procedure: CombinedProcedure, on: date, by: StaffMember, now: datetime
) -> CombinedProcedure:
    """Plan it for another day. Raises NotPlanned, TooNear, WrongEntry."""
    procedure = _locked_planned(procedure)
    if on < local_date(now):
        raise WrongEntry(terms.PAST_DAY)
    _check_apart(procedure.patient, procedure.kind, procedure.regions, on)
    was, procedure.on = procedure.on, on
    procedure.save(update_fields=["on"])
    record(
        verb="procedure.moved", subject=procedure, by=by, now=now,
        patient_id=procedure.patient_id, was=was.isoformat(), on=on.isoformat(),
    )  # fmt: skip
    return procedure


@again_after_deadlock
@transaction.atomic
def cancel_procedure(
    *, procedure: CombinedProcedure, by: StaffMember, now: datetime
) -> CombinedProcedure:
    """It is not done. Raises NotPlanned."""
    procedure = _locked_planned(procedure)
    procedure.state = S.CANCELLED
    procedure.save(update_fields=["state"])
    record(
        verb="procedure.cancelled", subject=procedure, by=by, now=now,
        patient_id=procedure.patient_id,
    )  # fmt: skip
    return procedure


@transaction.atomic
def advise_product(
    *,
    patient: Patient,
    product: str,
    name: str,
    use: str,
    starts_on: date,
    pause_days: int,
    by: StaffMember,
    now: datetime,
) -> HomeProduct:
    """The physician advises a home product; it stands on the sheets from its first day on."""
    if product not in Product.values or not use.strip():
        raise WrongEntry(terms.NOT_A_METHOD)
    if product == Product.OTHER and not name.strip():
        raise WrongEntry(terms.NAME_NEEDED)
    advised = HomeProduct.objects.create(
        patient=patient, product=product, name=name.strip(), use=use.strip(),
        starts_on=starts_on, pause_days=pause_days, set_by=by, set_at=now,
    )  # fmt: skip
    record(
        verb="home_product.advised", subject=advised, by=by, now=now, patient_id=patient.pk,
        product=product,
    )  # fmt: skip
    return advised


@transaction.atomic
def stop_product(*, product: HomeProduct, by: StaffMember, now: datetime) -> HomeProduct:
    """From today on it is not used any more. Raises NotPlanned when it was stopped before."""
    product = HomeProduct.objects.select_for_update(no_key=True).get(pk=product.pk)
    if product.stopped_on is not None:
        raise NotPlanned(terms.STOPPED_ALREADY)
    product.stopped_on = local_date(now)
    product.save(update_fields=["stopped_on"])
    record(
        verb="home_product.stopped", subject=product, by=by, now=now,
        patient_id=product.patient_id,
    )  # fmt: skip
    return product


def keep_sessions_apart(plan: TreatmentPlan, by: Actor, now: datetime) -> None:
    """Listens to `course_changed`: no session is booked too near to a planned procedure."""
    if plan.state != PlanState.ACTIVE:
        return
    procedures = queries.planned_procedures(plan.patient)
    if not procedures:
        return
    since = local_date(now) - queries.LOOK_BACK
    sessions = queries.session_days(plan.patient, since=since)
    for procedure in procedures:
        rules.check_apart(procedure, sessions)


def _queue(patient: Patient) -> None:
    """The patient's row is the queue: sessions are booked and procedures planned one by one."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _check_method(kind: str, regions: Sequence[str]) -> None:
    vocabulary = rules_in_force().vocabulary
    if kind not in vocabulary.procedures or not set(regions) <= {*vocabulary.regions, ELSEWHERE}:
        raise WrongEntry(terms.NOT_A_METHOD)


def _check_apart(patient: Patient, kind: str, regions: Sequence[str], on: date) -> None:
    sessions = queries.session_days(patient, since=on - queries.LOOK_BACK)
    rules.check_apart(queries.dated(kind, on, regions), sessions)


def _locked_planned(procedure: CombinedProcedure) -> CombinedProcedure:
    _queue(procedure.patient)
    locked = CombinedProcedure.objects.select_for_update(no_key=True, of=("self",))
    procedure = locked.select_related("patient").get(pk=procedure.pk)
    if procedure.state != S.PLANNED:
        state = S(procedure.state).label
        raise NotPlanned(terms.NOT_PLANNED % {"state": state})
    return procedure


def _done(
    procedure: CombinedProcedure, *, on: date, by: StaffMember, now: datetime
) -> CombinedProcedure:
    if on > local_date(now):
        raise WrongEntry(terms.NOT_IN_THE_FUTURE)
    procedure.listed = list_procedure(
        patient=procedure.patient, kind=procedure.kind, done_on=on,
        regions=procedure.regions, by=by, now=now,
    )  # fmt: skip
    procedure.on, procedure.state = on, S.DONE
    procedure.save()
    record(
        verb="procedure.done", subject=procedure, by=by, now=now,
        patient_id=procedure.patient_id, kind=procedure.kind, on=on.isoformat(),
    )  # fmt: skip
    return procedure
