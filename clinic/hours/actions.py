"""Setting up rooms, devices, hours, closed days, and time that nobody can book.

Whoever closes a time locks what it is about, as everybody who books does: a visit stands before the
closure and is on its list, or comes after it and is refused. See docs/rules/hours.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.hours import hooks, rules, terms
from clinic.hours.holiday_calendar import holidays_of
from clinic.hours.models import (
    BlockedTime,
    ClosedDay,
    Device,
    OpeningHours,
    Room,
    WorkingHours,
)
from clinic.hours.queries import day_bounds, local_date, opening_week, shift_of
from clinic.hours.rules import Clocks, Shift, WrongHours
from clinic.hours.terms import HALF_DAY_FROM, Blocking
from clinic.staff.models import StaffMember

__all__ = [
    "Blocked",
    "WrongHours",
    "add_device",
    "add_room",
    "block_time",
    "close_day",
    "closure_of",
    "closure_of_day",
    "copy_holidays",
    "lift_block",
    "name_resource",
    "set_opening_hours",
    "set_opening_week",
    "set_working_hours",
    "use_resource",
    "work_on",
]  # fmt: skip

DAY = timedelta(days=1)
R = TypeVar("R", Room, Device)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Time that is kept free from now on, and the visits that stand in it: nothing was moved."""

    time: BlockedTime
    standing: Sequence[hooks.Standing]


@transaction.atomic
def add_room(*, name: str, by: Actor, now: datetime) -> Room:
    """The room of that name, put in use; a room that exists already is taken into use again."""
    return _added(Room, name, by=by, now=now)


@transaction.atomic
def add_device(*, name: str, by: Actor, now: datetime) -> Device:
    """The device of that name, put in use, as `add_room` does."""
    return _added(Device, name, by=by, now=now)


def _added(model: type[R], name: str, *, by: Actor, now: datetime) -> R:
    resource, is_new = model._default_manager.get_or_create(name=_checked_name(name))
    if is_new or not resource.is_active:
        resource.is_active = True
        resource.save(update_fields=["is_active"])
        verb = "room.added" if isinstance(resource, Room) else "device.added"
        record(verb=verb, subject=resource, by=by, now=now)
    return resource


@transaction.atomic
def name_resource(*, resource: R, name: str, by: Actor, now: datetime) -> R:
    """Give a room or a device another name. Raises WrongName when another one has it."""
    resource = _locked(resource)
    name = _checked_name(name)
    if type(resource)._default_manager.filter(name=name).exclude(pk=resource.pk).exists():
        raise rules.WrongName(terms.NAME_IS_TAKEN % {"name": name})
    resource.name = name
    resource.save(update_fields=["name"])
    record(verb="resource.named", subject=resource, by=by, now=now)
    return resource


@transaction.atomic
def use_resource(*, resource: R, is_used: bool, by: Actor, now: datetime) -> R:
    """Take a room or a device out of use, or into it. Its visits stay until somebody moves them."""
    resource = _locked(resource)
    resource.is_active = is_used
    resource.save(update_fields=["is_active"])
    record(verb="resource.used", subject=resource, by=by, now=now, is_used=is_used)
    return resource


@transaction.atomic
def set_opening_hours(
    *, weekday: int, spans: Iterable[Clocks], by: Actor, now: datetime
) -> list[OpeningHours]:
    """Replace the hours of one weekday (Monday is 0). No span: closed on that weekday."""
    ordered = rules.ordered_spans(spans)
    _lock_whole_clinic()
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
def set_opening_week(
    *, week: Mapping[int, Iterable[Clocks]], by: Actor, now: datetime
) -> list[int]:
    """Set the hours of each weekday that is another than before; the weekdays that are."""
    before = opening_week()
    changed = {
        weekday: ordered
        for weekday, spans in sorted(week.items())
        if (ordered := rules.ordered_spans(spans)) != before[weekday]
    }
    for weekday, spans in changed.items():
        set_opening_hours(weekday=weekday, spans=spans, by=by, now=now)
    return list(changed)


@transaction.atomic
def set_working_hours(
    *,
    member: StaffMember,
    week: Mapping[int, Iterable[Clocks]],
    valid_from: date,
    valid_until: date | None = None,
    by: Actor,
    now: datetime,
) -> list[WorkingHours]:
    """Set when one person works in each week from one day until another, both included.

    Hours that held before or hold after stay. Whoever had none worked whenever the clinic was open,
    and goes on doing so until `valid_from`. Raises WrongHours.
    """
    rules.check_days(valid_from, valid_until)
    wished = [
        Shift(weekday, starts, ends, valid_from, valid_until)
        for weekday in sorted(week)
        for starts, ends in rules.ordered_spans(week[weekday])
    ]
    if not wished:
        raise WrongHours(terms.NO_HOURS_AT_ALL)
    StaffMember.objects.select_for_update(no_key=True).get(pk=member.pk)
    before = [shift_of(row) for row in WorkingHours.objects.filter(member=member)]
    if not before:
        before = _hours_of_clinic(local_date(now), valid_from)
    kept = [left for each in before for left in rules.outside_of(each, valid_from, valid_until)]
    WorkingHours.objects.filter(member=member).delete()
    rows = WorkingHours.objects.bulk_create(
        WorkingHours(
            member=member,
            weekday=each.weekday,
            starts=each.starts,
            ends=each.ends,
            valid_from=each.valid_from,
            valid_until=each.valid_until,
        )
        for each in [*kept, *wished]
    )
    record(
        verb="hours.of_member_set",
        subject=member,
        by=by,
        now=now,
        valid_from=valid_from.isoformat(),
        valid_until=valid_until.isoformat() if valid_until else "",
        week=[[each.weekday, f"{each.starts:%H:%M}", f"{each.ends:%H:%M}"] for each in wished],
    )
    return rows


