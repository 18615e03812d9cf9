"""The Move mode: which times are free for the visit that was picked up, and why some days are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from clinic.hours import queries as hours
from clinic.hours.queries import clinic_zone, days_between, local_date
from clinic.staff.models import StaffMember
from clinic.staff.queries import physicians
from treatments.booking import hooks, queries
from treatments.booking.free_slots import Wish, free_starts
from treatments.booking.hooks import DayLimits
from treatments.booking.models import Appointment
from treatments.booking.rules import HORIZON
from treatments.calendar import rules, terms
from treatments.calendar.terms import By, View
from treatments.calendar.window import Window

STRIP = timedelta(days=13)  # the days beside which the number of free times stands: two weeks
Key = tuple[date, UUID | None]  # a day, and whose column of it


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time at which the visit may be put down."""

    starts_at: datetime
    room_id: UUID
    physician_id: UUID
    room: str

    @property
    def minute(self) -> int:
        local = self.starts_at.astimezone(clinic_zone())
        return local.hour * 60 + local.minute

    @property
    def clock(self) -> str:
        return rules.clock(self.minute)

    @property
    def value(self) -> str:
        return f"{self.starts_at.isoformat()}|{self.room_id}|{self.physician_id}"


@dataclass(frozen=True, slots=True)
class StripDay:
    day: date
    free: int
    url: str
    is_shown: bool


@dataclass
class Moving:
    """A visit in the hand, and where it may be put."""

    appointment: Appointment
    limits: DayLimits
    latest: date
    times: Mapping[Key, Sequence[FreeTime]] = field(default_factory=dict)
    strip: list[StripDay] = field(default_factory=list)
    notices: list[hooks.Notice] = field(default_factory=list)

    def refusal_on(self, day: date) -> str:
        """Why the visit cannot be on `day`, whatever is free."""
        if self.limits.refusal:
            return self.limits.refusal
        too_early = self.limits.first is not None and day < self.limits.first
        too_late = self.limits.last is not None and day > self.limits.last
        if too_early or too_late:
            return " ".join(self.limits.reasons) or str(terms.NOT_THESE_DAYS)
        return str(terms.NOT_THESE_DAYS) if day > self.latest else ""

    def free(self, day: date, of: UUID | None) -> Sequence[FreeTime]:
        return self.times.get((day, of), ())

    @cached_property
    def nearest(self) -> str:
        """Where somebody who chooses by keys begins: the free time nearest to the one it has."""
        visit = self.appointment
        times = [time for times in self.times.values() for time in times]
        if not times:
            return ""
        return min(
            times,
            key=lambda time: (
                time.physician_id != visit.physician_id,
                abs(time.starts_at - visit.starts_at),
            ),
        ).value


