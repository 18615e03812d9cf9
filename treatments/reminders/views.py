"""What the desk does about a patient's link and letters, and the one press that ends a kind."""

from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from clinic.http import StaffRequest, found, public, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.links.door import private
from patients.records.queries import patient as patient_of
from treatments.aftercare.queries import sheet_of_patient
from treatments.reminders import actions, choices


@requires(Ability.PRINT_AFTERCARE)
@require_POST
def change_link(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    """End the link, and with `renew` send the patient a new one."""
    sheet = found(sheet_of_patient, patient_id, session_id)
    now = timezone.now()
    if "renew" not in request.POST:
        actions.end_link(sheet=sheet, by=request.user, now=now)
        notices.success(request, _("The link opens nothing any more."))
    else:
        try:
            actions.renew_link(sheet=sheet, by=request.user, now=now)
        except Refused as refusal:
            return refused(request, refusal)
        notices.success(request, _("A new link is on its way; the old one opens nothing any more."))
    return redirect("messages:patient", patient_id=patient_id)


@requires(Ability.REGISTER_PATIENTS)
@require_http_methods(["GET", "POST"])
def letters_wanted(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Which letters the patient wants; the desk changes it for whoever says so on the telephone."""
    patient = found(patient_of, patient_id)
    if request.method == "POST":
        kind = next((each for each in choices.OPTIONAL if each == request.POST.get("kind")), None)
        wanted = {"yes": True, "no": False}.get(request.POST.get("wanted", ""))
        if kind is None or wanted is None:
            return render(request, "400.html", status=400)
        choices.choose(
            patient=patient, kind=kind, wanted=wanted, by=request.user, now=timezone.now()
        )
        notices.success(request, _("Saved."))
        return redirect("reminders:wanted", patient_id)
    context = {
        "patient": patient,
        "tab": "messages",
        "kinds": choices.choices_of(patient),
        "may_see_messages": request.user.may(Ability.SEE_MESSAGES),
    }
    return render(request, "treatments/reminders/wanted.html", context)


# Exempt from the CSRF check: mail programs press the button themselves (RFC 8058), and the signed
# address is the secret. All it can do is end letters of one kind, or want them again.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def stop_kind(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing; one press ends letters of this kind, another takes that back."""
    behind = choices.behind(token)
    if behind is None:
        return private(render(request, "404.html", status=404))
    patient, kind = behind
    with translation.override(patient.language):
        if request.method == "POST":
            wanted = request.POST.get("wanted") == "yes"
            choices.choose(patient=patient, kind=kind, wanted=wanted, by=None, now=timezone.now())
            if "List-Unsubscribe" in request.POST:
                return private(HttpResponse(status=204))
            return private(redirect("reminders:stop", token))
        context = {"kind": kind.label, "is_wanted": dict(choices.choices_of(patient))[kind]}
        return private(render(request, "treatments/reminders/stop.html", context))
