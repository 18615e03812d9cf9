"""The page on which the manager says how long each kind of appointment is offered."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.http import StaffRequest, requires
from clinic.staff.terms import Ability
from treatments.booking import actions, queries
from treatments.booking.forms import LengthsForm


@requires(Ability.SET_HOURS)
@require_http_methods(["GET", "POST"])
def set_lengths(request: StaffRequest) -> HttpResponse:
    form = LengthsForm(initial=LengthsForm.initial_of(queries.lengths()))
    status = 200
    if request.method == "POST":
        form = LengthsForm(request.POST)
        status = 422
        if form.is_valid():
            changed = actions.set_kind_lengths(
                wished=form.wished, by=request.user, now=timezone.now()
            )
            messages.success(request, _("Lengths set.") if changed else _("Nothing was changed."))
            return redirect("booking:lengths")
    context = {"form": form, "tab": "lengths"}
    return render(request, "treatments/booking/lengths.html", context, status=status)
