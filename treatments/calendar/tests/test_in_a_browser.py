"""The calendar as people use it: by mouse, by keys alone, by finger, without scripts, two at once."""

import os
from datetime import time, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from django.urls import reverse

from clinic.hours.actions import set_opening_hours
from clinic.tests.builders import physician
from treatments.booking.models import Appointment
from treatments.booking.tests.test_pages import Today
from treatments.booking.tests.world import NOW, at
from treatments.tests.journeys.site import chromium, eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VIEWS = ("day", "week", "month", "agenda")
FRESH_WITHIN = 30  # seconds; the page asks every three, and a busy machine may be late


@pytest.fixture(scope="module")
def browser():
    executable = os.environ.get("CLINIC_CHROMIUM", "")
    if not executable:
        pytest.skip("there is no Chromium: ./check says how to get one")
    # The driver runs a loop of its own in this thread; Django must not take it for ours.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium(executable) as opened:
        yield opened


@pytest.fixture
def here(live_server, settings, monkeypatch):
    # The server's threads must not hold on to the database when it is taken down.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
    settings.BASE_URL = live_server.url
    clinic: Any = Today()
    for weekday in range(7):
        set_opening_hours(weekday=weekday, spans=[(time(9), time(18))], by=clinic.desk, now=NOW)
    clinic.url = live_server.url
    clinic.screens = []
    yield clinic
    for screen in clinic.screens:
        screen.context.close()
    connections.close_all()


class Screen:
    """One member of staff at one browser, and how often they pressed something."""

    def __init__(self, browser, here: Any, *, member=None, width=1366, height=768, **how):
        client = Client()
        client.force_login(member or here.desk)
        self.here = here
        self.context = browser.new_context(viewport={"width": width, "height": height}, **how)
        self.context.set_default_timeout(60_000)
        here.screens.append(self)
        self.context.add_cookies(
            [
                {"name": name, "value": value, "url": here.url}
                for name, value in {
                    "sessionid": client.cookies["sessionid"].value,
                    "django_language": "en",
                }.items()
            ]
        )
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on(
            "console",
            lambda said: self.faults.append(said.text) if "Content Security" in said.text else None,
        )
        self.presses = 0

    def open(self, view="day", day=None, **said):
        query = "&".join(f"{key}={value}" for key, value in said.items())
        self.page.goto(
            f"{self.here.url}{reverse(f'calendar:{view}')}?day={day or self.here.day}&{query}"
        )
        return self

    def press(self, selector):
        self.presses += 1
        self.page.locator(selector).first.click()

    def tap(self, selector):
        self.presses += 1
        self.page.locator(selector).first.tap()

    def block(self, visit):
        return self.page.locator(f"#visit-{visit.pk}")

    def spot(self, clock, column=0):
        """The middle of the column, at that time of the day, in view."""
        rows = self.page.locator(".ms-cal-rows").nth(column)
        mark = rows.locator(f".ms-cal-hour.ms-from-{(int(clock[:2]) - 9) * 12 + 1}")
        box = mark.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] * int(clock[3:]) / 60

    def drag(self, visit, clock, column=0):
        """Pick the visit up at its upper edge and let it go at `clock`. One press."""
        self.presses += 1
        block = self.block(visit)
        block.scroll_into_view_if_needed()
        box = block.bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + 20, box["y"] + 8)
        mouse.down()
        x, y = self.spot(clock, column)
        mouse.move(x, y, steps=4)
        mouse.move(x, y + 8)
        mouse.up()

    def clock_of(self, visit):
        return self.block(visit).locator(".ms-cal-time").inner_text()[:5]


def stands_at(visit, clock, day):
    def ask():
        visit.refresh_from_db()
        return visit.starts_at == at(clock, day)

    return ask


def test_a_visit_is_dragged_seen_by_the_other_desk_and_taken_back(browser, here):
    visit = here.book("10:00", here.day)
    desk, other = Screen(browser, here).open(), Screen(browser, here).open()

    desk.drag(visit, "11:30")

    eventually(stands_at(visit, "11:30", here.day))
    eventually(lambda: desk.clock_of(visit) == "11:30")
    assert desk.presses == 1
    assert desk.page.evaluate("document.activeElement.closest('[id]').id") == f"visit-{visit.pk}"
    eventually(lambda: other.clock_of(visit) == "11:30", seconds=FRESH_WITHIN)
    desk.press("#status form button")
    eventually(stands_at(visit, "10:00", here.day))
    assert desk.faults == other.faults == []


