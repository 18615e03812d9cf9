"""Reads about the clinic's time, rooms and devices."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.db.models.query import QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format

from clinic.hours.models import (
    BlockedTime,
    ClosedDay,
    Device,
    OpeningHours,
    Room,
    WorkingHours,
)
from clinic.hours.rules import Clocks, EarlyClose, Shift
from clinic.hours.terms import Blocking

OpenSpan = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Away:
    """Time of one person, room or device that nobody can book."""

    of: UUID
    kind: Blocking
    starts_at: datetime
    ends_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class OpenCalendar:
    """The days of one window: when each is open, which are closed for which reason, and who of the
    people, rooms and devices that were asked for is not there.

    `working` has an entry for whoever has hours of their own; without one, they work whenever the
    clinic is open.
    """

    openings: Mapping[date, Sequence[OpenSpan]]
    closed: Mapping[date, str]
    closed_early: Mapping[date, EarlyClose] = field(default_factory=dict)
    working: Mapping[UUID, Mapping[date, Sequence[OpenSpan]]] = field(default_factory=dict)
    away: Sequence[Away] = ()


def clinic_zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def local_date(moment: datetime) -> date:
    """The day that the clinic's wall calendar shows at `moment`."""
    return moment.astimezone(clinic_zone()).date()


def day_in_words(on: date) -> str:
    return date_format(on, "SHORT_DATE_FORMAT")


def day_bounds(day: date) -> OpenSpan:
    """From the first moment of the clinic's day up to, not including, the first of the next."""
    zone = clinic_zone()
    return (
        datetime.combine(day, time.min, zone),
        datetime.combine(day + timedelta(days=1), time.min, zone),
    )


def rooms_in_use() -> QuerySet[Room]:
    return Room.objects.filter(is_active=True)


def rooms() -> list[Room]:
    return list(rooms_in_use())


def room(room_id: UUID) -> Room:
    return Room.objects.get(pk=room_id)


def all_rooms() -> list[Room]:
    """Rooms that are not in use too, those in use first."""
    return list(Room.objects.order_by("-is_active", "name"))


def devices_in_use() -> QuerySet[Device]:
    return Device.objects.filter(is_active=True)


def device(device_id: UUID) -> Device:
    return Device.objects.get(pk=device_id)


def all_devices() -> list[Device]:
    return list(Device.objects.order_by("-is_active", "name"))


def open_calendar(
    first: date,
    last: date,
    *,
    members: Collection[UUID] = (),
    rooms: Collection[UUID] = (),
    devices: Collection[UUID] = (),
) -> OpenCalendar:
    """Every day between both ends included: two statements, four with people, rooms or devices,
    however long the window.
    """
    closed_days = ClosedDay.objects.filter(on__range=(first, last), is_worked=False)
    hours = OpeningHours.objects.order_by("weekday", "opens")
    return laid_out(
        days_between(first, last),
        exceptions={each.on: (each.closed_from, each.why) for each in closed_days},
        hours=hours.values_list("weekday", "opens", "closes"),
        shifts=_shifts(members),
        away=_away(first, last, members, rooms, devices),
    )


def laid_out(
    days: Iterable[date],
    *,
    exceptions: Mapping[date, tuple[time | None, str]],
    hours: Iterable[tuple[int, time, time]],
    shifts: Mapping[UUID, Sequence[Shift]],
    away: Sequence[Away],
) -> OpenCalendar:
    """The calendar of these days from what was read before. `exceptions`: the days that are closed,
    or from when, and why; `hours`: weekday, from, until, in time order.
    """
    weekly: dict[int, list[tuple[time, time]]] = {}
    for weekday, opens_at, closes_at in hours:
        weekly.setdefault(weekday, []).append((opens_at, closes_at))
    wanted = list(days)
    openings: dict[date, list[OpenSpan]] = {}
    closed: dict[date, str] = {}
    closed_early: dict[date, EarlyClose] = {}
    for day in wanted:
        closed_from, why = exceptions.get(day, (None, ""))
        clocks = weekly.get(day.weekday(), [])
        opens = _until(clocks, closed_from) if day in exceptions else clocks
        openings[day] = _on(day, opens)
        if not opens:
            closed[day] = why
        elif closed_from is not None and opens != clocks:
            closed_early[day] = EarlyClose(datetime.combine(day, closed_from, clinic_zone()), why)
    working = {
        member: {
            day: _on(day, [(each.starts, each.ends) for each in own if each.holds_on(day)])
            for day in wanted
        }
        for member, own in shifts.items()
    }
    return OpenCalendar(openings, closed, closed_early, working, away)


def _until(clocks: Sequence[tuple[time, time]], end: time | None) -> list[tuple[time, time]]:
    """The hours of a weekday, less what a closed day, or half of one, takes away."""
    if end is None:
        return []
    return [(opens, min(closes, end)) for opens, closes in clocks if opens < end]


