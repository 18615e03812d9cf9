"""The reads of the calendar. A page of it takes one flat statement for all that stands on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from clinic.hours.queries import clinic_zone, day_bounds
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING
from treatments.calendar.window import Window

# Everything that a reader of the window could miss: a visit changed, came or went; a time was held
# or let go; somebody is away; a day was closed. The sum of hashes is the same in whatever order the
# rows are read, and one row that goes as another comes changes it.
_VERSION = """
SELECT md5(concat_ws('|',
    (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, version)))
     FROM treatments_appointment WHERE starts_at >= %(since)s AND starts_at < %(until)s),
    (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, 0))) FROM treatments_slothold
     WHERE ended_at IS NULL AND expires_at > %(now)s
        AND starts_at >= %(since)s AND starts_at < %(until)s),
    (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, 0))) FROM clinic_blockedtime
     WHERE lifted_at IS NULL AND ends_at > %(since)s AND starts_at < %(until)s),
    (SELECT string_agg(concat_ws(' ', "on", closed_from, is_worked, why), ',' ORDER BY "on")
     FROM clinic_closedday WHERE "on" BETWEEN %(first)s AND %(last)s)
))
"""

# The first row, the only one without a time, is the version, so that what is shown and what it is called are read together.
_SHOWN = f"""
SELECT 'version', NULL::text, ({_VERSION}), '', NULL::timestamp, NULL::timestamp, NULL::timestamp,
    NULL::text, NULL::text, NULL::text, '', 0, '', 0, false, NULL::timestamp
UNION ALL
SELECT 'visit', visit.id::text, visit.state, visit.kind,
    visit.starts_at AT TIME ZONE %(zone)s, visit.physician_from AT TIME ZONE %(zone)s,
    visit.ends_at AT TIME ZONE %(zone)s,
    visit.physician_id::text, visit.room_id::text, visit.device_id::text,
    patient.full_name, patient.number, patient.phone,
    visit.version, visit.overbooked_because <> '', NULL
FROM treatments_appointment visit JOIN patients_patient patient ON patient.id = visit.patient_id
WHERE visit.starts_at >= %(since)s AND visit.starts_at < %(until)s
UNION ALL
SELECT 'held', held.id::text, 'held', held.kind,
    held.starts_at AT TIME ZONE %(zone)s, held.physician_from AT TIME ZONE %(zone)s,
    held.ends_at AT TIME ZONE %(zone)s,
    held.physician_id::text, held.room_id::text, NULL,
    patient.full_name, patient.number, patient.phone,
    0, false, held.expires_at AT TIME ZONE %(zone)s
FROM treatments_slothold held JOIN patients_patient patient ON patient.id = held.patient_id
WHERE held.ended_at IS NULL AND held.expires_at > %(now)s
    AND held.starts_at >= %(since)s AND held.starts_at < %(until)s
ORDER BY 5 NULLS FIRST, 2
"""  # noqa: S608  (both parts are ours, and what differs is a parameter)


class Entry(NamedTuple):
    """A visit or a held time, as one row. Times are those of the clinic's clock.

    Its own key is only ever written down, so it comes as text: a page may hold hundreds.
    """

    what: str
    id: str
    state: str
    kind: str
    starts_at: datetime
    physician_from: datetime
    ends_at: datetime
    physician: UUID
    room: UUID
    device: UUID | None
    patient: str
    number: int
    phone: str
    version: int
    overbooked: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in a window, and the version under which it was read."""

    version: str
    entries: list[Entry]


def shown(first: date, last: date, *, now: datetime) -> Shown:
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, _bounds(first, last, now))
        rows = cursor.fetchall()
    known = _Known()
    entries = [
        Entry._make((*row[:7], known[row[7]], known[row[8]], known[row[9]], *row[10:]))
        for row in rows[1:]
    ]
    return Shown(rows[0][2], entries)


class _Known(dict[str | None, UUID | None]):
    """Keys from their text, each read once: few people and rooms stand in hundreds of rows."""

    def __missing__(self, text: str | None) -> UUID | None:
        found = self[text] = UUID(text) if text else None
        return found


def version(first: date, last: date, *, now: datetime) -> str:
    """What is called the same has not changed."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, _bounds(first, last, now))
        found: str = cursor.fetchone()[0]
        return found


def _bounds(first: date, last: date, now: datetime) -> dict[str, Any]:
    return {
        "since": day_bounds(first)[0],
        "until": day_bounds(last)[1],
        "first": first,
        "last": last,
        "now": now,
        "zone": settings.TIME_ZONE,
    }


def counts(window: Window) -> dict[date, tuple[int, int]]:
    """Of each day: how many visits stand, and for how many minutes the physicians are taken."""
    since, until = day_bounds(window.first)[0], day_bounds(window.last)[1]
    visits = Appointment.objects.filter(
        state__in=sorted(HOLDING), starts_at__gte=since, starts_at__lt=until
    )
    wished = {
        "physician": window.physician,
        "room": window.room,
        "device": window.device,
        "kind": window.kind,
        "state": window.state,
    }
    rows = (
        visits.filter(**{name: value for name, value in wished.items() if value})
        .annotate(day=TruncDate("starts_at", tzinfo=clinic_zone()))
        .values("day")
        .annotate(count=Count("pk"), taken=Sum(F("ends_at") - F("physician_from")))
        .order_by("day")
        .values_list("day", "count", "taken")
    )
    return {day: (count, int(taken.total_seconds() // 60)) for day, count, taken in rows}


def wished(entries: Iterable[Entry], window: Window) -> list[Entry]:
    """What the filters of the window let through."""
    return [
        entry
        for entry in entries
        if (not window.physician or entry.physician == window.physician)
        and (not window.room or entry.room == window.room)
        and (not window.device or entry.device == window.device)
        and (not window.kind or entry.kind == window.kind)
        and (not window.state or entry.state == window.state)
    ]
