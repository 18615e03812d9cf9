"""Saying that the mixture is made, its sheet and label, and where the code on them leads."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from treatments.preparing import actions, documents, queries
from treatments.preparing.queries import Mix
from treatments.sessions.queries import session_of_patient


@requires(Ability.TREAT)
@require_POST
def prepare(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    session = found(session_of_patient, patient_id, session_id)
    try:
        actions.prepare_mixture(planned_session=session, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=_record(patient_id, session_id))
    return redirect("preparing:mix-sheet", patient_id, session_id)


@requires(Ability.TREAT)
@require_GET
def mix_sheet(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    return _paper(request, patient_id, session_id, documents.mix_sheet_pdf)


@requires(Ability.TREAT)
@require_GET
def label(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    return _paper(request, patient_id, session_id, documents.label_pdf)


def _paper(
    request: StaffRequest, patient_id: UUID, session_id: UUID, draw: Callable[[Mix], bytes]
) -> HttpResponse:
    session = found(session_of_patient, patient_id, session_id)
    try:
        content = draw(queries.mix_of(session))
    except Refused as refusal:
        return refused(request, refusal, back=_record(patient_id, session_id))
    response = HttpResponse(content, content_type="application/pdf")
    # The name must not say whose it is: downloads lie around on shared computers.
    response["Content-Disposition"] = 'inline; filename="mixture.pdf"'
    return response


@requires(Ability.READ_CHART)
@require_GET
def open_session(request: StaffRequest, session_of_label: UUID) -> HttpResponse:
    """Where the code on a label leads; whose session it is, is asked after the sign-in only."""
    session = found(queries.session_numbered, session_of_label)
    return redirect("sessions:record", session.plan.patient_id, session.pk)


def _record(patient_id: UUID, session_id: UUID) -> str:
    return reverse("sessions:record", args=[patient_id, session_id])
