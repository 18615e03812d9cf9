"""The sheet for the desk, and behind the patient's link."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import found, public, requires
from clinic.pdf import PdfUnavailable
from clinic.staff.terms import Ability
from patients.links.actions import LinkRefused, Why, open_link
from patients.links.queries import link_behind
from patients.links.terms import LinkPurpose
from patients.links.tokens import link_id_in
from treatments.aftercare import queries
from treatments.aftercare.documents import read_sheet, sheet_pdf
from treatments.aftercare.forms import BirthDateForm

# How long a phone that gave the birth date may read on without giving it again.
OPEN_FOR = timedelta(minutes=30)


@require_GET
@requires(Ability.PRINT_AFTERCARE)
def print_sheet(request: HttpRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    sheet = found(queries.sheet_of_patient, patient_id, session_id)
    try:
        return _pdf(sheet_pdf(sheet))
    except PdfUnavailable:
        return _page(request, sheet)


# The birth date is asked each time and nothing of the browser's identity is used, so there is
# nothing to forge; and a page without a referrer sends "Origin: null", which the check refuses.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def open_sheet(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    link = link_behind(token, purpose=LinkPurpose.AFTERCARE, now=now)
    if link is None:
        return _closed(request, 404 if link_id_in(token) is None else 410)
    with translation.override(link.patient.language):
        if request.method == "POST":
            return _private(_check_birth_date(request, token, now))
        if _is_granted(request, link.pk, now):
            sheet = found(queries.sheet, link.about_id)
            return _private(_page(request, sheet, pdf=reverse("aftercare:pdf", args=[token])))
        return _private(_ask(request, BirthDateForm()))


@public
@require_GET
def open_pdf(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    link = link_behind(token, purpose=LinkPurpose.AFTERCARE, now=now)
    if link is None or not _is_granted(request, link.pk, now):
        return _private(redirect("aftercare:open", token=token))
    sheet = found(queries.sheet, link.about_id)
    try:
        return _private(_pdf(sheet_pdf(sheet)))
    except PdfUnavailable:
        with translation.override(sheet.language):
            return _private(_page(request, sheet))


def _check_birth_date(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    form = BirthDateForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    try:
        link = open_link(
            token=token,
            purpose=LinkPurpose.AFTERCARE,
            birth_date=form.cleaned_data["birth_date"],
            now=now,
        )
    except LinkRefused as refusal:
        if refusal.why is Why.WRONG_BIRTH_DATE:
            form.add_error(None, str(refusal))
            return _ask(request, form, status=refusal.status)
        return _closed(request, refusal.status)
    request.session[_grant(link.pk)] = (now + OPEN_FOR).isoformat()
    return redirect("aftercare:open", token=token)


def _grant(link_id: UUID) -> str:
    return f"aftercare:{link_id}"


def _is_granted(request: HttpRequest, link_id: UUID, now: datetime) -> bool:
    until = request.session.get(_grant(link_id))
    return until is not None and now < datetime.fromisoformat(until)


def _ask(request: HttpRequest, form: BirthDateForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "clinic_phone": settings.CLINIC_PHONE}
    return render(request, "treatments/aftercare/open.html", context, status=status)


def _page(request: HttpRequest, sheet: Any, pdf: str = "") -> HttpResponse:
    context = {
        **read_sheet(sheet.content),
        "clinic_phone": sheet.content["clinic"]["phone"],
        "pdf": pdf,
    }
    return render(request, "treatments/aftercare/page.html", context)


def _closed(request: HttpRequest, status: int) -> HttpResponse:
    context = {"status": status, "clinic_phone": settings.CLINIC_PHONE}
    return _private(render(request, "treatments/aftercare/closed.html", context, status=status))


def _pdf(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    # The name must not say whose sheet it is: downloads lie around on shared computers.
    response["Content-Disposition"] = 'inline; filename="aftercare.pdf"'
    return response


def _private(response: HttpResponse) -> HttpResponse:
    """Neither the address nor the page may stay anywhere on its way."""
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private, max-age=0"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
