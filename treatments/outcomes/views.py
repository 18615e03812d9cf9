"""What became of a patient's course, and its review."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import patient as patient_of
from treatments.outcomes import actions, queries
from treatments.outcomes.documents import (
    MOST_PHOTOGRAPHS,
    NoSuchPhotograph,
    photographs_to_choose,
    report_pdf,
)
from treatments.outcomes.forms import DecisionForm, ReviewForm
from treatments.outcomes.queries import Outcome
from treatments.outcomes.terms import NO_SUCH_PHOTOGRAPH
from treatments.outcomes.watch import moment_of


@requires(Ability.READ_CHART)
@require_GET
def show_latest(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The outcome of the latest course; without one, of all that was analysed."""
    return _page(request, queries.outcome_of(found(patient_of, patient_id)))


@requires(Ability.READ_CHART)
@require_GET
def show_outcome(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    return _page(request, _outcome(patient_id, plan_id))


@requires(Ability.SET_PLANS)
@require_http_methods(["GET", "POST"])
def set_review(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    outcome = _outcome(patient_id, plan_id)
    assert outcome.plan is not None
    form = ReviewForm(
        request.POST if request.method == "POST" else None,
        numbers=outcome.to_come,
        followed=[
            (each.series.key, each.series.label) for each in outcome.shown if each.has_baseline
        ],
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            actions.set_review(
                plan=outcome.plan, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The review is set."))
            return redirect("outcomes:of-plan", patient_id, plan_id)
    context = _context(request, outcome) | {"form": form}
    return render(request, "treatments/outcomes/set_review.html", context, status=status)


@requires(Ability.SET_PLANS)
@require_http_methods(["GET", "POST"])
def decide_review(
    request: StaffRequest, patient_id: UUID, plan_id: UUID, point_id: UUID
) -> HttpResponse:
    outcome = _outcome(patient_id, plan_id)
    assert outcome.plan is not None
    point = found(queries.review_point, outcome.plan, point_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            actions.decide_review(
                point=point, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The review is written down."))
            return redirect("outcomes:of-plan", patient_id, plan_id)
    review = next(each for each in outcome.reviews if each.point.pk == point.pk)
    context = _context(request, outcome) | {"form": form, "review": review}
    return render(request, "treatments/outcomes/decide.html", context, status=status)


@requires(Ability.READ_CHART)
@require_GET
def choose_for_report(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """What goes into the patient's report; no photograph is chosen beforehand."""
    return _report_page(request, _outcome(patient_id, plan_id))


@requires(Ability.READ_CHART)
@require_GET
def show_report(request: StaffRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    outcome = _outcome(patient_id, plan_id)
    try:
        chosen = _keys(request.GET.getlist("photograph"))
        content = report_pdf(outcome.patient, plan_id, chosen)
    except Refused as refusal:
        return _report_page(request, outcome, str(refusal), status=refusal.status)
    response = HttpResponse(content, content_type="application/pdf")
    # The name must not say whose it is, or about what: downloads lie around on shared computers.
    response["Content-Disposition"] = 'inline; filename="report.pdf"'
    return response


def _keys(asked: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(each) for each in asked]
    except ValueError as error:
        raise NoSuchPhotograph(NO_SUCH_PHOTOGRAPH) from error


def _report_page(
    request: StaffRequest, outcome: Outcome, trouble: str = "", *, status: int = 200
) -> HttpResponse:
    context = _context(request, outcome) | {
        "offered": photographs_to_choose(outcome.patient),
        "most": MOST_PHOTOGRAPHS,
        "trouble": trouble,
    }
    return render(request, "treatments/outcomes/choose_for_report.html", context, status=status)


def _outcome(patient_id: UUID, plan_id: UUID) -> Outcome:
    return found(queries.outcome_of, found(patient_of, patient_id), plan_id)


def _page(request: StaffRequest, outcome: Outcome) -> HttpResponse:
    due = moment_of(outcome.patient, timezone.localdate())
    context = _context(request, outcome) | {"due": due}
    return render(request, "treatments/outcomes/outcome.html", context)


def _context(request: StaffRequest, outcome: Outcome) -> dict[str, Any]:
    return {
        "patient": outcome.patient,
        "tab": "analysis",
        "outcome": outcome,
        "review": outcome.review,
        "may_decide": request.user.may(Ability.SET_PLANS),
        "may_analyse": request.user.may(Ability.ANALYSE_SKIN),
    }
