"""Fixtures of a browser test: a Chromium of this test, and desks at which people sit in it.

A test module imports them; `a_desk` asks for a fixture `member`, which says who sits there.
"""

import os

import pytest
from django.db import connections

from treatments.tests.journeys.site import Desk, chromium

PASSWORD = "a long walk in spring"


@pytest.fixture
def browser(monkeypatch):
    executable = os.environ.get("CLINIC_CHROMIUM", "")
    if not executable:
        pytest.skip("there is no Chromium: ./check says how to get one")
    # The driver runs a loop of its own in this thread; Django must not take it for ours.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium(executable) as opened:
        yield opened
        connections.close_all()


@pytest.fixture
def a_desk(live_server, settings, monkeypatch, browser, member):
    """`member` at a screen of that size, on Today, reading English."""
    # The server's threads must not hold on to the database when it is taken down.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    member.set_password(PASSWORD)
    member.save()

    def open_desk(width=1366, height=768, *, scripts=True):
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts
        )
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
        desk = Desk(page=context.new_page(), base_url=live_server.url)
        desk.sign_in(member.email, PASSWORD)
        return desk

    return open_desk