@pytest.mark.slow
def test_what_cannot_stand_there_goes_back_and_says_why(browser, here):
    visit = here.book("10:00", here.day)
    here.book("11:30", here.day, patient=here.a_patient())
    desk = Screen(browser, here).open()

    desk.drag(visit, "11:30")

    desk.page.wait_for_selector("#status .ms-undo-error")
    assert "already has an appointment" in desk.page.inner_text("#status")
    eventually(lambda: desk.clock_of(visit) == "10:00")
    assert stands_at(visit, "10:00", here.day)()


@pytest.mark.slow
def test_what_changed_under_the_hands_is_shown_as_it_is_now(browser, here):
    visit = here.book("10:00", here.day)
    desk = Screen(browser, here).open()
    # The page does not ask in the meantime: the drag itself must find out.
    desk.page.evaluate("document.getElementById('calendar').dataset.held = ''")
    type(visit).objects.filter(pk=visit.pk).update(version=7, state="confirmed")

    desk.drag(visit, "11:30")

    desk.page.wait_for_selector("#status .ms-undo-error")
    assert "was changed at" in desk.page.inner_text("#status")
    eventually(lambda: desk.block(visit).get_attribute("data-state") == "confirmed")


@pytest.mark.slow
def test_a_click_still_opens_the_visit(browser, here):
    visit = here.book("10:00", here.day)
    desk = Screen(browser, here).open()

    desk.press(f"#visit-{visit.pk} .ms-cal-open")

    desk.page.wait_for_url(f"**/appointments/{visit.pk}/")
    assert stands_at(visit, "10:00", here.day)()  # a click is no drag


def test_a_visit_is_moved_by_keys_alone(browser, here):
    visit = here.book("10:00", here.day)
    desk = Screen(browser, here).open()
    keys, page = desk.page.keyboard, desk.page

    for _ in range(80):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('.ms-cal-open')"):
            break
    keys.press("m")
    page.wait_for_url("**move=**")
    page.wait_for_selector("[data-first]:focus")
    keys.press("Escape")
    page.wait_for_url(f"**#visit-{visit.pk}")
    assert "move=" not in page.url
    page.wait_for_selector(".ms-cal-open:focus")
    keys.press("m")
    page.wait_for_selector("[data-first]:focus")
    first = page.evaluate("document.activeElement.innerText")
    keys.press("ArrowDown")
    chosen = page.evaluate("document.activeElement.querySelector('.ms-cal-time').innerText")
    assert chosen not in first
    keys.press("Enter")

    eventually(stands_at(visit, chosen, here.day))
    page.wait_for_selector(".ms-cal-open:focus")
    assert desk.faults == []


@pytest.mark.slow
def test_letters_lead_through_the_views_and_help_lists_them(browser, here):
    here.book("10:00", here.day)
    desk = Screen(browser, here).open()
    keys, page = desk.page.keyboard, desk.page

    for key, path in (("w", "week/"), ("a", "list/"), ("m", "month/"), ("d", "calendar/")):
        keys.press(key)
        page.wait_for_url(f"**/{path}?**")
    keys.press("ArrowRight")
    page.wait_for_url(f"**day={here.day + timedelta(days=1)}**")
    keys.press("t")
    page.wait_for_url(f"**day={here.today}**")
    keys.press("?")
    listed = page.inner_text("#shortcuts-help")
    for words in ("Month; on a visit: move it", "Leave without moving", "New appointment"):
        assert words in listed
    keys.press("Escape")
    # The browser closes it a moment after the key; until then letters belong to the dialog.
    page.wait_for_selector("#shortcuts-help", state="hidden")
    keys.press("n")
    page.wait_for_url("**/calendar/new/**")


