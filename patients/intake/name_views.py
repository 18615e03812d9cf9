"""While a name is typed: what the rules make of it, and known names to pick from."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clinic.http import StaffRequest, requires
from clinic.staff.terms import Ability
from patients.intake.recognition import offered_names, recognition_of
from patients.intake.terms import Listed
from patients.rulebook.queries import rules_in_force

LONGEST = 200


@requires(Ability.TAKE_INTAKE)
@require_POST
def recognise(request: StaffRequest, patient_id: UUID, listed: str) -> HttpResponse:
    """The text comes in the body of the request: what is typed never stands in an address."""
    if listed not in (Listed.MEDICATIONS, Listed.ALLERGIES):
        raise Http404
    rule_set = rules_in_force()
    text = request.POST.get("text", "")[:LONGEST]
    return render(
        request,
        "patients/intake/_recognition.html",
        {
            "text": text.strip(),
            "recognition": recognition_of(Listed(listed), text, rule_set=rule_set),
            "offered": offered_names(Listed(listed), text, rule_set=rule_set),
            "field": request.POST.get("field", "")[:60],
        },
    )
