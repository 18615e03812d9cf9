"""Until when a prepared mixture is used, and how a patient is named on a syringe. Pure.

The minutes are handed in; their source stands in docs/rules/stock.md.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta


def use_before(prepared_at: datetime, minutes: int, ends: Iterable[datetime | None]) -> datetime:
    """The earliest of: so many minutes after preparing, and the end of each vial and lot."""
    known = [each for each in ends if each is not None]
    return min([prepared_at + timedelta(minutes=minutes), *known])


def initials(full_name: str) -> str:
    """The first letter of each name, as it is written: "Ilgın Şahin" -> "I. Ş."."""
    return " ".join(f"{name[0]}." for name in full_name.split())
