"""Setting up rooms, weekly hours and closed days."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import Actor, record
from clinic.hours.models import ClosedDay, OpeningHours, Room
from clinic.refusals import Refused


class WrongHours(Refused):
    """A weekday's spans end before they begin, or meet each other."""

    code = "wrong_hours"
    status = 422


@transaction.atomic
def add_room(*, name: str, by: Actor, now: datetime) -> Room:
    """The room of that name, put in use; a room that exists already is taken into use again."""
    room, is_new = Room.objects.get_or_create(name=name)
    if is_new or not room.is_active:
        room.is_active = True
        room.save(update_fields=["is_active"])
        record(verb="room.added", subject=room, by=by, now=now)
    return room


@transaction.atomic
def set_opening_hours(
    *, weekday: int, spans: Iterable[tuple[time, time]], by: Actor, now: datetime
) -> list[OpeningHours]:
    """Replace the hours of one weekday (Monday is 0). No span: closed on that weekday."""
    ordered = sorted(spans)
    last_close: time | None = None
    for opens, closes in ordered:
        if closes <= opens or (last_close is not None and opens < last_close):
            raise WrongHours(_("Each span ends after it begins and does not meet the next one."))
        last_close = closes
    OpeningHours.objects.filter(weekday=weekday).delete()
    hours = OpeningHours.objects.bulk_create(
        OpeningHours(weekday=weekday, opens=opens, closes=closes) for opens, closes in ordered
    )
    for each in hours:
        record(
            verb="hours.set",
            subject=each,
            by=by,
            now=now,
            weekday=weekday,
            opens=f"{each.opens:%H:%M}",
            closes=f"{each.closes:%H:%M}",
        )
    return hours


@transaction.atomic
def close_day(*, on: date, why: str, by: Actor, now: datetime) -> ClosedDay:
    """Close one day. Visits that stand on it stay until somebody moves them."""
    closed, _created = ClosedDay.objects.update_or_create(on=on, defaults={"why": why})
    record(verb="day.closed", subject=closed, by=by, now=now, on=on.isoformat())
    return closed
