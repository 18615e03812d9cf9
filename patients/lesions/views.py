"""Suspicious spots of one patient: what blocks an area, referrals, results."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.lesions import actions, queries
from patients.lesions.forms import ReferralForm, ResultForm
from patients.lesions.rules import EVERYWHERE
from patients.records.queries import patient as patient_of


@requires(Ability.READ_CHART)
@require_GET
def show_lesions(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    return _page(request, found(patient_of, patient_id))


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def add_referral(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    form = ReferralForm(request.POST, blocked=_blocked(patient))
    return _write(
        request, patient, form, actions.record_referral, _("The referral is written down.")
    )


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def add_result(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    form = ResultForm(request.POST, blocked=_blocked(patient))
    return _write(request, patient, form, actions.record_result, _("The result is written down."))


def _write(request: StaffRequest, patient: Any, form: Any, action: Any, done: str) -> HttpResponse:
    if form.is_valid():
        try:
            action(patient=patient, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("patients:lesions", patient_id=patient.pk)
    return _page(request, patient, typed=form, status=422)


def _blocked(patient: Any) -> list[str]:
    return queries.blocked_regions(patient, timezone.localdate())


def _page(
    request: StaffRequest, patient: Any, *, typed: Any = None, status: int = 200
) -> HttpResponse:
    blocked = _blocked(patient)
    referral = typed if isinstance(typed, ReferralForm) else ReferralForm(blocked=blocked)
    result = typed if isinstance(typed, ResultForm) else ResultForm(blocked=blocked)
    return render(
        request,
        "patients/lesions/lesions.html",
        {
            "patient": patient,
            "tab": "verdict",
            "everywhere": EVERYWHERE in blocked,
            "blocked": queries.region_words(each for each in blocked if each != EVERYWHERE),
            "reports": _named(queries.reports(patient)),
            "referrals": _named(queries.referrals(patient)),
            "results": _named(queries.results(patient)),
            "referral_form": referral,
            "result_form": result,
            "typed": typed,
            "may_write": request.user.may(Ability.DECIDE_FINDINGS),
        },
        status=status,
    )


def _named(entries: list[Any]) -> list[tuple[Any, str]]:
    return [(entry, ", ".join(queries.region_words(entry.regions))) for entry in entries]
