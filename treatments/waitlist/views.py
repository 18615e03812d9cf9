"""The waitlist of the desk: who waits, whom a free time suits, and one click that offers it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours.queries import local_date
from clinic.hours.queries import rooms as rooms_in_use
from clinic.http import StaffRequest, found, reads_file_of, refused, requires, uuid_in
from clinic.refusals import Refused
from clinic.staff.queries import physicians
from clinic.staff.terms import Ability
from patients.records import queries as records
from treatments.booking.forms import DayForm, MoveForm
from treatments.booking.queries import free_slots_for, length_of
from treatments.booking.rules import Span
from treatments.booking.terms import AppointmentKind
from treatments.waitlist import actions, queries
from treatments.waitlist.forms import EntryForm, FreeTimeForm
from treatments.waitlist.freed import address_of
from treatments.waitlist.queries import FreeTime

MOST_FOUND = 8
DAYS_SHOWN = 7


@requires(Ability.BOOK)
@require_GET
def list_waiting(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    lines = [
        {
            "entry": entry,
            "visit": queries.visit_to_replace(entry),
            "offer": next((each for each in entry.offers.all() if each.is_open(now)), None),
            "is_to_treat": queries.is_to_treat(entry),
        }
        for entry in queries.waiting()
    ]
    freed = [(each, address_of(each)) for each in queries.freed_times(now)]
    return render(request, "treatments/waitlist/list.html", {"lines": lines, "freed": freed})


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def add_entry(request: StaffRequest) -> HttpResponse:
    """For whom, then for what and when."""
    patient_id = uuid_in(request.POST.get("patient") or request.GET.get("patient"))
    if patient_id is None:
        return _find_patient(request)
    patient = found(records.patient, patient_id)
    reads_file_of(request, patient.pk)
    form = EntryForm(request.POST or None, patient=patient)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.add_entry(
                    patient=patient,
                    kind=form.kind,
                    session=form.session,
                    physician=form.cleaned_data["physician"],
                    when=form.when,
                    note=form.cleaned_data["note"],
                    by=request.user,
                    now=timezone.now(),
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(
                    request,
                    _("%(patient)s is on the waitlist.") % {"patient": patient.full_name},
                )
                return redirect("waitlist:list")
    context = {"patient": patient, "form": form}
    return render(request, "treatments/waitlist/add.html", context, status=status)


@requires(Ability.BOOK)
@require_POST
def take_off(request: StaffRequest, entry_id: UUID) -> HttpResponse:
    entry = found(queries.entry, entry_id)
    actions.take_off(entry_id=entry.pk, by=request.user, now=timezone.now())
    messages.success(
        request,
        _("%(patient)s is not on the waitlist any more.") % {"patient": entry.patient.full_name},
    )
    return redirect("waitlist:list")


@requires(Ability.BOOK)
@require_GET
def show_fits(request: StaffRequest) -> HttpResponse:
    """Whom one free time suits; without a time, the free times of a week to choose from."""
    now = timezone.now()
    form = FreeTimeForm(request.GET)
    if not form.is_valid():
        return _choose_time(request, now, status=422 if request.GET.get("starts") else 200)
    return render(request, "treatments/waitlist/fits.html", _fits(form.free_time, now))


@requires(Ability.BOOK)
@require_POST
def offer_time(request: StaffRequest, entry_id: UUID) -> HttpResponse:
    now = timezone.now()
    entry = found(queries.entry, entry_id)
    form = FreeTimeForm(request.POST)
    if not form.is_valid():
        return _choose_time(request, now, status=422)
    free = form.free_time
    try:
        offer = actions.offer_time(entry_id=entry.pk, free=free, by=request.user, now=now)
    except Refused as refusal:
        return refused(request, refusal, back=address_of(free))
    facts = {
        "patient": entry.patient.full_name,
        "until": f"{timezone.localtime(offer.expires_at):%H:%M}",
    }
    if queries.is_told_by_mail(offer):
        words = _("Offered to %(patient)s by e-mail. The time is kept until %(until)s.")
    else:
        words = _("Please telephone %(patient)s. The time is kept until %(until)s.")
    messages.success(request, words % facts)
    return redirect("waitlist:list")


@requires(Ability.BOOK)
@require_POST
def answer_offer(request: StaffRequest, offer_id: UUID) -> HttpResponse:
    """What the patient said on the telephone, or the desk takes the offer back."""
    now = timezone.now()
    offer = found(queries.offer, offer_id)
    how: dict[str, Any] = {"offer_id": offer.pk, "by": request.user, "now": now}
    said = request.POST.get("answer")
    name = {"patient": offer.entry.patient.full_name}
    try:
        if said == "yes":
            visit = actions.accept_offer(**how)
            messages.success(request, _("%(patient)s has the time now.") % name)
            return redirect(f"{reverse('booking:day')}?day={local_date(visit.starts_at)}")
        if said == "no":
            actions.decline_offer(**how)
            messages.success(request, _("The time is free again; %(patient)s waits on.") % name)
        elif said == "back":
            actions.withdraw_offer(**how)
            messages.success(request, _("The offer is taken back; the time is free again."))
        else:
            return render(request, "400.html", status=400)
    except Refused as refusal:
        return refused(request, refusal, back=reverse("waitlist:list"))
    hold = offer.hold
    free = FreeTime(hold.physician, hold.room, Span(hold.starts_at, hold.ends_at))
    return redirect(address_of(free))


def _fits(free: FreeTime, now: datetime) -> dict[str, Any]:
    return {
        "free": free,
        "fits": queries.fits(free, now),
        "now": now,
        "is_past": free.span.starts_at <= now,
    }


def _choose_time(request: StaffRequest, now: datetime, *, status: int) -> HttpResponse:
    """The free times of a week with one physician, in the shortest length that is booked."""
    today = local_date(now)
    chosen = MoveForm(request.GET)
    physician = chosen.cleaned_data["physician"] if chosen.is_valid() else physicians().first()
    first = max(DayForm(request.GET).day_or(today), today)
    free: list[tuple[Any, list[tuple[FreeTime, str]]]] = []
    if physician is not None:
        minutes, _numbing = length_of(AppointmentKind.SESSION)
        offers = free_slots_for(
            physician=physician,
            rooms=rooms_in_use(),
            patient=None,
            first=first,
            last=first + timedelta(days=DAYS_SHOWN - 1),
            length=timedelta(minutes=minutes),
            now=now,
        )
        times = {
            day: [FreeTime(physician, each.room, each.span) for each in offers[day]]
            for day in sorted(offers)
        }
        free = [(day, [(each, address_of(each)) for each in times[day]]) for day in times]
    context = {
        "physician": physician,
        "physicians": physicians(),
        "first": first,
        "earlier": max(first - timedelta(days=DAYS_SHOWN), today) if first > today else None,
        "later": first + timedelta(days=DAYS_SHOWN),
        "free": free,
    }
    return render(request, "treatments/waitlist/times.html", context, status=status)


def _find_patient(request: StaffRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    patients = list(records.patients_matching(text)[:MOST_FOUND]) if text else []
    if len(patients) == 1:
        chosen = QueryDict(mutable=True)
        chosen["patient"] = str(patients[0].pk)
        return redirect(f"{reverse('waitlist:add')}?{chosen.urlencode()}")
    return render(request, "treatments/waitlist/whose.html", {"text": text, "patients": patients})
