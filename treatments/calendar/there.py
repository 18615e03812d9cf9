"""Who and what there is by name, and when it can be booked: one statement, however long the window."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from clinic.hours.queries import Away, OpenCalendar, day_bounds, days_between, laid_out
from clinic.hours.rules import Shift
from clinic.hours.terms import Blocking
from clinic.staff.terms import Role
from treatments.calendar.terms import By

_STATEMENT = """
SELECT 'physician' AS what, id, btrim(title || ' ' || full_name) AS words, NULL AS kind, is_active,
    NULL::int AS weekday, NULL::time AS clock, NULL::time AS until_clock,
    NULL::date AS day, NULL::date AS last_day,
    NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at
FROM clinic_staffmember WHERE role = %(physician)s
UNION ALL
SELECT 'room', id, name, NULL, is_active, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM clinic_room
UNION ALL
SELECT 'device', id, name, NULL, is_active, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM clinic_device
UNION ALL
SELECT 'open', NULL, NULL, NULL, NULL, weekday, opens, closes, NULL, NULL, NULL, NULL
FROM clinic_openinghours
UNION ALL
SELECT 'closed', NULL, why, NULL, NULL, NULL, closed_from, NULL, "on", NULL, NULL, NULL
FROM clinic_closedday WHERE NOT is_worked AND "on" BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT 'works', member_id, NULL, NULL, NULL, weekday, starts, ends, valid_from, valid_until,
    NULL, NULL
FROM clinic_workinghours
UNION ALL
SELECT 'away', coalesce(member_id, room_id, device_id), why, kind, NULL, NULL, NULL, NULL,
    NULL, NULL, starts_at, ends_at
FROM clinic_blockedtime
WHERE lifted_at IS NULL AND ends_at > %(since)s AND starts_at < %(until)s
ORDER BY what, weekday, clock, starts_at
"""


class Resource(NamedTuple):
    """Somebody or something whose time is shown."""

    by: str
    id: UUID
    name: str
    is_active: bool


Resources = Mapping[UUID, Resource]


class _Row(NamedTuple):
    what: str
    id: UUID
    words: str
    kind: str
    is_active: bool
    weekday: int
    clock: time
    until_clock: time
    day: date
    last_day: date | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class There:
    """Every physician, room and device by name, and the days of the window as far as they concern
    those who were asked for. Whoever left is among the names, and marked.
    """

    resources: Resources
    calendar: OpenCalendar


def there(first: date, last: date, *, whose: Callable[[Resource], bool]) -> There:
    """`whose`: of whom hours and absences are wanted."""
    rows = _read(first, last)
    resources = _by_name(row for row in rows if row.what in By.values)
    wanted = {each.id for each in resources.values() if whose(each)}
    shifts: dict[UUID, list[Shift]] = {}
    for row in rows:
        if row.what == "works" and row.id in wanted:
            shift = Shift(row.weekday, row.clock, row.until_clock, row.day, row.last_day)
            shifts.setdefault(row.id, []).append(shift)
    calendar = laid_out(
        days_between(first, last),
        exceptions={row.day: (row.clock, row.words) for row in rows if row.what == "closed"},
        hours=[(row.weekday, row.clock, row.until_clock) for row in rows if row.what == "open"],
        shifts=shifts,
        away=[
            Away(row.id, Blocking(row.kind), row.starts_at, row.ends_at, row.words)
            for row in rows
            if row.what == "away" and row.id in wanted
        ],
    )
    return There(resources, calendar)


def _read(first: date, last: date) -> list[_Row]:
    said: dict[str, Any] = {
        "physician": Role.PHYSICIAN.value,
        "first": first,
        "last": last,
        "since": day_bounds(first)[0],
        "until": day_bounds(last)[1],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, said)
        return [_Row._make(row) for row in cursor.fetchall()]


def _by_name(rows: Iterable[_Row]) -> dict[UUID, Resource]:
    named = [Resource(row.what, row.id, row.words, row.is_active) for row in rows]
    return {each.id: each for each in sorted(named, key=lambda each: (each.by, each.name))}
