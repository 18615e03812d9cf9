"""The verdict about one patient, and what the physician decides about its findings."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, found, requires, uuid_in
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import patient as patient_of
from patients.screening import actions, queries
from patients.screening.explained import ShownFinding, explained
from patients.screening.gates import SHORTEST_REASON
from patients.screening.hooks import planned_treatment_of
from patients.screening.queries import Purpose, Screening
from patients.screening.verdict_changes import changed_by_rules, emergency_notice

AHEAD = "ahead"


@requires(Ability.READ_CHART)
@require_GET
def show_verdict(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The verdict of today's session where there was a re-screen, else the one for booking ahead.

    The one for booking is computed anew whenever an answer, the plan or the rules have changed.
    """
    screening = _screening(request, patient_id, ahead=AHEAD in request.GET)
    return _page(request, screening)


@requires(Ability.READ_CHART)
@require_GET
def show_verdict_of(request: StaffRequest, patient_id: UUID, screening_id: UUID) -> HttpResponse:
    """The verdict of a session of an earlier day, whose record still waits for its signature."""
    return _page(request, found(queries.screening_of_patient, patient_id, screening_id))


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def decide(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Override one finding with a reason, or tick cautions as seen."""
    patient = found(patient_of, patient_id)
    now = timezone.now()
    ahead = request.POST.get("purpose") != Purpose.SESSION
    earlier = uuid_in(request.POST.get("screening", ""))
    screening = (
        found(queries.screening_of_patient, patient_id, earlier)
        if earlier
        else _screening(request, patient_id, ahead=ahead)
    )
    chosen = [key.partition("|") for key in request.POST.getlist("finding")]
    try:
        decided = actions.decide_findings(
            patient=patient,
            screening=screening,
            findings=[(rule, target) for rule, _bar, target in chosen],
            reason=request.POST.get("reason", ""),
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        return _page(
            request,
            screening,
            refusal=refusal,
            typed={
                "finding": request.POST.get("finding", ""),
                "reason": request.POST.get("reason", ""),
            },
        )
    if decided:
        messages.success(request, _("The decision is written down."))
    if earlier:
        return redirect("patients:verdict-of", patient_id, earlier)
    suffix = f"?{AHEAD}=1" if ahead else ""
    return redirect(reverse("patients:verdict", args=[patient_id]) + suffix)


def _screening(request: StaffRequest, patient_id: UUID, *, ahead: bool) -> Screening:
    patient = found(patient_of, patient_id)
    now = timezone.now()
    on = timezone.localdate(now)
    of_the_day = None if ahead else queries.latest_screening(patient, Purpose.SESSION, on=on)
    if of_the_day is not None:
        return of_the_day
    planned = next((plan for plan in planned_treatment_of(patient) if plan is not None), None)
    return actions.screen_patient(
        patient=patient, planned=planned, purpose=Purpose.BOOKING, on=on, by=request.user, now=now
    )


@dataclass(frozen=True)
class Overview:
    """One reason in one line, with every place it is about, and where its detail begins."""

    first: int
    finding: ShownFinding
    places: list[str]


def _overview(findings: list[ShownFinding]) -> list[Overview]:
    """Every reason at a glance, the strongest first. One that stands in sight needs none."""
    lines: dict[tuple[str, str], Overview] = {}
    for number, finding in enumerate(findings, start=1):
        key = (finding.rule, str(finding.severity))
        line = lines.setdefault(key, Overview(number, finding, []))
        if finding.where:
            line.places.append(finding.where)
    return list(lines.values()) if len(lines) > 1 else []


def _page(
    request: StaffRequest,
    screening: Screening,
    *,
    refusal: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    on = timezone.localdate()
    patient = screening.patient
    of_session = screening.purpose == Purpose.SESSION
    told = explained(screening)
    other = None if of_session else queries.latest_screening(patient, Purpose.SESSION, on=on)
    return render(
        request,
        "patients/screening/verdict.html",
        {
            "patient": patient,
            "tab": "verdict",
            "screening": screening,
            "told": told,
            "overview": _overview(told.findings),
            "changed": changed_by_rules(screening),
            "notice": emergency_notice(screening),
            "of_session": of_session,
            "lesion_rules": queries.rules_about_lesions(screening),
            "of_earlier_day": of_session and screening.on != on,
            "has_other": of_session or other is not None,
            "may_decide": request.user.may(Ability.DECIDE_FINDINGS),
            "may_ask": request.user.may(Ability.TAKE_INTAKE),
            "may_analyse": request.user.may(Ability.ANALYSE_SKIN),
            "shortest_reason": SHORTEST_REASON,
            "refusal": refusal,
            "typed": typed or {},
        },
        status=refusal.status if refusal else 200,
    )