def _hours_of_clinic(first: date, until: date) -> list[Shift]:
    """The clinic's own hours from `first` up to, not including, `until`."""
    if until <= first:
        return []
    return [
        Shift(each.weekday, each.opens, each.closes, first, until - DAY)
        for each in OpeningHours.objects.all()
    ]


@transaction.atomic
def block_time(
    *,
    member: StaffMember | None = None,
    room: Room | None = None,
    device: Device | None = None,
    kind: Blocking,
    starts_at: datetime,
    ends_at: datetime,
    why: str = "",
    by: StaffMember,
    now: datetime,
) -> Blocked:
    """Keep time of one person, room or device free. Visits that stand in it stay and are listed."""
    rules.check_closure(starts_at, ends_at, (member, room, device))
    resource: StaffMember | Room | Device = next(each for each in (member, room, device) if each)
    _lock_row(resource)
    blocked = BlockedTime.objects.create(
        member=member,
        room=room,
        device=device,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        why=why.strip()[:80],
        entered_by=by,
        entered_at=now,
    )
    record(
        verb="time.blocked",
        subject=blocked,
        by=by,
        now=now,
        of=str(resource.pk),
        kind=kind,
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
    )
    return Blocked(blocked, hooks.standing_in([closure_of(blocked)])[0])


@transaction.atomic
def lift_block(*, blocked_id: UUID, by: StaffMember, now: datetime) -> BlockedTime:
    """Take an absence, or time that was kept free, back. Raises AlreadyLifted."""
    blocked = BlockedTime.objects.select_for_update().get(pk=blocked_id)
    if blocked.lifted_at is not None:
        raise rules.AlreadyLifted(terms.LIFTED_ALREADY)
    blocked.lifted_at = now
    blocked.save(update_fields=["lifted_at"])
    record(verb="time.lifted", subject=blocked, by=by, now=now)
    return blocked


def closure_of(blocked: BlockedTime) -> hooks.Closure:
    return hooks.Closure(
        starts_at=blocked.starts_at,
        ends_at=blocked.ends_at,
        member_id=blocked.member_id,
        room_id=blocked.room_id,
        device_id=blocked.device_id,
    )


def closure_of_day(closed: ClosedDay) -> hooks.Closure:
    starts_at, ends_at = day_bounds(closed.on)
    if closed.closed_from is not None:
        starts_at = datetime.combine(closed.on, closed.closed_from, starts_at.tzinfo)
    return hooks.Closure(starts_at=starts_at, ends_at=ends_at)


@transaction.atomic
def close_day(
    *, on: date, why: str, closed_from: time | None = None, by: Actor, now: datetime
) -> ClosedDay:
    """Close one day, or what is left of it from `closed_from` on. Visits that stand on it stay
    until somebody moves them.
    """
    _lock_whole_clinic()
    closed, _created = ClosedDay.objects.update_or_create(
        on=on, defaults={"why": why, "closed_from": closed_from, "is_worked": False}
    )
    record(verb="day.closed", subject=closed, by=by, now=now, on=on.isoformat())
    return closed


@transaction.atomic
def work_on(*, on: date, by: Actor, now: datetime) -> ClosedDay:
    """Work on a day that is closed. The day is kept, so that no copying closes it again."""
    closed = ClosedDay.objects.select_for_update().get(on=on)
    closed.is_worked = True
    closed.save(update_fields=["is_worked"])
    record(verb="day.worked", subject=closed, by=by, now=now, on=on.isoformat())
    return closed


@transaction.atomic
def copy_holidays(*, year: int, by: Actor, now: datetime) -> list[ClosedDay]:
    """Copy the public holidays of a year into the clinic's closed days; the days that are new.

    What the clinic entered or changed for a day stays as it is. Raises NoHolidaysKnown.
    """
    known = holidays_of(settings.CLINIC_COUNTRY, year)
    if not known:
        raise rules.NoHolidaysKnown(terms.NO_HOLIDAYS_KNOWN % {"year": str(year)})
    _lock_whole_clinic()
    there = set(ClosedDay.objects.filter(on__year=year).values_list("on", flat=True))
    copied = ClosedDay.objects.bulk_create(
        ClosedDay(
            on=each.on, why=each.name[:80], closed_from=HALF_DAY_FROM if each.is_half else None
        )
        for each in known
        if each.on not in there
    )
    for closed in copied:
        record(verb="day.closed", subject=closed, by=by, now=now, on=closed.on.isoformat())
    return copied


def _lock_whole_clinic() -> None:
    """Every visit needs a room: with all of them locked nobody books while the clinic's hours change."""
    list(Room.objects.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _lock_row(resource: StaffMember | Room | Device) -> None:
    type(resource)._default_manager.select_for_update(no_key=True).get(pk=resource.pk)


def _locked(resource: R) -> R:
    return type(resource)._default_manager.select_for_update(no_key=True).get(pk=resource.pk)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise rules.WrongName(terms.NAME_IS_NEEDED)
    return name
