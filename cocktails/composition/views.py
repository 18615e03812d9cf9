"""Composing a cocktail, seeing what it comes to while it is typed, and reading earlier ones."""

from collections.abc import Mapping
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
from cocktails.catalogue.queries import diluents, products
from cocktails.composition import actions, queries
from cocktails.composition.forms import Composer
from patients.records.queries import patient as patient_of

FORM = "cocktails/composition/compose.html"
COMPUTED = "cocktails/composition/_computed.html"
MOST_DIGITS = 4  # of a number of rows; a longer one is not counted on


@requires(Ability.READ_CHART)
@require_GET
def list_cocktails(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    return render(
        request,
        "cocktails/composition/cocktails.html",
        {
            "patient": patient,
            "tab": "cocktail",
            "cocktails": queries.worked_out(patient),
            "may_compose": request.user.may(Ability.COMPOSE_COCKTAILS),
        },
    )


@requires(Ability.READ_CHART)
@require_GET
def show_cocktail(request: StaffRequest, patient_id: UUID, cocktail_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    cocktail = found(queries.cocktail_of, patient, cocktail_id)
    return render(
        request,
        "cocktails/composition/cocktail.html",
        {
            "patient": patient,
            "tab": "cocktail",
            "cocktail": cocktail,
            "worked": queries.assessment_of(cocktail, on=timezone.localdate()),
            "may_compose": request.user.may(Ability.COMPOSE_COCKTAILS),
        },
    )


@requires(Ability.COMPOSE_COCKTAILS)
@require_http_methods(["GET", "POST"])
def compose(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    last = queries.latest_cocktail(patient)
    if request.method == "GET":
        like = last if request.GET.get("from") == "last" else None
        composer = _composer(like=like)
        worked = queries.assessment_of(like, on=timezone.localdate()) if like else None
        return _form(request, patient, composer, worked=worked, last=last, copied=like)
    composer = _composer(typed=request.POST)
    worked = None
    refusal = ""
    if composer.is_valid():
        try:
            cocktail = actions.compose_cocktail(
                patient=patient,
                **composer.cocktail(),
                supersedes=queries.cocktail_named(patient, composer.supersedes()),
                by=request.user,
                now=timezone.now(),
            )
        except actions.AlreadyReplaced as replaced:
            refusal = str(replaced)
            # What was typed stays; saved once more it stands beside the newer one.
            typed = request.POST.copy()
            typed["supersedes"] = ""
            composer = _composer(typed=typed)
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("The cocktail is saved."))
            return redirect("composition:show", patient_id=patient.pk, cocktail_id=cocktail.pk)
        worked = _worked(patient, composer)
    return _form(request, patient, composer, worked=worked, last=last, refusal=refusal, status=422)


@requires(Ability.COMPOSE_COCKTAILS)
@require_http_methods(["GET", "POST"])
def compute(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What the entries come to so far. Nothing is kept; without a script the whole page answers."""
    patient = found(patient_of, patient_id)
    if request.method == "GET":
        return redirect("composition:new", patient_id=patient.pk)
    typed = request.POST.copy()
    rows = request.POST.get("portions-TOTAL_FORMS", "")
    if "add" in typed and rows.isdecimal() and len(rows) < MOST_DIGITS:
        typed["portions-TOTAL_FORMS"] = str(int(rows) + 1)
    composer = _composer(typed=typed)
    worked = _worked(patient, composer)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, COMPUTED, {"worked": worked, "troubles": composer.troubles()})
    return _form(request, patient, composer, worked=worked, last=None, is_computed=True)


def _worked(patient: Any, composer: Composer) -> queries.Assessment | None:
    """The mixture so far, when there is enough of it to compute anything."""
    if not composer.is_valid():
        return None
    return queries.assess(patient=patient, **composer.cocktail(), on=timezone.localdate())


def _composer(*, typed: Mapping[str, Any] | None = None, like: Any = None) -> Composer:
    return Composer(products=list(products()), diluents=list(diluents()), typed=typed, like=like)


def _form(
    request: StaffRequest,
    patient: Any,
    composer: Composer,
    *,
    status: int = 200,
    is_computed: bool = False,
    **context: Any,
) -> HttpResponse:
    worked = context.get("worked")
    return render(
        request,
        FORM,
        {
            "patient": patient,
            "tab": "cocktail",
            "composer": composer,
            "troubles": composer.troubles() if is_computed or status == 422 else [],
            "is_refused": status == 422,
            "worked": worked,
            **context,
        },
        status=status,
    )
