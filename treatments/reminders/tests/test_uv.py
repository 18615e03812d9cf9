"""The sun of a day: the table is its formula, a clinic may name another source."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.reminders import uv
from treatments.reminders.checks import check_settings
from treatments.reminders.uv import CLEAR_NOON, UvIndex, from_table, index_of

MIDDLE_OF_MONTH = (15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349)


def by_formula(latitude, day_of_year):
    """12.5 cos(zenith) ^ 2.42 at 300 DU (Madronich 2007); declination by Spencer 1971."""
    g = 2 * math.pi / 365 * (day_of_year - 1)
    declination = (
        0.006918
        - 0.399912 * math.cos(g)
        + 0.070257 * math.sin(g)
        - 0.006758 * math.cos(2 * g)
        + 0.000907 * math.sin(2 * g)
        - 0.002697 * math.cos(3 * g)
        + 0.00148 * math.sin(3 * g)
    )
    height = math.cos(math.radians(latitude) - declination)
    return 12.5 * max(height, 0) ** 2.42


@pytest.mark.parametrize("latitude", sorted(CLEAR_NOON))
def test_the_table_is_the_formula(latitude):
    assert CLEAR_NOON[latitude] == tuple(
        round(by_formula(latitude, day), 1) for day in MIDDLE_OF_MONTH
    )


@pytest.mark.parametrize(
    ("month", "asks"),
    [(1, False), (2, True), (3, True), (6, True), (9, True), (10, True), (11, False), (12, False)],
)
def test_istanbul_asks_for_cream_from_february_to_october(month, asks):
    assert from_table(date(2026, month, 15), 41.0).asks_for_protection is asks


@given(st.floats(-90, 90), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_every_place_and_day_has_an_index_between_its_neighbours(latitude, day):
    column = [row[day.month - 1] for row in CLEAR_NOON.values()]

    value = from_table(day, latitude).value
    assert min(column) - 1e-9 <= value <= max(column) + 1e-9


def test_between_two_latitudes_it_lies_between_them():
    day = date(2026, 4, 1)

    assert from_table(day, 45).value == pytest.approx((8.7 + 6.4) / 2)
    assert from_table(day, 40).value == 8.7


def of_the_clinic(day, latitude):
    return UvIndex(7.2, f"station at {latitude}")


def test_a_source_of_the_clinics_own_is_asked_and_named(settings):
    assert uv.is_table()
    settings.UV_SOURCE = f"{__name__}.of_the_clinic"
    settings.LATITUDE = -33.9

    found = index_of(date(2026, 12, 1))

    assert (found.value, found.source) == (7.2, "station at -33.9")
    assert not uv.is_table()
    assert check_settings(None) == []


def test_a_wrong_place_or_source_is_said_when_the_program_starts(settings):
    settings.LATITUDE = 410
    settings.UV_SOURCE = "nobody.knows"

    assert [each.id for each in check_settings(None)] == ["reminders.E003", "reminders.E004"]
