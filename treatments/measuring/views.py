"""Measuring on a photograph, what came of it, and a place over time."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import Patient
from patients.records.queries import patient as patient_of
from treatments.measuring import actions, queries
from treatments.measuring.drawing import drawn
from treatments.measuring.forms import MeasureForm
from treatments.measuring.pixels import scale_steps
from treatments.measuring.terms import HOW_TO_OUTLINE, NO_BASIS, Basis, Card, Outline
from treatments.photographs.queries import photograph_of


@requires(Ability.READ_CHART)
@require_GET
def list_places(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    return render(
        request,
        "treatments/measuring/places.html",
        {
            "patient": patient,
            "tab": "photographs",
            "followed": queries.followed(patient),
            "no_basis": NO_BASIS,
        },
    )


@requires(Ability.TAKE_PHOTOGRAPHS)
@require_http_methods(["GET", "POST"])
def measure(request: StaffRequest, patient_id: UUID, photograph_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    photograph = found(photograph_of, patient, photograph_id)
    places = {each.pk: each for each in queries.places_for(photograph)}
    options: dict[str, Any] = {
        "size": (photograph.width, photograph.height),
        "places": [(str(pk), each.label) for pk, each in places.items()],
    }
    if request.method == "GET":
        asked = next((each for each in places if str(each) == request.GET.get("place")), None)
        chosen = asked or next(iter(places), None)
        start = queries.outlines_for(photograph, places[chosen]) if chosen else {}
        form = MeasureForm(initial=_initial(chosen, start), **options)
        return _measure_page(request, patient, photograph, form, carried=bool(start))
    form = MeasureForm(request.POST, **options)
    if form.is_valid():
        chosen = form.chosen_place()
        try:
            measured = actions.measure(
                photograph=photograph,
                place=places[chosen] if chosen else None,
                **form.values(),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("measuring:show", patient.pk, measured.pk)
    return _measure_page(request, patient, photograph, form, status=422)


def _initial(place: UUID | None, outlines: dict[str, str]) -> dict[str, Any]:
    return {
        "place": str(place) if place else "",
        "basis": Basis.CARD,
        "card": Card.GREY_18,
        "spot": outlines.get(Outline.SPOT, ""),
        "skin": outlines.get(Outline.SKIN, ""),
        "request_key": uuid4(),
    }


def _measure_page(
    request: StaffRequest,
    patient: Patient,
    photograph: Any,
    form: MeasureForm,
    *,
    carried: bool = False,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "treatments/measuring/measure.html",
        {
            "patient": patient,
            "tab": "photographs",
            "photograph": photograph,
            "form": form,
            "how": HOW_TO_OUTLINE,
            "carried": carried,
            "outlines": [(outline, form[name]) for outline, name in form.OUTLINES.items()],
        },
        status=status,
    )


@requires(Ability.READ_CHART)
@require_GET
def show_measurement(request: StaffRequest, patient_id: UUID, measurement_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    measurement = found(queries.measurement_of, patient, measurement_id)
    return render(
        request,
        "treatments/measuring/measurement.html",
        {
            "patient": patient,
            "tab": "photographs",
            "reading": queries.reading(measurement),
            "drawing": drawn(measurement),
            "scale": scale_steps(),
            "no_basis": NO_BASIS,
        },
    )


@requires(Ability.READ_CHART)
@require_safe
def show_map(request: StaffRequest, patient_id: UUID, measurement_id: UUID) -> HttpResponse:
    """How much darker than the skin each point of the spot is, to be laid over the photograph."""
    patient = found(patient_of, patient_id)
    measurement = found(queries.measurement_of, patient, measurement_id)
    try:
        drawn_map = queries.heat_map(measurement)
    except FileNotFoundError as missing:
        raise Http404(_("The picture is not there.")) from missing
    response = HttpResponse(drawn_map, content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
