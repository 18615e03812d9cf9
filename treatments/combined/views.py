"""The one timeline of sessions, lasers, peels and skin care, and the home products beside it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import patient as patient_of
from treatments.combined import actions, queries
from treatments.combined.forms import DayForm, ProcedureForm, ProductForm


@requires(Ability.READ_CHART)
@require_GET
def show_combined(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    return _page(request, found(patient_of, patient_id))


@requires(Ability.SET_PLANS)
@require_POST
def add_procedure(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """A day ahead plans it; today or a day before writes down what was done."""
    patient = found(patient_of, patient_id)
    form = ProcedureForm(request.POST)
    if form.is_valid():
        is_ahead = form.cleaned_data["on"] > timezone.localdate()
        action = actions.plan_procedure if is_ahead else actions.record_procedure
        done = _("The treatment is planned.") if is_ahead else _("The treatment is written down.")
        try:
            action(patient=patient, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("combined:list", patient_id=patient.pk)
    return _page(request, patient, procedure=form, status=422)


@requires(Ability.SET_PLANS)
@require_POST
def add_product(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    form = ProductForm(request.POST, today=timezone.localdate())
    if form.is_valid():
        try:
            actions.advise_product(
                patient=patient, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The product stands on the coming sheets."))
            return redirect("combined:list", patient_id=patient.pk)
    return _page(request, patient, product=form, status=422)


@requires(Ability.SET_PLANS)
@require_POST
def finish_procedure(request: StaffRequest, patient_id: UUID, procedure_id: UUID) -> HttpResponse:
    return _change(
        request, patient_id, procedure_id, actions.finish_procedure, _("Written down as done.")
    )


@requires(Ability.SET_PLANS)
@require_POST
def move_procedure(request: StaffRequest, patient_id: UUID, procedure_id: UUID) -> HttpResponse:
    return _change(
        request, patient_id, procedure_id, actions.move_procedure, _("Planned for the other day.")
    )


@requires(Ability.SET_PLANS)
@require_POST
def cancel_procedure(request: StaffRequest, patient_id: UUID, procedure_id: UUID) -> HttpResponse:
    procedure = found(queries.procedure_of_patient, patient_id, procedure_id)
    try:
        actions.cancel_procedure(procedure=procedure, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal)
    messages.success(request, _("The treatment is cancelled."))
    return redirect("combined:list", patient_id=patient_id)


@requires(Ability.SET_PLANS)
@require_POST
def stop_product(request: StaffRequest, patient_id: UUID, product_id: UUID) -> HttpResponse:
    product = found(queries.product_of_patient, patient_id, product_id)
    try:
        actions.stop_product(product=product, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal)
    messages.success(request, _("The product is stopped."))
    return redirect("combined:list", patient_id=patient_id)


def _change(
    request: StaffRequest,
    patient_id: UUID,
    procedure_id: UUID,
    action: Callable[..., object],
    done: str,
) -> HttpResponse:
    procedure = found(queries.procedure_of_patient, patient_id, procedure_id)
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a day."))
        return _page(request, procedure.patient, status=422)
    try:
        action(
            procedure=procedure,
            on=form.cleaned_data["on"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, procedure.patient, status=refusal.status)
    messages.success(request, done)
    return redirect("combined:list", patient_id=patient_id)


def _page(
    request: StaffRequest,
    patient: Any,
    *,
    procedure: ProcedureForm | None = None,
    product: ProductForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    products = queries.home_products(patient)
    return render(
        request,
        "treatments/combined/combined.html",
        {
            "patient": patient,
            "tab": "combined",
            "today": today,
            "timeline": queries.timeline(patient),
            "used": [each for each in products if each.stopped_on is None],
            "stopped": [each for each in products if each.stopped_on is not None],
            "procedure_form": procedure or ProcedureForm(),
            "product_form": product or ProductForm(today=today),
            "typed": procedure or product,
            "may_write": request.user.may(Ability.SET_PLANS),
        },
        status=status,
    )
