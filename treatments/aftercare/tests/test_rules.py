from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.aftercare import rules
from treatments.aftercare.rules import Advice, Duration
from treatments.aftercare.terms import AdviceGroup

BERLIN = ZoneInfo("Europe/Berlin")
ISTANBUL = ZoneInfo("Europe/Istanbul")


def advice(hours, *, minimum=1, en="For {hours} hours, {days} days, or {emergency}."):
    return Advice(
        id="sun",
        group=AdviceGroup.AVOID,
        en=en,
        tr="{hours} saat",
        sources=frozenset({"founding article"}),
        duration_hours=hours,
        minimum_hours=minimum,
    )


@pytest.mark.parametrize(
    ("ended_at", "local_end"),
    [
        (datetime(2026, 3, 28, 15, 40, tzinfo=BERLIN), "2026-03-30 16:40"),
        (datetime(2026, 10, 24, 15, 40, tzinfo=BERLIN), "2026-10-26 14:40"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), "2026-10-27 01:30"),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), "2026-10-27 02:30"),
        (datetime(2026, 11, 22, 15, 40, tzinfo=BERLIN), "2026-11-24 15:40"),
    ],
)
def test_48_hours_are_real_hours_also_across_a_clock_change(ended_at, local_end):
    [line] = rules.timed_advice(ended_at, [advice(48)])

    assert line.until is not None
    assert (line.until - ended_at.astimezone(UTC)).total_seconds() == 172_800
    assert f"{line.until.astimezone(BERLIN):%Y-%m-%d %H:%M}" == local_end


def test_an_advice_without_end_has_no_end():
    [line] = rules.timed_advice(datetime(2026, 11, 22, tzinfo=UTC), [advice(None)])

    assert line.until is None


def test_an_end_without_a_zone_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="no time zone"):
        rules.timed_advice(datetime(2026, 11, 22), [advice(48)])


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([BERLIN, ISTANBUL]),
)
def test_the_printed_clock_time_is_never_too_early_and_never_a_minute_late(until, zone):
    printed = rules.clock_time(until, zone)

    assert printed.second == printed.microsecond == 0
    assert timedelta(0) <= printed.astimezone(UTC) - until < timedelta(minutes=1)


hours = st.none() | st.integers(1, 400)
sources = st.frozensets(st.sampled_from(["article", "clinic", "leaflet", "physician"]), min_size=1)
sheets = st.dictionaries(
    st.sampled_from(["sun", "makeup", "water", "heat"]),
    st.builds(Duration, hours=hours, sources=sources),
)


@given(sheets, sheets)
def test_it_does_not_matter_which_sheet_comes_first(one, other):
    assert rules.merge(one, other) == rules.merge(other, one)


@given(sheets, sheets, sheets)
def test_it_does_not_matter_which_two_are_merged_first(one, two, three):
    assert rules.merge(rules.merge(one, two), three) == rules.merge(one, rules.merge(two, three))


@given(sheets)
def test_a_sheet_merged_with_itself_is_itself(sheet):
    assert rules.merge(sheet, sheet) == sheet


@given(sheets, sheets)
def test_merging_never_shortens_and_never_forgets_a_source(one, other):
    merged = rules.merge(one, other)

    for sheet in (one, other):
        for id_, duration in sheet.items():
            assert merged[id_].sources >= duration.sources
            assert merged[id_].hours is None or (
                duration.hours is not None and merged[id_].hours >= duration.hours
            )


@given(sheets, sheets)
def test_merging_makes_no_duration_up(one, other):
    for id_, duration in rules.merge(one, other).items():
        assert duration.hours in {sheet[id_].hours for sheet in (one, other) if id_ in sheet}


def test_the_strictest_of_two_sheets_is_printed():
    leaflet = {"sun": Duration(hours=72, sources=frozenset({"leaflet"}))}

    [line] = rules.with_durations([advice(48)], rules.merge(rules.durations([advice(48)]), leaflet))

    assert line.duration_hours == 72
    assert line.sources == {"founding article", "leaflet"}
    assert line.words("en") == "For 72 hours, 3 days, or 112."
    assert line.words("tr") == "72 saat"
    assert line.words("en", emergency="911").endswith("911.")


def test_an_advice_nobody_speaks_of_keeps_its_duration():
    assert rules.with_durations([advice(48)], {}) == [advice(48)]


@pytest.mark.parametrize("hours", [23, 0, -1])
def test_a_clinic_cannot_go_below_the_founding_minimum(hours):
    with pytest.raises(rules.DurationTooShort) as refusal:
        rules.check_duration(advice(48, minimum=24), hours)

    assert "24" in str(refusal.value)


@pytest.mark.parametrize("hours", [24, 25, 400, None])
def test_a_clinic_may_ask_for_the_minimum_or_more(hours):
    rules.check_duration(advice(48, minimum=24), hours)