def test_by_finger_to_another_week_in_three_taps_and_to_another_time_by_its_handle(browser, here):
    visit = here.book("10:00", here.day)
    tablet = Screen(browser, here, width=1024, height=768, has_touch=True).open("week")
    grip = f"#visit-{visit.pk} .ms-cal-grip"
    box = tablet.page.locator(grip).bounding_box()
    assert min(box["width"], box["height"]) >= 44

    tablet.tap(grip)
    tablet.page.wait_for_url("**move=**")
    with tablet.page.expect_navigation():
        tablet.tap("[rel=next]")
    tablet.tap(".ms-cal-slot >> text=11:00")

    week = timedelta(days=7)
    monday = here.day - timedelta(days=here.day.weekday()) + week

    def is_next_week():
        visit.refresh_from_db()
        return monday <= visit.starts_at.astimezone(at("00:00").tzinfo).date() < monday + week

    eventually(is_next_week)
    tablet.page.wait_for_url(lambda address: "move=" not in address)
    assert tablet.presses == 3
    day = visit.starts_at.astimezone(at("00:00").tzinfo).date()
    tablet.open(day=day)
    tablet.block(visit).scroll_into_view_if_needed()
    box = tablet.page.locator(grip).bounding_box()
    x, y = box["x"] + 10, box["y"] + 4
    _to, down = tablet.spot("13:00")
    touch = tablet.context.new_cdp_session(tablet.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": (y + down) / 2}]),
        ("touchMove", [{"x": x, "y": down + 4}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    eventually(stands_at(visit, "13:00", day))
    assert tablet.faults == []


@pytest.mark.slow
def test_without_scripts_a_visit_is_moved_by_links_and_buttons(browser, here):
    visit = here.book("10:00", here.day)
    desk = Screen(browser, here, java_script_enabled=False).open()

    desk.press(f"#visit-{visit.pk} .ms-cal-grip")
    desk.press(".ms-cal-slot >> text=11:00")

    eventually(stands_at(visit, "11:00", here.day))
    assert desk.presses == 2


@pytest.mark.slow
def test_an_open_move_mode_keeps_its_place_when_somebody_else_books(browser, here):
    visit = here.book("10:00", here.day)
    desk = Screen(browser, here).open(move=visit.pk)
    desk.page.locator(".ms-cal-slot >> text=14:00").first.focus()
    value = desk.page.evaluate("document.activeElement.value")

    here.book("15:00", here.day, patient=here.a_patient())

    gone = ".ms-cal-slot:has(.ms-cal-time:text-is('15:00'))"
    eventually(lambda: not desk.page.locator(gone).count(), seconds=FRESH_WITHIN)
    # It is given back a moment after the times are drawn anew.
    eventually(lambda: desk.page.evaluate("document.activeElement.value") == value)
    assert desk.page.locator("[data-leave-move]").count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out_of_any_view(browser, here, theme):
    away = physician()
    for clock, length in (("09:00", 15), ("10:00", 30), ("11:00", 60)):
        here.book(clock, here.day, minutes=length, patient=here.a_patient())
    visit = here.book(
        "12:00",
        here.day,
        minutes=60,
        physician=away,
        physician_from=at("12:30", here.day),
        patient=here.a_patient(),
    )
    desk = Screen(browser, here)
    desk.context.add_cookies([{"name": "theme", "value": theme, "url": here.url}])

    pages: list[tuple[str, dict]] = [(view, {}) for view in VIEWS] + [("day", {"move": visit.pk})]
    found = {}
    for view, said in pages:
        desk.open(view, **said)
        assert desk.page.get_attribute("html", "data-bs-theme") == theme
        found[view, bool(said)] = [
            (fault["id"], fault["impact"], [node["html"][:120] for node in fault["nodes"]])
            for fault in Axe().run(desk.page).response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]

    assert {page: faults for page, faults in found.items() if faults} == {}
    assert desk.faults == []


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (390, 844),
        pytest.param(1024, 768, marks=pytest.mark.slow),
        pytest.param(1366, 768, marks=pytest.mark.slow),
    ],
)
def test_no_view_is_wider_than_its_screen(browser, here, width, height):
    here.book("10:00", here.day)
    desk = Screen(browser, here, width=width, height=height)

    for view in VIEWS:
        desk.open(view)
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize("state", ["booked", "arrived", "done"])
def test_the_name_is_never_cut_to_a_letter(browser, here, state):
    visit = here.book("10:00", here.day)
    Appointment.objects.filter(pk=visit.pk).update(state=state)
    desk = Screen(browser, here, width=1024, height=768).open()

    name = desk.block(visit).locator("strong")
    assert name.evaluate("each => each.scrollWidth <= each.clientWidth + 1")
