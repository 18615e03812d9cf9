from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.calendar import rules

minutes = st.integers(0, 24 * 12 - 2).map(lambda n: n * 5)
spans = st.lists(
    st.tuples(minutes, st.integers(1, 24)).map(
        lambda pair: (pair[0], min(24 * 60, pair[0] + pair[1] * 5))
    ),
    max_size=30,
).map(sorted)


def cells(place):
    return {
        (row, track)
        for row in range(place.row, place.row + place.rows)
        for track in range(place.track, place.track + place.tracks)
    }


@given(spans)
def test_up_to_twelve_visits_at_once_never_cover_each_other(spans):
    most = max(
        (sum(one[0] <= each[0] < one[1] for one in spans) for each in spans),
        default=0,
    )
    taken: set[tuple[int, int]] = set()
    for place in rules.places(spans, begins=0):
        here = cells(place)
        assert place.track >= 1
        assert place.track + place.tracks - 1 <= rules.TRACKS
        if most <= rules.TRACKS:
            assert not here & taken
        taken |= here


@given(spans)
def test_a_visit_that_meets_nothing_is_as_wide_as_its_column(spans):
    for span, place in zip(spans, rules.places(spans, begins=0), strict=True):
        alone = sum(one[0] < span[1] and span[0] < one[1] for one in spans) == 1
        assert place.row == span[0] // 5 + 1
        assert place.rows == -(-(span[1] - span[0]) // 5)
        if alone:
            assert place.tracks == rules.TRACKS


def test_two_that_meet_share_the_column_and_the_third_begins_a_new_line():
    found = rules.places([(540, 570), (550, 580), (580, 610)], begins=540)

    assert [(each.row, each.rows, each.track, each.tracks) for each in found] == [
        (1, 6, 1, 6),
        (3, 6, 7, 6),
        (9, 6, 1, 12),
    ]
    assert rules.most_side_by_side(found) == 2


def test_more_than_twelve_at_once_share_the_last_track():
    found = rules.places([(0, 60)] * 14, begins=0)

    assert max(each.track for each in found) == rules.TRACKS
    assert len({each.track for each in found}) == rules.TRACKS


@given(spans, spans)
def test_what_is_common_and_what_is_left_make_up_the_whole(ones, others):
    day = (0, 24 * 60)
    free = rules.gaps(others, day)

    def covered(spans):
        return {minute for start, end in spans for minute in range(start, end, 5)}

    assert covered(free) == covered([day]) - covered(others)
    assert covered(rules.common(ones, free)) == covered(ones) - covered(others)
    left = list(ones)
    for taken in others:
        left = rules.without(left, taken)
    assert covered(left) == covered(ones) - covered(others)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Işıl Çağlar", "I. Ç."), ("ayşe nur öz", "a. n. ö."), ("  Ali  ", "A."), ("", "")],
)
def test_initials_are_the_letters_as_they_are_written(name, letters):
    assert rules.initials(name) == letters


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+905321234567", "••• •• 67"), ("0532 123 45 60", "••• •• 60"), ("12", ""), ("", "")],
)
def test_a_masked_number_cannot_be_called(phone, shown):
    assert rules.masked_phone(phone) == shown


@pytest.mark.parametrize(
    ("part", "whole", "tenths"),
    [(0, 100, 0), (1, 100, 1), (55, 100, 5), (99, 100, 9), (200, 100, 10), (5, 0, 10), (0, 0, 0)],
)
def test_how_full_a_day_is_has_ten_steps_and_anything_is_seen(part, whole, tenths):
    assert rules.tenths(part, whole) == tenths


def test_a_month_begins_with_its_monday():
    assert rules.monday_of(date(2026, 11, 22)) == date(2026, 11, 16)
    assert rules.next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert rules.next_month(date(2026, 1, 31)) == date(2026, 2, 1)


@given(spans.filter(bool))
def test_the_hours_shown_are_whole_and_hold_everything(spans):
    found = rules.full_hours(spans)
    assert found is not None
    first, last = found

    assert first % 60 == last % 60 == 0
    assert all(first <= start and end <= last for start, end in spans)
    assert rules.full_hours([]) is None
