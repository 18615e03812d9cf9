"""Recording a skin analysis and reading the course of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.intake.queries import medications
from patients.records.queries import patient as patient_of
from patients.screening.causes import possible_causes
from treatments.analysis import actions, queries
from treatments.analysis.forms import Examination, Trouble
from treatments.analysis.hooks import last_treated
from treatments.analysis.terms import Cause


@requires(Ability.READ_CHART)
@require_GET
def list_analyses(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    return render(
        request,
        "treatments/analysis/analyses.html",
        {
            "patient": patient,
            "tab": "analysis",
            "course": queries.course(patient),
            "may_analyse": request.user.may(Ability.ANALYSE_SKIN),
        },
    )


@requires(Ability.READ_CHART)
@require_GET
def show_analysis(request: StaffRequest, patient_id: UUID, analysis_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    analysis = found(queries.analysis_of, patient, analysis_id)
    previous = queries.previous_analysis(analysis)
    return render(
        request,
        "treatments/analysis/analysis.html",
        {
            "patient": patient,
            "tab": "analysis",
            "analysis": analysis,
            "examined": queries.examined(analysis),
            "regions": queries.scored_regions(analysis),
            "spots": queries.numbered_spots(analysis),
            "views": queries.shown_map(analysis),
            "contrasts": queries.measured_contrasts(analysis),
            "previous": previous,
            "differences": queries.differences(previous, analysis) if previous else [],
            "may_analyse": request.user.may(Ability.ANALYSE_SKIN),
        },
    )


@requires(Ability.ANALYSE_SKIN)
@require_http_methods(["GET", "POST"])
def analyse(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    now = timezone.now()
    medicines = [entry.text for entry in medications(patient)]
    last = queries.latest_analysis(patient)
    if request.method == "GET":
        copied = last if request.GET.get("from") == "last" else None
    else:
        copied = queries.copied_analysis(patient, request.POST.get("copied_from", ""))
    context: dict[str, Any] = {
        "patient": patient,
        "tab": "analysis",
        "last": last,
        "copied_from": copied,
    }
    if request.method == "GET":
        return _form(request, Examination(like=copied, medicines=medicines), [], context)
    examination = Examination(request.POST, like=copied, medicines=medicines)
    troubles: list[Trouble] = []
    if examination.is_valid():
        try:
            analysis = actions.record_analysis(
                patient=patient,
                analysed_on=timezone.localdate(now),
                **examination.analysis(),
                copied_from=copied,
                by=request.user,
                now=now,
            )
        except Refused as refusal:
            troubles = [Trouble(str(refusal))]
        else:
            messages.success(request, _("The analysis is saved."))
            return redirect("analysis:show", patient_id=patient.pk, analysis_id=analysis.pk)
    return _form(request, examination, troubles or examination.troubles(), context, status=422)


def _form(
    request: StaffRequest,
    examination: Examination,
    troubles: list[Trouble],
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "treatments/analysis/analyse.html",
        context
        | {
            "spots": examination.spots,
            "score": examination.score,
            "severity": examination.severity,
            "judged": examination.judged,
            "readings": examination.readings,
            "general": examination.general,
            "red_flags": examination.red_flags,
            "troubles": troubles,
            "treated": next(filter(None, last_treated(context["patient"])), None),
            "possible_causes": [
                (Cause(cause.kind).label, cause.reason)
                for cause in possible_causes(context["patient"], timezone.localdate())
            ],
        },
        status=status,
    )
