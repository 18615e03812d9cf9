"""Where a person lands after signing in, what is known of one patient, and what a machine asks."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from clinic.dashboard.board import board
from clinic.dashboard.chart import chart_of, opened
from clinic.dashboard.forms import HistoryForm, NumbingForm
from clinic.dashboard.health import health
from clinic.http import StaffRequest, found, public, refused, requires
from clinic.messages import replies
from clinic.messages.lines import calls
from clinic.messages.quarantine import held
from clinic.messages.queries import messages_needing_the_desk
from clinic.refusals import Refused
from clinic.staff.terms import Ability, Role
from clinic.undo import Undo, say_done
from patients.worklist.queries import tasks_for
from treatments.booking import queries as booking
from treatments.booking.numbing import note_numbing, ready_at

MOST_CALLS = 20  # the page of the messages has them all


@requires(Ability.SEE_TODAY)
def home(request: StaffRequest) -> HttpResponse:
    return redirect("today")


@requires(Ability.SEE_TODAY)
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    """The board of the day. A physician sees their own patients first, and all with one click."""
    now = timezone.now()
    mine = request.user.role == Role.PHYSICIAN and request.GET.get("all") != "1"
    day_board = board(timezone.localdate(now), reader=request.user, now=now, mine=mine)
    if request.headers.get("HX-Request") and request.GET.get("version") == day_board.version:
        return HttpResponse(status=204)  # nothing changed: the page stays as it is
    context: dict[str, Any] = {"board": day_board, "mine": mine, "now": now}
    if request.user.may(Ability.RUN_THE_DAY):
        context["task_count"] = tasks_for(request.user).count()
    if request.headers.get("HX-Request"):
        return render(request, "clinic/dashboard/_board.html", context)
    if request.user.may(Ability.SEE_MESSAGES):
        context["held_count"] = held().count()
    if request.user.role == Role.RECEPTIONIST:
        context["reply_count"] = replies.waiting().count()
        context["calls"] = calls(messages_needing_the_desk()[:MOST_CALLS])
    return render(request, "clinic/dashboard/today.html", context)


@requires(Ability.RUN_THE_DAY)
@require_POST
def numbing(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """The cream is on since now, or was not."""
    appointment = found(booking.appointment, appointment_id)
    form = NumbingForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    begins = form.cleaned_data["begins"] == "1"
    try:
        changed = note_numbing(
            appointment_id=appointment.pk,
            begins=begins,
            seen_version=form.cleaned_data["version"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refused(request, refusal, back=reverse("today"))
    ready = ready_at(changed)
    if ready is not None:
        text = _("%(patient)s: numbing until %(time)s") % {
            "patient": appointment.patient.full_name,
            "time": f"{timezone.localtime(ready):%H:%M}",
        }
        fields = {"begins": "0", "version": str(changed.version)}
        say_done(request, Undo(text, reverse("today_numbing", args=[changed.pk]), fields))
    return redirect("today")


@requires(Ability.FIND_PATIENTS)
@require_GET
def chart(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """One patient at a glance, as far as the reader's role may see."""
    patient, screening = found(opened, patient_id)
    form = HistoryForm(request.GET)
    overview = chart_of(
        patient, screening, reader=request.user, now=timezone.now(), page=form.page()
    )
    context = {
        "patient": patient,
        "chart": overview,
        "noted": overview.noted,
        "tab": "overview",
    }
    return render(request, "clinic/dashboard/chart.html", context)


@requires(Ability.SEE_TODAY)
@require_GET
def keep_alive(request: StaffRequest) -> HttpResponse:
    """Somebody is still at the screen: the idle clock starts anew.

    Who it is, and the token that forms are sent with from now on: a page that was covered while its
    reader signed in again in another tab goes on with them.
    """
    return JsonResponse({"member": str(request.user.pk), "token": get_token(request)})


@public
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when every part works, 503 naming the parts that are down. No patient data."""
    now_health = health(timezone.now())
    status = (
        {"status": "ok"} if not now_health.down else {"status": "down", "down": now_health.down}
    )
    return JsonResponse(status | asdict(now_health), status=503 if now_health.down else 200)
