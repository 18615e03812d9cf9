"""What the desk does about a patient's link to the aftercare sheet."""

from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from treatments.aftercare.queries import sheet_of_patient
from treatments.reminders import actions


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
