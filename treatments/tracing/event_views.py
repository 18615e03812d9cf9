"""The pages of adverse events: writing one down, its report, and how it went on."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, refused, requires, uuid_in
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import patient as patient_of
from patients.worklist.queries import open_task
from patients.worklist.terms import TaskKind
from treatments.sessions.queries import session_of_patient, signed_of
from treatments.tracing import actions, asking, events
from treatments.tracing.forms import EventForm, FollowUpForm


@requires(Ability.TREAT)
@require_http_methods(["GET", "POST"])
def add_event(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    session = found(session_of_patient, patient_id, session_id)
    signed = signed_of(session)
    if signed is None:
        back = reverse("sessions:record", args=[patient_id, session_id])
        return refused(request, Refused(_("This session is not signed yet.")), back=back)
    words = asking.words_of_answer(signed, uuid_in(request.GET.get("answer")))
    form = EventForm(request.POST if request.method == "POST" else None, initial={"note": words})
    if request.method == "POST" and form.is_valid():
        try:
            event = actions.note_event(
                signed=signed, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("tracing:event", patient_id, event.pk)
    context = {
        "patient": session.plan.patient,
        "tab": "sessions",
        "session": session,
        "signed": signed,
        "draws": events.draws_of_session(signed),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "treatments/tracing/add_event.html", context, status=status)


@requires(Ability.READ_CHART)
@require_GET
def show_event(request: StaffRequest, patient_id: UUID, event_id: UUID) -> HttpResponse:
    return _page(request, patient_id, event_id, FollowUpForm())


@requires(Ability.TREAT)
@require_POST
def follow_up(request: StaffRequest, patient_id: UUID, event_id: UUID) -> HttpResponse:
    event = found(events.event_of, patient_id, event_id)
    form = FollowUpForm(request.POST)
    if form.is_valid():
        try:
            actions.follow_event_up(
                event=event, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("tracing:event", patient_id, event_id)
    return _page(request, patient_id, event_id, form)


@requires(Ability.READ_CHART)
@require_GET
def show_cluster(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The lots of this patient after which several things were reported: where the task is done."""
    patient = found(patient_of, patient_id)
    context = {
        "patient": patient,
        "tab": "sessions",
        "lots": events.lots_in_cluster(patient),
        "task": open_task(patient, TaskKind.LOTS_IN_CLUSTER),
        "may_decide": request.user.may(Ability.DECIDE_FINDINGS),
        "may_trace": request.user.may(Ability.TRACE_LOTS),
    }
    return render(request, "treatments/tracing/cluster.html", context)


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def looked_at(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    actions.look_at_cluster(
        patient=found(patient_of, patient_id), by=request.user, now=timezone.now()
    )
    messages.success(request, _("The task is done."))
    return redirect("patients:tasks")


def _page(
    request: StaffRequest, patient_id: UUID, event_id: UUID, form: FollowUpForm
) -> HttpResponse:
    event = found(events.event_of, patient_id, event_id)
    in_cluster = events.clusters(event.signed_session)
    draws = [
        (draw, in_cluster.get((draw.product_id, draw.lot_key), 0))
        for draw in events.draws_of_session(event.signed_session)
    ]
    context = {
        "patient": event.patient,
        "tab": "sessions",
        "event": event,
        "draws": draws,
        "form": form,
        "may_treat": request.user.may(Ability.TREAT),
        "phone": settings.CLINIC_PHONE,
    }
    status = 422 if form.errors else 200
    return render(request, "treatments/tracing/event.html", context, status=status)
