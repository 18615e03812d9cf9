"""What a patient opens from a letter: one act of one visit, an offer, the page of their visits.

Opening changes nothing, however often a mail scanner does it; one button acts, once. The pages are
exempt from the CSRF check for the reason in `patients.links.door`: the address is the secret.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import found, public
from clinic.refusals import Refused
from patients.links.door import at_the_door, private
from patients.links.models import PatientLink
from patients.links.tokens import token_for
from treatments.patient_side import actions, feeds, links, queries, rules, terms
from treatments.patient_side.documents import FILE_NAME, MIME, visit_file
from treatments.patient_side.forms import MoveForm, value_of
from treatments.patient_side.knocking import address_of, is_shut, knock
from treatments.patient_side.models import VisitLink
from treatments.patient_side.rules import Door
from treatments.patient_side.terms import BY_LINK, CALENDAR_LINK, VisitAct
from treatments.waitlist import actions as waitlist
from treatments.waitlist import queries as offers
from treatments.waitlist import rules as offering
from treatments.waitlist.models import SlotOffer
from treatments.waitlist.terms import OFFER_OVER
from treatments.waitlist.tokens import OFFER, id_in

DONE = {"confirm", "move", "moved", "cancel", "yes", "no"}


def unguessable(
    page: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Counts keys that open nothing, by the address they come from; private, whatever comes out."""

    @csrf_exempt
    @public
    @wraps(page)
    def view(request: HttpRequest, **named: Any) -> HttpResponse:
        now, key = timezone.now(), _key_in(named)
        who = address_of(request)
        try:
            if is_shut(Door.LINK, who, now):
                knock(Door.LINK, who, now)
            return private(page(request, key, now, **named))
        except Http404:
            try:
                knock(Door.LINK, who, now)
            except rules.TooManyKnocks as refusal:
                return over(request, refusal)
            return over(request, rules.LinkOver(terms.LINK_OVER), status=404)
        except rules.TooManyKnocks as refusal:
            return over(request, refusal)

    return view


def _key_in(named: dict[str, Any]) -> str:
    """Take the key out of what an address carries, whatever it opens."""
    return str(named.pop(next(name for name in named if name.endswith("key"))))


def over(request: HttpRequest, refusal: Refused, *, status: int = 0) -> HttpResponse:
    """The page that says that a link does nothing, and why."""
    context = {"refusal": refusal}
    answer = render(
        request, "treatments/patient_side/over.html", context, status=status or refusal.status
    )
    if isinstance(refusal, rules.TooManyKnocks):
        answer["Retry-After"] = str(refusal.retry_after)
    return private(answer)


@require_http_methods(["GET", "HEAD", "POST"])
@unguessable
def open_visit(request: HttpRequest, key: str, now: datetime, act: str) -> HttpResponse:
    """Confirm, ask for another time, or cancel: the question by GET, the act by POST."""
    if act not in VisitAct.values:
        raise Http404
    link = links.link_behind(key, VisitAct(act))
    if link is None:
        raise Http404
    with translation.override(link.appointment.patient.language):
        try:
            links.check_open(link, now)
            if link.act == VisitAct.MOVE:
                return _ask_to_move(request, link, now)
            if request.method == "POST":
                act_with = {
                    VisitAct.CONFIRM: actions.confirm_visit,
                    VisitAct.CANCEL: actions.cancel_visit,
                }[VisitAct(link.act)]
                act_with(link=link, now=now)
                return _done(link.act)
        except Refused as refusal:
            return over(request, refusal)
        return render(request, f"treatments/patient_side/{link.act}.html", _visit(link, key))


def _ask_to_move(request: HttpRequest, link: VisitLink, now: datetime) -> HttpResponse:
    days = queries.times_for_move(link.appointment, now)
    form = MoveForm(request.POST if request.method == "POST" else None, days=days)
    status, retry_after = 200, 0
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                wish = actions.ask_to_move(link=link, wished=form.wished, now=now)
                return _done("moved" if wish.is_settled else link.act)
            except (rules.LinkUsed, rules.LinkOver):
                raise
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
                retry_after = getattr(refusal, "retry_after", 0)
    shown = [
        (day.day, [(value_of(offer), offer.span.starts_at) for offer in day.offers]) for day in days
    ]
    context = _visit(link, "") | {"form": form, "days": shown}
    answer = render(request, "treatments/patient_side/move.html", context, status=status)
    if retry_after:
        answer["Retry-After"] = str(retry_after)
    return answer


def _visit(link: VisitLink, key: str) -> dict[str, Any]:
    return {
        "visit": link.appointment,
        "address": settings.CLINIC_ADDRESS,
        "file": reverse("patient:visit-file", args=[key, link.act]) if key else "",
    }


