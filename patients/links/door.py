"""The door of every page behind a patient's link: the birth date first, then what was asked for.

A page calls `at_the_door` first and shows what comes back unless it is a link. Pages behind a link
are exempt from the CSRF check: the address itself is the secret a forger would have to know, and a
page without a referrer sends "Origin: null", which that check refuses.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import add_never_cache_headers

from patients.links.actions import LinkRefused, Why, open_link
from patients.links.forms import BirthDateForm
from patients.links.models import PatientLink
from patients.links.opened import opened_link, remember_opened
from patients.links.queries import link_behind
from patients.links.tokens import link_id_in


def at_the_door(
    request: HttpRequest, token: str, purpose: str, now: datetime, *, language: str = ""
) -> PatientLink | HttpResponse:
    """The opened link, or the page that asks for the birth date, or the one that says it is over.

    What was posted when the 30 minutes were over is carried along by the question and goes on to the
    page, so that nothing has to be typed twice.
    """
    link = opened_link(request, token, purpose, now)
    if link is not None:
        return link
    closed_link = link_behind(token, purpose=purpose, now=now)
    if closed_link is None:
        return closed(request, 404 if link_id_in(token) is None else 410)
    with translation.override(language or closed_link.patient.language):
        if request.method != "POST" or "born-day" not in request.POST:
            return _ask(request, BirthDateForm())
        return _check_birth_date(request, token, purpose, now)


def _check_birth_date(
    request: HttpRequest, token: str, purpose: str, now: datetime
) -> PatientLink | HttpResponse:
    form = BirthDateForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    birth_date = form.cleaned_data["birth_date"]
    try:
        link = open_link(token=token, purpose=purpose, birth_date=birth_date, now=now)
    except LinkRefused as refusal:
        if refusal.why is not Why.WRONG_BIRTH_DATE:
            return closed(request, refusal.status)
        form.add_error(None, str(refusal))
        return _ask(request, form, status=refusal.status)
    remember_opened(request, link, now)
    return link if _carried(request) else private(redirect(request.path))


def closed(request: HttpRequest, status: int) -> HttpResponse:
    """The link opens nothing: expired, revoked, locked or never given out."""
    context = {"status": status}
    return private(render(request, "patients/links/closed.html", context, status=status))


def private(response: HttpResponse) -> HttpResponse:
    """Neither the address nor the page may stay anywhere on its way."""
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private, max-age=0"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not name.startswith("born-") and name != "csrfmiddlewaretoken"
        for value in values
    ]


def _ask(request: HttpRequest, form: BirthDateForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "carried": _carried(request),
    }
    return private(render(request, "patients/links/open.html", context, status=status))
