"""Courses: those of the clinic, one course, and setting, lengthening, holding or stopping one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.composition.queries import latest_cocktail
from patients.records.queries import patient as patient_of
from treatments.analysis.queries import latest_analysis
from treatments.analysis.terms import BodyRegion
from treatments.plans import actions, forms, queries, rules
from treatments.plans.addresses import notices_of, plan_of, url_of
from treatments.plans.terms import (
    AnaestheticCream,
    Antiseptic,
    Gloves,
    PlanKind,
    PlanState,
    SessionState,
)

PER_PAGE = 25
OWN_STEPS = (
    "session_minutes", "antiseptic", "anaesthetic_cream", "gloves", "preferred_weekdays",
    "preferred_from", "preferred_until",
)  # fmt: skip
OWN_COURSE = ("session_count", "interval_days", "days_earlier", "days_later", "reason")
SET_WORDS = {
    PlanKind.COURSE: gettext_lazy("The course is set. The desk can book it now."),
    PlanKind.MAINTENANCE: gettext_lazy("The maintenance is set. The desk can book its visits now."),
}


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
    plan = plan_of(patient_id, plan_id)
    return render(request, "treatments/plans/plan.html", _course_page(request, plan))


@requires(Ability.SET_PLANS)
@require_http_methods(["GET", "POST"])
def set_plan(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    return _set(request, patient_id, forms.PlanForm, PlanKind.COURSE)


@requires(Ability.SET_PLANS)
@require_http_methods(["GET", "POST"])
def set_maintenance(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Single visits every 4-12 weeks, after a course or without one."""
    return _set(request, patient_id, forms.MaintenanceForm, PlanKind.MAINTENANCE)


def _set(
    request: StaffRequest, patient_id: UUID, form_class: type[forms.StepsForm], kind: PlanKind
) -> HttpResponse:
    patient = found(patient_of, patient_id)
    analysis, cocktail = latest_analysis(patient), latest_cocktail(patient)
    status = 200
    likely = _likely_plan(patient, analysis, kind) | {"physician": request.user.pk}
    form = form_class(initial=likely)
    if request.method == "POST" and analysis is not None:
        form = form_class(request.POST, initial=likely)
        status = 422
        if form.is_valid():
            try:
                plan = actions.set_plan(
                    patient=patient,
                    analysis=analysis,
                    cocktail=cocktail,
                    physician=form.cleaned_data["physician"] or request.user,
                    kind=kind,
                    wishes=form.wishes,
                    by=request.user,
                    now=timezone.now(),
                    **form.steps,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, SET_WORDS[kind])
                return redirect("plans:show", patient_id=patient.pk, plan_id=plan.pk)
    context = {
        "patient": patient,
        "tab": "plan",
        "form": form,
        "analysis": analysis,
        "cocktail": cocktail,
        "running": queries.running_plan(patient),
        "is_maintenance": kind == PlanKind.MAINTENANCE,
        "weekdays": picked_days(form),
    }
    return render(request, "treatments/plans/set.html", context, status=status)


def picked_days(form: forms.WishesForm) -> list[tuple[int, Any, bool]]:
    """The weekdays as boxes; what was typed comes as text, what was set as numbers."""
    picked = {str(day) for day in form["preferred_weekdays"].value() or ()}
    return [(day, word, str(day) in picked) for day, word in WEEKDAYS.items()]


