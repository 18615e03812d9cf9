"""The page that changes the tolerance and the wishes of a running course."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.http import StaffRequest, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from treatments.plans import actions, forms, queries
from treatments.plans.addresses import plan_of, url_of
from treatments.plans.views import picked_days, suits_in_words


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def change_wishes(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """What suits the patient is the desk's to write down; the tolerance is the physician's."""
    plan = plan_of(patient_id, plan_id)
    may_set = request.user.may(Ability.SET_PLANS)
    form = forms.RunningWishesForm(plan=plan, may_set=may_set)
    status = 200
    if request.method == "POST":
        form = forms.RunningWishesForm(request.POST, plan=plan, may_set=may_set)
        status = 422
        if form.is_valid():
            try:
                actions.change_wishes(
                    plan=plan,
                    wishes=form.wishes,
                    physician=form.cleaned_data["physician"] or plan.physician,
                    reason=form.cleaned_data["reason"] or "",
                    seen_version=form.cleaned_data["seen"],
                    by=request.user,
                    now=timezone.now(),
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The next proposals follow this. Booked times stay."))
                return redirect(url_of(plan))
    context = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "form": form,
        "seen": queries.wishes_version(plan),
        "weekdays": picked_days(form),
        "suits": suits_in_words(plan),
        "may_set": may_set,
        "is_running": plan.state in queries.RUNNING,
    }
    return render(request, "treatments/plans/wishes.html", context, status=status)
