"""The sheet for the desk, and behind the patient's link."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import found, public, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.links.door import at_the_door, private
from patients.links.opened import opened_link
from patients.links.terms import LinkPurpose
from treatments.aftercare import queries
from treatments.aftercare.documents import read_sheet, seal_of, sheet_pdf


@require_GET
@requires(Ability.PRINT_AFTERCARE)
def print_sheet(request: HttpRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    sheet = found(queries.sheet_of_patient, patient_id, session_id)
    try:
        return _pdf(sheet_pdf(sheet))
    except Refused:
        return _page(request, sheet)


# Exempt from the CSRF check for the reason in `patients.links.door`: the address is the secret.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def open_sheet(request: HttpRequest, token: str) -> HttpResponse:
    link = at_the_door(request, token, LinkPurpose.AFTERCARE, timezone.now())
    if isinstance(link, HttpResponse):
        return link
    if request.method == "POST":  # the birth date twice, or nothing at all
        return private(redirect("aftercare:open", token=token))
    sheet = found(queries.sheet_that_holds, link.about_id)
    # That of its lines, even where the patient has wished for another language since.
    with translation.override(sheet.language):
        return private(_page(request, sheet, pdf=reverse("aftercare:pdf", args=[token])))


@public
@require_GET
def open_pdf(request: HttpRequest, token: str) -> HttpResponse:
    link = opened_link(request, token, LinkPurpose.AFTERCARE, timezone.now())
    if link is None:
        return private(redirect("aftercare:open", token=token))
    sheet = found(queries.sheet_that_holds, link.about_id)
    try:
        return private(_pdf(sheet_pdf(sheet)))
    except Refused:
        with translation.override(sheet.language):
            return private(_page(request, sheet))


@public
@require_GET
def verify(request: HttpRequest, sheet_id: UUID, seal: str) -> HttpResponse:
    """Whether a printed sheet is one of this clinic, and still the one that holds.

    What the code on the paper leads to: no name, nothing about health. The seal is of what the
    sheet says, so that nobody finds a sheet by its number.
    """
    sheet = found(queries.sheet, sheet_id)
    if not constant_time_compare(seal, seal_of(sheet.content)):
        raise Http404
    context = {
        "clinic": sheet.content["clinic"],
        "clinic_phone": sheet.content["clinic"]["phone"],
        "issued_at": sheet.issued_at,
        "holds": not hasattr(sheet, "superseded_by"),
    }
    return private(render(request, "treatments/aftercare/verify.html", context))


def _page(request: HttpRequest, sheet: Any, pdf: str = "") -> HttpResponse:
    context = {
        **read_sheet(sheet.content),
        "clinic_phone": sheet.content["clinic"]["phone"],
        "pdf": pdf,
    }
    return render(request, "treatments/aftercare/page.html", context)


def _pdf(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    # The name must not say whose sheet it is: downloads lie around on shared computers.
    response["Content-Disposition"] = 'inline; filename="aftercare.pdf"'
    return response
