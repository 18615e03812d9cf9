"""Settling the names of one patient, and looking through those of the clinic. For the physician."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.clinic_names import actions, queries
from patients.clinic_names.forms import SettleForm
from patients.clinic_names.hooks import screen_soon
from patients.clinic_names.queries import SettledName, UnreadPart
from patients.clinic_names.rules import SHORTEST_REASON
from patients.clinic_names.terms import NameList
from patients.clinic_names.words import meaning_words
from patients.records.queries import patient as patient_of

PER_PAGE = 50
MOST_SUGGESTED = 5


@dataclass(frozen=True)
class ShownPart:
    """One stretch that nobody knows, with its form and the known names that look like it."""

    part: UnreadPart
    form: SettleForm
    near: tuple[str, ...]
    refusal: Refused | None = None


@requires(Ability.DECIDE_FINDINGS)
@require_GET
def unread_names(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What is not recognised on the lists of one patient, each to be settled."""
    return _unread_page(request, patient_id)


@requires(Ability.DECIDE_FINDINGS)
@require_POST
def settle_name(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    found(patient_of, patient_id)
    form = SettleForm(request.POST, rule_set=queries.rule_set_now())
    refusal: Refused | None = None
    if form.is_valid():
        try:
            actions.settle_name(**form.settled(), by=request.user, now=timezone.now())
        except Refused as refused_:
            refusal = refused_
        else:
            screen_soon(patient_id, request.user, timezone.now())
            messages.success(request, _("The name is settled, for every patient."))
            left = queries.unread_parts(patient_id)
            return redirect("patients:unread-names" if left else "patients:verdict", patient_id)
    return _unread_page(request, patient_id, bound=form, refusal=refusal)


@requires(Ability.DECIDE_FINDINGS)
@require_GET
def list_names(request: StaffRequest) -> HttpResponse:
    """The names in force, and those that hold patients until somebody settles them."""
    text = request.GET.get("q", "").strip()[:200]
    page = Paginator(queries.settled_names(text), PER_PAGE).get_page(request.GET.get("page"))
    open_names = queries.open_names()
    return render(
        request,
        "patients/clinic_names/list.html",
        {
            "page": page,
            "names": _with_use(queries.with_patients(page.object_list)),
            "text": text,
            "open_names": open_names[:PER_PAGE],
            "open_count": len(open_names),
        },
    )


@requires(Ability.DECIDE_FINDINGS)
@require_http_methods(["GET", "POST"])
def show_name(request: StaffRequest, change_id: int) -> HttpResponse:
    """One name with its history; a post removes it."""
    change = found(queries.name_change, change_id)
    if request.method == "POST":
        try:
            actions.remove_name(
                change_id=change_id,
                reason=request.POST.get("reason", "")[:500],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            return refused(request, refusal, back=reverse("patients:names"))
        screen_soon(None, request.user, timezone.now())
        messages.success(request, _("The name is removed. Texts with it are not recognised again."))
        return redirect("patients:names")
    history = queries.history_of(change.listed, change.name)
    return render(
        request,
        "patients/clinic_names/name.html",
        {
            "change": change,
            "history": [(one, meaning_words(one, get_language() or "en")) for one in history],
            "is_newest": history[0].pk == change.pk and change.in_force,
            "patient_count": len(queries.patients_with(change.listed, change.name)),
        },
    )


def _with_use(names: list[SettledName]) -> list[tuple[SettledName, str]]:
    language = get_language() or "en"
    return [(one, meaning_words(one.change, language)) for one in names]


def _unread_page(
    request: StaffRequest,
    patient_id: UUID,
    *,
    bound: SettleForm | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    patient = found(patient_of, patient_id)
    rule_set = queries.rule_set_now()
    shown = []
    for part in queries.unread_parts(patient_id):
        is_bound = (
            bound is not None
            and bound.data.get("listed") == part.listed
            and bound.data.get("part") == part.name
        )
        form = bound if is_bound and bound is not None else SettleForm(rule_set=rule_set)
        suggest = (
            rule_set.suggest_medications
            if part.listed == NameList.MEDICATIONS
            else rule_set.suggest_allergens
        )
        shown.append(
            ShownPart(part, form, suggest(part.name, MOST_SUGGESTED), refusal if is_bound else None)
        )
    return render(
        request,
        "patients/clinic_names/unread.html",
        {
            "patient": patient,
            "tab": "verdict",
            "parts": shown,
            "shortest_reason": SHORTEST_REASON,
            "lost": refusal
            if bound is not None and not any(s.form is bound for s in shown)
            else None,
        },
        status=422 if bound is not None else 200,
    )
