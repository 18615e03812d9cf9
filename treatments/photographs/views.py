"""The album of a patient, taking photographs, and two of them compared."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from clinic.http import StaffRequest, found, refused, requires, uuid_in
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import Patient
from patients.records.queries import patient as patient_of
from treatments.photographs import actions, queries
from treatments.photographs.forms import PhotographForm, PointsForm, WithdrawForm
from treatments.photographs.terms import CHECKS, Modality, Shown, Size, View


@requires(Ability.READ_CHART)
@require_GET
def list_photographs(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    return render(
        request,
        "treatments/photographs/album.html",
        {
            "patient": patient,
            "tab": "photographs",
            "album": queries.album(patient),
            "consent": queries.consent_state(patient),
            "may_photograph": queries.may_photograph(patient),
            "may_take": request.user.may(Ability.TAKE_PHOTOGRAPHS),
        },
    )


@requires(Ability.TAKE_PHOTOGRAPHS)
@require_http_methods(["GET", "POST"])
def take_photographs(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    is_script = request.headers.get("Accept", "") == "application/json"
    try:
        actions.check_consent(patient)
    except Refused as refusal:
        return _said(refusal) if is_script else refused(request, refusal, back=refusal.leads_to)
    if request.method == "GET":
        return _take_page(request, patient, _blank_form(request, patient))
    form = PhotographForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_valid(form) if is_script else _take_page(request, patient, form, status=422)
    kept = []
    try:
        for key, file in form.uploads():
            kept.append(
                actions.keep_photograph(
                    patient=patient,
                    content=file.read(),
                    request_key=key,
                    by=request.user,
                    now=timezone.now(),
                    **form.conditions(),
                )
            )
    except Refused as refusal:
        if is_script:
            return _said(refusal)
        form.add_error("photos", _in_context(refusal, len(kept)))
        return _take_page(request, patient, form, status=refusal.status)
    if is_script:
        return JsonResponse(
            {
                "url": reverse("photographs:show", args=[patient.pk, kept[-1].pk]),
                "thumb": reverse("photographs:image", args=[patient.pk, kept[-1].pk, Size.THUMB]),
            },
            status=201,
        )
    messages.success(
        request,
        ngettext("%(count)d photograph kept.", "%(count)d photographs kept.", len(kept))
        % {"count": len(kept)},
    )
    return redirect("photographs:list", patient.pk)


def _in_context(refusal: Refused, kept: int) -> str:
    if not kept:
        return str(refusal)
    return _("The first %(count)d were kept. Photo %(number)d: %(reason)s") % {
        "count": kept,
        "number": kept + 1,
        "reason": refusal,
    }


def _said(refusal: Refused) -> JsonResponse:
    said = {"code": refusal.code, "message": str(refusal)}
    return JsonResponse(said, status=refusal.status)


def _not_valid(form: PhotographForm) -> JsonResponse:
    name, faults = next(iter(form.errors.items()))
    code = form.errors.as_data()[name][0].code
    is_crowd = code == "too_many_files"
    return JsonResponse(
        {
            "code": code if is_crowd else "form",
            "field": name,
            "message": " ".join(map(str, faults)),
        },
        status=400 if is_crowd else 422,
    )


def _blank_form(request: StaffRequest, patient: Patient) -> PhotographForm:
    asked = request.GET.get("view", "")
    return PhotographForm(
        initial={
            "view": asked if asked in View.values else View.FRONTAL,
            "modality": Modality.DAYLIGHT,
            "device": queries.device_used_last(patient),
            "taken_on": timezone.localdate(),
            "request_key": uuid4(),
        }
    )


def _take_page(
    request: StaffRequest, patient: Patient, form: PhotographForm, *, status: int = 200
) -> HttpResponse:
    latest = queries.latest_by_view(patient)
    response = render(
        request,
        "treatments/photographs/take.html",
        {
            "patient": patient,
            "tab": "photographs",
            "form": form,
            "may_analyse": request.user.may(Ability.ANALYSE_SKIN),
            "ghosts": [
                (
                    view,
                    reverse("photographs:image", args=[patient.pk, latest[view].pk, Size.SCREEN]),
                )
                for view in View
                if view in latest
            ],
        },
        status=status,
    )
    # The one page that may open the camera of the tablet.
    response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response


@requires(Ability.READ_CHART)
@require_GET
def show_photograph(request: StaffRequest, patient_id: UUID, photograph_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    photograph = found(queries.photograph_of, patient, photograph_id)
    return _photograph_page(request, patient, photograph, WithdrawForm())


@requires(Ability.TAKE_PHOTOGRAPHS)
@require_POST
def withdraw_photograph(
    request: StaffRequest, patient_id: UUID, photograph_id: UUID
) -> HttpResponse:
    patient = found(patient_of, patient_id)
    photograph = found(queries.photograph_of, patient, photograph_id)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw_photograph(
                photograph=photograph,
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The photograph is withdrawn. It stays in the record."))
            return redirect("photographs:list", patient.pk)
    return _photograph_page(request, patient, photograph, form, status=422)


def _photograph_page(
    request: StaffRequest,
    patient: Patient,
    photograph: Any,
    form: WithdrawForm,
    *,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "treatments/photographs/photograph.html",
        {
            "patient": patient,
            "tab": "photographs",
            "photograph": photograph,
            "withdrawn": queries.is_withdrawn(photograph),
            "checks": [(words, getattr(photograph, name)) for name, words in CHECKS.items()],
            "form": form,
            "may_take": request.user.may(Ability.TAKE_PHOTOGRAPHS),
        },
        status=status,
    )


@requires(Ability.READ_CHART)
@require_safe
def show_picture(
    request: StaffRequest, patient_id: UUID, photograph_id: UUID, size: str
) -> HttpResponseBase:
    """The bytes, for whoever may read this chart; every look is written down by the gate."""
    if size not in Size.values:
        raise Http404
    photograph = found(queries.photograph_of, found(patient_of, patient_id), photograph_id)
    response: HttpResponseBase
    if inside := queries.accelerated(photograph, Size(size)):
        response = HttpResponse(headers={"X-Accel-Redirect": inside})
    else:
        try:
            response = FileResponse(queries.opened(photograph, Size(size)))
        except FileNotFoundError as missing:
            raise Http404 from missing
    response["Content-Type"] = "image/jpeg"
    response["Content-Disposition"] = 'inline; filename="photograph.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@requires(Ability.READ_CHART)
@require_GET
def compare_photographs(request: StaffRequest, patient_id: UUID, view: str) -> HttpResponse:
    if view not in View.values:
        raise Http404
    patient = found(patient_of, patient_id)
    pair = found(
        queries.pair,
        patient,
        View(view),
        left=uuid_in(request.GET.get("earlier")),
        right=uuid_in(request.GET.get("later")),
    )
    return render(
        request,
        "treatments/photographs/compare.html",
        {
            "patient": patient,
            "tab": "photographs",
            "view": View(view),
            "pair": pair,
            "photographs": queries.of_view(patient, View(view)),
            "ways": Shown,
            "marks": [
                (_("Earlier"), pair.left, _points_form(pair.left_points)),
                (_("Later"), pair.right, _points_form(pair.right_points)),
            ],
            "may_take": request.user.may(Ability.TAKE_PHOTOGRAPHS),
        },
    )


def _points_form(points: Any) -> PointsForm:
    if points is None:
        return PointsForm(auto_id=False)
    (x1, y1), (x2, y2) = points
    parts = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return PointsForm(initial={name: round(100 * part, 2) for name, part in parts.items()})


@requires(Ability.TAKE_PHOTOGRAPHS)
@require_POST
def mark_points(request: StaffRequest, patient_id: UUID, photograph_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    photograph = found(queries.photograph_of, patient, photograph_id)
    back = reverse("photographs:compare", args=[patient.pk, photograph.view])
    pair = [(name, uuid_in(request.POST.get(name))) for name in ("earlier", "later")]
    query = "&".join(f"{name}={chosen}" for name, chosen in pair if chosen)
    back = f"{back}?{query}" if query else back
    form = PointsForm(request.POST)
    try:
        if not form.is_valid():
            raise actions.PhotographRefused(_("Mark both pupils, as per cent of the picture."))
        actions.mark_points(
            photograph=photograph, points=form.points(), by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        return refused(request, refusal, back=back)
    return redirect(back)
