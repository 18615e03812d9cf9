"""The pages of each role as a browser draws them: readable for everybody in both themes, never wider
than a phone."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as configured
from django.db import connections

from clinic.tests.every_stage import AT, Clinic
from clinic.tests.hostile import patterns, real_addresses
from treatments.tests.journeys.site import chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
# What keeps somebody from reading or working; the rest is looked at by eye.
WEIGHTY = {"serious", "critical"}
PAGES = {
    "receptionist": (
        "today", "patients:list", "patients:register", "chart", "patients:intake-section",
        "patients:consents", "plans:book", "patients:import",
    ),
    "physician": (
        "patients:verdict", "patients:lesions", "analysis:new", "analysis:show", "composition:new", "plans:show",
        "sessions:record", "sessions:sign", "rulebook:rule", "rulebook:change-rule",
        "composition:show", "catalogue:list", "catalogue:ingredient", "catalogue:limits",
        "catalogue:product", "protocols:list", "protocols:new", "tracing:lot", "catalogue:allergens",
        "photographs:list", "photographs:take", "photographs:show", "photographs:compare",
        "measuring:list", "measuring:measure", "measuring:show",
        "outcomes:course", "outcomes:set-review", "outcomes:decide",
    ),
    "nurse": ("sessions:rescreen", "patients:tasks", "stock:list", "stock:lot", "stock:receive"),
    "manager": (
        "audit:readings", "patients:consent-text", "account_change_password", "hours:opening",
        "hours:member", "hours:absences", "hours:closed", "booking:lengths", "hours:things",
        "hours:to_move", "outcomes:board",
    ),
    "phone": ("phone:step", "phone:check", "aftercare:open", "tracing:late-check"),
    "anonymous": ("account_login",),
}  # fmt: skip


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
def world(live_server, settings, monkeypatch):
    # The server's threads must not hold on to the database when it is taken down.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    # The tests of the documents draw them; here that would be most of the time.
    for module in (
        "patients.consents.documents",
        "patients.phone_intake.documents",
        "treatments.aftercare.documents",
    ):
        monkeypatch.setattr(f"{module}.render_pdf", lambda *_, **__: b"%PDF-")
    settings.BASE_URL = live_server.url
    return Clinic()


def page_for(browser, url, cookies):
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies])
    return context.new_page()


def open_page(page, url, world, name):
    """The first address of that name that has a page in this world: not every course can be booked."""
    route = next(route for route, each, _ in patterns() if each == name)
    for address in real_addresses(world, route, name):
        if page.goto(url + address).status == 200:
            return
    pytest.fail(f"{name} has no page in this world")


def too_wide(page):
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} wide on a screen of {page.viewport_size['width']}"] * (
        width > page.viewport_size["width"]
    )


def weighty(page):
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']} {each['nodes'][0]['html'][:120]}"
        for each in found
        if each["impact"] in WEIGHTY
    ]


def faults_of(page):
    """On a phone in the light theme, at a desk in the dark one."""
    faults = []
    for theme, size in (("light", PHONE), ("dark", DESK)):
        page.set_viewport_size(size)
        page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
        faults += [f"{theme}: {fault}" for fault in too_wide(page) + weighty(page)]
    return faults


@pytest.mark.slow
def test_no_page_shuts_anybody_out_or_runs_off_the_screen(browser, live_server, world):
    faults, seen = [], 0
    for role, names in PAGES.items():
        kept = world.clients[role].cookies
        shown = [(key, kept[key].value) for key in (configured.SESSION_COOKIE_NAME,) if key in kept]
        page = page_for(browser, live_server.url, shown)
        for name in names:
            open_page(page, live_server.url, world, name)
            faults += [f"{role} {name}: {fault}" for fault in faults_of(page)]
            seen += 1
        page.context.close()
    assert faults == []
    assert seen == sum(map(len, PAGES.values()))


@pytest.mark.slow
def test_a_planted_fault_is_reported(browser, live_server):
    """The negative control: an image without words, pale letters, and a block as wide as a desk."""
    page = page_for(browser, live_server.url, [])
    page.goto(f"{live_server.url}/accounts/login/")
    assert faults_of(page) == []

    page.evaluate("""() => {
        const main = document.querySelector("main");
        const pale = document.createElement("p");
        pale.textContent = "Nobody reads this.";
        pale.style.color = "#999";
        pale.style.backgroundColor = "#ddd";
        const wide = document.createElement("div");
        wide.style.inlineSize = "1400px";
        wide.style.blockSize = "1px";
        main.append(document.createElement("img"), pale, wide);
    }""")
    said = " ".join(faults_of(page))
    assert "light: 1" in said
    assert "wide on a screen of 390" in said
    for fault in ("light: image-alt", "dark: image-alt", "light: color-contrast"):
        assert fault in said
