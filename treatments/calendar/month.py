"""The month: of each day how many visits stand, how full the physicians are, and why it is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.safestring import SafeString

from clinic.hours.queries import OpenCalendar, local_date
from treatments.calendar import markup, queries, rules
from treatments.calendar.blocks import on_the_clock, within_day
from treatments.calendar.terms import By, View
from treatments.calendar.there import Resource, Resources, there
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
    drawn: SafeString
    resources: Resources


def month(window: Window, *, now: datetime) -> Month:
    """Three statements, however many visits."""

    def is_counted(one: Resource) -> bool:
        return one.by == By.PHYSICIAN and (
            one.id == window.physician or (one.is_active and not window.physician)
        )

    found = there(window.first, window.last, whose=is_counted)
    resources, calendar = found.resources, found.calendar
    physicians = [each.id for each in resources.values() if is_counted(each)]
    taken = queries.counts(window)
    days = [
        _day(day, window, calendar, physicians, taken.get(day, (0, 0)), now) for day in window.days
    ]
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    return Month(
        version=queries.version(window.first, window.last, now=now),
        weeks=weeks,
        count=sum(each.count for each in days if each.in_month),
        drawn=markup.month_weeks(weeks),
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