@requires(Ability.SET_PLANS)
@require_http_methods(["GET", "POST"])
def change_length(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """More or fewer sessions after a review; what that gives back is shown before it is done."""
    plan = plan_of(patient_id, plan_id)
    sessions = queries.planned_sessions(plan)
    live = [each for each in sessions if each.state != SessionState.CANCELLED]
    form = forms.LengthForm(initial={"session_count": len(live)})
    status = 200
    if request.method == "POST":
        form = forms.LengthForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                actions.change_length(
                    plan=plan, by=request.user, now=timezone.now(), **form.cleaned_data
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The course has another number of sessions now."))
                return _after_length(request, plan)
    context = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "form": form,
        "live": live,
        "done": sum(each.state == SessionState.DONE for each in live),
        "changes": queries.length_changes(plan),
        "most_usual": rules.MOST_SESSIONS,
        "fewest_usual": rules.FEWEST_SESSIONS,
        "notices": notices_of(queries.visits_to_lose(plan)),
    }
    return render(request, "treatments/plans/length.html", context, status=status)


def _after_length(request: StaffRequest, plan: Any) -> HttpResponse:
    """What was added is proposed at once."""
    to_book = any(each.state in queries.TO_BOOK for each in queries.planned_sessions(plan))
    if to_book and request.user.may(Ability.BOOK) and not queries.booking_limit(plan).refusal:
        return redirect("plans:book", patient_id=plan.patient_id, plan_id=plan.pk)
    return redirect(url_of(plan))


@requires(Ability.SET_PLANS)
@require_POST
def hold_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """What becomes of the times that are still taken is the next page, as after a refuse."""
    plan = plan_of(patient_id, plan_id)
    return _with_reason(request, plan, actions.hold_plan, _("The course is on hold."))


@requires(Ability.SET_PLANS)
@require_POST
def stop_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    plan = plan_of(patient_id, plan_id)
    return _with_reason(request, plan, actions.stop_plan, _("The course is stopped."))


@requires(Ability.SET_PLANS)
@require_POST
def release_plan(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    plan = plan_of(patient_id, plan_id)
    try:
        actions.release_plan(plan=plan, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=url_of(plan))
    messages.success(
        request, _("The course goes on. Sessions without a time are to be booked again.")
    )
    return redirect(url_of(plan))


def _with_reason(request: StaffRequest, plan: Any, action: Any, done: str) -> HttpResponse:
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        context = _course_page(request, plan) | {"reason_form": form}
        return render(request, "treatments/plans/plan.html", context, status=422)
    try:
        action(plan=plan, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back=url_of(plan))
    messages.success(request, done)
    if request.user.may(Ability.BOOK) and queries.held_appointments(plan):
        return redirect("plans:held", patient_id=plan.patient_id)
    return redirect(url_of(plan))


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
        "is_active": state in (PlanState.ACTIVE, PlanState.PROPOSED),
        "to_book_states": queries.TO_BOOK
        if state == PlanState.ACTIVE or plan.is_maintenance
        else (),
        "suits": suits_in_words(plan),
        "changes": queries.length_changes(plan),
        "held_count": len(queries.held_appointments(plan)) if state == PlanState.ON_HOLD else 0,
        "to_move": sum(each.wait_until is not None for each in sessions),
        "may_book": request.user.may(Ability.BOOK),
        "may_set": may_set,
        "notices": notices_of(queries.visits_to_lose(plan)) if may_set else [],
        "may_read": request.user.may(Ability.READ_CHART),
        "has_appointment": (
            SessionState.BOOKED,
            SessionState.DONE,
            SessionState.MISSED,
            SessionState.ON_HOLD,
        ),
    }


def _likely_plan(patient: Any, analysis: Any, kind: PlanKind) -> dict[str, Any]:
    """The patient's own last plan; without one, only where to treat, as the analysis says."""
    plans = queries.plans_of(patient)
    before = next((each for each in plans if each.kind == kind), None)
    steps = before or next(iter(plans), None)
    regions = (
        {region for spot in analysis.spots.all() for region in spot.regions} if analysis else ()
    )
    maintained = kind == PlanKind.MAINTENANCE
    form = forms.MaintenanceForm if maintained else forms.PlanForm
    likely: dict[str, Any] = {
        "regions": [region for region in BodyRegion.values if region in regions],
        "session_minutes": queries.usual_minutes(),
        "days_earlier": form.usual_tolerance[0],
        "days_later": form.usual_tolerance[1],
    }
    if steps is not None:
        likely |= {name: getattr(steps, name) for name in OWN_STEPS} | {"room": steps.room_id}
    if maintained:
        last = (before.session_count, before.interval_days) if before else None
        visits, days = rules.usual_maintenance(last)
        likely |= {"visits": visits, "weeks": days // 7}
    elif before is not None:
        likely |= {name: getattr(before, name) for name in OWN_COURSE}
    return likely


def suits_in_words(plan: Any) -> list[str]:
    """The days and hours that suit the patient."""
    words = [str(WEEKDAYS[day]) for day in plan.preferred_weekdays if day in WEEKDAYS]
    begin, end = plan.preferred_from, plan.preferred_until
    if begin and end:
        words.append(f"{begin:%H:%M}–{end:%H:%M}")
    elif begin:
        words.append(_("from %(time)s") % {"time": f"{begin:%H:%M}"})
    elif end:
        words.append(_("until %(time)s") % {"time": f"{end:%H:%M}"})
    return words


def _word(terms: Any, value: str) -> str:
    return str(terms(value).label) if value in terms.values else value
