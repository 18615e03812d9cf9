"""Composing a cocktail, seeing what it comes to while it is typed, and reading earlier ones."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.catalogue.queries import diluents, products
from cocktails.composition import actions, hooks, protocols, queries, showing
from cocktails.composition.forms import Composer
from cocktails.composition.lots import lots_ahead
from cocktails.composition.protocol_views import with_another_row
from cocktails.composition.rules import WrongMixture
from patients.records.queries import patient as patient_of

FORM = "cocktails/composition/compose.html"
COMPUTED = "cocktails/composition/_computed.html"


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
            "worked": (worked := queries.assessment_of(cocktail, on=timezone.localdate())),
            "places": showing.places_shown(
                worked.mixture.places,
                {row.ingredient.slug: row.ingredient.name for row in worked.rows},
            ),
            "given": showing.given_so_far(patient, None),
            "may_compose": request.user.may(Ability.COMPOSE_COCKTAILS),
        },
    )


@requires(Ability.COMPOSE_COCKTAILS)
@require_http_methods(["GET", "POST"])
def compose(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    last = queries.latest_cocktail(patient)
    if request.method == "GET":
        return _begin(request, patient, last)
    composer = _composer(typed=request.POST)
    worked = None
    refusal = ""
    if composer.is_valid():
        try:
            cocktail = actions.compose_cocktail(
                patient=patient,
                **composer.cocktail(),
                supersedes=queries.cocktail_named(patient, composer.supersedes()),
                protocol=protocols.protocol_named(composer.protocol()),
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
            messages.success(request, _saved(cocktail))
            return redirect("composition:show", patient_id=patient.pk, cocktail_id=cocktail.pk)
        worked = _worked(patient, composer)
    return _form(request, patient, composer, worked=worked, last=last, refusal=refusal, status=422)


def _saved(cocktail: Any) -> str:
    if cocktail.pk in hooks.cocktail_of_course(cocktail.patient):
        return _("The cocktail is saved. The sessions of the course to come are made with it.")
    return _("The cocktail is saved.")


def _begin(request: StaffRequest, patient: Any, last: Any) -> HttpResponse:
    """An empty entry, or what the patient's last cocktail or a protocol of the clinic says."""
    chosen = protocol_chosen(request.GET.get("protocol", ""))
    copied = last if chosen is None and request.GET.get("from") == "last" else None
    composer = _composer(like=chosen or copied)
    worked = queries.assessment_of(copied, on=timezone.localdate()) if copied else None
    return _form(request, patient, composer, worked=worked, last=last, copied=copied, chosen=chosen)


def protocol_chosen(text: str) -> Any:
    """The protocol that an address names; an address can say anything."""
    try:
        return found(protocols.protocol_in_force, UUID(text)) if text else None
    except ValueError as unreadable:
        raise Http404 from unreadable


@requires(Ability.COMPOSE_COCKTAILS)
@require_http_methods(["GET", "POST"])
def compute(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What the entries come to so far. Nothing is kept; without a script the whole page answers."""
    patient = found(patient_of, patient_id)
    if request.method == "GET":
        return redirect("composition:new", patient_id=patient.pk)
    composer = _composer(typed=with_another_row(request.POST))
    worked = _worked(patient, composer)
    last = queries.latest_cocktail(patient)
    if request.htmx:  # type: ignore[attr-defined]
        shown = _shown(patient, composer, worked, last)
        return render(request, COMPUTED, shown | {"troubles": composer.troubles()})
    return _form(request, patient, composer, worked=worked, last=last, is_computed=True)


def _worked(patient: Any, composer: Composer) -> queries.Assessment | None:
    """The mixture so far, when there is enough of it to compute anything."""
    if not composer.is_valid():
        return None
    try:
        return queries.assess(patient=patient, **composer.cocktail(), on=timezone.localdate())
    except WrongMixture:
        return None


def _composer(*, typed: Mapping[str, Any] | None = None, like: Any = None) -> Composer:
    return Composer(
        products=list(products()),
        diluents=list(diluents()),
        regions=showing.region_choices(),
        typed=typed,
        like=like,
    )


def _shown(patient: Any, composer: Composer, worked: Any, last: Any) -> dict[str, Any]:
    """What stands beside the entries, computed from them."""
    names = {row.ingredient.slug: row.ingredient.name for row in worked.rows} if worked else {}
    return {
        "composer": composer,
        "worked": worked,
        "recipe": composer.recipe,
        "places": showing.places_shown(worked.mixture.places, names) if worked else [],
        "comparisons": showing.comparisons(patient, worked, last) if worked else [],
        "given": showing.given_so_far(patient, worked),
        "lots": lots_ahead(worked, timezone.now()) if worked else [],
    }


def _form(
    request: StaffRequest,
    patient: Any,
    composer: Composer,
    *,
    last: Any,
    worked: Any = None,
    status: int = 200,
    is_computed: bool = False,
    **context: Any,
) -> HttpResponse:
    return render(
        request,
        FORM,
        {
            "patient": patient,
            "tab": "cocktail",
            "last": last,
            "tolerance": showing.tolerance(patient),
            "protocols": protocols.protocols(),
            "troubles": [
                *(composer.troubles() if is_computed or status == 422 else []),
                *(composer.lacks() if status == 422 else []),
            ],
            "is_refused": status == 422,
            **_shown(patient, composer, worked, last),
            **context,
        },
        status=status,
    )
