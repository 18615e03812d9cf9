"""One appointment: what can be done with it now, moving and cancelling it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours.queries import local_date
from clinic.http import StaffRequest, found, reads_file_of, refused, requires
from clinic.refusals import Refused
from clinic.staff.queries import physicians
from clinic.staff.terms import Ability
from clinic.undo import Undo, say_done
from treatments.booking import actions, hooks, queries, rules
from treatments.booking.forms import DayForm, MoveForm, OfferForm, StateForm, VersionForm
from treatments.booking.queries import Offer
from treatments.booking.strip import Wished, strip
from treatments.booking.terms import BOOKED_SINGLY, AppointmentKind, AppointmentState
from treatments.booking.words import day_url, moved_words


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_appointment(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    appointment = _appointment(request, appointment_id)
    today = local_date(timezone.now())
    return render(
        request,
        "treatments/booking/appointment.html",
        {
            "appointment": appointment,
            "steps": _steps(appointment, today),
            "may_book": request.user.may(Ability.BOOK),
            "is_expected": appointment.is_expected,
            "is_missed": appointment.state == AppointmentState.MISSED,
            "may_cancel": AppointmentState.CANCELLED
            in rules.TRANSITIONS[AppointmentState(appointment.state)],
        },
    )


@requires(Ability.RUN_THE_DAY)
@require_POST
def change_state(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """One click: the card again for htmx, otherwise back to where it was clicked."""
    now = timezone.now()
    appointment = _appointment(request, appointment_id)
    back = _next(request, reverse("booking:show", args=[appointment_id]))
    form = StateForm(request.POST or request.GET)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    is_fragment = bool(request.headers.get("HX-Request"))
    was = AppointmentState(appointment.state)
    try:
        appointment = actions.change_state(
            appointment_id=appointment_id,
            to=AppointmentState(form.cleaned_data["to"]),
            seen_version=form.cleaned_data["version"],
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        if not is_fragment:
            return refused(request, refusal, back=back)
        appointment = queries.appointment(appointment_id)
        context = _card(appointment, now) | {"refusal": refusal}
        # 200: htmx shows only answers that succeeded, and this card says why nothing changed.
        return render(request, "treatments/booking/_board_card.html", context)
    if is_fragment:
        response = render(request, "treatments/booking/_board_card.html", _card(appointment, now))
        response["HX-Trigger"] = "appointmentChanged"
        return response
    say_done(request, _undo(appointment, was, back))
    return HttpResponseRedirect(back)


def _undo(appointment: Any, was: AppointmentState, back: str) -> Undo:
    """What the bar says of a change of state; where one step back is allowed, it offers it."""
    state = AppointmentState(appointment.state)
    text = _("%(patient)s: %(state)s") % {
        "patient": appointment.patient.full_name,
        "state": state.label,
    }
    if was not in rules.TRANSITIONS[state]:
        return Undo(text, "")
    fields = {"to": was.value, "version": str(appointment.version), "next": back}
    return Undo(text, reverse("booking:state", args=[appointment.pk]), fields)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def move_appointment(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    now = timezone.now()
    appointment = _appointment(request, appointment_id)
    back = reverse("booking:show", args=[appointment_id])
    if not appointment.is_expected:
        refusal = rules.NotMovable(AppointmentState(appointment.state))
        return refused(request, refusal, back=back)
    limits = hooks.joined(hooks.limits_of_move(appointment, now))
    choice = MoveForm({"physician": request.POST.get("physician") or request.GET.get("physician")})
    physician = choice.cleaned_data["physician"] if choice.is_valid() else appointment.physician
    length = appointment.ends_at - appointment.physician_from
    numbing = appointment.physician_from - appointment.starts_at
    lasts = {
        "minutes": rules.minutes_of(length),
        "numbing_minutes": rules.minutes_of(numbing),
    }
    form = OfferForm(**lasts)
    status = 200
    if request.method == "POST":
        form = OfferForm(request.POST, **lasts)
        status = 422
        if form.is_valid() and form.cleaned_data["version"]:
            offer: Offer = form.cleaned_data["slot"]
            try:
                moved = actions.move_appointment(
                    appointment_id=appointment_id,
                    starts_at=offer.span.starts_at,
                    physician=physician,
                    room=offer.room,
                    seen_version=form.cleaned_data["version"],
                    by=request.user,
                    now=now,
                )
            except Refused as refusal:
                if refusal.leads_to:  # others would move too: they are shown first
                    return redirect(refusal.leads_to)
                form.add_error(None, str(refusal))
                status = refusal.status
                appointment = queries.appointment(appointment_id)
            else:
                messages.success(request, moved_words(moved))
                _say_notices(request, hooks.notices_after_change(moved, now))
                return redirect(
                    _after_freeing(appointment, now) or day_url(local_date(moved.starts_at))
                )
    first = max(local_date(now), limits.first or local_date(now))
    wished = DayForm(request.POST or request.GET).day_or(
        max(first, local_date(appointment.starts_at))
    )
    context = {
        "appointment": appointment,
        "limits": limits,
        "form": form,
        "physician": physician,
        "physicians": physicians(),
        "notices": _known(hooks.notices_before_change(appointment, now)),
    }
    if not limits.refusal:
        wish = Wished(
            patient=appointment.patient,
            physician=physician,
            kind=AppointmentKind(appointment.kind),
            length=length,
            numbing=numbing,
            nurse=appointment.nurse,
            device=appointment.device,
            room=appointment.room,
            excluding=appointment.pk,
            current=appointment.starts_at if physician == appointment.physician else None,
        )
        context["strip"] = strip(wish, wished, first=first, last=limits.last, now=now)
    return render(request, "treatments/booking/move.html", context, status=status)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def cancel_appointment(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    appointment = _appointment(request, appointment_id)
    now = timezone.now()
    notices = hooks.notices_before_change(appointment, now)
    if request.method == "GET":
        pages = [page for page in hooks.page_of_course(appointment) if page]
        context = {
            "appointment": appointment,
            "notices": _known(notices),
            "course_url": next(iter(pages), ""),
        }
        return render(request, "treatments/booking/cancel.html", context)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    back = reverse("booking:show", args=[appointment_id])
    try:
        cancelled = actions.cancel_appointment(
            appointment_id=appointment_id,
            seen_version=form.cleaned_data["version"],
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        return refused(request, refusal, back=back)
    messages.success(
        request,
        _("The appointment of %(patient)s is cancelled.")
        % {"patient": cancelled.patient.full_name},
    )
    _say_notices(request, notices)
    return redirect(_after_freeing(appointment, now) or day_url(local_date(cancelled.starts_at)))


def _after_freeing(appointment: Any, now: datetime) -> str:
    """Where somebody waits for the time that `appointment` had, the page that offers it."""
    return next((page for page in hooks.page_of_freed_time(appointment, now) if page), "")


@requires(Ability.BOOK)
@require_GET
def offer_new_time(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Where who did not come gets another time; a session of a course, on the page of its course."""
    appointment = _appointment(request, appointment_id)
    pages = [page for page in hooks.new_time_page(appointment) if page]
    if pages or appointment.kind not in BOOKED_SINGLY:
        return redirect(pages[0] if pages else reverse("chart", args=[appointment.patient_id]))
    chosen = urlencode(
        {
            "patient": appointment.patient_id,
            "kind": appointment.kind,
            "physician": appointment.physician_id,
            "device": appointment.device_id or "",
        }
    )
    return redirect(f"{reverse('booking:new')}?{chosen}")


def _known(notices: Iterable[hooks.Notice | None]) -> list[hooks.Notice]:
    return [notice for notice in notices if notice is not None]


def _say_notices(request: StaffRequest, notices: Iterable[hooks.Notice | None]) -> None:
    for notice in _known(notices):
        say = messages.warning if notice.must_call else messages.info
        say(request, notice.text)


def _appointment(request: StaffRequest, appointment_id: UUID) -> Any:
    """The appointment; whose it is stands in the access log, though not in the address."""
    appointment = found(queries.appointment, appointment_id)
    reads_file_of(request, appointment.patient_id)
    return appointment


def _steps(appointment: Any, today: date) -> list[rules.Step]:
    return rules.steps(
        AppointmentState(appointment.state),
        AppointmentKind(appointment.kind),
        on=local_date(appointment.starts_at),
        today=today,
    )


def _card(appointment: Any, now: datetime) -> dict[str, Any]:
    return {"appointment": appointment, "steps": _steps(appointment, local_date(now))}


def _next(request: StaffRequest, otherwise: str) -> str:
    wished = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wished if safe else otherwise
