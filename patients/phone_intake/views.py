"""What the desk does: ask the patient on their phone, end the link, review what was sent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, refused, requires
from clinic.qr import qr_picture
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.links.door import private
from patients.links.opened import mark_handed_over
from patients.links.tokens import token_for
from patients.phone_intake import actions, queries, review_actions
from patients.phone_intake.documents import slip_of, slip_pdf, until_when
from patients.phone_intake.letters import way_to
from patients.phone_intake.review_forms import ReviewForm
from patients.phone_intake.reviewing import Subject, record_seal, rows_of, subjects
from patients.phone_intake.terms import IntakeState
from patients.records.queries import patient as patient_of
from patients.records.ways import way_to_ask


@requires(Ability.TAKE_INTAKE)
@require_POST
def ask(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Send the questions, or send them again: the link lives on, and so does what was answered."""
    patient = found(patient_of, patient_id)
    actions.ask_patient(patient=patient, by=request.user, now=timezone.now())
    if "print" in request.POST:
        return redirect("patients:phone-intake-slip", patient_id=patient_id)
    if way := way_to_ask(patient):
        messages.success(
            request, _("The questions are on their way: %(way)s.") % {"way": way.channel.label}
        )
        return redirect("patients:intake", patient_id=patient_id)
    return redirect("patients:phone-intake-link", patient_id=patient_id)


@requires(Ability.TAKE_INTAKE)
@require_GET
def show_link(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """For whoever has no e-mail: a device of the clinic, or the address for another way."""
    patient = found(patient_of, patient_id)
    intake = queries.latest_intake(patient)
    if intake is None or intake.state != IntakeState.ASKED:
        return redirect("patients:intake", patient_id=patient_id)
    way = way_to(intake, timezone.now())
    context = {
        "patient": patient,
        "tab": "intake",
        "intake": intake,
        "address": way.address,
        "valid_until": until_when(way.valid_until),
        "code": qr_picture(way.address),
    }
    return render(request, "patients/phone_intake/link.html", context)


@requires(Ability.TAKE_INTAKE)
@require_GET
def print_slip(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The address on paper; a page to print where no PDF can be made."""
    patient = found(patient_of, patient_id)
    intake = queries.latest_intake(patient)
    if intake is None or intake.state != IntakeState.ASKED:
        return redirect("patients:intake", patient_id=patient_id)
    way = way_to(intake, timezone.now())
    slip = slip_of(way.address, valid_until=way.valid_until, language=patient.language)
    try:
        return private(slip_pdf(slip))
    except Refused:
        with translation.override(slip.language):
            return private(render(request, "patients/phone_intake/slip_page.html", {"slip": slip}))


@requires(Ability.TAKE_INTAKE)
@require_POST
def hand_over(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Give this device to the patient: nobody of the staff stays signed in on it."""
    patient = found(patient_of, patient_id)
    now = timezone.now()
    intake = queries.latest_intake(patient)
    if intake is None or intake.state != IntakeState.ASKED:
        return redirect("patients:intake", patient_id=patient_id)
    token = token_for(actions.link_of(intake, now).pk)
    logout(request)
    mark_handed_over(request)
    return redirect("phone:open", token=token)


@requires(Ability.TAKE_INTAKE)
@require_POST
def withdraw(request: StaffRequest, patient_id: UUID, intake_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    intake = found(queries.intake_of, patient, intake_id)
    try:
        actions.withdraw(intake=intake, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=reverse("patients:intake", args=[patient_id]))
    messages.success(request, _("The link opens nothing any more. What was not sent is deleted."))
    return redirect("patients:intake", patient_id=patient_id)


@requires(Ability.TAKE_INTAKE)
@require_http_methods(["GET", "POST"])
def review(request: StaffRequest, patient_id: UUID, intake_id: UUID) -> HttpResponse:
    """Line by line: what the patient said, what stands in the record, what is to be done."""
    patient = found(patient_of, patient_id)
    intake = found(queries.intake_of, patient, intake_id)
    submission = found(queries.submission_of, intake)
    now = timezone.now()
    on = timezone.localdate(now)
    if intake.state != IntakeState.SUBMITTED:
        return _already_reviewed(request, intake)
    shown = subjects(submission, on)
    form = ReviewForm(rows_of(shown), on=on, post=request.POST if request.POST else None)
    seal = record_seal(patient)
    if request.method == "GET" or "quiet" in request.POST:
        return _show(request, intake, shown, form, seal)
    decisions = form.decisions()
    if form.errors:
        return _show(request, intake, shown, form, seal, status=422)
    try:
        review_actions.review(
            intake=intake,
            decisions=decisions,
            seal=request.POST.get("seal", ""),
            by=request.user,
            now=now,
        )
    except review_actions.RecordMoved as moved:
        return _show(request, intake, shown, form, seal, status=409, refusal=moved)
    except Refused as refusal:
        intake.refresh_from_db()
        if intake.state != IntakeState.SUBMITTED:
            return _already_reviewed(request, intake)
        return _show(request, intake, shown, form, seal, status=refusal.status, refusal=refusal)
    messages.success(request, _("What was accepted stands in the record now."))
    return redirect("patients:intake", patient_id=patient_id)


def _already_reviewed(request: StaffRequest, intake: Any) -> HttpResponse:
    """Somebody else was quicker, or this is an old address: say who, and change nothing."""
    done = queries.submission_of(intake).review
    context = {"patient": intake.patient, "tab": "intake", "review": done}
    status = 409 if request.method == "POST" else 200
    return render(request, "patients/phone_intake/reviewed.html", context, status=status)


def _show(
    request: StaffRequest,
    intake: Any,
    shown: list[Subject],
    form: ReviewForm,
    seal: str,
    *,
    status: int = 200,
    refusal: Refused | None = None,
) -> HttpResponse:
    rows = form.rows
    context = {
        "patient": intake.patient,
        "tab": "intake",
        "intake": intake,
        "submission": queries.submission_of(intake),
        "subjects": shown,
        "errors": form.errors,
        "seal": seal,
        "refusal": refusal,
        "differences": sum(row.is_marked for row in rows),
        "quiet_count": sum(row.is_quiet for row in rows),
        "rows_count": len(rows),
    }
    return render(request, "patients/phone_intake/review.html", context, status=status)
