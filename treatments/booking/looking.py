"""Everything that decides about a time, read in one statement: hours, closed days, absences, and what
is taken.

Asked before the locks, so that a herd on one time is turned away without waiting, and again behind
them, where the answer counts. What it costs grows with the wishes and their days, never with history.
See docs/rules/booking.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from clinic.hours.queries import Away, OpenCalendar, day_bounds, laid_out
from clinic.hours.rules import Shift
from clinic.hours.terms import Blocking
from treatments.booking.free_slots import RELEASED
from treatments.booking.models import LONGEST_VISIT, SlotHold
from treatments.booking.spans import Span, Taken

# Not "state in those that hold": see free_slots. A visit of one wish meets it by starting within the
# day before its end; the two indexes of time serve that, however long the years behind are.
_STATEMENT = """
WITH wish AS MATERIALIZED (
    SELECT * FROM unnest(
        %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(physicians)s::uuid[],
        %(rooms)s::uuid[], %(patients)s::uuid[], %(nurses)s::uuid[], %(devices)s::uuid[]
    ) AS wish (starts_at, ends_at, physician_id, room_id, patient_id, nurse_id, device_id)
)
SELECT 'open' AS what, weekday, opens AS clock, closes AS until_clock,
    NULL::date AS day, NULL::date AS last_day, NULL AS why, NULL AS kind,
    NULL::timestamptz AS starts_at, NULL::timestamptz AS treated_from, NULL::timestamptz AS ends_at,
    NULL::uuid AS member_id, NULL::uuid AS room_id, NULL::uuid AS device_id,
    NULL::uuid AS patient_id, NULL::uuid AS nurse_id
FROM clinic_openinghours
UNION ALL
SELECT 'closed', NULL, closed_from, NULL, "on", NULL, why, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM clinic_closedday WHERE "on" BETWEEN %(first)s AND %(last)s AND NOT is_worked
UNION ALL
SELECT 'works', weekday, starts, ends, valid_from, valid_until, NULL, NULL,
    NULL, NULL, NULL, member_id, NULL, NULL, NULL, NULL
FROM clinic_workinghours WHERE member_id = ANY(%(members)s::uuid[])
UNION ALL
SELECT 'away', NULL, NULL, NULL, NULL, NULL, why, kind,
    starts_at, NULL, ends_at, member_id, room_id, device_id, NULL, NULL
FROM clinic_blockedtime
WHERE lifted_at IS NULL AND ends_at > %(since)s AND starts_at < %(until)s
    AND (member_id = ANY(%(members)s::uuid[]) OR room_id = ANY(%(rooms)s::uuid[])
        OR device_id = ANY(%(devices)s::uuid[]))
UNION ALL
SELECT 'visit', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    visit.starts_at, visit.physician_from, visit.ends_at, visit.physician_id, visit.room_id,
    visit.device_id, visit.patient_id, visit.nurse_id
FROM wish JOIN treatments_appointment visit
    ON visit.starts_at > wish.starts_at - %(longest)s AND visit.starts_at < wish.ends_at
    AND visit.ends_at > wish.starts_at
    AND (visit.physician_id = wish.physician_id OR visit.room_id = wish.room_id
        OR visit.patient_id = wish.patient_id OR visit.nurse_id = wish.nurse_id
        OR visit.device_id = wish.device_id)
WHERE visit.state <> ALL (%(released)s) AND visit.id IS DISTINCT FROM %(excluding)s
UNION ALL
SELECT 'hold', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    kept.starts_at, kept.physician_from, kept.ends_at, kept.physician_id, kept.room_id,
    NULL, kept.patient_id, NULL
FROM wish JOIN treatments_slothold kept
    ON kept.starts_at > wish.starts_at - %(longest)s AND kept.starts_at < wish.ends_at
    AND kept.ends_at > wish.starts_at
    AND (kept.physician_id = wish.physician_id OR kept.room_id = wish.room_id
        OR kept.patient_id = wish.patient_id)
WHERE kept.ended_at IS NULL AND kept.expires_at > %(now)s
    AND (%(hold)s::uuid IS NULL OR (kept.made_at, kept.id) < (%(hold_made_at)s, %(hold)s::uuid))
