"""The desk's page of what patients and visitors asked for, and the calendar of a member of staff."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.hours.queries import local_date
from clinic.http import StaffRequest, found, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.records import queries as records
from patients.records.forms import PatientForm
from treatments.patient_side import actions, feeds, queries, visitors
from treatments.patient_side.public_views import unstored
from treatments.waitlist.terms import WEEKDAYS


@requires(Ability.BOOK)
@require_GET
def list_requests(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "wishes": [(each, queries.is_kept(each, now)) for each in queries.open_wishes()],
        "visitors": [(each, _days(each.weekdays)) for each in queries.visitors()],
        "answers": queries.answers_by_link(now),
    }
    return render(request, "treatments/patient_side/requests.html", context)


@requires(Ability.BOOK)
@require_POST
def settle_wish(request: StaffRequest, wish_id: UUID) -> HttpResponse:
    """One click: the visit moves to the time that was picked, or stays as it is."""
    now = timezone.now()
    wish = found(queries.wish, wish_id)
    back = reverse("patient:requests")
    name = {"patient": wish.appointment.patient.full_name}
    try:
        if request.POST.get("answer") == "yes":
            moved = actions.accept_wish(wish_id=wish.pk, by=request.user, now=now)
            day = local_date(moved.starts_at).isoformat()
            messages.success(request, _("The appointment of %(patient)s is moved.") % name)
            _say_who_tells(request, wish)
            return redirect(f"{reverse('booking:day')}?day={day}")
        if request.POST.get("answer") != "no":
            return render(request, "400.html", status=400)
        actions.decline_wish(wish_id=wish.pk, by=request.user, now=now)
    except Refused as refusal:
        return refused(request, refusal, back=back)
    messages.success(request, _("The appointment of %(patient)s stays as it is.") % name)
    _say_who_tells(request, wish)
    return redirect(back)


def _say_who_tells(request: StaffRequest, wish: Any) -> None:
    """Whether a letter brings the answer to the patient."""
    if queries.is_written_to(wish.appointment.patient):
        messages.info(request, _("The patient is told by e-mail."))
    else:
        messages.warning(request, _("The patient gets no e-mail: please telephone."))


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def settle_visitor(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Whose file it is, or a new one, or nothing."""
    now = timezone.now()
    visitor = found(queries.visitor, request_id)
    if visitor.settled_at is not None:
        return redirect("patient:requests")
    matches = queries.matches_of(visitor)
    if request.method == "GET":
        context = {
            "visitor": visitor,
            "matches": matches,
            "days": _days(visitor.weekdays),
        }
        return render(request, "treatments/patient_side/visitor.html", context)
    try:
        if request.POST.get("answer") == "no":
            visitors.decline_visitor(request_id=visitor.pk, by=request.user, now=now)
            messages.success(request, _("The request is declined and wiped."))
            return redirect("patient:requests")
        chosen = {str(each.pk): each for each in matches}.get(request.POST.get("patient", ""))
        if chosen is None:
            return render(request, "400.html", status=400)
        visitors.take_over(request_id=visitor.pk, patient=chosen, by=request.user, now=now)
    except Refused as refusal:
        return refused(request, refusal, back=reverse("patient:requests"))
    return redirect(f"{reverse('booking:new')}?patient={chosen.pk}")


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def register_visitor(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A new file from what the visitor filled in; then the appointment."""
    now = timezone.now()
    visitor = found(queries.visitor, request_id)
    if visitor.settled_at is not None:
        return redirect("patient:requests")
    today = local_date(now)
    status = 200
    if request.method == "POST":
        form = PatientForm(request.POST, today=today)
        status = 422
        if form.is_valid():
            try:
                patient = visitors.register_visitor(
                    request_id=visitor.pk,
                    identity=form.identity(),
                    although_known=form.cleaned_data["register_anyway"],
                    by=request.user,
                    now=now,
                )
                return redirect(f"{reverse('booking:new')}?patient={patient.pk}")
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
    else:
        form = PatientForm(
            today=today,
            initial={
                "full_name": visitor.full_name,
                "phone": visitor.phone,
                "email": visitor.email,
                "language": visitor.language,
                "reminders": "email" if visitor.email else "paper",
            },
        )
    context = {"visitor": visitor, "form": form}
    return render(request, "treatments/patient_side/register.html", context, status=status)


@requires(Ability.BOOK)
@require_http_methods(["GET", "POST"])
def calendar_of_patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What this patient can open without an account, and its end."""
    now = timezone.now()
    patient = found(records.patient, patient_id)
    if request.method == "POST":
        feeds.end_all_of_patient(patient=patient, by=request.user, now=now)
        messages.success(request, _("The calendar and its link open nothing any more."))
        return redirect("patient:calendar-of", patient_id=patient.pk)
    context = {"patient": patient, "tab": "messages", "feed": queries.feed_of(patient=patient)}
    return render(request, "treatments/patient_side/calendar_of.html", context)


@requires(Ability.RUN_THE_DAY)
@require_http_methods(["GET", "POST"])
def own_calendar(request: StaffRequest) -> HttpResponse:
    """The address of one's visits for a calendar program: made, shown once, ended."""
    now = timezone.now()
    made = ""
    if request.method == "POST":
        if request.POST.get("calendar") == "make":
            # Shown in this one answer: the key is kept nowhere, so that no page can show it again.
            key = feeds.make_feed_of_member(member=request.user, now=now)
            made = settings.BASE_URL + reverse("patient:feed", args=[key])
        else:
            if request.POST.get("calendar") == "end":
                feeds.end_feed_of_member(member=request.user, now=now)
                messages.success(request, _("The calendar has ended."))
            return redirect("patient:own-calendar")
    context = {"made": made, "feed": queries.feed_of(member=request.user)}
    return unstored(render(request, "treatments/patient_side/own_calendar.html", context))


def _days(weekdays: list[int]) -> str:
    return ", ".join(str(word) for value, word in WEEKDAYS if value in weekdays)
