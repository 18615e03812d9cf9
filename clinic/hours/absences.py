"""The pages about who or what is not there, and about the visits that stand in a closure."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours import actions, hooks, queries
from clinic.hours.forms import AbsenceForm
from clinic.hours.outside import visits_to_move
from clinic.hours.queries import local_date
from clinic.hours.views import day_in
from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.queries import member_with_visits, members_with_visits
from clinic.staff.terms import Ability


@requires(Ability.SEE_TODAY)
@require_http_methods(["GET", "POST"])
def list_absences(request: StaffRequest) -> HttpResponse:
    """Everybody reads who is away; the manager enters it for all, a physician for oneself."""
    now = timezone.now()
    may_set = request.user.may(Ability.SET_OWN_HOURS)
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    first = {"first_day": local_date(now).isoformat()}
    form = _form(request, initial=first) if may_set else None
    status = 200
    if request.method == "POST":
        form = _form(request, request.POST)
        status = 422
        if form.is_valid():
            try:
                blocked = actions.block_time(**form.blocked(), by=request.user, now=now)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Entered. Nobody can be booked then any more."))
                if blocked.standing:
                    return redirect("hours:absence", blocked_id=blocked.time.pk)
                return redirect("hours:absences")
    blocked_times = queries.blocked_times(now)
    standing = hooks.standing_in([actions.closure_of(each) for each in blocked_times])
    rows = [
        (each, queries.span_in_words(each), len(visits), may_change(request, each))
        for each, visits in zip(blocked_times, standing, strict=True)
    ]
    context = {"tab": "absences", "rows": rows, "form": form}
    return render(request, "clinic/hours/absences.html", context, status=status)


@requires(Ability.SEE_TODAY)
@require_GET
def show_absence(request: StaffRequest, blocked_id: UUID) -> HttpResponse:
    """The visits that stand in it: nothing was moved, each is moved by hand."""
    blocked = found(queries.blocked_time, blocked_id)
    closures = [actions.closure_of(blocked)] if blocked.lifted_at is None else []
    context = {"blocked": blocked, "when": queries.span_in_words(blocked)}
    return _standing(request, context, closures)


@requires(Ability.SEE_TODAY)
@require_GET
def show_closed_day(request: StaffRequest, day: str) -> HttpResponse:
    closed = found(queries.closed_day, day_in(day))
    closures = [] if closed.is_worked else [actions.closure_of_day(closed)]
    return _standing(request, {"closed": closed}, closures)


@requires(Ability.SEE_TODAY)
@require_GET
def list_visits_to_move(request: StaffRequest) -> HttpResponse:
    """Every visit ahead that lies outside of the hours that hold now, each with why."""
    context = {
        "tab": "to_move",
        "to_move": visits_to_move(timezone.now()),
        "may_move": request.user.may(Ability.BOOK),
        "may_run_the_day": request.user.may(Ability.RUN_THE_DAY),
    }
    return render(request, "clinic/hours/to_move.html", context)


@requires(Ability.SET_OWN_HOURS)
@require_POST
def take_back(request: StaffRequest, blocked_id: UUID) -> HttpResponse:
    blocked = found(queries.blocked_time, blocked_id)
    if not may_change(request, blocked):
        raise PermissionDenied
    try:
        actions.lift_block(blocked_id=blocked_id, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal)
    messages.success(request, _("Taken back. The time can be booked again."))
    return redirect("hours:absences")


def may_change(request: StaffRequest, blocked: Any) -> bool:
    own = blocked.member_id == request.user.pk and request.user.may(Ability.SET_OWN_HOURS)
    return own or request.user.may(Ability.SET_HOURS)


def _form(request: StaffRequest, *args: Any, **kwargs: Any) -> AbsenceForm:
    if request.user.may(Ability.SET_HOURS):
        return AbsenceForm(
            *args,
            members=list(members_with_visits()),
            rooms=queries.rooms(),
            devices=list(queries.devices_in_use()),
            **kwargs,
        )
    return AbsenceForm(*args, members=[member_with_visits(request.user.pk)], **kwargs)


def _standing(
    request: StaffRequest, context: dict[str, Any], closures: list[hooks.Closure]
) -> HttpResponse:
    context |= {
        "tab": "absences",
        "standing": [visit for visits in hooks.standing_in(closures) for visit in visits],
        "may_move": request.user.may(Ability.BOOK),
        "may_run_the_day": request.user.may(Ability.RUN_THE_DAY),
    }
    return render(request, "clinic/hours/standing.html", context)
