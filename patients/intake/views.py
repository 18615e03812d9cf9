"""The intake as staff ask it: one page per subject, and a last one to check the answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.intake import actions
from patients.intake.forms import SectionForm
from patients.intake.list_forms import LINE_FORMS, LineForm
from patients.intake.page_queries import IntakePage, intake_page, intake_pages
from patients.intake.summaries import entries_of, list_question, summary_of
from patients.intake.terms import YES
from patients.records.queries import Patient
from patients.records.queries import patient as patient_of
from patients.rulebook.queries import rules_in_force

LONGEST_NAME = 200


@requires(Ability.TAKE_INTAKE)
@require_GET
def check_intake(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What was answered, and what is still open: the first and the last page of the intake."""
    patient = found(patient_of, patient_id)
    on = timezone.localdate()
    pages = intake_pages(patient, on)
    mine = [page for page in pages if _may_ask(request, page)]
    first_open = next((page for page in mine if not page.is_complete), None)
    return render(
        request,
        "patients/intake/check.html",
        {
            "patient": patient,
            "tab": "intake",
            "summaries": [summary_of(page, patient, _may_ask(request, page)) for page in pages],
            "first_open": first_open or mine[0],
            "open_count": sum(len(page.open_codes) for page in mine),
            "open_for_the_clinic": sum(
                len(page.open_codes) for page in pages if not _may_ask(request, page)
            ),
            "untouched": all(page.is_untouched for page in mine),
        },
    )


@requires(Ability.TAKE_INTAKE)
@require_http_methods(["GET", "POST"])
def ask_section(request: StaffRequest, patient_id: UUID, section: str) -> HttpResponse:
    patient = found(patient_of, patient_id)
    now = timezone.now()
    on = timezone.localdate(now)
    page = intake_page(patient, on, section)
    if page is None:
        raise Http404
    if not _may_ask(request, page):
        raise PermissionDenied
    anew = "anew" in request.GET or "anew" in request.POST
    if request.method == "GET":
        form = _form(page, None, anew=anew)
        return _show(request, patient, page, form, _line(page, None, on), anew=anew)

    form = _form(page, request.POST, anew=anew)
    line = _line(page, request.POST, on)
    answers = form.answers(on=on, anew=anew)
    adds = line is not None and line.has_line()
    if form.errors or (adds and line is not None and not line.is_valid()):
        return _show(request, patient, page, form, line, anew=anew, status=422)
    try:
        actions.save_page(
            patient=patient,
            answers=answers,
            listed=page.listed,
            line=line.cleaned_data if adds and line is not None else None,
            none=bool(page.listed) and request.POST.get(f"{page.listed}_none") == YES,
            confirmed=f"{page.listed}_confirmed" in request.POST,
            remove=_id(request.POST.get("remove", "")),
            on=on,
            by=request.user,
            now=now,
        )
        _correct(request, patient, page, now)
    except Refused as refusal:
        return _show(
            request, patient, page, form, line, anew=anew, status=refusal.status, refusal=refusal
        )
    return redirect(_next_address(request, patient.pk, page, on, anew=anew))


def _correct(request: StaffRequest, patient: Patient, page: IntakePage, now: datetime) -> None:
    """ "Did you mean" was answered with yes: "<entry> <text>"."""
    entry, _space, text = request.POST.get("correct", "").partition(" ")
    entry_id = _id(entry)
    if page.listed is None or entry_id is None or not text.strip():
        return
    actions.correct_text(
        patient=patient,
        listed=page.listed,
        entry_id=entry_id,
        text=text[:LONGEST_NAME],
        by=request.user,
        now=now,
    )


def _may_ask(request: StaffRequest, page: IntakePage) -> bool:
    return not page.is_for_the_clinic or request.user.may(Ability.READ_CHART)


def _form(page: IntakePage, post: QueryDict | None, *, anew: bool) -> SectionForm:
    return SectionForm(
        page.questions,
        standing={} if anew else page.answers,
        rule_set=rules_in_force(),
        language=get_language() or "en",
        post=post,
        medicines=page.medicines,
    )


def _line(page: IntakePage, post: QueryDict | None, on: date) -> LineForm | None:
    if page.listed is None:
        return None
    return LINE_FORMS[page.listed](
        post, today=on, rule_set=rules_in_force(), language=get_language() or "en"
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _next_address(
    request: StaffRequest, patient_id: UUID, page: IntakePage, on: date, *, anew: bool
) -> str:
    """Stay where the list or new questions ask for it; else go to the next page, then to the check."""
    patient = patient_of(patient_id)
    pages = [one for one in intake_pages(patient, on) if _may_ask(request, one)]
    keys = [one.key for one in pages]
    here = keys.index(page.key) if page.key in keys else len(keys) - 1
    suffix = "?anew=1" if anew else ""
    section = reverse("patients:intake-section", args=[patient_id, page.key]) + suffix
    if request.POST.get("go") == "list" or {"remove", "correct"} & request.POST.keys():
        return f"{section}#list"
    shown = set(request.POST.getlist("shown"))
    new = pages[here].not_among(shown) if here < len(pages) else []
    if new and "shown" in request.POST:
        text = ngettext(
            "One more question follows from this.",
            "%(count)d more questions follow from this.",
            len(new),
        )
        messages.info(request, text % {"count": len(new)})
        return f"{section}#id_{new[0]}"
    if request.POST.get("rest"):
        return section
    if request.POST.get("go") == "check" or here + 1 >= len(keys):
        return reverse("patients:intake", args=[patient_id])
    return reverse("patients:intake-section", args=[patient_id, keys[here + 1]]) + suffix


def _show(
    request: StaffRequest,
    patient: Any,
    page: IntakePage,
    form: SectionForm,
    line: LineForm | None,
    *,
    anew: bool,
    status: int = 200,
    refusal: Refused | None = None,
) -> HttpResponse:
    pages = [one for one in intake_pages(patient, timezone.localdate()) if _may_ask(request, one)]
    keys = [one.key for one in pages]
    step = keys.index(page.key)
    return render(
        request,
        "patients/intake/section.html",
        {
            "patient": patient,
            "tab": "intake",
            "page": page,
            "title": page.section.title.to(get_language() or "en"),
            "form": form,
            "line": line,
            "line_errors": line is not None and line.is_bound and line.has_line() and line.errors,
            "entries": entries_of(page.listed, patient),
            "list_question": list_question(page.listed),
            "step": step + 1,
            "steps": len(pages),
            "back": keys[step - 1] if step else None,
            "is_last": step + 1 == len(pages),
            "anew": anew,
            "refusal": refusal,
        },
        status=status,
    )
