"""The list, the search box, and the file of one patient."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records import actions, queries
from patients.records.forms import PatientForm

PER_PAGE = 50
MOST_SUGGESTED = 10
NEWEST = 5
LONGEST_SEARCH = 100


@requires(Ability.FIND_PATIENTS)
@require_GET
def list_patients(request: StaffRequest) -> HttpResponse:
    text = _searched(request)
    patients = queries.patients_matching(text) if text else queries.all_patients()
    page = Paginator(patients, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "patients/records/list.html",
        {"page": page, "text": text, "today": timezone.localdate()},
    )


@requires(Ability.FIND_PATIENTS)
@require_GET
def search_patients(request: StaffRequest) -> HttpResponse:
    """The rows of the search box: at most ten, and a last one that registers the name."""
    text = _searched(request)
    if text:
        patients = list(queries.patients_matching(text)[:MOST_SUGGESTED])
    else:
        patients = queries.newest_patients(NEWEST)
    return render(
        request,
        "patients/records/_search_rows.html",
        {
            "patients": patients,
            "text": text,
            "today": timezone.localdate(),
            "may_register": text and request.user.may(Ability.REGISTER_PATIENTS),
        },
    )


@requires(Ability.REGISTER_PATIENTS)
@require_http_methods(["GET", "POST"])
def register_patient(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    if request.method == "GET":
        form = PatientForm(today=today, initial={"full_name": _searched(request, "name")})
        return render(request, "patients/records/register.html", {"form": form})
    form = PatientForm(request.POST, today=today)
    known: Sequence[Any] = ()
    if form.is_valid():
        try:
            patient = actions.register_patient(
                **form.identity(),
                although_known=form.cleaned_data["register_anyway"],
                by=request.user,
                now=now,
            )
        except actions.AlreadyRegistered as refusal:
            form.add_error(None, str(refusal))
            known = refusal.known
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("%(name)s is registered with file number %(number)s.")
                % {"name": patient.full_name, "number": patient.number},
            )
            return redirect("chart", patient_id=patient.pk)
    return render(
        request, "patients/records/register.html", {"form": form, "known": known}, status=422
    )


@requires(Ability.REGISTER_PATIENTS)
@require_http_methods(["GET", "POST"])
def edit_patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(queries.patient, patient_id)
    now = timezone.now()
    today = timezone.localdate(now)
    status = 200
    if request.method == "GET":
        form = PatientForm.of(patient, today=today)
    else:
        form = PatientForm(request.POST, today=today)
        if form.is_valid():
            try:
                changed = actions.change_patient(
                    patient=patient, **form.identity(), by=request.user, now=now
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The changes are saved."))
                if patient.email and changed.email != patient.email:
                    messages.warning(
                        request,
                        _(
                            "Links sent to the old e-mail address open nothing any more. "
                            "Please send them again."
                        ),
                    )
                return redirect("chart", patient_id=patient.pk)
        status = 422
    return render(
        request,
        "patients/records/edit.html",
        {"form": form, "patient": patient, "tab": "overview"},
        status=status,
    )


def _searched(request: StaffRequest, name: str = "q") -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_SEARCH]
