"""Photographs in a browser: dropped, taken with the camera, compared in two clicks."""

import base64
import os
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import sync_playwright

from clinic.tests import builders as clinic
from treatments.photographs.models import AnchorPoints, Photograph
from treatments.photographs.tests.builders import a_photograph, a_picture, who_agreed
from treatments.tests.journeys.desks import a_desk
from treatments.tests.journeys.site import CHROMIUM_FLAGS

__all__ = ["a_desk"]  # fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
MOST_TO_COMPARE = 2  # ux.md 2.3, counted from the chart
DROP = """async ([element, file]) => {
  const bytes = Uint8Array.from(atob(file), (each) => each.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "face.jpg", { type: "image/jpeg" }));
  let frames = 0, longest = 0, last = performance.now();
  window.__watch = { stop: false, longest: () => longest };
  const watch = () => { const now = performance.now(); longest = Math.max(longest, now - last);
    last = now; frames += 1; if (!window.__watch.stop) setTimeout(watch, 20); };
  watch();
  element.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def browser(monkeypatch):
    executable = os.environ.get("CLINIC_CHROMIUM", "")
    if not executable:
        pytest.skip("there is no Chromium: ./check says how to get one")
    # The driver runs a loop of its own in this thread; Django must not take it for ours.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    flags = CHROMIUM_FLAGS + FAKE_CAMERA + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=flags)
        yield opened
        opened.close()
        connections.close_all()


@pytest.fixture
def member(db):
    return clinic.physician(language="en")


@pytest.fixture
def patient(db):
    return who_agreed(now=timezone.now() - timedelta(days=40))


@pytest.mark.slow
def test_twelve_megapixels_are_dropped_and_seen(a_desk, patient):
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/photographs/new/")
    drop = desk.page.locator("[data-photo-drop]")
    content = base64.b64encode(a_picture((4000, 3000))).decode()
    desk.page.evaluate(
        f"async ([file]) => ({DROP})([document.querySelector('[data-photo-drop]'), file])",
        [content],
    )
    shown = desk.page.locator(".photo-row[data-kept] .photo-thumb img")
    shown.wait_for()

    assert drop.is_visible()
    assert (
        desk.page.evaluate(
            "async () => { const i = document.querySelector('.photo-thumb img'); await i.decode();"
            " return Math.max(i.naturalWidth, i.naturalHeight) }"
        )
        == 320
    )
    # A page that decoded or encoded the picture itself would stand still for longer than this.
    assert (
        desk.page.evaluate("() => { window.__watch.stop = true; return window.__watch.longest() }")
        < 1500
    )
    assert Photograph.objects.get().width == 4000


@pytest.mark.slow
def test_a_lost_connection_is_tried_again(a_desk, patient):
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/photographs/new/")
    lost: list[str] = []

    def lose_the_first(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    desk.page.route("**/photographs/new/", lose_the_first)
    desk.page.locator('input[type="file"]').set_input_files(
        {"name": "face.jpg", "mimeType": "image/jpeg", "buffer": a_picture()}
    )
    desk.page.locator(".photo-row[data-kept]").wait_for()

    assert len(lost) == 1
    assert Photograph.objects.count() == 1


@pytest.mark.slow
def test_the_camera_takes_a_picture_without_its_ghost(a_desk, patient):
    now = timezone.now()
    a_photograph(patient, now=now - timedelta(days=30))
    desk = a_desk(1024, 768)
    desk.open(f"/patients/{patient.pk}/photographs/new/")
    desk.click("[data-camera-open]")
    desk.page.locator("[data-camera-shoot]").wait_for()
    ghost = desk.page.locator("[data-ghost]")
    ghost.wait_for()
    desk.page.locator("[data-ghost-strength]").fill("60")
    assert ghost.evaluate("each => each.style.opacity") == "0.6"
    assert desk.page.locator("[data-ghost-strength]").get_attribute("max") == "60"

    desk.click("[data-camera-shoot]")
    desk.page.locator(".photo-row[data-kept]").wait_for()

    kept = Photograph.objects.order_by("recorded_at").last()
    assert kept.view == "frontal"
    assert desk.page.locator('input[name="view"]:checked').get_attribute("value") == "oblique_left"
    assert ghost.is_hidden()  # nobody has taken this view before


def test_first_and_latest_are_two_clicks_from_the_chart(a_desk, patient):
    now = timezone.now()
    a_photograph(patient, now=now - timedelta(days=30))
    a_photograph(patient, now=now)
    desk = a_desk(1366, 768)
    desk.open(f"/patients/{patient.pk}/")
    desk.clicks.reset()
    desk.click(f'.ms-tabs a[href$="{patient.pk}/photographs/"]')
    desk.page.wait_for_url("**/photographs/")
    desk.click(".ms-page-actions a[href*='/compare/']")
    desk.page.wait_for_url("**/compare/frontal/")

    assert desk.page.locator("[data-picture]").count() == 2
    assert desk.clicks.count <= MOST_TO_COMPARE


@pytest.mark.slow
def test_two_photographs_are_laid_over_each_other(a_desk, patient):
    now = timezone.now()
    a_photograph(patient, now=now - timedelta(days=30))
    later = a_photograph(patient, now=now)
    desk = a_desk(1366, 768)
    desk.open(f"/patients/{patient.pk}/photographs/compare/frontal/")
    desk.click('[data-way-button="slider"]')
    desk.page.locator("[data-slide]").fill("25")
    frame = desk.page.locator('[data-side="right"] [data-frame]')
    assert "25%" in frame.evaluate("each => each.style.clipPath")
    desk.page.locator("[data-zoom]").fill("2")
    left, right = desk.page.locator("[data-picture]").evaluate_all(
        "all => all.map(each => each.style.transform)"
    )
    assert left == right
    assert "scale(2)" in left
    desk.page.emulate_media(reduced_motion="reduce")
    desk.click('[data-way-button="blink"]')
    assert desk.page.locator("[data-blink]").get_attribute("aria-pressed") == "false"

    for number, form in enumerate(desk.page.locator("form[data-points]").all()):
        form = desk.page.locator("form[data-points]").nth(number)
        picture = form.locator("img")
        picture.scroll_into_view_if_needed()
        size = picture.bounding_box()
        for across in (0.36, 0.64):
            picture.click(position={"x": size["width"] * across, "y": size["height"] * 0.42})
        with desk.page.expect_navigation():
            form.locator("button").click()
        if number == 0:
            desk.page.locator(".photo-align").evaluate("each => each.open = true")

    assert AnchorPoints.objects.filter(photograph=later).count() == 1
    assert desk.page.locator('[data-side="right"] [data-picture]').get_attribute("data-a")
