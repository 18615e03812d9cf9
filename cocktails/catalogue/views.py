"""The shelf, readable for everybody who works here."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.http import StaffRequest, requires
from clinic.staff.terms import Ability
from cocktails.catalogue import queries


@requires(Ability.SEE_TODAY)
@require_GET
def list_catalogue(request: StaffRequest) -> HttpResponse:
    return render(
        request, "cocktails/catalogue/catalogue.html", {"entries": queries.shelf_entries()}
    )
