"""Reads about the clinic's time and rooms."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from clinic.hours.models import ClosedDay, OpeningHours, Room


def clinic_zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def rooms() -> list[Room]:
    return list(Room.objects.filter(is_active=True))


def room(room_id: UUID) -> Room:
    return Room.objects.get(pk=room_id)


def closed_days(first: date, last: date) -> dict[date, str]:
    """Closed days between both ends included, with the reason; weekdays without hours count too."""
    named = dict(ClosedDay.objects.filter(on__range=(first, last)).values_list("on", "why"))
    working = set(OpeningHours.objects.values_list("weekday", flat=True))
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day.weekday() not in working:
            named.setdefault(day, "")
    return named


def open_spans(day: date) -> list[tuple[datetime, datetime]]:
    """The clinic's open spans of one day as aware datetimes; none on a closed day."""
    if ClosedDay.objects.filter(on=day).exists():
        return []
    zone = clinic_zone()
    return [
        (datetime.combine(day, hours.opens, zone), datetime.combine(day, hours.closes, zone))
        for hours in OpeningHours.objects.filter(weekday=day.weekday())
    ]