def moving(appointment: Appointment, window: Window, *, now: datetime) -> Moving:
    """The lawful free times of the window: one statement for each column of a day, one for a week."""
    found = Moving(
        appointment,
        hooks.joined(hooks.limits_of_move(appointment, now)),
        latest=local_date(now + HORIZON),
        notices=[
            each for each in hooks.notices_before_change(appointment, now) if each is not None
        ],
    )
    if found.limits.refusal or not appointment.is_expected:
        return found
    rooms = hours.rooms()
    rooms.sort(key=lambda each: each.pk != appointment.room_id)
    names = {each.pk: each.name for each in rooms}
    search = _Search(appointment, now, names)
    found.times = {
        key: [each for each in times if not search.is_where_it_stands(each)]
        for key, times in search.times(window, list(names)).items()
        if not found.refusal_on(key[0])
    }
    if window.view == View.DAY:
        found.strip = _strip(search, found, window, list(names))
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    appointment: Appointment
    now: datetime
    room_names: Mapping[UUID, str]

    def times(self, window: Window, rooms: Sequence[UUID]) -> dict[Key, list[FreeTime]]:
        visit = self.appointment
        if window.view != View.DAY:
            chosen = [window.room] if window.room in self.room_names else rooms
            physician = window.physician or visit.physician_id
            free = self.free(physician, chosen, window.first, window.last)  # type: ignore[arg-type]
            return {(day, None): times for day, times in free.items()}
        day = window.day
        if window.by == By.ROOM:
            found: dict[Key, dict[date, list[FreeTime]]] = {
                (day, room): self.free(visit.physician_id, [room], day, day) for room in rooms
            }
        elif window.by == By.PHYSICIAN:
            shown = [window.physician] if window.physician else _physicians()
            found = {(day, one): self.free(one, rooms, day, day) for one in shown}
        else:
            found = {(day, visit.device_id): self.free(visit.physician_id, rooms, day, day)}
        return {key: times.get(day, []) for key, times in found.items()}

    def free(
        self, physician: UUID, rooms: Sequence[UUID], first: date, last: date
    ) -> dict[date, list[FreeTime]]:
        visit = self.appointment
        wish = Wish(
            physician=physician,
            rooms=rooms,
            first=first,
            last=last,
            length=visit.ends_at - visit.physician_from,
            numbing=visit.physician_from - visit.starts_at,
            patient=visit.patient_id,
            nurse=visit.nurse_id,
            device=visit.device_id,
            excluding=visit.pk,
        )
        found: dict[date, list[FreeTime]] = {}
        for starts_at, place in free_starts(wish, now=self.now):
            room = rooms[place]
            time = FreeTime(starts_at, room, physician, self.room_names[room])
            found.setdefault(local_date(starts_at), []).append(time)
        return found

    def is_where_it_stands(self, time: FreeTime) -> bool:
        visit = self.appointment
        return (time.starts_at, time.physician_id, time.room_id) == (
            visit.starts_at, visit.physician_id, visit.room_id,
        )  # fmt: skip


def _physicians() -> list[UUID]:
    return list(physicians().values_list("pk", flat=True))


def _strip(search: _Search, found: Moving, window: Window, rooms: Sequence[UUID]) -> list[StripDay]:
    first = rules.monday_of(window.day)
    last = first + STRIP
    physician = window.physician or search.appointment.physician_id
    free = search.free(physician, rooms, first, last)
    return [
        StripDay(
            day,
            0 if found.refusal_on(day) else len(free.get(day, ())),
            window.on(day).url,
            day == window.day,
        )
        for day in days_between(first, last)
    ]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the visit is to be put."""

    starts_at: datetime
    physician: StaffMember
    room_id: UUID


def dropped_at(
    appointment: Appointment,
    *,
    day: date,
    minute: int,
    column: UUID | None,
    window: Window,
    now: datetime,
) -> Target:
    """Where a visit lands that was let go over a column: in its own room if that is free then,
    otherwise in the first one that is. The booking itself has the last word.
    """
    clock = time(minute // 60, minute % 60)
    starts_at = datetime.combine(day, clock, clinic_zone())
    of_day = window.view == View.DAY and column is not None
    physician = appointment.physician
    if of_day and window.by == By.PHYSICIAN:
        physician = physicians().get(pk=str(column))
    if of_day and window.by == By.ROOM:
        assert column is not None
        return Target(starts_at, physician, column)
    rooms = sorted(hours.rooms(), key=lambda each: each.pk != appointment.room_id)
    search = _Search(appointment, now, {each.pk: each.name for each in rooms})
    free = search.free(physician.pk, [each.pk for each in rooms], day, day).get(day, [])
    room = next((each.room_id for each in free if each.starts_at == starts_at), None)
    return Target(starts_at, physician, room or appointment.room_id)


def picked_up(appointment_id: UUID) -> Appointment:
    return queries.appointment(appointment_id)


def local_words(appointment: Appointment) -> dict[str, str]:
    local = timezone.localtime(appointment.starts_at)
    return {
        "patient": appointment.patient.full_name,
        "physician": appointment.physician.display_name,
        "room": appointment.room.name,
        "date": f"{local:%d.%m.%Y}",
        "time": f"{local:%H:%M}",
    }
