"""The treatment room: re-screen, record, signature; and the signed records of a patient."""

import json
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.amounts import plain
from clinic.hours.queries import day_bounds
from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records.queries import patient as patient_of
from treatments.analysis.map_pictures import shown_views
from treatments.analysis.terms import BodyRegion
from treatments.booking.numbing import ready_at
from treatments.photographs.queries import taken_on
from treatments.sessions import actions, queries, rescreening
from treatments.sessions.forms import AmendmentForm, SessionForm, differences
from treatments.sessions.reading import read_record, what_was_done
from treatments.sessions.refusals import AmendmentNeedsWords, DraftChanged, NotComplete
from treatments.sessions.rescreen_forms import RescreenForm


@requires(Ability.SIGN_SESSIONS)
@require_GET
def to_sign(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    sessions = queries.sessions_to_sign(request.user, timezone.localdate(now))
    return render(request, "treatments/sessions/to_sign.html", {"sessions": sessions})


@requires(Ability.READ_CHART)
@require_GET
def list_sessions(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    return render(
        request,
        "treatments/sessions/sessions.html",
        {
            "patient": patient,
            "tab": "sessions",
            "sessions": queries.sessions_of(patient),
            "tomorrow": day_bounds(timezone.localdate())[1],
        },
    )


@requires(Ability.READ_CHART)
@require_http_methods(["GET", "POST"])
def record_session(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    session = found(queries.session_of_patient, patient_id, session_id)
    signed = queries.signed_of(session)
    if signed is not None:
        return _signed_page(request, session, signed)
    if not request.user.may(Ability.TREAT):
        return refused(request, Refused(_("This session is not signed yet.")), back=_list(session))
    now = timezone.now()
    draft = queries.draft_of(session)
    try:
        actions.check_open(session, now)
        if draft is None and request.method == "POST":
            actions.start_session(planned_session=session, by=request.user, now=now)
            return redirect("sessions:record", patient_id, session_id)
    except Refused as refusal:
        return refused(request, refusal, back=_list(session))
    if draft is None:
        return _begin_page(request, session)
    if request.method == "POST":
        return _save(request, session, draft, now)
    return _record_page(request, session, draft, _form(session, draft, now), now)


def _begin_page(request: StaffRequest, session: Any) -> HttpResponse:
    """Before the record is open. Looking at it begins nothing."""
    patient = session.plan.patient
    context = {
        "patient": patient,
        "tab": "sessions",
        "session": session,
        "screening": queries.screening_of_the_day(patient, queries.day_of(session)),
    }
    return render(request, "treatments/sessions/begin.html", context)


def _save(request: StaffRequest, session: Any, draft: Any, now: datetime) -> HttpResponse:
    quietly = request.headers.get("X-Autosave") == "1"
    form = _form(session, draft, now, request)
    if not form.is_valid():
        if quietly:
            return JsonResponse({"message": _("Not saved: please check the entries.")}, status=422)
        return _record_page(request, session, draft, form, now, status=422)
    try:
        saved = actions.save_draft(
            draft_id=draft.pk,
            seen_version=form.cleaned_data["version"],
            values=form.values(queries.day_of(session)),
            by=request.user,
            now=now,
        )
    except DraftChanged as changed:
        if quietly:
            return JsonResponse({"message": str(changed)}, status=409)
        stored = changed.draft
        form.at_version(stored.version)
        return _record_page(
            request, session, stored, form, now, status=409, changed=differences(stored, form)
        )
    except Refused as refusal:
        if quietly:
            return JsonResponse({"message": str(refusal)}, status=refusal.status)
        return refused(request, refusal, back=_list(session))
    if quietly:
        return JsonResponse(
            {
                "version": saved.version,
                "message": _("Saved %(at)s") % {"at": date_format(timezone.localtime(now), "H:i")},
                "blocks": _blocks(session, saved, now),
            }
        )
    if request.POST.get("go") == "sign":
        return redirect("sessions:sign", session.plan.patient_id, session.pk)
    messages.success(request, _("Saved."))
    return redirect("sessions:record", session.plan.patient_id, session.pk)


def _blocks(session: Any, draft: Any, now: datetime) -> str:
    """What still stands before the signature, as the page shows it."""
    screening = queries.screening_of_the_day(session.plan.patient, queries.day_of(session))
    blocks = actions.what_still_blocks(session, draft, screening, now=now)
    return render_to_string("treatments/sessions/_blocks.html", {"blocks": blocks})


def _form(
    session: Any, draft: Any, now: datetime, request: StaffRequest | None = None
) -> SessionForm:
    return SessionForm(
        request.POST if request else None,
        draft=draft,
        planned_regions=session.plan.regions,
        cocktail=session.plan.cocktail,
        now=now,
    )


def _record_page(
    request: StaffRequest,
    session: Any,
    draft: Any,
    form: SessionForm,
    now: datetime,
    *,
    status: int = 200,
    changed: Any = (),
) -> HttpResponse:
    patient = session.plan.patient
    screening = queries.screening_of_the_day(patient, queries.day_of(session))
    return render(
        request,
        "treatments/sessions/record.html",
        {
            "patient": patient,
            "tab": "sessions",
            "session": session,
            "draft": draft,
            "form": form,
            "screening": screening,
            "of_earlier_day": queries.day_of(session) != timezone.localdate(now),
            "blocks": actions.what_still_blocks(session, draft, screening, now=now),
            "cream_on": _cream(session.appointment),
            "photographs_today": taken_on(patient, queries.day_of(session)),
            **_volumes(session.plan.cocktail),
            "views": shown_views(form.mapped, []) or shown_views([BodyRegion.FOREHEAD], []),
            "treated": queries.last_treated(patient),
            "changed": changed,
            "may_sign": request.user.may(Ability.SIGN_SESSIONS),
            "zone": settings.TIME_ZONE,
        },
        status=status,
    )


def _cream(visit: Any) -> dict[str, Any] | None:
    """Since when the cream is on, and when the skin is ready for the physician."""
    if visit is None or visit.numbing_since is None:
        return None
    return {"since": visit.numbing_since, "ready_at": ready_at(visit)}


def _volumes(cocktail: Any) -> dict[str, str]:
    """What was prepared and what was meant to be given, for the page and for its script."""
    prepared, intended = queries.prepared_ml(cocktail), queries.intended_ml(cocktail)
    if prepared is None or intended is None:
        return {"prepared_plain": ""}
    return {
        "prepared_plain": str(plain(prepared)),
        "prepared": number_format(plain(prepared)),
        "intended": number_format(plain(intended)),
    }


@requires(Ability.TREAT)
@require_http_methods(["GET", "POST"])
def rescreen(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    session = found(queries.session_of_patient, patient_id, session_id)
    now = timezone.now()
    on = timezone.localdate(now)
    try:
        actions.check_open(session, now)
        actions.check_its_day(session, now)
    except Refused as refusal:
        return refused(request, refusal, back=_list(session))
    patient = session.plan.patient
    sheet = rescreening.sheet_of_the_day(patient, on)
    if request.method == "GET":
        return _rescreen_page(request, session, RescreenForm(sheet))
    form = RescreenForm(sheet, request.POST)
    opened = rescreening.questions_opened(patient, form.ticks, on)
    if form.ask_in_full(opened, rescreening.asked_by_name(patient, form.ticks, on)):
        return _rescreen_page(request, session, form, opened=True)
    answers = form.answers(on)
    if form.has_errors:
        return _rescreen_page(request, session, form, status=422)
    try:
        screening = rescreening.record_rescreen(
            planned_session=session, ticks=form.ticks, separate=answers, by=request.user, now=now
        )
    except Refused as refusal:
        return _rescreen_page(request, session, form, status=422, refusal=refusal)
    if (elsewhere := _not_today(request, session, screening)) is not None:
        return elsewhere
    try:
        actions.start_session(planned_session=session, by=request.user, now=now)
    except Refused as refusal:
        return refused(request, refusal, back=_list(session))
    return redirect("sessions:record", patient_id, session_id)


def _not_today(request: StaffRequest, session: Any, screening: Any) -> HttpResponse | None:
    """Where a re-screen leads that lets the session not begin; None: it may."""
    patient_id, may_book = session.plan.patient_id, request.user.may(Ability.BOOK)
    if screening.verdict == "refuse":
        messages.error(
            request, _("Not today: the remaining sessions of the course were put on hold.")
        )
        return redirect("plans:held" if may_book else "sessions:list", patient_id)
    if queries.session_of_patient(patient_id, session.pk).wait_until is not None:
        messages.error(request, _("Not today: this session is to be moved to a later day."))
        return redirect("plans:waits" if may_book else "sessions:list", patient_id)
    return None


def _rescreen_page(
    request: StaffRequest, session: Any, form: RescreenForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"patient": session.plan.patient, "tab": "sessions", "session": session, "form": form}
    return render(request, "treatments/sessions/rescreen.html", context | more, status=status)


@requires(Ability.SIGN_SESSIONS)
@require_http_methods(["GET", "POST"])
def sign(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    session = found(queries.session_of_patient, patient_id, session_id)
    draft = queries.draft_of(session)
    if draft is None or queries.signed_of(session) is not None:
        return redirect("sessions:record", patient_id, session_id)
    now = timezone.now()
    try:
        actions.check_open(session, now)
    except Refused as refusal:
        return refused(request, refusal, back=_list(session))
    if request.method == "GET":
        return _sign_page(request, session, draft, now)
    try:
        actions.sign_session(
            planned_session=session,
            patient_id_on_screen=_uuid(request.POST.get("patient", "")),
            seen_version=_number(request.POST.get("version", "")),
            by=request.user,
            now=now,
        )
    except NotComplete as incomplete:
        return _sign_page(
            request, session, draft, now, status=incomplete.status, blocks=incomplete.reasons
        )
    except Refused as refusal:
        return _sign_page(request, session, draft, now, status=refusal.status, refusal=refusal)
    messages.success(request, _("Signed. The aftercare sheet is ready to print."))
    return redirect("sessions:record", patient_id, session_id)


def _sign_page(
    request: StaffRequest,
    session: Any,
    draft: Any,
    now: datetime,
    *,
    status: int = 200,
    blocks: list[str] | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    patient = session.plan.patient
    screening = queries.screening_of_the_day(patient, queries.day_of(session))
    if blocks is None:
        blocks = actions.what_still_blocks(session, draft, screening, now=now)
    if refusal is None:
        try:
            actions.check_signer(request.user, on=timezone.localdate(now))
        except Refused as not_a_signer:
            refusal = not_a_signer
    return render(
        request,
        "treatments/sessions/sign.html",
        {
            "patient": patient,
            "tab": "sessions",
            "session": session,
            "draft": draft,
            "screening": screening,
            "of_earlier_day": queries.day_of(session) != timezone.localdate(now),
            "blocks": blocks,
            "refusal": refusal,
            "done": what_was_done(draft, session.plan.cocktail),
        },
        status=status,
    )


@requires(Ability.SIGN_SESSIONS)
@require_POST
def amend(request: StaffRequest, patient_id: UUID, session_id: UUID) -> HttpResponse:
    session = found(queries.session_of_patient, patient_id, session_id)
    signed = queries.signed_of(session)
    if signed is None:
        return redirect("sessions:record", patient_id, session_id)
    form = AmendmentForm(request.POST)
    typed = {name: request.POST.get(name, "") for name in form.fields}
    try:
        if not form.is_valid():
            raise AmendmentNeedsWords(" ".join(map(str, chain(*form.errors.values()))))
        actions.amend_session(
            signed=signed,
            **form.values(queries.day_of(session)),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        return _signed_page(request, session, signed, refusal=refusal, typed=typed)
    messages.success(request, _("The amendment stands beside the record."))
    return redirect("sessions:record", patient_id, session_id)


def _signed_page(
    request: StaffRequest,
    session: Any,
    signed: Any,
    *,
    refusal: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    record = json.loads(signed.record, parse_float=Decimal)
    return render(
        request,
        "treatments/sessions/signed.html",
        {
            "patient": session.plan.patient,
            "tab": "sessions",
            "session": session,
            "signed": signed,
            "record": read_record(record),
            "views": shown_views([each["region"] for each in record["regions"]], []),
            "refusal": refusal,
            "typed": typed or {},
            "may_amend": request.user.may(Ability.SIGN_SESSIONS),
            "may_print": request.user.may(Ability.PRINT_AFTERCARE),
        },
        status=refusal.status if refusal else 200,
    )


def _list(session: Any) -> str:
    return reverse("sessions:list", args=[session.plan.patient_id])


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
