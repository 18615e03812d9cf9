"""The month: of each day how many visits stand, how full the physicians are, and why it is closed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.hours.queries import OpenCalendar, local_date, open_calendar
from treatments.calendar import queries, rules
from treatments.calendar.blocks import on_the_clock, within_day
from treatments.calendar.queries import Resource
from treatments.calendar.terms import By, View
from treatments.calendar.window import Window


@dataclass(frozen=True, slots=True)
class MonthDay:
    day: date
    url: str
    in_month: bool
    is_today: bool
    is_closed: bool
    why: str  # why it is closed, or closes early
    count: int
    percent: (
        int  # of the physicians' time that is taken; a day closed to them is full with any visit
    )
    tenths: int


@dataclass(frozen=True, slots=True)
class Month:
    version: str
    weeks: list[list[MonthDay]]
    count: int
    resources: Mapping[UUID, Resource]


def month(window: Window, *, now: datetime) -> Month:
    """Seven statements, however many visits."""
    resources = queries.resources()
    physicians = [
        each.id
        for each in resources.values()
        if each.by == By.PHYSICIAN
        and (each.id == window.physician or (each.is_active and not window.physician))
    ]
    calendar = open_calendar(window.first, window.last, members=physicians)
    taken = queries.counts(window)
    days = [
        _day(day, window, calendar, physicians, taken.get(day, (0, 0)), now) for day in window.days
    ]
    return Month(
        version=queries.version(window.first, window.last, now=now),
        weeks=[days[start : start + 7] for start in range(0, len(days), 7)],
        count=sum(each.count for each in days if each.in_month),
        resources=resources,
    )


def _day(
    day: date,
    window: Window,
    calendar: OpenCalendar,
    physicians: Iterable[UUID],
    taken: tuple[int, int],
    now: datetime,
) -> MonthDay:
    count, minutes = taken
    there = sum(_minutes_at_work(one, day, calendar) for one in physicians)
    early = calendar.closed_early.get(day)
    return MonthDay(
        day=day,
        url=window.on(day).seen_as(View.DAY).url,
        in_month=day.month == window.day.month,
        is_today=day == local_date(now),
        is_closed=not calendar.openings[day],
        why=early.why if early else calendar.closed.get(day, ""),
        count=count,
        percent=round(100 * minutes / there) if there else 0,
        tenths=rules.tenths(minutes, there),
    )


def _minutes_at_work(physician: UUID, day: date, calendar: OpenCalendar) -> int:
    works = on_the_clock(calendar.openings[day])
    own = calendar.working.get(physician)
    if own is not None:
        works = rules.common(works, on_the_clock(own.get(day, ())))
    for away in calendar.away:
        span = within_day(away, day) if away.of == physician else None
        if span is not None:
            works = rules.without(works, span)
    return sum(ends - starts for starts, ends in works)
