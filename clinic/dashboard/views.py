"""Where a person lands after signing in, and what a machine asks."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from clinic.dashboard.health import health
from clinic.http import public, requires
from clinic.staff.terms import Ability


@requires(Ability.SEE_TODAY)
def home(request: HttpRequest) -> HttpResponse:
    return redirect("today")


@public
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when every part works, 503 naming the parts that are down. No patient data."""
    now_health = health(timezone.now())
    status = (
        {"status": "ok"} if not now_health.down else {"status": "down", "down": now_health.down}
    )
    return JsonResponse(status | asdict(now_health), status=503 if now_health.down else 200)