"""


class _Row(NamedTuple):
    what: str
    weekday: int
    clock: time
    until_clock: time
    day: date
    last_day: date | None
    why: str
    kind: str
    starts_at: datetime
    treated_from: datetime
    ends_at: datetime
    member_id: UUID
    room_id: UUID
    device_id: UUID | None
    patient_id: UUID
    nurse_id: UUID | None


@dataclass(frozen=True, slots=True)
class Look:
    """What stood in the calendar at one moment, for some wishes.

    `calendar` lays out any days of the window; `taken`: in time order, what meets a wish and needs
    something of it.
    """

    calendar: Callable[[Sequence[date]], OpenCalendar]
    taken: Sequence[Taken]


def look_at(
    wishes: Sequence[Taken],
    *,
    first: date,
    last: date,
    now: datetime,
    excluding: UUID | None = None,
    hold: SlotHold | None = None,
) -> Look:
    """One statement. `excluding`: a visit that does not count, because it is the one that moves;
    `hold`: the kept time that is confirmed, which yields only to those made before it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, _parameters(wishes, first, last, now, excluding, hold))
        rows = [_Row(*row) for row in cursor.fetchall()]
    by_kind: dict[str, list[_Row]] = {}
    for row in rows:
        by_kind.setdefault(row.what, []).append(row)
    exceptions = {row.day: (row.clock, row.why) for row in by_kind.get("closed", ())}
    hours = sorted((row.weekday, row.clock, row.until_clock) for row in by_kind.get("open", ()))
    shifts = _shifts(by_kind.get("works", ()))
    away = [
        Away(of, Blocking(row.kind), row.starts_at, row.ends_at, row.why)
        for row in by_kind.get("away", ())
        for of in (row.member_id, row.room_id, row.device_id)
        if of is not None  # the table keeps it to one of the three
    ]

    def calendar(days: Sequence[date]) -> OpenCalendar:
        return laid_out(days, exceptions=exceptions, hours=hours, shifts=shifts, away=away)

    # A visit that two wishes meet comes twice.
    taken = {_taken(row) for kind in ("visit", "hold") for row in by_kind.get(kind, ())}
    return Look(calendar, sorted(taken, key=lambda each: each.span.starts_at))


def _parameters(
    wishes: Sequence[Taken],
    first: date,
    last: date,
    now: datetime,
    excluding: UUID | None,
    hold: SlotHold | None,
) -> Mapping[str, Any]:
    physicians = [str(each.physician_id) for each in wishes]
    nurses = [_key(each.nurse_id) for each in wishes]
    return {
        "starts": [each.span.starts_at for each in wishes],
        "ends": [each.span.ends_at for each in wishes],
        "physicians": physicians,
        "rooms": [str(each.room_id) for each in wishes],
        "patients": [_key(each.patient_id) for each in wishes],
        "nurses": nurses,
        "devices": [_key(each.device_id) for each in wishes],
        "members": [each for each in {*physicians, *nurses} if each],
        "first": first,
        "last": last,
        "since": day_bounds(first)[0],
        "until": day_bounds(last)[1],
        "longest": LONGEST_VISIT,
        "released": RELEASED,
        "now": now,
        "excluding": _key(excluding),
        "hold": _key(hold.pk) if hold else None,
        "hold_made_at": hold.made_at if hold else now,
    }


def _shifts(rows: Sequence[_Row]) -> dict[UUID, list[Shift]]:
    shifts: dict[UUID, list[Shift]] = {}
    for row in sorted(rows, key=lambda row: (row.member_id, row.weekday, row.clock)):
        shift = Shift(row.weekday, row.clock, row.until_clock, row.day, row.last_day)
        shifts.setdefault(row.member_id, []).append(shift)
    return shifts


def _taken(row: _Row) -> Taken:
    return Taken(
        row.member_id,
        row.room_id,
        row.patient_id,
        Span(row.starts_at, row.ends_at),
        row.treated_from,
        row.nurse_id,
        row.device_id,
        row.what == "hold",
    )


def _key(row: UUID | None) -> str | None:
    return str(row) if row else None
