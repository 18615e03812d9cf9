"""The pages of a new appointment: for whom, then a free time; or, with a reason, one that is taken."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.hours.queries import local_date
from clinic.http import StaffRequest, found, reads_file_of, requires
from clinic.refusals import Refused
from clinic.staff.queries import physicians
from clinic.staff.terms import Ability, Role
from patients.records import queries as records
from patients.records.actions import AlreadyRegistered, register_patient
from treatments.booking import actions, rules
from treatments.booking.forms import DayForm, NewPatientForm, OfferForm, TwiceForm, WishForm
from treatments.booking.queries import Offer
from treatments.booking.strip import Wished, strip
from treatments.booking.terms import AppointmentKind
from treatments.booking.words import booked_words, day_url

MOST_FOUND = 8
CARRIED = ("day", "physician", "kind")  # what was chosen before the patient was


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def book_appointment(request: StaffRequest) -> HttpResponse:
    """A single visit: for whom, then a free time. A course is booked from its plan."""
    now = timezone.now()
    patient_id = uuid_or_none(request.POST.get("patient") or request.GET.get("patient"))
    if patient_id is None:
        return _find_patient(request)
    patient = found(records.patient, patient_id)
    reads_file_of(request, patient.pk)
    wish = WishForm(_wish(request))
    context: dict[str, Any] = {"patient": patient, "wish": wish, "request_key": uuid4()}
    context["may_overbook"] = request.user.may(Ability.OVERBOOK)
    if not wish.is_valid():
        return render(request, "treatments/booking/book.html", context, status=422)
    wished = wish.wished(patient)
    status = 200
    if request.method == "POST":
        form = OfferForm(
            request.POST,
            minutes=rules.minutes_of(wished.length),
            numbing_minutes=rules.minutes_of(wished.numbing),
        )
        status = 422
        if form.is_valid():
            offer: Offer = form.cleaned_data["slot"]
            try:
                booked = _book(request, wished, offer, form.cleaned_data["request_key"], now=now)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
                context["refused"] = offer if isinstance(refusal, rules.SlotTaken) else None
            else:
                messages.success(request, booked_words(booked))
                return redirect(day_url(local_date(booked.starts_at)))
        context["form"] = form
    today = local_date(now)
    day = DayForm(request.POST or request.GET).day_or(today)
    context |= {"wished": wished, "strip": strip(wished, day, first=today, last=None, now=now)}
    return render(request, "treatments/booking/book.html", context, status=status)


def _book(
    request: StaffRequest, wished: Wished, offer: Offer, request_key: UUID | None, *, now: Any
) -> Any:
    return actions.book(
        patient=wished.patient,
        physician=wished.physician,
        room=offer.room,
        kind=wished.kind,
        nurse=wished.nurse,
        device=wished.device,
        starts_at=offer.span.starts_at,
        physician_from=offer.physician_from,
        ends_at=offer.span.ends_at,
        request_key=request_key,
        by=request.user,
        now=now,
    )


@requires(Ability.OVERBOOK)
@require_http_methods(["GET", "POST"])
def book_twice(request: StaffRequest) -> HttpResponse:
    """A time that is taken, booked once more on purpose. Never for a patient who is elsewhere then."""
    now = timezone.now()
    patient_id = uuid_or_none(request.POST.get("patient") or request.GET.get("patient"))
    if patient_id is None:
        return _find_patient(request)
    patient = found(records.patient, patient_id)
    reads_file_of(request, patient.pk)
    wish = WishForm(_wish(request))
    form = TwiceForm(initial=request.GET.dict() | {"request_key": uuid4()})
    status = 200
    if request.method == "POST":
        form = TwiceForm(request.POST)
        status = 422
        if form.is_valid() and wish.is_valid():
            wished = wish.wished(patient)
            starts_at = form.starts_at
            try:
                booked = actions.book(
                    patient=patient,
                    physician=wished.physician,
                    room=form.cleaned_data["room"],
                    kind=wished.kind,
                    nurse=wished.nurse,
                    device=wished.device,
                    starts_at=starts_at,
                    physician_from=starts_at + wished.numbing,
                    ends_at=starts_at + wished.numbing + wished.length,
                    overbooked_because=form.cleaned_data["reason"],
                    request_key=form.cleaned_data["request_key"],
                    by=request.user,
                    now=now,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, booked_words(booked))
                return redirect(day_url(local_date(booked.starts_at)))
    context = {"patient": patient, "wish": wish, "form": form, "request_key": uuid4()}
    return render(request, "treatments/booking/twice.html", context, status=status)


@requires(Ability.REGISTER_PATIENTS)
@require_POST
def register_and_book(request: StaffRequest) -> HttpResponse:
    """Open a file for who telephones for the first time, and go on to the free times."""
    now = timezone.now()
    form = NewPatientForm(request.POST)
    known: Any = ()
    if form.is_valid():
        try:
            patient = register_patient(
                **form.identity(),
                although_known=form.cleaned_data["register_anyway"],
                by=request.user,
                now=now,
            )
        except AlreadyRegistered as refusal:
            form.add_error(None, str(refusal))
            known = refusal.known
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("%(name)s is registered with file number %(number)s.")
                % {"name": patient.full_name, "number": patient.number},
            )
            return redirect(_booking_of(request, patient.pk))
    context = {
        "text": "",
        "patients": known,
        "new_patient": form,
        "is_known": bool(known),
        "carried": _carried(request),
    }
    return render(request, "treatments/booking/whose.html", context, status=422)


def _find_patient(request: StaffRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    patients = list(records.patients_matching(text)[:MOST_FOUND]) if text else []
    if len(patients) == 1:
        return redirect(_booking_of(request, patients[0].pk))
    context: dict[str, Any] = {"text": text, "patients": patients, "carried": _carried(request)}
    if text and request.user.may(Ability.REGISTER_PATIENTS):
        context["new_patient"] = NewPatientForm(initial=_said(text))
    return render(request, "treatments/booking/whose.html", context)


def _said(text: str) -> dict[str, str]:
    """What was searched for is the name, or the number, of who is not found."""
    is_number = sum(letter.isdigit() for letter in text) > len(text) // 2
    return {"phone" if is_number else "full_name": text}


def _booking_of(request: StaffRequest, patient_id: UUID) -> str:
    chosen = (request.POST or request.GET).copy()
    for name in set(chosen) - set(CARRIED):
        chosen.pop(name)
    chosen["patient"] = str(patient_id)
    return f"{reverse('booking:new')}?{chosen.urlencode()}"


def _carried(request: StaffRequest) -> dict[str, str]:
    chosen = request.POST or request.GET
    return {name: chosen[name] for name in CARRIED if chosen.get(name)}


def _wish(request: StaffRequest) -> dict[str, Any]:
    """What was chosen, or what is likely: a consultation, with oneself or the first physician."""
    chosen = request.POST or request.GET
    physician: Any = chosen.get("physician")
    if not physician:
        own = request.user.role == Role.PHYSICIAN
        first = request.user if own else physicians().first()
        physician = first.pk if first else None
    return {
        "kind": chosen.get("kind") or AppointmentKind.CONSULTATION,
        "physician": physician,
        "nurse": chosen.get("nurse"),
        "device": chosen.get("device"),
    }


def uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
