"""The consents on the patient's phone: one text a screen, one decision each."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.http import found, public
from clinic.pdf import PdfUnavailable
from clinic.refusals import Refused
from patients.consents import actions, queries
from patients.consents.documents import copy_pdf, pdf_response
from patients.consents.forms import DecisionForm, language_in
from patients.consents.phone import BY_LINK, LINK_PURPOSE
from patients.consents.queries import Standing
from patients.consents.rules import blocks, title_of
from patients.consents.terms import PRIVACY_NOTICE, ConsentKind, Decision, How
from patients.links.door import at_the_door, private
from patients.links.opened import forget_on_shared_device
from patients.records.terms import PatientLanguage

ORDER = list(ConsentKind)


# The birth date opened the link, and the address is the secret a forger would have to know; a page
# without a referrer sends "Origin: null", which the check refuses (patients.links.door).
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def sign_on_phone(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    entered = at_the_door(request, token, LINK_PURPOSE, now)
    if isinstance(entered, HttpResponse):
        return entered
    patient = entered.patient
    language = language_in(request, patient)
    with translation.override(language):
        if request.method == "POST" and "seen" in request.POST:
            return private(_decide(request, token, patient, language, now))
        return private(_next_page(request, token, patient, language))


# A shared device has forgotten the birth date by now, and the question for it comes back by POST.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def print_on_phone(request: HttpRequest, token: str, decision_id: UUID) -> HttpResponse:
    """The patient's own copy."""
    entered = at_the_door(request, token, LINK_PURPOSE, timezone.now())
    if isinstance(entered, HttpResponse):
        return entered
    decision = found(queries.decision_of_patient, entered.patient_id, decision_id)
    try:
        return private(pdf_response(copy_pdf(decision)))
    except PdfUnavailable:
        return private(redirect("consents:phone", token=token))


def _decide(
    request: HttpRequest, token: str, patient: Any, language: str, now: datetime
) -> HttpResponse:
    asked = request.POST.get("kind", "")
    if asked == PRIVACY_NOTICE:
        actions.show_notice(patient=patient, language=language, how=How.LINK, by=BY_LINK, now=now)
        return redirect(_address(token, language))
    standing = next((each for each in queries.due(patient) if each.kind == asked), None)
    if standing is None:
        return redirect(_address(token, language))  # decided in another tab, or at the desk
    form = DecisionForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            actions.decide_consent(
                patient=patient,
                kind=standing.kind,
                decision=Decision(form.cleaned_data["decision"]),
                language=language,
                seen_sha256=form.cleaned_data["seen"],
                about_id=form.cleaned_data["about"],
                how=How.LINK,
                signed=form.signed(None),
                by=BY_LINK,
                now=now,
            )
            return redirect(_address(token, language, after=standing.kind))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return _decision_page(request, token, patient, language, standing, form, status=status)


def _next_page(request: HttpRequest, token: str, patient: Any, language: str) -> HttpResponse:
    """The notice first, then what is due after the one that was decided or put off last."""
    if queries.notice_is_due(patient):
        text = queries.text_in_force(PRIVACY_NOTICE, language)
        return render(
            request,
            "patients/consents/notice.html",
            _context(token, patient, text, language) | {"kind": PRIVACY_NOTICE},
        )
    after = request.GET.get("after", "")
    start = ORDER.index(ConsentKind(after)) + 1 if after in ORDER else 0
    for standing in queries.due(patient):
        if ORDER.index(standing.kind) >= start:
            page = DecisionForm()
            return _decision_page(request, token, patient, language, standing, page)
    forget_on_shared_device(request)
    return render(
        request,
        "patients/consents/phone_done.html",
        {
            "standings": queries.standings(patient, language),
            "token": token,
            "still_due": queries.due(patient),
            "again": _address(token, language),
        },
    )


def _decision_page(
    request: HttpRequest,
    token: str,
    patient: Any,
    language: str,
    standing: Standing,
    form: DecisionForm,
    *,
    status: int = 200,
) -> HttpResponse:
    text = queries.text_in_force(standing.kind, language)
    about = standing.subject.about_id if standing.subject else None
    subject = queries.subject_of(patient, standing.kind, about, language)
    return render(
        request,
        "patients/consents/decide.html",
        _context(token, patient, text, language)
        | {
            "kind": standing.kind,
            "form": form,
            "subject": subject,
            "seen": queries.shown_digest(text, subject),
            "later": _address(token, language, after=standing.kind),
            "after": request.GET.get("after", "") if request.GET.get("after") in ORDER else "",
        },
        status=status,
    )


def _context(token: str, patient: Any, text: Any, language: str) -> dict[str, Any]:
    return {
        "patient": patient,
        "text": text,
        "title": title_of(text.text),
        "blocks": blocks(text.text)[1:],
        "languages": PatientLanguage.choices,
        "action": _address(token, language),
        "desk": False,
    }


def _address(token: str, language: str, *, after: str = "") -> str:
    named = {"language": language} | ({"after": str(after)} if after else {})
    return f"{reverse('consents:phone', args=[token])}?{urlencode(named)}"
