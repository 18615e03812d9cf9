"""The demo clinic itself: people who sign in, rooms, hours, closed days."""

from dataclasses import dataclass
from datetime import date, datetime, time

from clinic.hours import actions as hours
from clinic.hours.models import Room
from clinic.staff.demo_logins import DEMO_LOGINS, DEMO_PASSWORD
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.rulebook.actions import begin_with_shipped

BY = "demo"
ROOMS = ("Oda 1", "Oda 2", "Oda 3")
OPENS, CLOSES = time(9), time(19)
SUNDAY = 6


@dataclass(frozen=True)
class House:
    receptionists: list[StaffMember]
    physicians: list[StaffMember]
    nurse: StaffMember
    rooms: list[Room]


def open_house(*, today: date, now: datetime) -> House:
    """Monday to Saturday; on Sunday too when the demo is made on one, so that today's board is full."""
    members = {login.email: _member(login.email, today) for login in DEMO_LOGINS}
    by_role = {role: [m for m in members.values() if m.role == role] for role in Role}
    for weekday in range(7):
        spans = [(OPENS, CLOSES)] if weekday != SUNDAY or today.weekday() == SUNDAY else []
        hours.set_opening_hours(weekday=weekday, spans=spans, by=BY, now=now)
    begin_with_shipped(by=BY, now=now)
    return House(
        receptionists=by_role[Role.RECEPTIONIST],
        physicians=by_role[Role.PHYSICIAN],
        nurse=by_role[Role.NURSE][0],
        rooms=[hours.add_room(name=name, by=BY, now=now) for name in ROOMS],
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
