"""What of the calendar is shown: which view, which days, whose visits. Its address says all of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from clinic.hours.queries import days_between
from treatments.calendar import rules
from treatments.calendar.terms import By, View

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One shareable look at the calendar; `move` is the visit that is being moved."""

    view: View
    day: date
    by: By = By.PHYSICIAN
    physician: UUID | None = None
    room: UUID | None = None
    device: UUID | None = None
    kind: str = ""
    state: str = ""
    move: UUID | None = None

    @property
    def first(self) -> date:
        if self.view == View.DAY:
            return self.day
        if self.view == View.MONTH:
            return rules.monday_of(rules.first_of_month(self.day))
        return rules.monday_of(self.day)

    @property
    def last(self) -> date:
        if self.view == View.DAY:
            return self.day
        if self.view == View.MONTH:
            return rules.monday_of(rules.next_month(self.day) - DAY) + WEEK - DAY
        return self.first + WEEK - DAY

    @property
    def days(self) -> Iterator[date]:
        return days_between(self.first, self.last)

    @property
    def earlier(self) -> "Window":
        if self.view == View.MONTH:
            return replace(self, day=rules.first_of_month(rules.first_of_month(self.day) - DAY))
        return replace(self, day=self.day - (DAY if self.view == View.DAY else WEEK))

    @property
    def later(self) -> "Window":
        if self.view == View.MONTH:
            return replace(self, day=rules.next_month(self.day))
        return replace(self, day=self.day + (DAY if self.view == View.DAY else WEEK))

    @property
    def is_filtered(self) -> bool:
        return bool(self.physician or self.room or self.device or self.kind or self.state)

    def on(self, day: date) -> "Window":
        return replace(self, day=day)

    def seen_as(self, view: View) -> "Window":
        return replace(self, view=view)

    def in_columns(self, by: By) -> "Window":
        return replace(self, by=by)

    def moving(self, appointment_id: UUID | None) -> "Window":
        return replace(self, move=appointment_id)

    def unfiltered(self) -> "Window":
        return Window(view=self.view, day=self.day, by=self.by, move=self.move)

    @property
    def query(self) -> str:
        """All of it but the view: the same for the page and for what the page asks for later."""
        said: dict[str, Any] = {
            "day": self.day.isoformat(),
            "by": self.by.value if self.by != By.PHYSICIAN else None,
            "physician": self.physician,
            "room": self.room,
            "device": self.device,
            "kind": self.kind,
            "state": self.state,
            "move": self.move,
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def whole_query(self) -> str:
        return f"view={self.view.value}&{self.query}"

    @property
    def path(self) -> str:
        return _path(self.view.value)

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}"

    @property
    def move_prefix(self) -> str:
        """The address of the Move mode; the visit's key follows."""
        return f"{self.unmoved_url}&move="

    @property
    def unmoved_url(self) -> str:
        return self.moving(None).url


@cache
def _path(view: str) -> str:
    return reverse(f"calendar:{view}")
