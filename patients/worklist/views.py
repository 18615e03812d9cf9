"""The list of what waits for somebody."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.hours.outside import visits_to_move
from clinic.http import StaffRequest, found, may_open, requires
from clinic.staff.terms import Ability
from patients.records.queries import patient as patient_of
from patients.worklist import actions, queries
from patients.worklist.terms import FOR_THE_PHYSICIAN, PLACES, TaskKind


@dataclass(frozen=True)
class Line:
    """One task with the page on which it is done; no page for who may not open it."""

    task: Any
    url: str

    @property
    def is_notice(self) -> bool:
        """Nothing else finishes it: somebody says that it was looked at."""
        return bool(self.task.kind == TaskKind.SCREENING_FAULT)

    @property
    def is_for_physicians(self) -> bool:
        return self.task.kind in FOR_THE_PHYSICIAN


@requires(Ability.RUN_THE_DAY)
@require_GET
def list_tasks(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "patients/worklist/tasks.html",
        {
            "mine": _lines(request, queries.tasks_for(request.user)),
            "others": _lines(request, queries.tasks_of_others(request.user)),
            "to_move": len(visits_to_move(timezone.now())),
            "may_decide": request.user.may(Ability.DECIDE_FINDINGS),
        },
    )


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def looked_at(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """A physician has checked by hand what the engine could not compute."""
    actions.finish_task(
        patient=found(patient_of, patient_id),
        kind=TaskKind.SCREENING_FAULT,
        by=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("The task is done."))
    return redirect("patients:tasks")


def _lines(request: StaffRequest, tasks: Any) -> list[Line]:
    lines = []
    for task in tasks:
        url = reverse(PLACES[TaskKind(task.kind)], args=[task.patient_id])
        lines.append(Line(task, url if may_open(request.user, url) else ""))
    return lines
