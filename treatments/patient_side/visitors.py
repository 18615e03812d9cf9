"""Somebody on the website asks for an appointment; the desk takes it over or declines it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from patients.records.actions import register_patient
from patients.records.models import Patient
from treatments.patient_side import rules, terms
from treatments.patient_side.models import VisitorRequest
from treatments.patient_side.terms import BY_LINK, PartOfDay, VisitorKind, VisitorState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a visitor filled in."""

    full_name: str
    phone: str
    email: str
    kind: VisitorKind
    weekdays: Sequence[int]
    part_of_day: PartOfDay


@transaction.atomic
def ask_for_visit(
    *, key: UUID, asked: Asked, language: str, notice_version: str, now: datetime
) -> VisitorRequest:
    """Write the request down. The same key again is the same request, whatever it says by now."""
    request, is_new = VisitorRequest.objects.get_or_create(
        key=key,
        defaults={
            "full_name": asked.full_name,
            "phone": asked.phone,
            "email": asked.email,
            "kind": asked.kind,
            "weekdays": sorted(asked.weekdays),
            "part_of_day": asked.part_of_day,
            "language": language,
            "notice_version": notice_version,
            "asked_at": now,
        },
    )
    if is_new:
        record(verb="visitor.asked", subject=request, by=BY_LINK, now=now)
    return request


@transaction.atomic
def take_over(
    *, request_id: UUID, patient: Patient, by: StaffMember, now: datetime
) -> VisitorRequest:
    """It is this patient: from now on who asked stands in that file alone. Raises SettledAlready."""
    request = _lock_open(request_id)
    request.patient = patient
    _wipe(request, VisitorState.TAKEN_OVER, by=by, now=now)
    record(verb="visitor.taken_over", subject=request, by=by, now=now, patient_id=patient.pk)
    return request


@transaction.atomic
def register_visitor(
    *,
    request_id: UUID,
    identity: dict[str, Any],
    although_known: bool,
    by: StaffMember,
    now: datetime,
) -> Patient:
    """Open a file for somebody new and take the request over. Raises AlreadyRegistered."""
    _lock_open(request_id)
    patient = register_patient(**identity, although_known=although_known, by=by, now=now)
    take_over(request_id=request_id, patient=patient, by=by, now=now)
    return patient


@transaction.atomic
def decline_visitor(*, request_id: UUID, by: StaffMember, now: datetime) -> None:
    """Nothing comes of it; who asked is wiped. Raises SettledAlready."""
    request = _lock_open(request_id)
    _wipe(request, VisitorState.DECLINED, by=by, now=now)
    record(verb="visitor.declined", subject=request, by=by, now=now)


def _lock_open(request_id: UUID) -> VisitorRequest:
    request = VisitorRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=request_id)
    if request.state != VisitorState.OPEN:
        raise rules.SettledAlready(terms.SETTLED_ALREADY)
    return request


def _wipe(request: VisitorRequest, state: VisitorState, *, by: StaffMember, now: datetime) -> None:
    request.state, request.settled_at, request.settled_by = state, now, by
    request.full_name = request.phone = request.email = ""
    request.save()
