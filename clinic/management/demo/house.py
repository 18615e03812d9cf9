"""The demo clinic itself: people who sign in, rooms, hours, and what lies ahead of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clinic.hours import actions as hours
from clinic.hours.models import ClosedDay, Room
from clinic.hours.queries import day_bounds, local_date
from clinic.hours.terms import Blocking
from clinic.staff.demo_logins import DEMO_LOGINS, DEMO_PASSWORD
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.rulebook.actions import begin_with_shipped
from treatments.booking.actions import set_kind_lengths
from treatments.booking.queries import Length
from treatments.booking.terms import AppointmentKind

BY = "demo"
ROOMS = ("Oda 1", "Oda 2", "Oda 3")
OPENS, CLOSES = time(9), time(19)
SUNDAY = 6
DEVICE = "Q-switched Nd:YAG"
LENGTHS = {
    AppointmentKind.CONSULTATION: Length(30, 0),
    AppointmentKind.SESSION: Length(30, 30),
    AppointmentKind.REVIEW: Length(15, 0),
    AppointmentKind.PEEL: Length(30, 0),
    AppointmentKind.LASER: Length(30, 30),
}
AWAY_IN = timedelta(days=32)  # behind most courses of the demo, so that few visits stand in it


@dataclass(frozen=True)
class House:
    receptionists: list[StaffMember]
    physicians: list[StaffMember]
    nurse: StaffMember
    rooms: list[Room]


def open_house(*, today: date, now: datetime) -> House:
    """Monday to Saturday; on Sunday too when the demo is made on one, so that today's board is full."""
    for login in DEMO_LOGINS:
        _member(login.email, today)
    for weekday in range(7):
        spans = [(OPENS, CLOSES)] if weekday != SUNDAY or today.weekday() == SUNDAY else []
        hours.set_opening_hours(weekday=weekday, spans=spans, by=BY, now=now)
    hours.add_device(name=DEVICE, by=BY, now=now)
    set_kind_lengths(wished=LENGTHS, by=BY, now=now)
    begin_with_shipped(by=BY, now=now)
    for name in ROOMS:
        hours.add_room(name=name, by=BY, now=now)
    return house_as_it_stands()


def house_as_it_stands() -> House:
    """Who works where. Nothing is written and nothing locked: a part that is being told holds rooms
    for longer than anybody waits for them.
    """
    members = StaffMember.objects.in_bulk(
        [login.email for login in DEMO_LOGINS], field_name="email"
    )
    by_role = {
        role: [members[login.email] for login in DEMO_LOGINS if login.role == role] for role in Role
    }
    rooms = Room.objects.in_bulk(ROOMS, field_name="name")
    return House(
        receptionists=by_role[Role.RECEPTIONIST],
        physicians=by_role[Role.PHYSICIAN],
        nurse=by_role[Role.NURSE][0],
        rooms=[rooms[name] for name in ROOMS],
    )


def look_ahead(house: House, *, now: datetime) -> None:
    """What the clinic enters about the time to come, when its visits stand already: the public
    holidays, the nurse's hours, a physician who is away for three days.
    """
    today = local_date(now)
    for year in (today.year, today.year + 1):
        hours.copy_holidays(year=year, by=BY, now=now)
    if ClosedDay.objects.filter(on=today).exists():
        hours.work_on(on=today, by=BY, now=now)  # the board of the demo is full on any day
    hours.set_working_hours(
        member=house.nurse,
        week={weekday: [(OPENS, time(13)), (time(14), CLOSES)] for weekday in range(5)},
        valid_from=today,
        by=BY,
        now=now,
    )
    first = today + AWAY_IN
    first -= timedelta(days=first.weekday())
    away = house.physicians[-1]
    hours.block_time(
        member=away,
        kind=Blocking.ABSENCE,
        starts_at=day_bounds(first)[0],
        ends_at=day_bounds(first + timedelta(days=2))[1],
        why="Kongre",
        by=away,
        now=now,
    )


def _member(email: str, today: date) -> StaffMember:
    login = next(login for login in DEMO_LOGINS if login.email == email)
    existing = StaffMember.objects.filter(email=email).first()
    if existing is not None:
        return existing
    certificate = {}
    if login.role == Role.PHYSICIAN:
        certificate = {
            "certificate_number": f"GETAT-{34000 + len(login.email)}",
            "certificate_expires_on": date(today.year + 3, 12, 31),
        }
    return StaffMember.objects.create_user(
        email,
        DEMO_PASSWORD,
        title=login.title,
        full_name=login.full_name,
        role=login.role,
        language=login.language,
        **certificate,
    )
