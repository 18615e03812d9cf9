"""Laying one photograph over another, and when two may not be compared."""

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from treatments.photographs import rules
from treatments.photographs.rules import Conditions, Difference, Similarity, similarity
from treatments.photographs.terms import CHECKS, View

parts = st.floats(0, 1, allow_nan=False)
points = st.tuples(parts, parts)
pairs = st.tuples(points, points).filter(lambda pair: math.dist(*pair) > 0.03)


@given(moved=pairs, onto=pairs)
def test_two_points_map_exactly_on_two_points(moved, onto):
    move = similarity(moved, onto)

    for point, goal in zip(moved, onto, strict=True):
        assert move.moved(point) == pytest.approx(goal, abs=1e-9)


def turning(one, two, three):
    """Positive where the way over the three turns one way, negative the other way."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def mirrors(move, triangle):
    before, after = turning(*triangle), turning(*map(move, triangle))
    return before * after < 0


@given(moved=pairs, onto=pairs, third=points)
def test_nothing_is_ever_mirrored_and_shapes_stay(moved, onto, third):
    triangle = (*moved, third)
    assume(abs(turning(*triangle)) > 1e-6)
    move = similarity(moved, onto)

    assert not mirrors(move.moved, triangle)
    before, after = math.dist(moved[0], third), math.dist(move.moved(moved[0]), move.moved(third))
    assert after == pytest.approx(before * move.scale, rel=1e-6, abs=1e-9)


def test_a_mirror_is_noticed():
    """The negative control of the law above."""
    assert mirrors(lambda point: (1 - point[0], point[1]), ((0, 0), (1, 0), (0, 1)))


def test_photographs_marked_alike_are_left_alone():
    same = ((0.3, 0.4), (0.7, 0.4))

    assert similarity(same, same) == Similarity(1, 0, 0, 0)


@pytest.mark.parametrize(
    "bad", [((0.5, 0.5), (0.51, 0.5)), ((-0.1, 0.5), (0.5, 0.5)), ((0.5, 0.5), (0.5, 1.1))]
)
def test_points_that_decide_nothing_are_refused(bad):
    with pytest.raises(rules.PointsRefused):
        rules.check_points(bad)
    rules.check_points(((0.3, 0.4), (0.7, 0.4)))


AS_IT_SHOULD_BE = Conditions(
    view="frontal", modality="daylight", device="Tablet", checks=dict.fromkeys(CHECKS, True)
)


def test_a_matched_pair_says_nothing():
    assert rules.differences(AS_IT_SHOULD_BE, AS_IT_SHOULD_BE) == []


@pytest.mark.parametrize(
    ("name", "value"), [("view", "neck"), ("modality", "uv"), ("device", "Phone")]
)
def test_another_view_light_or_camera_is_said(name, value):
    later = replace(AS_IT_SHOULD_BE, **{name: value})

    assert rules.differences(AS_IT_SHOULD_BE, later) == [Difference(name)]


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("missed", [(True, False), (False, True), (True, True)])
def test_a_missed_check_is_said_with_whose_it_is(name, missed):
    earlier, later = (
        replace(AS_IT_SHOULD_BE, checks={**AS_IT_SHOULD_BE.checks, name: not each})
        for each in missed
    )

    assert rules.differences(earlier, later) == [Difference(name, missed)]


def test_the_sides_of_the_patient_are_views_of_their_own():
    assert {"profile_left", "profile_right", "oblique_left", "oblique_right"} <= set(View.values)
