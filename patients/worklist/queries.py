"""Reads of what waits: for whom, since when."""

from django.db.models import Q, QuerySet

from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.records.models import Patient
from patients.worklist.models import StaffTask
from patients.worklist.terms import FOR_THE_PHYSICIAN, TaskKind


def open_tasks() -> QuerySet[StaffTask]:
    return StaffTask.objects.filter(done_at__isnull=True).select_related("patient", "physician")


def tasks_for(member: StaffMember) -> QuerySet[StaffTask]:
    """What waits for this member, the longest waiting first.

    A physician sees their own and what is nobody's in particular; the desk sees what it can
    settle, and who books nothing has nothing to settle.
    """
    if member.may(Ability.DECIDE_FINDINGS):
        return open_tasks().filter(Q(physician=member) | Q(physician__isnull=True))
    if member.may(Ability.BOOK):
        return open_tasks().exclude(kind__in=FOR_THE_PHYSICIAN)
    return open_tasks().none()


def tasks_of_others(member: StaffMember) -> QuerySet[StaffTask]:
    """What waits for somebody else, so that nothing is forgotten when a colleague is away."""
    mine = tasks_for(member).values("pk")
    return open_tasks().exclude(pk__in=mine)


def open_task(patient: Patient, kind: TaskKind) -> StaffTask | None:
    return open_tasks().filter(patient=patient, kind=kind).first()
