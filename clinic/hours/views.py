"""Settings of the clinic's time: opening hours, the hours of people, closed days, rooms and devices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours import actions, hooks, queries
from clinic.hours.forms import (
    ClosedDayForm,
    MemberWeekForm,
    NameForm,
    UseForm,
    WeekForm,
    YearForm,
)
from clinic.hours.outside import visits_to_move
from clinic.hours.queries import local_date
from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.queries import member_with_visits, members_with_visits
from clinic.staff.terms import Ability

THINGS = {"room": queries.room, "device": queries.device}


@requires(Ability.SET_OWN_HOURS)
@require_GET
def settings(request: StaffRequest) -> HttpResponse:
    """The first page of the settings that this person may open."""
    if request.user.may(Ability.SET_HOURS):
        return redirect("hours:opening")
    return redirect("hours:member", member_id=request.user.pk)


@requires(Ability.SET_HOURS)
@require_http_methods(["GET", "POST"])
def opening_hours(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    form = WeekForm(initial=WeekForm.initial_of(queries.opening_week()))
    status = 200
    if request.method == "POST":
        form = WeekForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                changed = actions.set_opening_week(week=form.week, by=request.user, now=now)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                names = ", ".join(str(WEEKDAYS[weekday]) for weekday in changed)
                messages.success(
                    request,
                    _("Opening hours set: %(days)s. Visits that stand already stay.")
                    % {"days": names}
                    if changed
                    else _("Nothing was changed."),
                )
                return redirect(_after_hours(now, "hours:opening"))
    return render(
        request, "clinic/hours/opening.html", {"form": form, "tab": "opening"}, status=status
    )


def _after_hours(now: datetime, page: str, **where: UUID) -> str:
    """To the visits that lie outside of the hours now, or back to the page."""
    return reverse("hours:to_move") if visits_to_move(now) else reverse(page, kwargs=where)


@requires(Ability.SET_HOURS)
@require_GET
def staff_hours(request: StaffRequest) -> HttpResponse:
    members = list(members_with_visits())
    periods = queries.periods_of([each.pk for each in members])
    context = {
        "tab": "staff",
        "members": [(each, periods.get(each.pk, [])) for each in members],
        "weekdays": WEEKDAYS,
        "today": local_date(timezone.now()),
    }
    return render(request, "clinic/hours/staff.html", context)


@requires(Ability.SET_OWN_HOURS)
@require_http_methods(["GET", "POST"])
def member_hours(request: StaffRequest, member_id: UUID) -> HttpResponse:
    if member_id != request.user.pk and not request.user.may(Ability.SET_HOURS):
        raise PermissionDenied
    member = found(member_with_visits, member_id)
    now = timezone.now()
    today = local_date(now)
    periods = queries.periods_of([member.pk]).get(member.pk, [])
    week = next((each.week for each in periods if each.holds_on(today)), queries.opening_week())
    form = MemberWeekForm(
        initial=MemberWeekForm.initial_of(week) | {"valid_from": today.isoformat()}
    )
    status = 200
    if request.method == "POST":
        form = MemberWeekForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                actions.set_working_hours(
                    member=member,
                    week=form.week,
                    valid_from=form.cleaned_data["valid_from"],
                    valid_until=form.cleaned_data["valid_until"],
                    by=request.user,
                    now=now,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(
                    request, _("Hours of %(who)s are set.") % {"who": member.display_name}
                )
                return redirect(_after_hours(now, "hours:member", member_id=member.pk))
    context = {
        "form": form,
        "member": member,
        "periods": periods,
        "today": today,
        "tab": "own" if member == request.user else "staff",
    }
    return render(request, "clinic/hours/member.html", context, status=status)


@requires(Ability.SET_HOURS)
@require_http_methods(["GET", "POST"])
def closed_days(request: StaffRequest) -> HttpResponse:
    """The closed days of a year; a day that is entered again is changed."""
    now = timezone.now()
    asked = YearForm(request.GET)
    year = asked.cleaned_data["year"] if asked.is_valid() else local_date(now).year
    form = ClosedDayForm()
    status = 200
    if request.method == "POST":
        form = ClosedDayForm(request.POST)
        status = 422
        if form.is_valid():
            closed = actions.close_day(**form.cleaned_data, by=request.user, now=now)
            return _after_closing(request, closed)
    today = local_date(now)
    days = queries.closed_days(year)
    ahead = [each for each in days if each.on >= today and not each.is_worked]
    standing = hooks.standing_in([actions.closure_of_day(each) for each in ahead])
    counts = {each.on: len(visits) for each, visits in zip(ahead, standing, strict=True)}
    context = {
        "tab": "closed",
        "form": form,
        "year": year,
        "days": [(each, counts.get(each.on, 0)) for each in days],
        "today": today,
    }
    return render(request, "clinic/hours/closed.html", context, status=status)


def _after_closing(request: StaffRequest, closed: Any) -> HttpResponse:
    """To the visits that stand on the day, or back to its year."""
    messages.success(request, _("%(date)s is closed.") % {"date": queries.day_in_words(closed.on)})
    if hooks.standing_in([actions.closure_of_day(closed)])[0]:
        return redirect("hours:visits", day=closed.on.isoformat())
    response = redirect("hours:closed")
    response["Location"] += f"?year={closed.on.year}"
    return response


@requires(Ability.SET_HOURS)
@require_POST
def copy_holidays(request: StaffRequest) -> HttpResponse:
    form = YearForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    year = form.cleaned_data["year"]
    response = redirect("hours:closed")
    response["Location"] += f"?year={year}"
    try:
        copied = actions.copy_holidays(year=year, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=response["Location"])
    messages.success(
        request,
        ngettext(
            "%(count)d holiday copied. Days that were there already stay as they are.",
            "%(count)d holidays copied. Days that were there already stay as they are.",
            len(copied),
        )
        % {"count": len(copied)},
    )
    return response


@requires(Ability.SET_HOURS)
@require_POST
def work_on(request: StaffRequest, day: str) -> HttpResponse:
    """Work on a closed day, or, asked with `close`, close it after all."""
    closed = found(queries.closed_day, day_in(day))
    now = timezone.now()
    if request.POST.get("close"):
        closed = actions.close_day(
            on=closed.on, why=closed.why, closed_from=closed.closed_from, by=request.user, now=now
        )
        return _after_closing(request, closed)
    actions.work_on(on=closed.on, by=request.user, now=now)
    messages.success(
        request, _("The clinic works on %(date)s.") % {"date": queries.day_in_words(closed.on)}
    )
    response = redirect("hours:closed")
    response["Location"] += f"?year={closed.on.year}"
    return response


@requires(Ability.SET_HOURS)
@require_GET
def things(request: StaffRequest) -> HttpResponse:
    return _things(request)


@requires(Ability.SET_HOURS)
@require_POST
def add_thing(request: StaffRequest, what: str) -> HttpResponse:
    add: Any = {"room": actions.add_room, "device": actions.add_device}.get(what)
    if add is None:
        raise Http404
    form = NameForm(request.POST)
    if not form.is_valid():
        return _things(request, {f"new_{what}": form})
    try:
        added = add(name=form.cleaned_data["name"], by=request.user, now=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _things(request, {f"new_{what}": form})
    messages.success(request, _("%(name)s is in use.") % {"name": added.name})
    return redirect("hours:things")


@requires(Ability.SET_HOURS)
@require_POST
def name_thing(request: StaffRequest, what: str, thing_id: UUID) -> HttpResponse:
    thing = _thing(what, thing_id)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            actions.name_resource(
                resource=thing,
                name=form.cleaned_data["name"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("hours:things")
    return _things(request, {"renamed": form, "renamed_id": thing_id})


@requires(Ability.SET_HOURS)
@require_POST
def use_thing(request: StaffRequest, what: str, thing_id: UUID) -> HttpResponse:
    thing = _thing(what, thing_id)
    form = UseForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    actions.use_resource(
        resource=thing,
        is_used=form.cleaned_data["is_used"] == "yes",
        by=request.user,
        now=timezone.now(),
    )
    return redirect("hours:things")


def _things(request: StaffRequest, wrong: dict[str, Any] | None = None) -> HttpResponse:
    context = {
        "tab": "things",
        "rooms": queries.all_rooms(),
        "devices": queries.all_devices(),
        "new_room": NameForm(),
        "new_device": NameForm(),
    }
    status = 422 if wrong else 200
    return render(request, "clinic/hours/things.html", context | (wrong or {}), status=status)


def _thing(what: str, thing_id: UUID) -> Any:
    if what not in THINGS:
        raise Http404
    return found(THINGS[what], thing_id)


def day_in(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as unreadable:
        raise Http404 from unreadable