@require_GET
@unguessable
def visit_as_file(request: HttpRequest, key: str, now: datetime, act: str) -> HttpResponse:
    """The visit for the patient's own calendar, as long as its link acts."""
    link = links.link_behind(key, VisitAct(act)) if act in VisitAct.values else None
    if link is None:
        raise Http404
    try:
        links.check_open(link, now)
    except Refused as refusal:
        with translation.override(link.appointment.patient.language):
            return over(request, refusal)
    return _file(visit_file(link.appointment))


def _done(what: str) -> HttpResponse:
    """To the page that says so, in the language of the one before."""
    return redirect(f"{reverse('patient:done', args=[what])}?language={translation.get_language()}")


@public
@require_GET
def show_done(request: HttpRequest, what: str) -> HttpResponse:
    """It has reached the clinic. Says nothing about anybody: it has an address without a key."""
    if what not in DONE:
        raise Http404
    said = request.GET.get("language", "")
    language = said if said in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        context = {"what": what}
        return private(render(request, "treatments/patient_side/done.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
@unguessable
def open_offer(request: HttpRequest, key: str, now: datetime) -> HttpResponse:
    """A free time for one who waits: yes or no, once."""
    offer = _offer(key)
    with translation.override(offer.entry.patient.language):
        if not offer.is_open(now):
            return over(request, offering.OfferOver(OFFER_OVER))
        said = request.POST.get("answer", "")
        if request.method != "POST" or said not in ("yes", "no"):
            context = {
                "offer": offer,
                "visit": offer.hold,
                "instead_of": offers.visit_to_replace(offer.entry),
                "address": settings.CLINIC_ADDRESS,
            }
            status = 422 if request.method == "POST" else 200
            return render(request, "treatments/patient_side/offer.html", context, status=status)
        answer = waitlist.accept_offer if said == "yes" else waitlist.decline_offer
        try:
            answer(offer_id=offer.pk, by=BY_LINK, now=now)
        except Refused as refusal:
            return over(request, refusal)
        return _done(said)


def _offer(key: str) -> SlotOffer:
    offer_id = id_in(OFFER, key)
    if offer_id is None:
        raise Http404
    return found(offers.offer, offer_id)


# --- the page of one's visits, behind the birth date ----------------------------------------------


def behind_the_birth_date(
    page: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    @csrf_exempt
    @public
    @wraps(page)
    def view(request: HttpRequest, **named: Any) -> HttpResponse:
        now, key = timezone.now(), _key_in(named)
        try:
            if is_shut(Door.LINK, address_of(request), now):
                knock(Door.LINK, address_of(request), now)
            entered = at_the_door(request, key, CALENDAR_LINK, now)
            if isinstance(entered, HttpResponse) and entered.status_code == 404:
                knock(Door.LINK, address_of(request), now)
        except rules.TooManyKnocks as refusal:
            return over(request, refusal)
        if isinstance(entered, HttpResponse):
            return entered
        with translation.override(entered.patient.language):
            return private(page(request, entered, now, **named))

    return view


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_birth_date
def show_visits(request: HttpRequest, link: PatientLink, now: datetime) -> HttpResponse:
    """What is still to come, what can be done about it, and the calendar for one's own telephone."""
    made = ""
    if request.method == "POST":
        if request.POST.get("calendar") == "make":
            # Shown in this one answer: the key is kept nowhere, so that no page can show it again.
            made = settings.BASE_URL + reverse(
                "patient:feed", args=[feeds.make_feed_of_patient(patient=link.patient, now=now)]
            )
        else:
            if request.POST.get("calendar") == "end":
                feeds.end_feed_of_patient(patient=link.patient, by=BY_LINK, now=now)
            return redirect(request.path)
    context = {
        "visits": [
            (visit, visit.is_expected, queries.is_settled(visit), queries.open_wish_of(visit))
            for visit in queries.visits_of(link.patient, now)
        ],
        "made": made,
        "feed": queries.feed_of(patient=link.patient),
        "address": settings.CLINIC_ADDRESS,
        "here": request.path,
    }
    return render(request, "treatments/patient_side/visits.html", context)


@require_POST
@behind_the_birth_date
def choose_act(
    request: HttpRequest, link: PatientLink, now: datetime, appointment_id: UUID
) -> HttpResponse:
    """From the page of visits to the page of one act, by a link of its own."""
    act = request.POST.get("act", "")
    if act not in VisitAct.values:
        return redirect("patient:visits", token_for(link.pk))
    try:
        visit = queries.visit_of_patient(link.patient_id, appointment_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    acting = links.link_to_act(appointment=visit, act=VisitAct(act), now=now)
    if acting is None:
        return over(request, rules.LinkOver(terms.TOO_LATE_BY_LINK))
    return redirect(links.address_of(acting))


def _file(content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type=MIME)
    answer["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return answer
