"""Reads about the clinic's time and rooms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from clinic.hours.models import ClosedDay, OpeningHours, Room

OpenSpan = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class OpenCalendar:
    """The days of one window: when each is open, and which are closed for which reason."""

    openings: Mapping[date, Sequence[OpenSpan]]
    closed: Mapping[date, str]


def clinic_zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def local_date(moment: datetime) -> date:
    """The day that the clinic's wall calendar shows at `moment`."""
    return moment.astimezone(clinic_zone()).date()


def day_bounds(day: date) -> OpenSpan:
    """From the first moment of the clinic's day up to, not including, the first of the next."""
    zone = clinic_zone()
    return (
        datetime.combine(day, time.min, zone),
        datetime.combine(day + timedelta(days=1), time.min, zone),
    )


def rooms() -> list[Room]:
    return list(Room.objects.filter(is_active=True))


def room(room_id: UUID) -> Room:
    return Room.objects.get(pk=room_id)


def open_calendar(first: date, last: date) -> OpenCalendar:
    """Every day between both ends included. Two statements, however long the window."""
    named = dict(ClosedDay.objects.filter(on__range=(first, last)).values_list("on", "why"))
    weekly: dict[int, list[OpeningHours]] = {}
    for hours in OpeningHours.objects.all():
        weekly.setdefault(hours.weekday, []).append(hours)
    zone = clinic_zone()
    openings: dict[date, list[OpenSpan]] = {}
    closed: dict[date, str] = {}
    for day in days_between(first, last):
        hours_of_day = [] if day in named else weekly.get(day.weekday(), [])
        openings[day] = [
            (datetime.combine(day, hours.opens, zone), datetime.combine(day, hours.closes, zone))
            for hours in hours_of_day
        ]
        if not hours_of_day:
            closed[day] = named.get(day, "")
    return OpenCalendar(openings, closed)


def open_spans(day: date) -> list[OpenSpan]:
    """The clinic's open spans of one day as aware datetimes; none on a closed day."""
    return list(open_calendar(day, day).openings[day])


def opening_times() -> list[tuple[time, time]]:
    """From when to when the clinic is open, on whatever day of the week."""
    return sorted(set(OpeningHours.objects.values_list("opens", "closes")))


def days_between(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