def _on(day: date, clocks: Sequence[tuple[time, time]]) -> list[OpenSpan]:
    zone = clinic_zone()
    return [
        (datetime.combine(day, starts, zone), datetime.combine(day, ends, zone))
        for starts, ends in clocks
    ]


def _shifts(members: Collection[UUID]) -> dict[UUID, list[Shift]]:
    shifts: dict[UUID, list[Shift]] = {}
    if members:
        for row in WorkingHours.objects.filter(member__in=set(members)):
            shifts.setdefault(row.member_id, []).append(shift_of(row))
    return shifts


def _away(
    first: date,
    last: date,
    members: Collection[UUID],
    rooms: Collection[UUID],
    devices: Collection[UUID],
) -> list[Away]:
    if not (members or rooms or devices):
        return []
    starts, ends = day_bounds(first)[0], day_bounds(last)[1]
    rows = BlockedTime.objects.filter(
        Q(member__in=set(members)) | Q(room__in=set(rooms)) | Q(device__in=set(devices)),
        lifted_at__isnull=True,
        ends_at__gt=starts,
        starts_at__lt=ends,
    )
    return [
        Away(of, Blocking(row.kind), row.starts_at, row.ends_at, row.why)
        for row in rows
        for of in (row.member_id, row.room_id, row.device_id)
        if of is not None  # the table keeps it to one of the three
    ]


def shift_of(row: WorkingHours) -> Shift:
    return Shift(row.weekday, row.starts, row.ends, row.valid_from, row.valid_until)


def open_spans(day: date) -> list[OpenSpan]:
    """The clinic's open spans of one day as aware datetimes; none on a closed day."""
    return list(open_calendar(day, day).openings[day])


def opening_times() -> list[tuple[time, time]]:
    """From when to when the clinic is open, on whatever day of the week."""
    return sorted(set(OpeningHours.objects.values_list("opens", "closes")))


def days_between(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def opening_week() -> dict[int, list[Clocks]]:
    """The clinic's spans of each weekday."""
    week: dict[int, list[Clocks]] = {weekday: [] for weekday in range(7)}
    for hours in OpeningHours.objects.order_by("opens"):
        week[hours.weekday].append((hours.opens, hours.closes))
    return week


@dataclass(frozen=True, slots=True)
class Period:
    """The hours of one person from a day until a day, both included."""

    first: date
    last: date | None
    week: Mapping[int, Sequence[Clocks]]

    @property
    def named(self) -> list[tuple[Any, Sequence[Clocks]]]:
        """The days on which there are hours, each with its name."""
        return [(WEEKDAYS[weekday], self.week[weekday]) for weekday in sorted(self.week)]

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def periods_of(member_ids: Collection[UUID]) -> dict[UUID, list[Period]]:
    """The hours of people in time order; nobody who has none. One statement."""
    found: dict[tuple[UUID, date, date | None], dict[int, list[Clocks]]] = {}
    rows = WorkingHours.objects.filter(member__in=set(member_ids))
    for row in rows.order_by("valid_from", "weekday", "starts"):
        week = found.setdefault((row.member_id, row.valid_from, row.valid_until), {})
        week.setdefault(row.weekday, []).append((row.starts, row.ends))
    periods: dict[UUID, list[Period]] = {}
    for (member_id, first, last), week in found.items():
        periods.setdefault(member_id, []).append(Period(first, last, week))
    return periods


def blocked_times(now: datetime) -> list[BlockedTime]:
    """Absences and time kept free that are not over and were not taken back."""
    return list(
        BlockedTime.objects.filter(lifted_at__isnull=True, ends_at__gt=now)
        .select_related("member", "room", "device", "entered_by")
        .order_by("starts_at", "ends_at")
    )


def blocked_time(blocked_id: UUID) -> BlockedTime:
    return BlockedTime.objects.select_related("member", "room", "device").get(pk=blocked_id)


def span_in_words(blocked: BlockedTime) -> str:
    """From when until when, whole days as days: nobody reads that midnight is the end of a day."""
    starts, ends = timezone.localtime(blocked.starts_at), timezone.localtime(blocked.ends_at)
    last = ends - timedelta(microseconds=1)
    if starts.time() == time.min and ends.time() == time.min:
        first_day, last_day = day_in_words(starts.date()), day_in_words(last.date())
        return first_day if first_day == last_day else f"{first_day} – {last_day}"
    end = f"{ends:%H:%M}" if ends.date() == starts.date() else _moment_in_words(ends)
    return f"{_moment_in_words(starts)} – {end}"


def _moment_in_words(moment: datetime) -> str:
    return f"{day_in_words(moment.date())} {moment:%H:%M}"


def closed_days(year: int) -> list[ClosedDay]:
    return list(ClosedDay.objects.filter(on__year=year))


def closed_day(on: date) -> ClosedDay:
    return ClosedDay.objects.get(on=on)
