"""Whose plan an address means, and what the pages of a course say before somebody changes it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from clinic.http import found
from patients.records.queries import patient as patient_of
from treatments.booking.hooks import Notice, notices_before_change
from treatments.plans import queries


def plan_of(patient_id: UUID, plan_id: UUID) -> Any:
    """The plan, when it is this patient's."""
    plan = found(queries.plan, plan_id)
    if plan.patient_id != patient_id:
        raise Http404
    return plan


def running_plan_of(patient_id: UUID) -> Any:
    plan = queries.running_plan(found(patient_of, patient_id))
    if plan is None:
        raise Http404
    return plan


def session_of(plan: Any, number: int) -> Any:
    for session in queries.planned_sessions(plan):
        if session.number == number:
            return session
    raise Http404


def url_of(plan: Any) -> str:
    return reverse("plans:show", args=[plan.patient_id, plan.pk])


def notices_of(visits: Iterable[Any]) -> list[Notice]:
    """What patients were told of these visits, and how it is put right when they go."""
    now = timezone.now()
    known = (notice for visit in visits for notice in notices_before_change(visit, now))
    return [notice for notice in known if notice is not None]
