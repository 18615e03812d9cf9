"""Courses: those of the clinic, one course, setting one, and booking it as a whole."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours.queries import local_date
from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.composition.queries import latest_cocktail
from patients.records.queries import patient as patient_of
from treatments.analysis.queries import latest_analysis
from treatments.analysis.terms import BodyRegion
from treatments.booking.hooks import Notice, notices_before_change
from treatments.plans import actions, forms, proposals, queries, waits
from treatments.plans.rules import BookingBlocked, CourseChanged
from treatments.plans.terms import (
    COURSE_CHANGED,
    AnaestheticCream,
    Antiseptic,
    Gloves,
    PlanState,
    SessionState,
)

PER_PAGE = 25
USUAL_TIME = time(10)
DEFAULT_MINUTES = 30


@requires(Ability.BOOK)
@require_GET
def list_courses(request: StaffRequest) -> HttpResponse:
    lists = {
        "to-book": queries.courses_to_book(),
        "under-way": queries.courses_under_way(),
        "on-hold": queries.courses_on_hold(),
    }
    shown = request.GET.get("show")
    if shown not in lists:
        shown = "to-book"
    page = Paginator(lists[shown], PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "treatments/plans/courses.html",
        {
            "shown": shown,
            "counts": {name: plans.count() for name, plans in lists.items()},
            "page": page,
            "courses": [queries.course_at_a_glance(plan) for plan in page],
        },
    )


@requires(Ability.BOOK)
@require_GET
def list_plans(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The patient's course, or, without a running one, those that were and the way to a new one."""
    patient = found(patient_of, patient_id)
    running = queries.running_plan(patient)
    if running is not None:
        return redirect("plans:show", patient_id=patient.pk, plan_id=running.pk)
    return render(
        request,
        "treatments/plans/plans.html",
        {
            "patient": patient,
            "tab": "plan",
            "courses": [queries.course_at_a_glance(each) for each in queries.plans_of(patient)],
            "may_set": request.user.may(Ability.SET_PLANS),
        },
    )


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    plan = _plan_of(patient_id, plan_id)
    return render(request, "treatments/plans/plan.html", _course_page(request, plan))


