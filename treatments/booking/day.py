"""The day grid: which appointment stands in which column, from which row, over how many rows.

A row is five minutes, so that a visit of 20 minutes ends where it ends; every third row has a line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from clinic.hours.queries import clinic_zone, open_calendar, rooms
from clinic.staff.queries import physicians
from treatments.booking import queries
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING, AppointmentState

By = Literal["physician", "room"]

ROW = timedelta(minutes=5)
SHORT_ROWS = 5  # up to 25 minutes there is room for one line only


@dataclass(frozen=True, slots=True)
class Block:
    """Something with a place in a column. `row` counts from 1."""

    row: int
    rows: int
    appointment: Appointment | None = None

    @property
    def is_short(self) -> bool:
        return self.rows <= SHORT_ROWS


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    name: str
    blocks: list[Block] = field(default_factory=list)
    beside: list[Appointment] = field(default_factory=list)  # gave their time back

    @property
    def all_in_time_order(self) -> list[Appointment]:
        shown = [block.appointment for block in self.blocks if block.appointment]
        return sorted([*shown, *self.beside], key=lambda each: each.starts_at)


@dataclass(frozen=True, slots=True)
class HourMark:
    row: int
    clock: str


@dataclass(frozen=True, slots=True)
class DayGrid:
    day: date
    by: By
    is_closed: bool
    closed_because: str
    columns: list[Column]
    hours: list[HourMark]
    closed_rows: list[Block]  # between two openings, and around them
    now_row: int | None
    count: int

    @property
    def previous(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def next(self) -> date:
        return self.day + timedelta(days=1)

    @property
    def is_empty(self) -> bool:
        return not any(column.blocks or column.beside for column in self.columns)


def day_grid(day: date, *, by: By, now: datetime) -> DayGrid:
    """The calendar of one day; four statements, however many appointments."""
    calendar = open_calendar(day, day)
    openings = [(starts, ends) for starts, ends in calendar.openings[day]]
    appointments = queries.appointments_on(day)
    times = [*openings, *((each.starts_at, each.ends_at) for each in appointments)]
    begins, ends = _full_hours(times, day)
    columns = _columns(by, appointments)
    for appointment in appointments:
        _put(columns[_key(by, appointment)], appointment, begins)
    return DayGrid(
        day=day,
        by=by,
        is_closed=not openings,
        closed_because=calendar.closed.get(day, ""),
        columns=list(columns.values()),
        hours=_hour_marks(begins, ends),
        closed_rows=_closed_rows(openings, begins, ends),
        now_row=_row(now, begins) if begins <= now < ends else None,
        count=sum(each.state != AppointmentState.CANCELLED for each in appointments),
    )


def _columns(by: By, appointments: Iterable[Appointment]) -> dict[str, Column]:
    """Everybody who works here, and whoever left but still has appointments on the day."""
    if by == "room":
        named = [(str(each.pk), each.name) for each in rooms()]
        named += [(str(each.room_id), each.room.name) for each in appointments]
    else:
        named = [(str(each.pk), each.display_name) for each in physicians()]
        named += [(str(each.physician_id), each.physician.display_name) for each in appointments]
    return {key: Column(key, name) for key, name in dict(named).items()}


def _key(by: By, appointment: Appointment) -> str:
    return str(appointment.room_id if by == "room" else appointment.physician_id)


def _put(column: Column, appointment: Appointment, begins: datetime) -> None:
    if appointment.state not in HOLDING:
        column.beside.append(appointment)
        return
    row = _row(appointment.starts_at, begins)
    last = _row(appointment.ends_at + ROW - timedelta(microseconds=1), begins)
    column.blocks.append(Block(row, max(1, last - row), appointment))


def _row(moment: datetime, begins: datetime) -> int:
    return (moment - begins) // ROW + 1


def _full_hours(times: Sequence[tuple[datetime, datetime]], day: date) -> tuple[datetime, datetime]:
    """From the full hour before the first time to the full hour after the last one."""
    zone = clinic_zone()
    if not times:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
        return noon, noon
    first = min(starts for starts, _ends in times).astimezone(zone)
    last = max(ends for _starts, ends in times).astimezone(zone)
    begins = first.replace(minute=0, second=0, microsecond=0)
    ends = last.replace(minute=0, second=0, microsecond=0)
    return begins, ends if ends == last else ends + timedelta(hours=1)


def _hour_marks(begins: datetime, ends: datetime) -> list[HourMark]:
    hours = (ends - begins) // timedelta(hours=1)
    moments = [begins + timedelta(hours=hour) for hour in range(hours)]
    return [HourMark(_row(moment, begins), f"{moment:%H:%M}") for moment in moments]


def _closed_rows(
    openings: Sequence[tuple[datetime, datetime]], begins: datetime, ends: datetime
) -> list[Block]:
    blocks = []
    cursor = begins
    for opens, closes in [*openings, (ends, ends)]:
        if opens > cursor:
            row = _row(cursor, begins)
            blocks.append(Block(row, _row(opens, begins) - row))
        cursor = max(cursor, closes)
    return blocks
