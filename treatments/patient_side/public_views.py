"""What anybody may ask for: a calendar by its key, and an appointment by a form."""

from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import public
from patients.consents.queries import text_in_force
from patients.consents.terms import PRIVACY_NOTICE
from patients.links.door import private
from treatments.patient_side import queries, rules, visitors
from treatments.patient_side.documents import MIME, calendar_of_patient, calendar_of_staff
from treatments.patient_side.forms import VisitorForm, key_in, new_stamp
from treatments.patient_side.knocking import EVERYBODY, address_of, is_shut, knock
from treatments.patient_side.rules import Door


@public
@require_GET
def read_feed(request: HttpRequest, feed_key: str) -> HttpResponse:
    """The calendar as it stands now. An ended one is not found, like one that never was."""
    now = timezone.now()
    who = address_of(request)
    try:
        if is_shut(Door.FEED, who, now):
            knock(Door.FEED, who, now)
        feed = queries.feed_behind(feed_key)
        if feed is None:
            knock(Door.FEED, who, now)
            raise Http404
        knock(Door.READ, str(feed.pk), now)
    except rules.TooManyKnocks as refusal:
        return _refuse(refusal)
    visits = queries.visits_in_calendar(feed, now)
    if feed.patient is not None:
        with translation.override(feed.patient.language):
            content = calendar_of_patient(visits)
    else:
        content = calendar_of_staff(visits)
    answer = private(HttpResponse(content, content_type=MIME))
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer


def _refuse(refusal: rules.TooManyKnocks) -> HttpResponse:
    """For a program: it reads the number."""
    return private(
        HttpResponse(
            str(refusal),
            status=refusal.status,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": str(refusal.retry_after)},
        )
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_visit(request: HttpRequest) -> HttpResponse:
    """A visitor of the website wishes an appointment. Whoever is known gets the same answer."""
    now = timezone.now()
    if request.method != "POST":
        form = VisitorForm(initial={"kind": "first", "part_of_day": "any"})
        return _show(request, form, new_stamp(now))
    try:
        knock(Door.VISITOR, address_of(request), now)
        knock(Door.VISITORS, EVERYBODY, now)
    except rules.TooManyKnocks as refusal:
        return _say_later(request, refusal)
    form = VisitorForm(request.POST)
    stamp = request.POST.get("stamp", "")
    if not form.is_valid():
        return _show(request, form, stamp or new_stamp(now), status=422)
    if form.is_of_a_program:
        return redirect("patient:asked")  # it learns nothing from the answer
    key = key_in(stamp, now)
    if key is None:
        form.add_error(None, _("Please check what you entered, and send it once more."))
        return _show(request, form, new_stamp(_long_ago(now)), status=422)
    language = translation.get_language() or settings.LANGUAGE_CODE
    visitors.ask_for_visit(
        key=key,
        asked=form.asked,
        language=language,
        notice_version=text_in_force(PRIVACY_NOTICE, language).version,
        now=now,
    )
    return redirect("patient:asked")


@public
@require_GET
def show_asked(request: HttpRequest) -> HttpResponse:
    return private(render(request, "treatments/patient_side/asked.html"))


def _long_ago(now: datetime) -> datetime:
    """A form that is shown again has been read: it may be sent at once."""
    return now - rules.FASTEST_FORM


def unstored(response: HttpResponse) -> HttpResponse:
    """Kept nowhere on its way. Unlike behind a link the page says where it was sent from: its
    address is no secret, and the CSRF check compares it.
    """
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private, max-age=0"
    return response


def _show(
    request: HttpRequest, form: VisitorForm, stamp: str, *, status: int = 200
) -> HttpResponse:
    language = translation.get_language() or settings.LANGUAGE_CODE
    context = {
        "form": form,
        "stamp": stamp,
        "notice": text_in_force(PRIVACY_NOTICE, language),
    }
    return unstored(render(request, "treatments/patient_side/ask.html", context, status=status))


def _say_later(request: HttpRequest, refusal: rules.TooManyKnocks) -> HttpResponse:
    context = {"refusal": refusal}
    answer = render(request, "treatments/patient_side/over.html", context, status=refusal.status)
    answer["Retry-After"] = str(refusal.retry_after)
    return private(answer)
