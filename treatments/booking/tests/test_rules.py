from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.booking import rules
from treatments.booking.rules import Span
from treatments.booking.terms import HOLDING, AppointmentState

ISTANBUL = ZoneInfo("Europe/Istanbul")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, tzinfo=ISTANBUL)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def span(start, end, *, day=MONDAY):
    return Span(day + timedelta(minutes=start), day + timedelta(minutes=end))


spans = st.builds(
    lambda start, minutes: span(start, start + minutes), st.integers(0, 1400), st.integers(1, 400)
)
lengths = st.integers(5, 90).map(lambda minutes: timedelta(minutes=minutes))


def local(slots):
    return [slot.starts_at.astimezone(ISTANBUL).strftime("%H:%M") for slot in slots]


def test_the_free_times_of_a_morning():
    slots = rules.free_slots(
        [span(9 * 60, 12 * 60)],
        [span(9 * 60 + 30, 10 * 60), span(11 * 60 + 10, 11 * 60 + 20)],
        length=timedelta(minutes=30),
        step=timedelta(minutes=15),
        not_before=LONG_AGO,
    )

    assert local(slots) == ["09:00", "10:00", "10:15", "10:30", "11:30"]


def test_the_past_is_not_offered_and_the_grid_is_kept():
    slots = rules.free_slots(
        [span(9 * 60, 10 * 60)],
        [],
        length=timedelta(minutes=15),
        step=timedelta(minutes=15),
        not_before=MONDAY + timedelta(hours=9, minutes=16),
    )

    assert local(slots) == ["09:30", "09:45"]


def test_openings_that_touch_are_one():
    slots = rules.free_slots(
        [span(9 * 60, 10 * 60), span(10 * 60, 11 * 60)],
        [],
        length=timedelta(minutes=60),
        step=timedelta(minutes=30),
        not_before=LONG_AGO,
    )

    assert local(slots) == ["09:00", "09:30", "10:00"]


numbings = st.sampled_from([0, 0, 10, 30, 45]).map(lambda minutes: timedelta(minutes=minutes))


@given(
    opened=st.lists(spans, max_size=4),
    busy=st.lists(spans, max_size=6),
    treating=st.lists(spans, max_size=6),
    length=lengths,
    numbing=numbings,
    step=lengths,
    not_before=st.integers(0, 1440),
)
def test_free_slots_are_what_a_minute_by_minute_search_finds(
    opened, busy, treating, length, numbing, step, not_before
):
    earliest = MONDAY + timedelta(minutes=not_before)

    slots = rules.free_slots(
        opened,
        busy,
        busy_in_treatment=treating,
        length=length,
        numbing=numbing,
        step=step,
        not_before=earliest,
    )

    assert slots == slow_free_slots(opened, busy, treating, length, numbing, step, earliest)


def slow_free_slots(opened, busy, treating, length, numbing, step, earliest):
    minutes = [MONDAY.astimezone(UTC) + timedelta(minutes=number) for number in range(1900)]
    is_open, taken, treated = (
        [any(each.starts_at <= now < each.ends_at for each in those) for now in minutes]
        for those in (opened, busy, treating)
    )
    found, grid = [], None
    for number, start in enumerate(minutes):
        if not is_open[number]:
            grid = None
            continue
        grid = start if grid is None else grid
        if (start - grid) % step != timedelta(0) or start < earliest:
            continue
        physician = number + numbing // timedelta(minutes=1)
        end = physician + length // timedelta(minutes=1)
        if (
            end <= len(minutes)
            and all(is_open[each] and not taken[each] for each in range(number, end))
            and not any(treated[each] for each in range(physician, end))
        ):
            found.append(Span(start, start + numbing + length))
    return found


def test_the_next_skin_goes_numb_while_the_physician_treats():
    slots = rules.free_slots(
        [span(9 * 60, 10 * 60 + 30)],
        [],
        busy_in_treatment=[span(9 * 60, 9 * 60 + 30)],
        length=timedelta(minutes=30),
        numbing=timedelta(minutes=30),
        step=timedelta(minutes=15),
        not_before=LONG_AGO,
    )

    assert local(slots) == ["09:00", "09:15", "09:30"]


people = st.sampled_from([None, UUID(int=1), UUID(int=2)])
somebody = st.sampled_from([UUID(int=1), UUID(int=2)])
visits = st.builds(
    lambda physician, room, patient, start, numbing, treated, nurse, device: rules.Taken(
        physician,
        room,
        patient,
        span(start, start + numbing + treated),
        MONDAY + timedelta(minutes=start + numbing),
        nurse,
        device,
    ),
    somebody, somebody, somebody, st.integers(0, 90), st.integers(0, 30), st.integers(5, 30),
    people, people,
)  # fmt: skip


