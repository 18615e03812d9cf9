"""A whole clinic for a test: web server, Celery worker and beat, SMTP server, Chromium."""

import mailbox
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """A headless Chromium. Root has no sandbox to run in; everybody else keeps it."""
    flags = CHROMIUM_FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Clicks:
    """Counts what a person presses; typing is free (ux.md 2.3)."""

    count: int = 0

    def reset(self) -> None:
        self.count = 0


@dataclass
class Desk:
    """One member of staff at one browser."""

    page: Page
    base_url: str
    clicks: Clicks = field(default_factory=Clicks)
    pictures: Path | None = None

    def open(self, path: str) -> None:
        self.page.goto(self.base_url + path)

    def click(self, selector: str) -> None:
        self.clicks.count += 1
        self.page.locator(selector).first.click()

    def go(self, selector: str) -> None:
        """Press what leads to another page, and be there.

        Whoever opens a page while an answer is still on its way loses what was pressed.
        """
        with self.page.expect_navigation():
            self.click(selector)

    def fill(self, selector: str, value: str) -> None:
        self.page.locator(selector).first.fill(value)

    def choose(self, name: str, value: str) -> None:
        """Press one segment of a segmented choice."""
        self.clicks.count += 1
        control = self.page.locator(f'input[name="{name}"][value="{value}"]').first
        self.page.locator(f'label[for="{control.get_attribute("id")}"]').first.click()

    def submit(self) -> None:
        """Press the main button of the page's main form."""
        self.go('main form[method="post"] button.btn-primary:not([type="button"])')

    def sign_in(self, email: str, password: str) -> None:
        self.open("/accounts/login/")
        self.fill('input[name="login"]', email)
        self.fill('input[name="password"]', password)
        self.page.locator('main button[type="submit"].btn-primary').first.click()
        self.page.wait_for_url("**/today/**")

    def picture(self, name: str) -> None:
        if self.pictures is not None:
            self.page.screenshot(path=self.pictures / f"{name}.png")


@contextmanager
def worker_and_beat(folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker with beat on the test's database, ringing every second."""
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        f"/{database['NAME']}"
    )
    command = [sys.executable, "-m", "celery", "-A", "clinic", "worker", "--beat", "--pool", "solo"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--schedule", str(folder / "schedule"), "--loglevel", "INFO"],
            cwd=settings.ROOT,
            env=os.environ | {"DATABASE_URL": url, "CLINIC_SWEEP_SECONDS": "1"} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def mails(maildir: Path) -> list[Message]:
    """What arrived, oldest first."""
    box: Any = mailbox.Maildir(maildir, create=True)
    return sorted((box[key] for key in box.keys()), key=lambda mail: str(mail["Date"]))  # noqa: SIM118


def eventually(ask: Callable[[], Any], *, seconds: float = 60) -> Any:
    """The first true answer of `ask`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"never became true within {seconds} s: {ask}")
