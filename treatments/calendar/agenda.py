"""The agenda: a week as tables, for who reads line by line; it says all that the grid says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.safestring import SafeString

from clinic.hours.queries import local_date
from treatments.calendar import markup, queries, terms
from treatments.calendar.blocks import Block, Words, within_day
from treatments.calendar.moving import FreeTime, Moving
from treatments.calendar.queries import Entry
from treatments.calendar.there import Resources, there
from treatments.calendar.window import Window


@dataclass(frozen=True, slots=True)
class Line:
    block: Block
    kind: str
    physician: str
    room: str
    number: int
    phone: str


NOTHING = SafeString("")


@dataclass(slots=True)
class AgendaDay:
    day: date
    is_today: bool
    is_closed: bool
    why: str
    lines: list[Line] = field(default_factory=list)
    absences: list[Block] = field(default_factory=list)
    free: list[FreeTime] = field(default_factory=list)
    refusal: str = ""
    rows: SafeString = NOTHING


@dataclass(frozen=True, slots=True)
class Agenda:
    version: str
    days: list[AgendaDay]
    count: int
    resources: Resources


def agenda(
    window: Window, *, now: datetime, initials: bool, may_move: bool, moving: Moving | None
) -> Agenda:
    """Two statements, however many visits."""
    found = there(window.first, window.last, whose=lambda _each: True)
    resources, calendar = found.resources, found.calendar
    words = Words(resources, initials=initials, may_move=may_move and moving is None)
    shown = queries.shown(window.first, window.last, now=now)
    entries = queries.wished(shown.entries, window)
    days = {}
    for day in window.days:
        early = calendar.closed_early.get(day)
        days[day] = AgendaDay(
            day=day,
            is_today=day == local_date(now),
            is_closed=not calendar.openings[day],
            why=early.why if early else calendar.closed.get(day, ""),
        )
        for away in calendar.away:
            span = within_day(away, day)
            if span is not None and calendar.openings[day]:
                days[day].absences.append(words.absence(away, span))
        if moving:
            days[day].refusal = moving.refusal_on(day)
            days[day].free = list(moving.free(day, None))
    for day, line in lines(entries, words):
        days[day].lines.append(line)
    for each in days.values():
        each.rows = markup.agenda_rows(
            ((line.block, line.physician, line.room) for line in each.lines),
            may_book=may_move,
            move_prefix=window.move_prefix,
            move=str(terms.MOVE_WORD),
        )
    return Agenda(
        version=shown.version,
        days=list(days.values()),
        count=sum(len(each.lines) for each in days.values()),
        resources=resources,
    )


def lines(entries: Iterable[Entry], words: Words) -> Iterable[tuple[date, Line]]:
    for entry in entries:
        yield (
            entry.starts_at.date(),
            Line(
                block=words.block(entry, "", beside=()),
                kind=words.kinds[entry.kind],
                physician=words.of(entry.physician),
                room=words.of(entry.room),
                number=entry.number,
                phone=entry.phone,
            ),
        )
