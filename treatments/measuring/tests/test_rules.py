"""Colour maths against published values, and what a marked place may be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from treatments.measuring import rules, terms
from treatments.measuring.rules import (
    Lab,
    MeasuringRefused,
    Shape,
    as_text,
    corrected,
    delta_e,
    factors,
    grey_light,
    light_of,
    shape_in,
    value_of,
)
from treatments.measuring.tests.faces import colour_of

# Sharma G, Wu W, Dalal EN. The CIEDE2000 color-difference formula. Color Res Appl 2005;30:21-30, table 1.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]
# sRGB -> L*a*b* of D65 by the formulas of IEC 61966-2-1 and CIE 15.
KNOWN_COLOURS = [
    ((255, 255, 255), (100, 0, 0)),
    ((0, 0, 0), (0, 0, 0)),
    ((255, 0, 0), (53.24, 80.09, 67.20)),
    ((0, 255, 0), (87.73, -86.18, 83.18)),
    ((0, 0, 255), (32.30, 79.19, -107.86)),
    ((119, 119, 119), (50.03, 0, 0)),
]
SKINS = [(243, 216, 195), (224, 180, 150), (198, 147, 114), (141, 94, 66), (88, 58, 43)]

lightness = st.floats(0, 100)
part = st.floats(-60, 60)
colours = st.builds(Lab, lightness, part, part)
channel = st.floats(0.01, 1)
lights = st.tuples(channel, channel, channel)


@pytest.mark.parametrize(("one", "other", "expected"), PUBLISHED)
def test_ciede2000_gives_the_published_differences(one, other, expected):
    assert delta_e(Lab(*one), Lab(*other)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("rgb", "expected"), KNOWN_COLOURS)
def test_known_colours(rgb, expected):
    found = colour_of(rgb)

    assert (found.lightness, found.a, found.b) == pytest.approx(expected, abs=0.02)


@given(colours, colours)
def test_a_difference_is_symmetric_and_never_negative(one, other):
    assert delta_e(one, other) == pytest.approx(delta_e(other, one), abs=1e-7)
    assert delta_e(one, other) >= 0
    assert delta_e(one, one) == 0


@given(st.integers(0, 255))
def test_light_and_value_lead_back(value):
    assert value_of(light_of(value)) == value


@given(lights, st.floats(0.5, 1.9), lights, st.floats(20, 98))
def test_a_card_takes_any_light_out_again(seen, exposure, cast, card_lightness):
    """What a neutral card and a skin have in common (the light) is gone after the correction."""
    lamp = tuple(exposure * (0.5 + each / 2) for each in cast)
    card = (grey_light(card_lightness),) * 3

    by = factors(corrected(card, lamp), card_lightness)

    assert corrected(corrected(seen, lamp), by) == pytest.approx(seen, rel=1e-9)


def test_what_is_no_card_is_refused():
    grey = grey_light(50)
    assert factors((grey, grey, grey), 50) == pytest.approx((1, 1, 1))

    for wrong in (grey / 4.1, grey * 4.1):
        with pytest.raises(MeasuringRefused) as refusal:
            factors((grey, grey, wrong), 50)
        assert refusal.value.message == terms.NOT_THIS_CARD % {"most": 4}


@pytest.mark.parametrize("rgb", SKINS)
def test_the_colour_management_of_the_map_is_near_to_the_formula(rgb):
    """The map shows L* in 8 bits: at most half a unit from the formula, on five skins."""
    formula = colour_of(rgb).lightness
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), rgb),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    by_pillow = lab.getpixel((0, 0))[0] * 100 / 255

    assert abs(by_pillow - formula) < 0.5


def test_two_points_are_a_circle_and_three_a_polygon():
    circle = shape_in("50 50; 60 50", width=100, height=200)
    triangle = shape_in("10 10; 20,5 10; 15 20;", width=100, height=200)

    assert circle.is_circle
    assert circle.box() == pytest.approx((0.4, 0.9, 0.6, 1.1))
    assert not triangle.is_circle
    assert triangle.points[1] == pytest.approx((0.205, 0.2))


@pytest.mark.parametrize(
    "wrong",
    ["", "50 50", "50", "a b; c d", "50 50; 101 50", "-1 5; 5 5", "50 50 50; 1 1", "1 1; " * 41],
)
def test_points_that_mark_nothing_are_refused(wrong):
    with pytest.raises(MeasuringRefused):
        shape_in(wrong, width=100, height=100)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1.5)), min_size=2, max_size=40))
def test_a_shape_survives_being_written(points):
    shape = Shape(tuple(points))

    again = shape_in(as_text(shape, width=1000, height=1500), width=1000, height=1500)

    for written, read in zip(shape.points, again.points, strict=True):
        assert math.dist(written, read) < 1e-4


def test_a_shape_lies_in_the_photograph_whole_or_not():
    inside = Shape(((0.5, 0.5), (0.6, 0.5)))
    across = Shape(((0.05, 0.5), (0.15, 0.5)))

    assert inside.lies_in(width=100, height=100)
    assert not across.lies_in(width=100, height=100)


def test_clipped_pixels_are_counted_at_both_ends():
    counts = [0] * 256
    counts[0], counts[128], counts[255] = 1, 7, 2

    assert rules.share_clipped(counts) == pytest.approx(0.3)
    assert rules.mean_light([0] * 128 + [5] + [0] * 127) == pytest.approx(light_of(128))
