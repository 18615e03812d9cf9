"""The pages of the own account that the sign-in library would leave open for a change."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.http import StaffRequest, public, requires
from clinic.staff.terms import Ability


@requires(Ability.CHANGE_OWN_SETTINGS)
@require_GET
def own_address(request: StaffRequest) -> HttpResponse:
    """Whoever changes this address by hand could take over the password: the clinic sets it."""
    return render(request, "account/email.html")


@public
def no_such_page(request: HttpRequest, **said: Any) -> HttpResponse:
    """Nobody signs up, confirms an address or signs in by a code here."""
    raise Http404
