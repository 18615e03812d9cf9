"""The grid of a day or a week: who or which day has a column, and what stands in it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from clinic.hours.queries import OpenCalendar, clinic_zone, local_date
from treatments.calendar import markup, queries, rules, terms
from treatments.calendar.blocks import (
    Block,
    Words,
    minute_of,
    on_the_clock,
    span_of,
    stands,
    why_away,
    within_day,
)
from treatments.calendar.moving import FreeTime, Moving
from treatments.calendar.queries import Entry, Shown
from treatments.calendar.rules import Minutes
from treatments.calendar.terms import By, View
from treatments.calendar.there import Resources, there
from treatments.calendar.window import Window

NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class Hatched:
    """Time in a column that nobody can book, and why where there is more to say than "closed"."""

    places: str
    why: str = ""


@dataclass(slots=True)
class Column:
    """One person, room or device on one day, or one day of all of them."""

    key: str
    name: str
    day: date
    of: UUID | None = None
    url: str = ""
    note: str = ""  # why nothing can be booked on this day
    is_today: bool = False
    lanes: int = 1
    now_row: int | None = None
    blocks: list[Block] = field(default_factory=list)
    beside: list[Block] = field(default_factory=list)  # gave their time back
    absences: list[Block] = field(default_factory=list)
    hatched: list[Hatched] = field(default_factory=list)
    free: list[tuple[str, FreeTime]] = field(default_factory=list)
    refusal: str = ""  # why the visit that is being moved cannot be put here
    add: str = ""  # the way to a new appointment with this physician

    @property
    def iso(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Grid:
    version: str
    columns: list[Column]
    hours: list[tuple[int, str]]  # the row of each full hour, and its clock time
    clock: SafeString
    drawn: SafeString  # the columns
    begins: int
    closed_because: str
    is_closed: bool
    count: int
    resources: Resources

    @property
    def is_empty(self) -> bool:
        return not any(column.blocks or column.beside for column in self.columns)


def grid(
    window: Window, *, now: datetime, initials: bool, may_move: bool, moving: Moving | None
) -> Grid:
    """A day or a week; two statements, however many visits."""
    found = there(window.first, window.last, whose=lambda each: each.is_active)
    shown = queries.shown(window.first, window.last, now=now)
    return _laid_out(
        window,
        shown,
        found.calendar,
        Words(found.resources, initials=initials, may_move=may_move and moving is None),
        now=now,
        may_move=may_move,
        moving=moving,
    )


def _laid_out(
    window: Window,
    shown: Shown,
    calendar: OpenCalendar,
    words: Words,
    *,
    now: datetime,
    may_move: bool,
    moving: Moving | None,
) -> Grid:
    entries = queries.wished(shown.entries, window)
    standing = [entry for entry in entries if stands(entry)]
    openings = {day: on_the_clock(calendar.openings[day]) for day in window.days}
    hours = rules.full_hours(
        [*(span for spans in openings.values() for span in spans), *map(span_of, standing)]
    )
    begins, ends = hours or (0, 0)
    columns = list(
        _day_columns(window, entries, words.resources)
        if window.view == View.DAY
        else _week_columns(window, entries, calendar, now)
    )
    in_column: dict[Any, list[Entry]] = defaultdict(list)
    for entry in entries:
        of_day = window.view == View.DAY
        in_column[_key(entry, window.by) if of_day else entry.starts_at.date()].append(entry)
    for column in columns:
        own = in_column.get(column.of or column.day, [])
        free = _free(column, moving)
        _fill(column, own, window, words, begins, free)
        _hatch(column, openings[column.day], calendar, window, words, (begins, ends))
        _mark_now(column, now, (begins, ends))
    if may_move and not moving and window.by == By.PHYSICIAN and openings.get(window.day):
        _offer_new(columns, window)
    marks = [
        (rules.row_of(minute, begins), rules.clock(minute)) for minute in range(begins, ends, 60)
    ]
    return Grid(
        version=shown.version,
        columns=columns,
        hours=marks,
        clock=markup.clock(marks),
        drawn=markup.columns(
            columns,
            hours=marks,
            move_prefix=window.move_prefix,
            nearest=moving.nearest if moving else "",
        ),
        begins=begins,
        closed_because=calendar.closed.get(window.day, ""),
        is_closed=not openings.get(window.day),
        count=len(standing),
        resources=words.resources,
    )


def _day_columns(
    window: Window, entries: Iterable[Entry], resources: Resources
) -> Iterator[Column]:
    """Everybody who works here, and whoever left but still has visits on the day."""
    there = {_key(entry, window.by) for entry in entries}
    only = {By.PHYSICIAN: window.physician, By.ROOM: window.room, By.DEVICE: window.device}
    for each in resources.values():
        if each.by != window.by or (only[window.by] and each.id != only[window.by]):
            continue
        if each.is_active or each.id in there:
            yield Column(str(each.id), each.name, window.day, of=each.id)


def _week_columns(
    window: Window, entries: Sequence[Entry], calendar: OpenCalendar, now: datetime
) -> Iterator[Column]:
    """The days of the week; one that is closed as always has a column only if something stands on it."""
    busy = {entry.starts_at.date() for entry in entries}
    today = local_date(now)
    for day in window.days:
        why = calendar.closed.get(day)
        if why == "" and day not in busy:
            continue
        yield Column(
            day.isoformat(),
            date_format(day, "D j M"),
            day,
            url=window.on(day).seen_as(View.DAY).url,
            note="" if why is None else why or str(terms.CLOSED),
            is_today=day == today,
        )


def _key(entry: Entry, by: By) -> UUID | None:
    if by == By.PHYSICIAN:
        return entry.physician
    return entry.room if by == By.ROOM else entry.device


def _free(column: Column, moving: Moving | None) -> Sequence[FreeTime]:
    if moving is None:
        return ()
    column.refusal = moving.refusal_on(column.day)
    return () if column.refusal else moving.free(column.day, column.of)


def _fill(
    column: Column,
    entries: Sequence[Entry],
    window: Window,
    words: Words,
    begins: int,
    free: Sequence[FreeTime],
) -> None:
    """What stands, what gave its time back, and the free times; those beside a visit are narrow."""
    standing = [entry for entry in entries if stands(entry)]
    spans = [span_of(entry) for entry in standing]
    steps = [(time.minute, time.minute + rules.SNAP) for time in free]
    placed = rules.places(spans, begins=begins)
    column.lanes = rules.most_side_by_side(placed)
    for entry, span, place in zip(standing, spans, placed, strict=True):
        if steps and rules.common([span], steps):
            place = rules.aside(place)
        beside = _others(entry, column, window)
        column.blocks.append(words.block(entry, place.classes, beside=beside))
    for time, step in zip(free, steps, strict=True):
        row = rules.row_of(time.minute, begins)
        where = "ms-at-9 ms-wide-4" if rules.common([step], spans) else "ms-at-1 ms-wide-12"
        column.free.append((f"ms-from-{row} ms-for-3 {where}", time))
    column.beside = [
        words.block(entry, "", beside=_others(entry, column, window))
        for entry in entries
        if not stands(entry)
    ]


def _others(entry: Entry, column: Column, window: Window) -> list[UUID | None]:
    """The physician and the room, as far as neither the column nor a filter says them."""
    by = window.by if column.of is not None else None
    return [
        None if by == By.ROOM or window.room else entry.room,
        None if by == By.PHYSICIAN or window.physician else entry.physician,
    ]


def _hatch(
    column: Column,
    openings: Sequence[Minutes],
    calendar: OpenCalendar,
    window: Window,
    words: Words,
    hours: Minutes,
) -> None:
    """Closed hours, a half day, hours in which this one does not work, absences."""
    begins, ends = hours
    if begins == ends:
        return
    whose = [each for each in (column.of, window.physician, window.room, window.device) if each]
    early = calendar.closed_early.get(column.day)
    shut = minute_of(early.at.astimezone(clinic_zone())) if early else None
    for starts, until in rules.gaps(openings, hours):
        why = early.why if early and starts == shut else ""
        column.hatched.append(_hatched(starts, until, begins, why))
    for one in whose:
        own = calendar.working.get(one)
        if own is None:
            continue
        works = rules.common(openings, on_the_clock(own.get(column.day, ())))
        for opening in openings:
            for starts, until in rules.gaps(works, opening):
                if starts < until:
                    column.hatched.append(_hatched(starts, until, begins, str(terms.NOT_AT_WORK)))
    for away in calendar.away:
        span = within_day(away, column.day)
        if span is None or (span := _clipped(span, hours)) is None:
            continue
        if away.of in whose:
            column.hatched.append(_hatched(*span, begins, why_away(away)))
        elif column.of is None and not whose:
            # A column of everybody cannot be hatched for one of them: a line with the name.
            column.absences.append(words.absence(away, span))


def _clipped(span: Minutes, hours: Minutes) -> Minutes | None:
    starts, ends = max(span[0], hours[0]), min(span[1], hours[1])
    return (starts, ends) if starts < ends else None


def _hatched(starts: int, ends: int, begins: int, why: str) -> Hatched:
    row, rows = rules.row_of(starts, begins), rules.rows_between(starts, ends)
    return Hatched(f"ms-from-{row} ms-for-{rows}", why)


def _offer_new(columns: Iterable[Column], window: Window) -> None:
    url, words = reverse("booking:new"), str(terms.NEW_WITH)
    for column in columns:
        if column.of is not None:
            to = f"{url}?day={window.day.isoformat()}&physician={column.key}"
            column.add = markup.add_link(to, words % {"name": column.name})


def _mark_now(column: Column, now: datetime, hours: Minutes) -> None:
    local = now.astimezone(clinic_zone())
    minute = minute_of(local)
    if local.date() == column.day and hours[0] <= minute < hours[1]:
        column.now_row = rules.row_of(minute, hours[0])
