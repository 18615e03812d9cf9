"""The question behind a patient's link weeks after a session, and its answers for staff."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, public, requires
from clinic.staff.terms import Ability
from patients.links.door import at_the_door, private
from patients.links.terms import LinkPurpose
from patients.records.queries import patient as patient_of
from patients.worklist.queries import open_task
from patients.worklist.terms import TaskKind
from treatments.tracing import asking
from treatments.tracing.forms import LateAnswerForm
from treatments.tracing.terms import HowItIs


# Exempt from the CSRF check for the reason in `patients.links.door`: the address is the secret.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    link = at_the_door(request, token, LinkPurpose.LATE_CHECK, now)
    if isinstance(link, HttpResponse):
        return link
    asked = found(asking.question_behind, link)
    form = LateAnswerForm(request.POST if request.method == "POST" else None)
    given = None
    if form.is_bound and form.is_valid():
        given = asking.answer_late_check(
            link=link,
            all_is_well=form.cleaned_data["how"] == HowItIs.WELL,
            words=form.cleaned_data["words"],
            now=now,
        )
    context = {
        "asked": asked,
        "form": form,
        "given": given,
        "emergency": settings.EMERGENCY_NUMBER,
    }
    with translation.override(link.patient.language):
        status = 422 if form.errors else 200
        page = render(request, "treatments/tracing/late_check.html", context, status=status)
    return private(page)


@requires(Ability.READ_CHART)
@require_GET
def show_answers(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    context = {
        "patient": patient,
        "tab": "sessions",
        "questions": asking.questions_of(patient),
        "task": open_task(patient, TaskKind.LATE_ANSWER),
        "may_decide": request.user.may(Ability.DECIDE_FINDINGS),
        "may_treat": request.user.may(Ability.TREAT),
    }
    return render(request, "treatments/tracing/late_answers.html", context)


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def read(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    asking.have_read(patient=found(patient_of, patient_id), by=request.user, now=timezone.now())
    messages.success(request, _("The task is done."))
    return redirect("patients:tasks")
