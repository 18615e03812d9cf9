"""What is read: free times of a quarter, patients as one types, pages of the day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path, reverse

from clinic.folding import fold
from clinic.hours.queries import day_bounds
from clinic.http import requires
from clinic.management.benchmark.measuring import Work
from clinic.management.benchmark.sized import DAYS, Sized
from clinic.management.demo.house import CLOSES, OPENS
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.records.queries import patients_matching
from treatments.booking.queries import free_slots_for

HALF_AN_HOUR = timedelta(minutes=30)
TYPED = ("yılm", "ayşe ka", "özt", "işık", "çel")
SHOWN = 20

# The barest search there is: hours less what is taken, as many columns as an answer needs.
_FREE = """
WITH open AS (
    SELECT range_agg(tstzrange(day + %(opens)s, day + %(closes)s)) AS spans
    FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 day', '1 day')
        AS day
    WHERE extract(isodow FROM day AT TIME ZONE %(zone)s) < 7
), busy AS (
    SELECT coalesce(range_agg(tstzrange(starts_at, ends_at)), '{}') AS spans
    FROM treatments_appointment
    WHERE (physician_id = %(physician)s OR room_id = %(room)s)
        AND starts_at >= %(since)s AND starts_at < %(until)s
        AND state IN ('booked', 'confirmed', 'arrived', 'in_room', 'done')
)
SELECT start
FROM (SELECT unnest(open.spans - busy.spans) AS gap FROM open, busy) AS gaps
CROSS JOIN generate_series(lower(gap), upper(gap) - interval '30 min', interval '15 min') AS start
ORDER BY start
"""
_MATCHING = """
SELECT id, number, full_name, born_on, phone FROM patients_patient
WHERE search_key LIKE ALL (%s) ORDER BY sort_key, id LIMIT 20
"""


def free_slots(sized: Sized) -> Work:
    first = sized.now.date() + timedelta(days=1)
    last = first + timedelta(days=DAYS - 1)
    words = {
        "since": day_bounds(first)[0],
        "until": day_bounds(last)[1],
        "opens": timedelta(hours=OPENS.hour),
        "closes": timedelta(hours=CLOSES.hour),
        "zone": str(sized.now.tzinfo),
        "physician": str(sized.searched.pk),
        "room": str(sized.room.pk),
    }

    def ours() -> None:
        free_slots_for(
            physician=sized.searched,
            rooms=[sized.room],
            patient=sized.known,
            first=first,
            last=last,
            length=HALF_AN_HOUR,
            now=sized.now,
        )

    return Work("free_slots", ours, lambda: _fetch(_FREE, words), goal=1.5)


def search(sized: Sized) -> Work:
    typed = [(text, [f"%{word}%" for word in fold(text).split()]) for text in TYPED]

    def ours() -> None:
        for text, _patterns in typed:
            list(patients_matching(text)[:SHOWN])

    def limit() -> None:
        for _text, patterns in typed:
            _fetch(_MATCHING, [patterns])

    def once() -> None:
        list(patients_matching(TYPED[0])[:SHOWN])

    return Work("search", ours, limit, goal=3.0, once=once)


def _fetch(statement: str, words: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, words)
        cursor.fetchall()


# --- pages ---------------------------------------------------------------------------------------


# W4's floor: 20 KB of markup that the template engine renders, with nothing in it but a few words.
_LINE = '<li><a href="/appointments/">09:00</a> <span>A line as a page has it</span></li>\n'
BARE = engines["django"].from_string(
    "<!doctype html><title>{{ title }}</title><main><h1>{{ title }}</h1><ul>\n"
    + _LINE * (20_000 // len(_LINE))
    + "</ul><p>{{ title }}</p></main>"
)


@requires(Ability.RUN_THE_DAY)
def bare(request: HttpRequest) -> HttpResponse:
    """Behind the same door as every page: middleware, session, permission. No statement of its own."""
    return HttpResponse(BARE.render({"title": "Bare"}))  # no request: no frame is worked out


urlpatterns = [path("measured/bare/", bare), path("", include("clinic.urls"))]


def pages(sized: Sized) -> list[Work]:
    """Each page through all middleware, without a network, held against the bare one."""
    browser = signed_in(sized.house.receptionists[0])
    shown = f"?day={sized.shown_on.isoformat()}"
    addresses: list[tuple[str, str, float | None]] = [
        ("day_page", reverse("calendar:day") + shown, 2.5),
        ("week_page", reverse("calendar:week") + shown, 6.0),
        ("patient_page", reverse("chart", args=[sized.known.pk]), 2.5),
        ("today_board", reverse("today"), None),
    ]
    return [
        Work(name, _opening(browser, address), _opening(browser, "/measured/bare/"), goal=goal)
        for name, address, goal in addresses
    ]


def signed_in(member: StaffMember) -> Client:
    browser = Client(raise_request_exception=True)
    browser.force_login(member)
    return browser


def _opening(browser: Client, address: str) -> Callable[[], None]:
    def open_page() -> None:
        answer = browser.get(address)
        if answer.status_code != 200:
            raise AssertionError(f"{address} answers {answer.status_code}")

    return open_page


def measurable() -> Any:
    """The settings under which pages are opened without a web server."""
    return override_settings(
        ROOT_URLCONF="clinic.management.benchmark.reading",
        ALLOWED_HOSTS=["testserver"],
        SECURE_SSL_REDIRECT=False,
        DEBUG=False,
    )
