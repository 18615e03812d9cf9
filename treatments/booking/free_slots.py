"""Which times are free, computed in the database over ranges: one statement for any number of days.

Opening and working hours are laid out as ranges of the window; what is taken is subtracted from
them; what is left is cut into the grid on which visits are offered. A visit has two phases: its
room and its patient are needed from the begin, its physician and device from `numbing` later.
The statement reads the window's own visits by index and never the years behind it. See
docs/performance.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from clinic.hours.queries import day_bounds
from treatments.booking.models import LONGEST_VISIT
from treatments.booking.rules import STEP
from treatments.booking.terms import HOLDING, AppointmentState

# Not "state in those that hold": the indexes of the exclusion constraints would offer themselves,
# and they are for the rule. Looked through by the physician or patient alone they read every year.
RELEASED = sorted(set(AppointmentState) - HOLDING)

# Openings that touch are one, and the grid begins where the clinic opens. Whoever has no working
# hours at all works whenever it is open. Starts that are possible are closed ranges: the last one
# is that of a visit that ends with its gap.
_STATEMENT = """
WITH days AS (
    SELECT day::date AS day, extract(isodow FROM day)::int - 1 AS weekday
    FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS day
), opening AS (
    SELECT unnest(range_agg(tstzrange(
        (days.day + hours.opens) AT TIME ZONE %(zone)s,
        (days.day + least(hours.closes, closed.closed_from)) AT TIME ZONE %(zone)s
    ))) AS span
    FROM days
    JOIN clinic_openinghours hours ON hours.weekday = days.weekday
    LEFT JOIN clinic_closedday closed ON closed."on" = days.day AND NOT closed.is_worked
    WHERE closed.id IS NULL OR closed.closed_from > hours.opens
), open AS (
    SELECT range_agg(span) AS spans FROM opening
), works AS (
    -- Nothing at all for whoever has hours, and none of them in this window.
    SELECT work.member_id, coalesce(range_agg(tstzrange(
        (days.day + work.starts) AT TIME ZONE %(zone)s,
        (days.day + work.ends) AT TIME ZONE %(zone)s
    )) FILTER (WHERE days.day IS NOT NULL), '{}') AS spans
    FROM clinic_workinghours work
    LEFT JOIN days ON days.weekday = work.weekday
        AND work.valid_from <= days.day
        AND (work.valid_until IS NULL OR days.day <= work.valid_until)
    WHERE work.member_id IN (%(physician)s, %(nurse)s)
    GROUP BY work.member_id
), taken AS MATERIALIZED (
    SELECT physician_id AS member_id, nurse_id, room_id, device_id, patient_id,
        tstzrange(starts_at, ends_at) AS whole, tstzrange(physician_from, ends_at) AS treated
    FROM treatments_appointment
    WHERE state <> ALL (%(released)s)
        AND starts_at > %(before)s AND starts_at < %(until)s AND ends_at > %(since)s
        AND (physician_id = %(physician)s OR room_id = ANY(%(rooms)s::uuid[]) OR patient_id = %(patient)s
            OR nurse_id = %(nurse)s OR device_id = %(device)s)
        AND id IS DISTINCT FROM %(excluding)s
    UNION ALL
    SELECT physician_id, NULL, room_id, NULL, patient_id,
        tstzrange(starts_at, ends_at), tstzrange(physician_from, ends_at)
    FROM treatments_slothold
    WHERE ended_at IS NULL AND expires_at > %(now)s AND id IS DISTINCT FROM %(hold)s
        AND starts_at > %(before)s AND starts_at < %(until)s AND ends_at > %(since)s
        AND (physician_id = %(physician)s OR room_id = ANY(%(rooms)s::uuid[]) OR patient_id = %(patient)s)
    UNION ALL
    SELECT member_id, member_id, room_id, device_id, NULL,
        tstzrange(starts_at, ends_at), tstzrange(starts_at, ends_at)
    FROM clinic_blockedtime
    WHERE lifted_at IS NULL AND ends_at > %(since)s AND starts_at < %(until)s
        AND (member_id IN (%(physician)s, %(nurse)s) OR room_id = ANY(%(rooms)s::uuid[])
            OR device_id = %(device)s)
), shared AS (
    SELECT
        open.spans * coalesce((SELECT spans FROM works WHERE member_id = %(nurse)s), open.spans)
            - coalesce((
                SELECT range_agg(whole) FROM taken
                WHERE patient_id = %(patient)s OR nurse_id = %(nurse)s
            ), '{}') AS whole,
        open.spans * coalesce((SELECT spans FROM works WHERE member_id = %(physician)s), open.spans)
            - coalesce((
                SELECT range_agg(treated) FROM taken
                WHERE member_id = %(physician)s OR device_id = %(device)s
            ), '{}') AS treated
    FROM open
), treated AS (
    SELECT range_agg(tstzrange(
        lower(gap) - %(numbing)s, upper(gap) - %(whole)s, '[]')) AS starts
    FROM unnest((SELECT treated FROM shared)) AS gap
    WHERE upper(gap) - lower(gap) >= %(length)s
), possible AS (
    SELECT room.place, (
        SELECT range_agg(tstzrange(
            greatest(lower(gap), %(now)s), upper(gap) - %(whole)s, '[]'))
        FROM unnest((SELECT whole FROM shared) - coalesce((
            SELECT range_agg(taken.whole) FROM taken WHERE taken.room_id = room.id), '{}')) AS gap
        WHERE upper(gap) - greatest(lower(gap), %(now)s) >= %(whole)s
    ) * (SELECT starts FROM treated) AS starts
    FROM unnest(%(rooms)s::uuid[]) WITH ORDINALITY AS room (id, place)
)
SELECT DISTINCT ON (start) start, place
FROM (
    -- An opening and the pieces that lie in it, in time order: the last begin is their anchor.
    SELECT place, piece, max(lower(opens)) OVER (ORDER BY coalesce(lower(opens), lower(piece)))
        AS anchor
    FROM (
        SELECT NULL::bigint AS place, NULL::tstzrange AS piece, span AS opens FROM opening
        UNION ALL
        SELECT place, unnest(starts), NULL FROM possible
    ) AS laid_out
) AS anchored
CROSS JOIN generate_series(
    date_bin(%(step)s, lower(piece) + %(nearly_a_step)s, anchor), upper(piece), %(step)s
) AS start
WHERE piece IS NOT NULL
ORDER BY start, place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whose time is looked for, between which days (both included), and how long the visit is.

    `numbing`: so long before the physician comes. `excluding`, `hold`: a visit, a kept time that
    does not count as taken, because it is the one that would move or be confirmed.
    """

    physician: UUID
    rooms: Sequence[UUID]
    first: date
    last: date
    length: timedelta
    numbing: timedelta = timedelta(0)
    patient: UUID | None = None
    nurse: UUID | None = None
    device: UUID | None = None
    excluding: UUID | None = None
    hold: UUID | None = None


def free_starts(wish: Wish, *, now: datetime) -> list[tuple[datetime, int]]:
    """Every begin of a visit that is free, in time order, with the place in `rooms` of the first
    room that is free for it. `length` is that of the physician; the room has the numbing as well.
    """
    if wish.length <= timedelta(0) or wish.numbing < timedelta(0):
        raise ValueError("a visit is longer than nothing")
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, parameters(wish, now=now))
        return [(start, place - 1) for start, place in cursor.fetchall()]


def parameters(wish: Wish, *, now: datetime) -> dict[str, Any]:
    since, until = day_bounds(wish.first)[0], day_bounds(wish.last)[1]
    return {
        "first": wish.first,
        "last": wish.last,
        "since": since,
        "until": until,
        "before": since - LONGEST_VISIT,
        "now": now,
        "zone": settings.TIME_ZONE,
        "physician": str(wish.physician),
        "rooms": [str(room) for room in wish.rooms],
        "patient": _key(wish.patient),
        "nurse": _key(wish.nurse),
        "device": _key(wish.device),
        "excluding": _key(wish.excluding),
        "hold": _key(wish.hold),
        "released": RELEASED,
        "length": wish.length,
        "numbing": wish.numbing,
        "whole": wish.numbing + wish.length,
        "step": STEP,
        "nearly_a_step": STEP - timedelta.resolution,
    }


def explained(wish: Wish, *, now: datetime) -> list[dict[str, Any]]:
    """How the database went about it, with the rows and pages that it read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + _STATEMENT, parameters(wish, now=now)
        )
        plan: list[dict[str, Any]] = cursor.fetchone()[0]
        return plan


def _key(row: UUID | None) -> str | None:
    return str(row) if row else None
