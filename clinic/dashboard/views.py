"""Where a person lands after signing in, what is known of one patient, and what a machine asks."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from clinic.dashboard.board import board
from clinic.dashboard.chart import chart_of
from clinic.dashboard.health import health
from clinic.http import StaffRequest, found, public, requires
from clinic.messages.lines import calls
from clinic.messages.queries import messages_needing_the_desk
from clinic.staff.terms import Ability, Role
from patients.records import queries as records
from patients.worklist.queries import tasks_for

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
    if request.user.role == Role.RECEPTIONIST:
        context["calls"] = calls(messages_needing_the_desk()[:MOST_CALLS])
    return render(request, "clinic/dashboard/today.html", context)


@requires(Ability.FIND_PATIENTS)
@require_GET
def chart(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """One patient at a glance, as far as the reader's role may see."""
    patient = found(records.patient, patient_id)
    overview = chart_of(patient, reader=request.user, now=timezone.now())
    context = {"patient": patient, "chart": overview, "tab": "overview"}
    return render(request, "clinic/dashboard/chart.html", context)


@requires(Ability.SEE_TODAY)
@require_POST
def keep_alive(request: StaffRequest) -> HttpResponse:
    """Somebody is still at the screen: the idle clock starts anew."""
    return HttpResponse(status=204)


@public
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when every part works, 503 naming the parts that are down. No patient data."""
    now_health = health(timezone.now())
    status = (
        {"status": "ok"} if not now_health.down else {"status": "down", "down": now_health.down}
    )
    return JsonResponse(status | asdict(now_health), status=503 if now_health.down else 200)
