"""The gate that every request passes: declared views only, allowed roles only, charts logged.

A view says who may open it with `requires(ability)` or `public`. A view that says nothing is a bug
and answers 500 in every environment, so that nobody opens a door by forgetting it.
"""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from clinic.audit.actions import record_reading
from clinic.navigation import navigation
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from clinic.undo import take_undo

P = ParamSpec("P")
T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])
GetResponse = Callable[[HttpRequest], HttpResponse]
# A refused form shows the record as much as a page does.
SHOWN = {200, 409, 422}
FOREIGN_VIEWS = ("allauth.", "django.views.i18n")


def requires(ability: Ability) -> Callable[[View], View]:
    """Only staff whose role has `ability` may open the view."""

    def declare(view: View) -> View:
        view.ability = ability  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Anybody may open the view: it does its own checking, or shows nothing private."""
    view.ability = None  # type: ignore[attr-defined]
    return view


def may_open(member: StaffMember, address: str) -> bool:
    """Whether a link to a page of ours leads this member anywhere."""
    ability = resolve(address).func.ability  # type: ignore[attr-defined]
    return ability is None or member.may(ability)


def uuid_in(text: str | None) -> UUID | None:
    """The id that a field or an address holds; None where it holds none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class AbilityMiddleware:
    """Refuses undeclared views, wrong roles, and writes who read which chart."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        patient_id = match.kwargs.get("patient_id") if match else None
        patient_id = patient_id or getattr(request, "file_read", None)
        if patient_id and request.user.is_authenticated and response.status_code in SHOWN:
            assert match is not None
            record_reading(
                patient_id=patient_id,
                section=match.view_name,
                method=request.method or "",
                by=request.user,
                now=timezone.now(),
            )
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not hasattr(view, "ability"):
            if view.__module__.startswith(FOREIGN_VIEWS):
                return None
            raise ImproperlyConfigured(
                f"{view.__module__}.{view.__name__} does not say who may open it."
            )
        if view.ability is None:
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                return HttpResponse(
                    status=401, headers={"HX-Redirect": reverse(settings.LOGIN_URL)}
                )
            return redirect_to_login(request.get_full_path())
        if not request.user.may(view.ability):
            raise PermissionDenied
        return None


def reads_file_of(request: HttpRequest, patient_id: UUID) -> None:
    """Say whose file this page shows, where its address does not: the reading is written down."""
    request.file_read = patient_id  # type: ignore[attr-defined]


def sign_out_when_idle(get_response: GetResponse) -> GetResponse:
    """Staff who did nothing for `settings.STAFF_IDLE` sign in again (a shared tablet lies open)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now()
            last_seen = request.session.get("last_seen")
            if last_seen and now - datetime.fromisoformat(last_seen) > settings.STAFF_IDLE:
                logout(request)
            # A board that polls by itself (js/htmx.js marks it) is nobody at work.
            elif "X-Unattended" not in request.headers and (
                not last_seen or now - datetime.fromisoformat(last_seen) > timedelta(seconds=30)
            ):
                request.session["last_seen"] = now.isoformat()
        return get_response(request)

    return middleware


def private_pages_are_not_stored(get_response: GetResponse) -> GetResponse:
    """Nothing that a signed-in person saw stays in a cache or behind the back button."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated or response.status_code >= 400:
            add_never_cache_headers(response)
        return response

    return middleware


def devices_stay_closed(get_response: GetResponse) -> GetResponse:
    """No page may ask for camera, microphone or place; one that needs the camera says so itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    return middleware


def wrong_method_has_a_page(get_response: GetResponse) -> GetResponse:
    """Whoever opens by hand what only a form may send to reads so, instead of an empty page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and request.method == "GET" and not response.content:
            response.content = render_to_string("405.html", request=request).encode()
        return response

    return middleware


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page needs: the rail, the clinic's name, what the user may."""
    frame: dict[str, Any] = {
        "clinic_name": settings.CLINIC_NAME,
        "clinic_phone": settings.CLINIC_PHONE,
        "local_outbox": bool(settings.OUTBOX),
        "idle_seconds": int(settings.STAFF_IDLE.total_seconds()),
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        if settings.DEMO_LOGINS:
            from clinic.staff.demo_logins import DEMO_LOGINS

            frame["demo_logins"] = DEMO_LOGINS
        return frame
    entries = list(navigation(user, request.path))
    frame |= {
        "navigation": entries,
        "navigation_differs_by": " ".join(f"{entry.url}{entry.current:d}" for entry in entries),
        "can_search": user.may(Ability.FIND_PATIENTS),
        "can_register": user.may(Ability.REGISTER_PATIENTS),
        "may_book": user.may(Ability.BOOK),
        "may_treat": user.may(Ability.TREAT),
        "may_print": user.may(Ability.PRINT_AFTERCARE),
        "may_set_hours": user.may(Ability.SET_HOURS),
        "may_set_own_hours": user.may(Ability.SET_OWN_HOURS),
        # Lazily: only the page that shows the bar takes it out of the session.
        "undo": SimpleLazyObject(lambda: take_undo(request)),
    }
    return frame


# The database waited for a row that somebody else holds: lock_timeout, or a deadlock's victim.
SOMEBODY_IS_CHANGING_IT = {"55P03", "40P01"}


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what broke. A server that is away is said to be away, and asked again soon; a
    record that somebody else is changing at this moment is nobody's fault, and free again soon.
    """
    fault = sys.exc_info()[1]
    if getattr(getattr(fault, "__cause__", None), "pgcode", None) in SOMEBODY_IS_CHANGING_IT:
        status, page = 409, "409_busy.html"
    elif isinstance(fault, OperationalError | InterfaceError):
        status, page = 503, "503.html"
    else:
        status, page = 500, "500.html"
    response = HttpResponse(render_to_string(page), status=status)
    if status != 500:
        response["Retry-After"] = "5"
    return response


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long: say so in words."""
    return render(request, "403_csrf.html", status=403)


def refused(request: HttpRequest, refusal: Refused, *, back: str = "") -> HttpResponse:
    """A page that says why something may not be done, and leads back."""
    response = render(
        request, "refused.html", {"refusal": refusal, "back": back}, status=refusal.status
    )
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def found(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of a query, or the page "not found" when there is no such record."""
    try:
        return ask(*args, **kwargs)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


class StaffRequest(HttpRequest):
    """A request that passed the gate: somebody of the staff is signed in."""

    user: StaffMember
