"""The clinic that the journeys walk through: people, rooms, real servers, a real browser."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from clinic.hours.models import OpeningHours
from clinic.local.mail import serve
from clinic.staff.models import StaffMember
from clinic.tests.builders import nurse, physician, receptionist, room
from treatments.tests.journeys.site import Desk, chromium, worker_and_beat

PASSWORD = "a long walk in spring"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@dataclass
class Site:
    """The running clinic, and who works in it."""

    url: str
    browser: Browser
    maildir: Path
    receptionist: StaffMember
    physician: StaffMember
    nurse: StaffMember
    language: str
    pictures: Path | None

    def desk(self, member: StaffMember, *, width: int = 1366, height: int = 768) -> Desk:
        """`member` at a browser of their own, signed in."""
        locale = "tr-TR" if self.language == "tr" else "en-GB"
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale=locale
        )
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "django_language", "value": self.language, "url": self.url}])
        desk = Desk(page=context.new_page(), base_url=self.url, pictures=self.pictures)
        desk.sign_in(member.email, PASSWORD)
        return desk

    def phone(self) -> Desk:
        """A patient's telephone: nobody is signed in."""
        context = self.browser.new_context(viewport={"width": 390, "height": 844})
        context.set_default_timeout(60_000)
        return Desk(page=context.new_page(), base_url=self.url, pictures=self.pictures)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CLINIC_CHROMIUM", "")
    if not executable:
        pytest.skip("there is no Chromium: ./check says how to get one")
    with chromium(executable) as opened:
        yield opened


@pytest.fixture
def language() -> str:
    return "tr"


@pytest.fixture
def site(
    live_server: Any,
    transactional_db: None,
    settings: Any,
    tmp_path: Path,
    browser: Browser,
    language: str,
) -> Iterator[Site]:
    settings.TIME_ZONE = zone_where_it_is_late_morning()
    settings.BASE_URL = live_server.url
    # The real hasher: the worker and the browser meet the clinic as it is.
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    call_command("load_catalogue", verbosity=0)
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59))
    room("Oda 1")
    people = [make(language=language) for make in (receptionist, physician, nurse)]
    for member in people:
        member.set_password(PASSWORD)
        member.save()
    port = free_port()
    sink = serve(port, tmp_path / "maildir")
    pictures = os.environ.get("CLINIC_PICTURES")
    try:
        with worker_and_beat(
            tmp_path,
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            CLINIC_BASE_URL=live_server.url,
            CLINIC_TIME_ZONE=settings.TIME_ZONE,
            CLINIC_DATA=str(tmp_path),
        ):
            yield Site(
                url=live_server.url,
                browser=browser,
                maildir=tmp_path / "maildir",
                receptionist=people[0],
                physician=people[1],
                nurse=people[2],
                language=language,
                pictures=Path(pictures) if pictures else None,
            )
    finally:
        sink.stop()


def zone_where_it_is_late_morning() -> str:
    """A zone in which the working day has begun and has hours left, whenever the test runs."""
    ahead = 11 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
