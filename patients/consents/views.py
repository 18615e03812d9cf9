"""Consents at the desk: where each stands, deciding on the screen or on paper, taking back."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.consents import actions, documents, queries
from patients.consents.documents import drawn, pdf_response
from patients.consents.forms import DecisionForm, PaperForm, WithdrawForm, about_in, language_in
from patients.consents.rules import blocks, title_of
from patients.consents.terms import PRIVACY_NOTICE, ConsentKind, Decision, How
from patients.records.queries import patient as patient_of
from patients.records.terms import PatientLanguage


@requires(Ability.TAKE_CONSENTS)
@require_GET
def list_consents(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    standings = queries.standings(patient, translation.get_language())
    notice_is_due = queries.notice_is_due(patient)
    waiting = [each for each in standings if each.is_due and _can_be_asked(each)]
    return render(
        request,
        "patients/consents/consents.html",
        {
            "patient": patient,
            "tab": "consents",
            "standings": standings,
            "notice": queries.last_notice(patient),
            "notice_is_due": notice_is_due,
            "first": _address_of_next(patient, after=None),
            "waiting": len(waiting) + notice_is_due,
            "decisions": queries.decisions(patient),
            "notices": queries.notices(patient),
            "may_write": request.user.may(Ability.WRITE_CONSENT_TEXTS),
        },
    )


@requires(Ability.TAKE_CONSENTS)
@require_http_methods(["GET", "POST"])
def decide_consent(request: StaffRequest, patient_id: UUID, kind: str) -> HttpResponse:
    patient = found(patient_of, patient_id)
    consent, now = _kind(kind), timezone.now()
    language = language_in(request, patient)
    if request.method == "GET":
        return _decision_page(request, patient, consent, language, DecisionForm())
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _decision_page(request, patient, consent, language, form, status=422)
    try:
        actions.decide_consent(
            patient=patient,
            kind=consent,
            decision=Decision(form.cleaned_data["decision"]),
            language=language,
            seen_sha256=form.cleaned_data["seen"],
            about_id=form.cleaned_data["about"],
            how=How.DESK,
            signed=form.signed(request.user),
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _decision_page(request, patient, consent, language, form, status=refusal.status)
    messages.success(request, _("“%(what)s” is written down.") % {"what": consent.label})
    return _onward(request, patient, consent)


@requires(Ability.TAKE_CONSENTS)
@require_http_methods(["GET", "POST"])
def show_notice(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    language = language_in(request, patient)
    if request.method == "POST":
        actions.show_notice(
            patient=patient, language=language, how=How.DESK, by=request.user, now=timezone.now()
        )
        messages.success(request, _("The privacy notice is written down as shown."))
        return _onward(request, patient, None)
    text = queries.text_in_force(PRIVACY_NOTICE, language)
    with translation.override(language):
        return render(
            request, "patients/consents/notice.html", _text_context(request, patient, text)
        )


@requires(Ability.TAKE_CONSENTS)
@require_http_methods(["GET", "POST"])
def record_paper(request: StaffRequest, patient_id: UUID, kind: str) -> HttpResponse:
    patient = found(patient_of, patient_id)
    consent, now = _kind(kind), timezone.now()
    form = PaperForm(request.POST or None, initial={"language": patient.language})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said: dict[str, Any] = form.cleaned_data
            try:
                actions.record_paper(
                    patient=patient,
                    kind=consent,
                    decision=Decision(said["decision"]),
                    language=said["language"],
                    signed_on=said["signed_on"],
                    reference=said["reference"],
                    interpreter=said["interpreter"],
                    about_id=said["about"],
                    by=request.user,
                    now=now,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(
                    request, _("“%(what)s” is written down.") % {"what": consent.label}
                )
                return redirect("patients:consents", patient_id=patient.pk)
    return _staff_page(request, "paper.html", patient, consent, form, status)


@requires(Ability.TAKE_CONSENTS)
@require_http_methods(["GET", "POST"])
def withdraw_consent(request: StaffRequest, patient_id: UUID, kind: str) -> HttpResponse:
    patient = found(patient_of, patient_id)
    consent, now = _kind(kind), timezone.now()
    form = WithdrawForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.withdraw_consent(
                    patient=patient,
                    kind=consent,
                    about_id=form.cleaned_data["about"],
                    note=form.words(),
                    how=How.DESK,
                    by=request.user,
                    now=now,
                )
            except Refused as refusal:
                return refused(
                    request, refusal, back=reverse("patients:consents", args=[patient.pk])
                )
            messages.success(
                request, _("“%(what)s” is withdrawn from now on.") % {"what": consent.label}
            )
            return redirect("patients:consents", patient_id=patient.pk)
    return _staff_page(
        request,
        "withdraw.html",
        patient,
        consent,
        form,
        status,
        effects=queries.effects(patient, consent),
    )


@requires(Ability.TAKE_CONSENTS)
@require_GET
def show_decision(request: StaffRequest, patient_id: UUID, decision_id: UUID) -> HttpResponse:
    decision = found(queries.decision_of_patient, patient_id, decision_id)
    return render(
        request,
        "patients/consents/decision.html",
        {
            "patient": decision.patient,
            "tab": "consents",
            "decision": decision,
            "blocks": blocks(decision.text.text) if decision.text else [],
            "signature": drawn(decision.signature),
        },
    )


@requires(Ability.TAKE_CONSENTS)
@require_GET
def print_copy(request: StaffRequest, patient_id: UUID, decision_id: UUID) -> HttpResponse:
    decision = found(queries.decision_of_patient, patient_id, decision_id)
    try:
        return pdf_response(documents.copy_pdf(decision))
    except Refused as refusal:
        return refused(request, refusal, back=_overview(decision.patient))


@requires(Ability.TAKE_CONSENTS)
@require_GET
def print_blank(request: StaffRequest, patient_id: UUID, kind: str) -> HttpResponse:
    patient = found(patient_of, patient_id)
    consent, language = _kind(kind), language_in(request, patient)
    text = queries.text_in_force(consent, language)
    subject = queries.subject_of(patient, consent, about_in(request.GET), language)
    try:
        return pdf_response(documents.blank_pdf(patient, text, subject))
    except Refused as refusal:
        return refused(request, refusal, back=_overview(patient))


def _decision_page(
    request: StaffRequest,
    patient: Any,
    kind: ConsentKind,
    language: str,
    form: DecisionForm,
    *,
    status: int = 200,
) -> HttpResponse:
    about = about_in(request.POST) or about_in(request.GET)
    subject = queries.subject_of(patient, kind, about, language)
    if kind is ConsentKind.PROCEDURE and subject is None:
        return refused(
            request, actions.nothing_planned(), back=reverse("patients:consents", args=[patient.pk])
        )
    text = queries.text_in_force(kind, language)
    with translation.override(language):
        return render(
            request,
            "patients/consents/decide.html",
            _text_context(request, patient, text)
            | {
                "kind": kind,
                "form": form,
                "subject": subject,
                "seen": queries.shown_digest(text, subject),
                "staff": request.user,
            },
            status=status,
        )


def _text_context(request: StaffRequest, patient: Any, text: Any) -> dict[str, Any]:
    return {
        "patient": patient,
        "text": text,
        "title": title_of(text.text),
        "blocks": blocks(text.text)[1:],
        "languages": PatientLanguage.choices,
        "in_round": _in_round(request),
        "back": _overview(patient),
        "desk": True,
    }


def _staff_page(
    request: StaffRequest,
    template: str,
    patient: Any,
    kind: ConsentKind,
    form: Any,
    status: int,
    **more: Any,
) -> HttpResponse:
    standing = queries.standing(patient, kind, translation.get_language())
    return render(
        request,
        f"patients/consents/{template}",
        {
            "patient": patient,
            "tab": "consents",
            "kind": kind,
            "form": form,
            "standing": standing,
            "subject": standing.subject,
            "about": form.data.get("about") or about_in(request.GET) or _about(standing),
        }
        | more,
        status=status,
    )


def _about(standing: Any) -> Any:
    return standing.subject.about_id if standing.subject else ""


def _onward(request: StaffRequest, patient: Any, after: ConsentKind | None) -> HttpResponse:
    """In a round the next thing that is due, otherwise back to the list."""
    if not _in_round(request):
        return redirect("patients:consents", patient_id=patient.pk)
    return redirect(_address_of_next(patient, after=after) or _overview(patient))


def _address_of_next(patient: Any, *, after: ConsentKind | None) -> str:
    """The page of what the patient is to be asked next, in a round of all that is due."""
    if queries.notice_is_due(patient):
        return reverse("patients:consent-notice", args=[patient.pk]) + "?round=1"
    order = list(ConsentKind)
    start = order.index(after) + 1 if after else 0
    for each in queries.due(patient):
        if order.index(each.kind) >= start:
            named = {"round": "1"}
            if each.subject:
                named["about"] = str(each.subject.about_id)
            address = reverse("patients:consent-decide", args=[patient.pk, each.kind])
            return f"{address}?{urlencode(named)}"
    return ""


def _in_round(request: StaffRequest) -> bool:
    return "1" in (request.POST.get("round"), request.GET.get("round"))


def _can_be_asked(standing: Any) -> bool:
    return standing.kind is not ConsentKind.PROCEDURE or standing.subject is not None


def _overview(patient: Any) -> str:
    return reverse("patients:consents", args=[patient.pk])


def _kind(text: str) -> ConsentKind:
    """The kind an address names; 404 for one that does not exist or that this clinic does not ask."""
    if text not in queries.kinds_in_use():
        raise Http404
    return ConsentKind(text)