@requires(Ability.SET_PLANS)
@require_http_methods(["GET", "POST"])
def set_plan(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    analysis, cocktail = latest_analysis(patient), latest_cocktail(patient)
    now = timezone.now()
    status = 200
    likely = _likely_plan(patient, analysis)
    if request.method == "POST" and analysis is not None:
        form = forms.PlanForm(request.POST, initial=likely)
        status = 422
        if form.is_valid():
            try:
                plan = actions.set_plan(
                    patient=patient,
                    analysis=analysis,
                    cocktail=cocktail,
                    physician=request.user,
                    by=request.user,
                    now=now,
                    **form.cleaned_data,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The course is set. The desk can book it now."))
                return redirect("plans:show", patient_id=patient.pk, plan_id=plan.pk)
    else:
        form = forms.PlanForm(initial=likely)
    context = {
        "patient": patient,
        "tab": "plan",
        "form": form,
        "analysis": analysis,
        "cocktail": cocktail,
        "running": queries.running_plan(patient),
    }
    return render(request, "treatments/plans/set.html", context, status=status)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def book_course(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Every date at once; one confirmation books all of them or none."""
    plan = _plan_of(patient_id, plan_id)
    now = timezone.now()
    wish = forms.CourseForm(request.POST or _wish(request, plan, now))
    key, refusal, status = uuid4(), "", 200
    if request.method == "POST":
        pick = forms.PickForm(request.POST, plan=plan)
        status = 422
        if pick.is_valid():
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
                messages.success(
                    request, _("%(count)d sessions are booked.") % {"count": len(booked)}
                )
                return redirect("plans:show", patient_id=patient_id, plan_id=plan.pk)
        else:
            refusal = _("Choose a time for every session.")
        key = pick.key_again
    limit = queries.booking_limit(plan)
    context: dict[str, Any] = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "wish": wish,
        "refusal": refusal,
        "key": key,
        "limit": limit,
    }
    if wish.is_valid() and not limit.refusal:
        try:
            proposed = proposals.propose_course(plan, now=now, **wish.cleaned_data)
        except Refused as no:
            context["refusal"] = refusal or str(no)
            status = status if status != 200 else no.status
        else:
            context["rows"] = forms.rows(proposed, posted=request.POST)
            context["last_on"] = proposed[-1].on
            context["conflicts"] = sum(bool(each.conflicts) for each in proposed)
    return render(request, "treatments/plans/book.html", context, status=status)


@requires(Ability.SET_PLANS)
@require_POST
def hold_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """What becomes of the times that are still taken is the next page, as after a refuse."""
    plan = _plan_of(patient_id, plan_id)
    return _with_reason(request, plan, actions.hold_plan, _("The course is on hold."))


@requires(Ability.SET_PLANS)
@require_POST
def stop_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    plan = _plan_of(patient_id, plan_id)
    return _with_reason(request, plan, actions.stop_plan, _("The course is stopped."))


@requires(Ability.SET_PLANS)
@require_POST
def release_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    plan = _plan_of(patient_id, plan_id)
    try:
        actions.release_plan(plan=plan, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=_url_of(plan))
    messages.success(
        request, _("The course goes on. Sessions without a time are to be booked again.")
    )
    return redirect(_url_of(plan))


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def held(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The times that a course on hold still takes up; one confirmation gives all of them back."""
    plan = _running_plan_of(patient_id)
    refusal = None
    if request.method == "POST":
        try:
            actions.release_slots(
                plan=plan,
                seen=[each for each in map(_uuid, request.POST.getlist("appointment")) if each],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            refusal = no
        else:
            messages.success(request, _("The times are given back."))
            return redirect(_url_of(plan))
    if plan.state != PlanState.ON_HOLD:
        return redirect(_url_of(plan))
    taken = queries.held_appointments(plan)
    return render(
        request,
        "treatments/plans/held.html",
        {
            "patient": plan.patient,
            "tab": "plan",
            "plan": plan,
            "held": taken,
            "notices": _notices(taken),
            "refusal": refusal,
            "may_read": request.user.may(Ability.READ_CHART),
        },
        status=refusal.status if refusal else 200,
    )


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def wait_ripple(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What becomes of every session ahead when the marked ones move; one confirmation moves them."""
    plan = _running_plan_of(patient_id)
    now = timezone.now()
    refusal: Refused | None = None
    if request.method == "POST":
        form = forms.MovesForm(request.POST, sessions=queries.sessions_ahead(plan, local_date(now)))
        try:
            if not form.is_valid():
                raise CourseChanged(COURSE_CHANGED)
            waits.move_sessions(plan=plan, moves=form.moves, by=request.user, now=now)
        except Refused as no:
            refusal = no
        else:
            messages.success(request, _("The sessions are moved."))
            return redirect(_url_of(plan))
    limit = queries.booking_limit(plan)
    rows: list[forms.RippleRow] = []
    if limit.refusal:
        refusal = refusal or BookingBlocked(limit.refusal)
    else:
        try:
            ripples = waits.propose_moves(plan, now=now)
        except CourseChanged:
            pass  # nothing is marked: the page says so
        except Refused as no:
            refusal = refusal or no
        else:
            rows = forms.ripple_rows(ripples, posted=request.POST)
    return render(
        request,
        "treatments/plans/waits.html",
        {
            "patient": plan.patient,
            "tab": "plan",
            "plan": plan,
            "rows": rows,
            "limit": limit,
            "refusal": refusal,
            "may_read": request.user.may(Ability.READ_CHART),
        },
        status=refusal.status if refusal and request.method == "POST" else 200,
    )


def _running_plan_of(patient_id: UUID) -> Any:
    plan = queries.running_plan(found(patient_of, patient_id))
    if plan is None:
        raise Http404
    return plan


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _with_reason(request: StaffRequest, plan: Any, action: Any, done: str) -> HttpResponse:
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        context = _course_page(request, plan) | {"reason_form": form}
        return render(request, "treatments/plans/plan.html", context, status=422)
    try:
        action(plan=plan, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=_url_of(plan))
    messages.success(request, done)
    if request.user.may(Ability.BOOK) and queries.held_appointments(plan):
        return redirect("plans:held", patient_id=plan.patient_id)
    return redirect(_url_of(plan))


def _notices(visits: Iterable[Any]) -> list[Notice]:
    """What patients were told of these visits, and how it is put right when they go."""
    now = timezone.now()
    found = (notice for visit in visits for notice in notices_before_change(visit, now))
    return [notice for notice in found if notice is not None]


def _course_page(request: StaffRequest, plan: Any) -> dict[str, Any]:
    sessions = queries.planned_sessions(plan)
    limit = queries.booking_limit(plan)
    state = PlanState(plan.state)
    may_set = request.user.may(Ability.SET_PLANS)
    return {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "glance": queries.course_at_a_glance(plan),
        "sessions": sessions,
        "limit": limit,
        "regions": [BodyRegion(region).label for region in plan.regions if region in BodyRegion],
        "antiseptic": _word(Antiseptic, plan.antiseptic),
        "cream": _word(AnaestheticCream, plan.anaesthetic_cream),
        "gloves": _word(Gloves, plan.gloves),
        "to_book": sum(each.state in queries.TO_BOOK for each in sessions),
        "is_running": state in queries.RUNNING,
        "is_on_hold": state == PlanState.ON_HOLD,
        "held_count": len(queries.held_appointments(plan)) if state == PlanState.ON_HOLD else 0,
        "to_move": sum(each.wait_until is not None for each in sessions),
        "may_book": request.user.may(Ability.BOOK),
        "may_set": may_set,
        "notices": _notices(queries.visits_to_lose(plan)) if may_set else [],
        "may_read": request.user.may(Ability.READ_CHART),
        "has_appointment": (
            SessionState.BOOKED,
            SessionState.DONE,
            SessionState.MISSED,
            SessionState.ON_HOLD,
        ),
    }


def _likely_plan(patient: Any, analysis: Any) -> dict[str, Any]:
    """The patient's own last plan; without one, only where to treat, as the analysis says."""
    before = next(iter(queries.plans_of(patient)), None)
    regions = (
        {region for spot in analysis.spots.all() for region in spot.regions} if analysis else ()
    )
    likely: dict[str, Any] = {
        "regions": [region for region in BodyRegion.values if region in regions],
        "session_minutes": DEFAULT_MINUTES,
    }
    if before is None:
        return likely
    return likely | {
        "session_count": before.session_count,
        "interval_days": before.interval_days,
        "session_minutes": before.session_minutes,
        "antiseptic": before.antiseptic,
        "anaesthetic_cream": before.anaesthetic_cream,
        "gloves": before.gloves,
        "reason": before.reason,
    }


def _wish(request: StaffRequest, plan: Any, now: datetime) -> dict[str, Any]:
    """What was typed into the address, or what is likely: soon, at the patient's usual time."""
    today = local_date(now)
    soonest = max(proposals.earliest_first_day(plan, now=now), today + timedelta(days=1))
    usual = queries.usual_time(plan.patient) or USUAL_TIME
    return {
        "first_on": request.GET.get("first_on") or soonest.isoformat(),
        "preferred": request.GET.get("preferred") or forms.time_on_offer(usual),
        "room": request.GET.get("room", ""),
    }


def _word(terms: Any, value: str) -> str:
    return str(terms(value).label) if value in terms.values else value


def _plan_of(patient_id: UUID, plan_id: UUID) -> Any:
    """The plan, when it is this patient's."""
    plan = found(queries.plan, plan_id)
    if plan.patient_id != patient_id:
        raise Http404
    return plan


def _url_of(plan: Any) -> str:
    return reverse("plans:show", args=[plan.patient_id, plan.pk])