@given(visits, visits)
def test_two_visits_clash_exactly_when_something_is_needed_twice_in_one_minute(one, other):
    def needed(visit):
        minutes = range(200)
        now = [MONDAY + timedelta(minutes=number) for number in minutes]
        for number in minutes:
            if visit.span.starts_at <= now[number] < visit.span.ends_at:
                yield from (
                    (number, what, who)
                    for what, who in (
                        ("room", visit.room_id),
                        ("patient", visit.patient_id),
                        ("nurse", visit.nurse_id),
                    )
                )
            if visit.physician_from <= now[number] < visit.span.ends_at:
                yield number, "physician", visit.physician_id
                yield number, "device", visit.device_id

    twice = {what for _number, what, who in set(needed(one)) & set(needed(other)) if who}

    clash = rules.clash(one, other)
    assert (clash is None) == (not twice)
    assert clash is None or clash.value in twice
    assert (rules.clash(other, one) is None) == (clash is None)


@given(opened=st.lists(spans, max_size=3), busy=st.lists(spans, max_size=5), more=spans)
def test_one_more_busy_time_never_frees_a_slot(opened, busy, more):
    def slots(taken):
        half_hour = timedelta(minutes=30)
        return set(
            rules.free_slots(opened, taken, length=half_hour, step=half_hour, not_before=LONG_AGO)
        )

    assert slots([*busy, more]) <= slots(busy)


@given(spans, spans)
def test_overlap_is_the_same_from_both_sides(one, other):
    assert rules.overlaps(one, other) == rules.overlaps(other, one)


def test_a_visit_may_begin_when_the_last_one_ends():
    assert not rules.overlaps(span(540, 570), span(570, 600))
    assert rules.overlaps(span(540, 571), span(570, 600))


def test_the_hour_that_comes_twice_is_two_hours():
    night = [
        Span(
            datetime(2026, 10, 25, 2, 0, tzinfo=BERLIN),
            datetime(2026, 10, 25, 3, 0, tzinfo=BERLIN),
        )
    ]

    slots = rules.free_slots(
        night, [], length=timedelta(hours=1), step=timedelta(hours=1), not_before=LONG_AGO
    )

    assert len(slots) == 2
    assert not rules.overlaps(*slots)


def test_a_time_without_a_zone_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="no time zone"):
        Span(datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 10))


def test_a_span_that_ends_before_it_starts_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="ends after it starts"):
        span(60, 60)


def day_of(slots):
    return slots[0].starts_at.astimezone(ISTANBUL).date()


def test_the_slot_nearest_to_the_wished_time_is_chosen_and_the_earlier_of_two():
    week = [
        [span(600, 630), span(700, 730), span(860, 890)],
        [
            span(680, 710, day=MONDAY + timedelta(days=7)),
            span(760, 790, day=MONDAY + timedelta(days=7)),
        ],
    ]

    chosen = rules.choose_slots(
        {day_of(slots): slots for slots in reversed(week)}, preferred=time(12), zone=ISTANBUL
    )

    assert local(chosen) == ["11:40", "11:20"]
    assert [slot.starts_at for slot in chosen] == sorted(slot.starts_at for slot in chosen)


def test_a_full_date_is_named():
    free = {date(2026, 12, 7): [], date(2026, 11, 23): [span(600, 630)], date(2026, 11, 30): []}

    with pytest.raises(rules.NoFreeSlot) as refusal:
        rules.choose_slots(free, preferred=time(9), zone=ISTANBUL)

    assert refusal.value.dates == (date(2026, 11, 30), date(2026, 12, 7))
    assert "30" in str(refusal.value)


@given(
    slots=st.lists(spans, min_size=1, max_size=6, unique_by=lambda each: each.starts_at),
    preferred=st.times(),
)
def test_no_other_slot_of_the_date_is_nearer(slots, preferred):
    [chosen] = rules.choose_slots({MONDAY.date(): slots}, preferred=preferred, zone=ISTANBUL)

    def distance(slot):
        clock = slot.starts_at.astimezone(ISTANBUL)
        return abs(
            timedelta(hours=clock.hour, minutes=clock.minute)
            - timedelta(hours=preferred.hour, minutes=preferred.minute, seconds=preferred.second)
        )

    assert distance(chosen) == min(map(distance, slots))


def test_a_slot_is_offered_once_and_in_order():
    slots = rules.free_slots(
        [span(540, 700), span(600, 800), span(540, 700)],
        [],
        length=timedelta(minutes=20),
        step=timedelta(minutes=10),
        not_before=LONG_AGO,
    )

    assert all(earlier.starts_at < later.starts_at for earlier, later in pairwise(slots))


def test_each_state_has_its_row():
    assert set(rules.TRANSITIONS) == set(AppointmentState)


@pytest.mark.parametrize("state", [AppointmentState.DONE, AppointmentState.CANCELLED])
@pytest.mark.parametrize("wanted", AppointmentState)
def test_what_is_done_or_cancelled_stays_so(state, wanted):
    with pytest.raises(rules.StateForbids):
        rules.check_transition(state, wanted)


def test_a_visit_goes_from_booked_to_done():
    way = [
        AppointmentState.BOOKED,
        AppointmentState.CONFIRMED,
        AppointmentState.ARRIVED,
        AppointmentState.IN_ROOM,
        AppointmentState.DONE,
    ]

    for state, wanted in pairwise(way):
        rules.check_transition(state, wanted)


def test_a_missed_or_cancelled_visit_holds_nobodys_time():
    assert set(AppointmentState) - HOLDING == {
        AppointmentState.MISSED,
        AppointmentState.CANCELLED,
    }
