"""The public holidays of a country and year, from the `holidays` package: its only importer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import holidays

HALF_DAY = "half_day"
LANGUAGE = "tr"


@dataclass(frozen=True, slots=True)
class Holiday:
    on: date
    name: str
    is_half: bool


def holidays_of(country: str, year: int) -> list[Holiday]:
    """In date order; none for a country or a year that the package does not know.

    A day that is a whole holiday and half of another one is a whole one.
    """
    try:
        whole = holidays.country_holidays(country, years=year, language=LANGUAGE)
    except NotImplementedError:
        return []
    half: Mapping[date, str] = {}
    if HALF_DAY in whole.supported_categories:
        half = holidays.country_holidays(
            country, years=year, language=LANGUAGE, categories=(HALF_DAY,)
        )
    days = {on: Holiday(on, name, is_half=True) for on, name in half.items()}
    days |= {on: Holiday(on, name, is_half=False) for on, name in whole.items()}
    return [days[on] for on in sorted(days) if on.year == year]
