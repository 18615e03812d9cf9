"""The calendar: a day at a glance, one appointment, and booking or moving it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours.queries import local_date, rooms
from clinic.http import StaffRequest, found, reads_file_of, refused, requires
from clinic.refusals import Refused
from clinic.staff.queries import physicians
from clinic.staff.terms import Ability, Role
from patients.records import queries as records
from treatments.booking import actions, hooks, queries, rules
from treatments.booking.day import By, day_grid
from treatments.booking.forms import DayForm, MoveForm, OfferForm, StateForm, VersionForm, WishForm
from treatments.booking.queries import Offer
from treatments.booking.terms import AppointmentKind, AppointmentState

STRIP_DAYS = 14  # the days beside which the number of free times stands
MOST_FOUND = 8


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day to choose, with how many times are free on it."""

    day: date
    free: int
    current: bool
    allowed: bool = True


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_day(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    today = local_date(now)
    day = DayForm(request.GET).day_or(today)
    by: By = "room" if request.GET.get("by") == "room" else "physician"
    grid = day_grid(day, by=by, now=now)
    return render(
        request,
        "treatments/booking/day.html",
        {"grid": grid, "today": today, "may_book": request.user.may(Ability.BOOK)},
    )


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
    messages.success(
        request,
        _("%(patient)s: %(state)s")
        % {
            "patient": appointment.patient.full_name,
            "state": AppointmentState(appointment.state).label,
        },
    )
    return HttpResponseRedirect(back)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def book_appointment(request: StaffRequest) -> HttpResponse:
    """A consultation or review: for whom, then a free time. A course is booked from its plan."""
    now = timezone.now()
    patient_id = _uuid(request.POST.get("patient") or request.GET.get("patient"))
    if patient_id is None:
        return _find_patient(request)
    patient = found(records.patient, patient_id)
    reads_file_of(request, patient.pk)
    wish = WishForm(_wish(request))
    context: dict[str, Any] = {"patient": patient, "wish": wish, "status": 200}
    if not wish.is_valid():
        return render(request, "treatments/booking/book.html", context, status=422)
    if request.method == "POST":
        form = OfferForm(request.POST, minutes=wish.minutes)
        if form.is_valid():
            offer: Offer = form.cleaned_data["slot"]
            try:
                booked = actions.book(
                    patient=patient,
                    physician=wish.cleaned_data["physician"],
                    room=offer.room,
                    kind=AppointmentKind(wish.cleaned_data["kind"]),
                    starts_at=offer.span.starts_at,
                    ends_at=offer.span.ends_at,
                    by=request.user,
                    now=now,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                context["status"] = refusal.status
            else:
                messages.success(request, _booked_words(booked))
                return redirect(_day_url(local_date(booked.starts_at)))
        else:
            context["status"] = 422
        context["form"] = form
    context |= _free_times(request, now, patient=patient, wish=wish)
    return render(request, "treatments/booking/book.html", context, status=context["status"])


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
    minutes = int((appointment.ends_at - appointment.starts_at) / timedelta(minutes=1))
    form = OfferForm(minutes=minutes)
    status = 200
    if request.method == "POST":
        form = OfferForm(request.POST, minutes=minutes)
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
                form.add_error(None, str(refusal))
                status = refusal.status
                appointment = queries.appointment(appointment_id)
            else:
                messages.success(request, _moved_words(moved))
                _say_notices(request, hooks.notices_after_change(moved, now))
                return redirect(_day_url(local_date(moved.starts_at)))
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
        context |= _strip_and_times(
            wished,
            first=first,
            last=limits.last,
            now=now,
            physician=physician,
            patient=appointment.patient,
            minutes=minutes,
            excluding=appointment.pk,
            room=appointment.room,
            current=appointment.starts_at if physician == appointment.physician else None,
        )
    return render(request, "treatments/booking/move.html", context, status=status)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def cancel_appointment(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    appointment = _appointment(request, appointment_id)
    now = timezone.now()
    notices = hooks.notices_before_change(appointment, now)
    if request.method == "GET":
        context = {"appointment": appointment, "notices": _known(notices)}
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
    return redirect(_day_url(local_date(cancelled.starts_at)))


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


def _find_patient(request: StaffRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    patients = list(records.patients_matching(text)[:MOST_FOUND]) if text else []
    if len(patients) == 1:
        chosen = request.GET.copy()
        chosen.pop("q")
        chosen["patient"] = str(patients[0].pk)
        return redirect(f"{reverse('booking:new')}?{chosen.urlencode()}")
    context = {"text": text, "patients": patients, "day": request.GET.get("day", "")}
    return render(request, "treatments/booking/whose.html", context)


def _wish(request: StaffRequest) -> dict[str, Any]:
    """What was chosen, or what is likely: a consultation, with oneself or the first physician."""
    chosen = request.POST or request.GET
    kind = chosen.get("kind") or AppointmentKind.CONSULTATION
    physician: Any = chosen.get("physician")
    if not physician:
        own = request.user.role == Role.PHYSICIAN
        first = request.user if own else physicians().first()
        physician = first.pk if first else None
    return {"kind": kind, "physician": physician}


def _free_times(
    request: StaffRequest, now: datetime, *, patient: Any, wish: WishForm
) -> dict[str, Any]:
    today = local_date(now)
    return _strip_and_times(
        DayForm(request.POST or request.GET).day_or(today),
        first=today,
        last=None,
        now=now,
        physician=wish.cleaned_data["physician"],
        patient=patient,
        minutes=wish.minutes,
    )


def _strip_and_times(
    wished: date,
    *,
    first: date,
    last: date | None,
    now: datetime,
    physician: Any,
    patient: Any,
    minutes: int,
    excluding: UUID | None = None,
    room: Any = None,
    current: datetime | None = None,
) -> dict[str, Any]:
    """Two weeks of days with their number of free times, and the times of the chosen one.
    `current` is no other time: it is left out.

    On a day without a free time the first day after it that has one is shown.
    """
    horizon = local_date(now + rules.HORIZON)
    latest = min(last or horizon, horizon)
    chosen = min(max(wished, first), max(latest, first))
    begin = max(first, chosen - timedelta(days=chosen.weekday()))
    all_rooms = rooms()
    ordered = sorted(all_rooms, key=lambda each: each != room) if room else all_rooms
    free = queries.free_slots_for(
        physician=physician,
        rooms=ordered,
        patient=patient,
        first=begin,
        last=begin + timedelta(days=STRIP_DAYS - 1),
        length=timedelta(minutes=minutes),
        now=now,
        excluding=excluding,
    )
    free = {
        day: [offer for offer in offers if offer.span.starts_at != current]
        for day, offers in free.items()
    }
    allowed = {day for day in free if first <= day <= latest}
    if not free.get(chosen):
        chosen = min((day for day in allowed if day > chosen and free[day]), default=chosen)
    offers = free[chosen] if chosen in allowed else []
    return {
        "chosen": chosen,
        "strip": [
            StripDay(day, len(free[day]), day == chosen, day in allowed) for day in sorted(free)
        ],
        "earlier": begin - timedelta(days=7) if begin > first else None,
        "later": begin + timedelta(days=STRIP_DAYS)
        if begin + timedelta(days=STRIP_DAYS) <= latest
        else None,
        "parts": _parts_of_day(offers),
    }


def _parts_of_day(offers: list[Offer]) -> list[tuple[str, list[Offer]]]:
    local = [(timezone.localtime(offer.span.starts_at).hour, offer) for offer in offers]
    parts = [
        (_("Morning"), [offer for hour, offer in local if hour < 12]),
        (_("Afternoon"), [offer for hour, offer in local if hour >= 12]),
    ]
    return [(name, times) for name, times in parts if times]


def _steps(appointment: Any, today: date) -> list[rules.Step]:
    return rules.steps(
        AppointmentState(appointment.state),
        AppointmentKind(appointment.kind),
        on=local_date(appointment.starts_at),
        today=today,
    )


def _card(appointment: Any, now: datetime) -> dict[str, Any]:
    return {"appointment": appointment, "steps": _steps(appointment, local_date(now))}


def _booked_words(appointment: Any) -> str:
    return _("Booked: %(patient)s with %(physician)s, %(room)s, at %(time)s.") % _words(appointment)


def _moved_words(appointment: Any) -> str:
    return _("Moved: %(patient)s is now with %(physician)s, %(room)s, at %(time)s.") % _words(
        appointment
    )


def _words(appointment: Any) -> Mapping[str, str]:
    return {
        "patient": appointment.patient.full_name,
        "physician": appointment.physician.display_name,
        "room": appointment.room.name,
        "time": f"{timezone.localtime(appointment.starts_at):%H:%M}",
    }


def _day_url(day: date) -> str:
    return f"{reverse('booking:day')}?day={day.isoformat()}"


def _next(request: StaffRequest, otherwise: str) -> str:
    wished = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wished if safe else otherwise


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
