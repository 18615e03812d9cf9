"""On paper: one page per person (or room) and day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from patients.records.rules import phone_for_reading
from treatments.calendar import queries, rules
from treatments.calendar.agenda import Line, lines
from treatments.calendar.blocks import Words
from treatments.calendar.terms import By, Phones, View
from treatments.calendar.there import there
from treatments.calendar.window import Window


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    day: date
    lines: list[tuple[Line, str]]  # with the telephone number, as far as it is wanted


def sheets(window: Window, phones: Phones, *, now: datetime, initials: bool) -> list[Sheet]:
    """The days of the window, each person's on a page of their own; no page for who has nothing."""
    days = window if window.view in (View.DAY, View.WEEK) else window.seen_as(View.WEEK)
    resources = there(days.first, days.last, whose=lambda _each: False).resources
    words = Words(resources, initials=initials, may_move=False)
    entries = queries.wished(queries.shown(days.first, days.last, now=now).entries, window)
    by_page: dict[tuple[date, str], list[tuple[Line, str]]] = {}
    for entry, (day, line) in zip(entries, lines(entries, words), strict=True):
        of = {By.PHYSICIAN: entry.physician, By.ROOM: entry.room, By.DEVICE: entry.device}
        name = words.of(of[window.by])
        if name:
            by_page.setdefault((day, name), []).append((line, shown_phone(entry.phone, phones)))
    return [Sheet(name, day, found) for (day, name), found in _in_order(by_page)]


def shown_phone(phone: str, phones: Phones) -> str:
    if not phone or phones == Phones.NONE:
        return ""
    return rules.masked_phone(phone) if phones == Phones.MASKED else phone_for_reading(phone)


def _in_order(
    by_page: dict[tuple[date, str], list[tuple[Line, str]]],
) -> Iterator[tuple[tuple[date, str], list[tuple[Line, str]]]]:
    yield from sorted(by_page.items(), key=lambda page: page[0])
