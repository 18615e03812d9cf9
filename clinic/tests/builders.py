"""A clinic to test in: people, rooms, hours. States beyond that are reached by the real actions."""

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from clinic.hours.models import OpeningHours, Room
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # Monday, 09:00 in Istanbul
_numbers = count(1)


def staff(role: Role = Role.RECEPTIONIST, **fields: Any) -> StaffMember:
    number = next(_numbers)
    values: dict[str, Any] = {
        "email": f"{role}{number}@clinic.example",
        "full_name": f"{role.label} {number}",
        "role": role,
    }
    if role == Role.PHYSICIAN:
        values |= {
            "title": "Dr.",
            "certificate_number": f"GETAT-{number}",
            "certificate_expires_on": date(2030, 1, 1),
        }
    return StaffMember.objects.create_user(**(values | fields))


def receptionist(**fields: Any) -> StaffMember:
    return staff(Role.RECEPTIONIST, **fields)


def physician(**fields: Any) -> StaffMember:
    return staff(Role.PHYSICIAN, **fields)


def nurse(**fields: Any) -> StaffMember:
    return staff(Role.NURSE, **fields)


def manager(**fields: Any) -> StaffMember:
    return staff(Role.MANAGER, **fields)


def room(name: str = "") -> Room:
    return Room.objects.create(name=name or f"Oda {next(_numbers)}")


def open_weekdays() -> None:
    """Monday to Friday, 09:00 to 18:00."""
    for weekday in range(5):
        OpeningHours.objects.get_or_create(weekday=weekday, opens=time(9), closes=time(18))
