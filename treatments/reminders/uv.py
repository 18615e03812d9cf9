"""How strong the sun is on a day: from a table, or from a source that the clinic names.

The table holds the UV index of a clear noon for a latitude and a month, by the formula of Madronich
(Photochem Photobiol 2007;83:1537-1538) for 300 Dobson units of ozone. Ozone and height move it by about
a quarter, clouds take up to all of it away: it says in which months the sun asks for cream, not how
the weather is. A source of the clinic's own is a function of day and latitude that returns UvIndex.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

# From so much on protection is wanted (WHO, Global solar UV index, 2002).
PROTECTION_FROM = 3
STEP = 10
TABLE = "treatments.reminders.uv.from_table"
# Latitude -> January to December. `test_uv` computes them again.
CLEAR_NOON: dict[int, tuple[float, ...]] = {
    -60: (6.9, 4.9, 2.8, 1.0, 0.2, 0.1, 0.1, 0.5, 1.8, 3.9, 6.2, 7.3),
    -50: (9.1, 7.2, 4.8, 2.4, 1.1, 0.6, 0.8, 1.7, 3.6, 6.1, 8.5, 9.5),
    -40: (11.0, 9.4, 7.1, 4.4, 2.6, 1.8, 2.1, 3.4, 5.8, 8.4, 10.5, 11.3),
    -30: (12.2, 11.2, 9.3, 6.7, 4.6, 3.6, 3.9, 5.6, 8.1, 10.4, 11.9, 12.3),
    -20: (12.5, 12.3, 11.1, 8.9, 6.9, 5.8, 6.2, 7.9, 10.2, 11.9, 12.5, 12.5),
    -10: (11.9, 12.5, 12.2, 10.8, 9.1, 8.1, 8.5, 10.0, 11.7, 12.5, 12.2, 11.7),
    0: (10.5, 11.7, 12.5, 12.1, 11.0, 10.2, 10.5, 11.6, 12.4, 12.2, 11.0, 10.2),
    10: (8.5, 10.2, 11.8, 12.5, 12.2, 11.7, 11.9, 12.4, 12.3, 11.0, 9.2, 8.1),
    20: (6.3, 8.2, 10.3, 12.0, 12.5, 12.5, 12.5, 12.4, 11.3, 9.2, 7.0, 5.8),
    30: (4.0, 5.9, 8.3, 10.7, 11.9, 12.3, 12.2, 11.4, 9.5, 7.0, 4.7, 3.6),
    40: (2.1, 3.7, 6.0, 8.7, 10.5, 11.3, 11.0, 9.7, 7.3, 4.7, 2.6, 1.8),
    50: (0.8, 1.9, 3.8, 6.4, 8.5, 9.5, 9.2, 7.6, 5.0, 2.6, 1.1, 0.6),
    60: (0.1, 0.6, 1.9, 4.2, 6.3, 7.3, 6.9, 5.2, 2.9, 1.1, 0.3, 0.1),
}


@dataclass(frozen=True, slots=True)
class UvIndex:
    """`source`: where it comes from, in words for the reader."""

    value: float
    source: str | Promise

    @property
    def asks_for_protection(self) -> bool:
        return round(self.value) >= PROTECTION_FROM


Source = Callable[[date, float], UvIndex]


def from_table(day: date, latitude: float) -> UvIndex:
    """The clear noon of the month, between the two latitudes of the table; beyond 60° that of 60°."""
    inside = min(max(latitude, min(CLEAR_NOON)), max(CLEAR_NOON))
    low = min(int(inside // STEP) * STEP, max(CLEAR_NOON) - STEP)
    share = (inside - low) / STEP
    here, beyond = (CLEAR_NOON[each][day.month - 1] for each in (low, low + STEP))
    return UvIndex(here + share * (beyond - here), _("table of clear days by latitude and month"))


def is_table() -> bool:
    return bool(settings.UV_SOURCE == TABLE)


def index_of(day: date) -> UvIndex:
    """The index of a day at the clinic, by its source."""
    source: Source = import_string(settings.UV_SOURCE)
    return source(day, settings.LATITUDE)
