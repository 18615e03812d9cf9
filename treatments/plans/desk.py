"""What the desk does with a course: books it whole, moves its sessions with all that follows, gives
held times back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic.hours.queries import local_date
from clinic.http import StaffRequest, refused, requires, uuid_in
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from clinic.undo import Undo, say_done
from treatments.booking import actions as booking
from treatments.plans import actions, picking, proposals, queries, reflow, waits
from treatments.plans.addresses import notices_of, plan_of, running_plan_of, session_of, url_of
from treatments.plans.rules import BookingBlocked, CourseChanged
from treatments.plans.terms import COURSE_CHANGED, PlanState, SessionState

UNDO_SALT = "plans.moved"
UNDO_FOR = timedelta(hours=8)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def book_course(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Every date at once; one confirmation books all of them or none."""
    plan = plan_of(patient_id, plan_id)
    now = timezone.now()
    sessions = queries.planned_sessions(plan)
    wish = picking.CourseForm(request.POST or _wish(request, plan, now))
    pick = picking.PickForm(
        request.POST or request.GET, plan=plan, sessions=sessions, until=_until(request)
    )
    refusal, status = "", 200
    if request.method == "POST":
        status = 422
        if pick.is_valid() and pick.cleaned_data["key"]:
            try:
                booked = actions.book_course(
                    plan=plan,
                    visits=actions.visits_for(plan, pick.offers),
                    request_key=pick.cleaned_data["key"],
                    by=request.user,
                    now=now,
                )
            except Refused as no:
                refusal, status = str(no), no.status
            else:
                words = ngettext(
                    "%(count)d session is booked.", "%(count)d sessions are booked.", len(booked)
                )
                messages.success(request, words % {"count": len(booked)})
                return redirect(url_of(plan))
        else:
            refusal = _("Choose a time for every session.")
    limit = queries.booking_limit(plan)
    waiting = sum(each.state in queries.TO_BOOK for each in sessions)
    context: dict[str, Any] = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "wish": wish,
        "refusal": refusal,
        "key": pick.key_again if request.method == "POST" else uuid4(),
        "limit": limit,
        "counts": range(1, waiting + 1) if plan.is_maintenance else (),
    }
    if wish.is_valid() and not limit.refusal:
        try:
            proposed = proposals.propose_course(
                plan, now=now, picked=pick.picked, **wish.cleaned_data
            )
        except Refused as no:
            context["refusal"] = refusal or str(no)
            status = status if status != 200 else no.status
        else:
            context["rows"] = picking.rows(
                proposed, {each.number: queries.place_of(each) for each in sessions}
            )
            context["last_on"] = proposed[-1].on
            context["conflicts"] = sum(bool(each.conflicts) for each in proposed)
            context["has_lost"] = any(each.was for each in proposed)
    return render(request, "treatments/plans/book.html", context, status=status)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def held(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The times that a course on hold still takes up; one confirmation gives all of them back."""
    plan = running_plan_of(patient_id)
    refusal = None
    if request.method == "POST":
        try:
            actions.release_slots(
                plan=plan,
                seen=[each for each in map(uuid_in, request.POST.getlist("appointment")) if each],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            refusal = no
        else:
            messages.success(request, _("The times are given back."))
            return redirect(url_of(plan))
    if plan.state != PlanState.ON_HOLD:
        return redirect(url_of(plan))
    taken = queries.held_appointments(plan)
    return render(
        request,
        "treatments/plans/held.html",
        {
            "patient": plan.patient,
            "tab": "plan",
            "plan": plan,
            "held": taken,
            "notices": notices_of(taken),
            "refusal": refusal,
            "may_read": request.user.may(Ability.READ_CHART),
        },
        status=refusal.status if refusal else 200,
    )


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def wait_ripple(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What becomes of every session ahead when the marked ones move; one confirmation moves them."""
    plan = running_plan_of(patient_id)
    now = timezone.now()
    refusal: Refused | None = None
    if request.method == "POST":
        refusal = _confirm(request, plan, queries.sessions_ahead(plan, local_date(now)), now)
        if refusal is None:
            return redirect(url_of(plan))
    context: dict[str, Any] = {"limit": queries.booking_limit(plan)}
    if context["limit"].refusal:
        refusal = refusal or BookingBlocked(context["limit"].refusal)
    else:
        try:
            ripples = waits.propose_moves(plan, now=now)
        except CourseChanged:
            pass  # nothing is marked: the page says so
        except Refused as no:
            refusal = refusal or no
        else:
            context |= _ripple_page(request, ripples)
    return _show_ripple(request, plan, context, refusal)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def replan(request: StaffRequest, patient_id: UUID, plan_id: UUID, number: int) -> HttpResponse:
    """One session goes to another day, or gets one again: what else moves, then one confirmation."""
    plan = plan_of(patient_id, plan_id)
    session = session_of(plan, number)
    now = timezone.now()
    refusal: Refused | None = None
    if request.method == "POST":
        ahead = queries.sessions_ahead(plan, local_date(now))
        if session not in ahead:
            ahead = [*ahead, session]
        refusal = _confirm(request, plan, ahead, now)
        if refusal is None:
            return redirect(url_of(plan))
    wish = picking.DayWishForm(_day_wish(request, plan, session, now))
    context: dict[str, Any] = {
        "session": session,
        "wish": wish,
        "limit": queries.booking_limit(plan),
        "at_the_end": session.state in queries.TO_BOOK and plan.state == PlanState.ACTIVE,
    }
    if wish.is_valid():
        wanted = reflow.Wanted(
            session,
            wish.cleaned_data["day"],
            wish.cleaned_data["preferred"],
            wish.cleaned_data["room"],
        )
        try:
            ripples = reflow.propose_reflow(plan, wanted=wanted, now=now)
        except Refused as no:
            refusal = refusal or no
        else:
            context |= _ripple_page(request, ripples)
    return _show_ripple(request, plan, context, refusal)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def cancel_date(
    request: StaffRequest, patient_id: UUID, plan_id: UUID, number: int
) -> HttpResponse:
    """One date is called off: only this one, to be planned anew, or the whole course."""
    plan = plan_of(patient_id, plan_id)
    session = session_of(plan, number)
    visit = session.appointment
    if session.state != SessionState.BOOKED or visit is None or not visit.is_expected:
        return refused(request, CourseChanged(COURSE_CHANGED), back=url_of(plan))
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            booking.cancel_appointment(
                appointment_id=visit.pk,
                seen_version=int(version) if version.isdecimal() and len(version) < 9 else 0,
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            return refused(request, no, back=url_of(plan))
        messages.success(request, _("This date is cancelled. The session waits for a new one."))
        return redirect("plans:replan", patient_id=patient_id, plan_id=plan.pk, number=number)
    context = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "session": session,
        "notices": notices_of([visit]),
        "may_set": request.user.may(Ability.SET_PLANS),
    }
    return render(request, "treatments/plans/cancel.html", context)


@requires(Ability.BOOK)
@require_POST
def undo_moves(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Put back what the last confirmation moved."""
    plan = plan_of(patient_id, plan_id)
    try:
        actions.undo_moves(
            plan=plan,
            moved=_moved_from(request.POST.get("moved", ""), plan.pk),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        return refused(request, no, back=url_of(plan))
    messages.success(request, _("The sessions are back at their times."))
    return redirect(url_of(plan))


def _confirm(request: StaffRequest, plan: Any, sessions: Any, now: datetime) -> Refused | None:
    """Do what was picked on the page of the ripple; the refusal, or None when it is done."""
    form = picking.MovesForm(request.POST, plan=plan, sessions=sessions)
    try:
        if not form.is_valid():
            raise CourseChanged(COURSE_CHANGED)
        moved = actions.replan(plan=plan, moves=form.moves, by=request.user, now=now)
    except Refused as no:
        return no
    words = ngettext(
        "%(count)d session has a new time.", "%(count)d sessions have new times.", len(moved)
    )
    waited = any(each.wait_until is not None for each in sessions)  # nothing goes back before it
    url = "" if waited else reverse("plans:undo", args=[plan.patient_id, plan.pk])
    fields = {"moved": _signed(moved, plan.pk)}
    say_done(request, Undo(words % {"count": len(moved)}, url, fields))
    return None


def _ripple_page(request: StaffRequest, ripples: Any) -> dict[str, Any]:
    rows = picking.ripple_rows(ripples, posted=request.POST)
    going = [row.visit for row in rows if not row.stays and not row.ripple.is_new]
    return {
        "rows": rows,
        "notices": notices_of(going),
        "moving": len(going),
        "staying": sum(row.stays for row in rows),
        "last_on": rows[-1].ripple.on if rows else None,
    }


def _show_ripple(
    request: StaffRequest, plan: Any, context: Mapping[str, Any], refusal: Refused | None
) -> HttpResponse:
    page = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "refusal": refusal,
        "may_read": request.user.may(Ability.READ_CHART),
    }
    return render(
        request,
        "treatments/plans/ripple.html",
        page | dict(context),
        status=refusal.status if refusal and request.method == "POST" else 200,
    )


def _wish(request: StaffRequest, plan: Any, now: datetime) -> dict[str, Any]:
    """What was typed into the address, or what is likely: soon, at the patient's usual time."""
    today = local_date(now)
    soonest = max(proposals.earliest_first_day(plan, now=now), today + timedelta(days=1))
    usual = queries.usual_clock(plan)
    return {
        "first_on": request.GET.get("first_on") or soonest.isoformat(),
        "preferred": request.GET.get("preferred") or picking.time_on_offer(usual),
        "room": request.GET.get("room", plan.room_id or ""),
        "how_many": request.GET.get("how_many") or ("1" if plan.is_maintenance else ""),
    }


def _day_wish(request: StaffRequest, plan: Any, session: Any, now: datetime) -> dict[str, Any]:
    """What was typed, or: the day the session has, or soon and far enough from the one before."""
    typed = request.POST if request.POST.get("day") else request.GET
    visit = session.appointment
    if session.state == SessionState.BOOKED and visit is not None:
        day = max(local_date(visit.starts_at), local_date(now))
        at: time = timezone.localtime(visit.starts_at).time()
        room = visit.room_id
    else:
        day = proposals.soonest_for(plan, session, now=now)
        at, room = queries.usual_clock(plan), plan.room_id
    return {
        "day": typed.get("day") or day.isoformat(),
        "preferred": typed.get("at") or typed.get("preferred") or picking.time_on_offer(at),
        "room": typed.get("room", room or ""),
    }


def _until(request: StaffRequest) -> int | None:
    """Up to which session the picks in the address stand; in a form that is sent all of them do."""
    if request.method == "POST":
        return None
    follow = request.GET.get("follow", "")
    return int(follow) if follow.isdecimal() and len(follow) < 4 else 0


def _signed(moved: Any, plan_id: UUID) -> str:
    rows = [
        {name: str(value) if value is not None else None for name, value in asdict(each).items()}
        for each in moved
    ]
    return signing.dumps([str(plan_id), rows], salt=UNDO_SALT, compress=True)


def _moved_from(text: str, plan_id: UUID) -> list[actions.Moved]:
    """What this server wrote into the undo bar; anything else is nothing to take back."""
    try:
        of, rows = signing.loads(text, salt=UNDO_SALT, max_age=UNDO_FOR)
    except signing.BadSignature:
        return []
    if of != str(plan_id):
        return []
    return [
        actions.Moved(
            appointment_id=UUID(row["appointment_id"]),
            version=int(row["version"]),
            was_at=parse_datetime(row["was_at"]) if row["was_at"] else None,
            was_room=uuid_in(row["was_room"] or ""),
            was_physician=uuid_in(row["was_physician"] or ""),
        )
        for row in rows
    ]
