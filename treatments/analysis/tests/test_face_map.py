"""The drawing of the map: every region is there, right and left are the patient's, marks hold."""

import re

import pytest
from django.utils import translation

from treatments.analysis.face_map import HEIGHT, REGIONS_IN, VIEWS, WIDTH, smooth
from treatments.analysis.map_pictures import placed, shown_views
from treatments.analysis.terms import BodyRegion, MapView

FRONTAL = VIEWS[0]


def numbers(path):
    return [float(each) for each in re.findall(r"-?\d+\.\d", path)]


def test_every_view_is_drawn_and_every_region_can_be_tapped_somewhere():
    assert [drawn.view for drawn in VIEWS] == list(MapView)
    assert set().union(*REGIONS_IN.values()) == set(BodyRegion.values)


@pytest.mark.parametrize("drawn", VIEWS, ids=lambda drawn: drawn.view)
def test_nothing_lies_outside_of_its_view(drawn):
    for path in (*drawn.lines, *(region.path for region in drawn.regions)):
        found = numbers(path)
        assert min(found) >= -2
        assert max(found[::2]) <= WIDTH + 2
        assert max(found[1::2]) <= HEIGHT + 2
    for region in drawn.regions:
        assert 0 < region.middle[0] < 1
        assert 0 < region.middle[1] < 1


def test_the_right_of_the_patient_is_on_the_left_of_the_page():
    middle = {region.region: region.middle for region in FRONTAL.regions}
    assert middle[BodyRegion.CHEEK_RIGHT][0] < 0.5 < middle[BodyRegion.CHEEK_LEFT][0]
    assert middle[BodyRegion.FOREHEAD][1] < middle[BodyRegion.CHIN][1]


def test_the_profiles_are_each_others_mirror_and_name_their_own_cheek():
    profiles = {drawn.view: drawn for drawn in VIEWS}
    left, right = profiles[MapView.PROFILE_LEFT], profiles[MapView.PROFILE_RIGHT]
    assert {BodyRegion.CHEEK_LEFT} == REGIONS_IN["profile_left"] - REGIONS_IN["profile_right"]
    nose = [
        next(each.middle for each in drawn.regions if each.region == BodyRegion.NOSE)
        for drawn in (left, right)
    ]
    # The patient's left profile looks to the left of the page.
    assert nose[0][0] < 0.5 < nose[1][0]
    assert nose[0][0] + nose[1][0] == pytest.approx(1, abs=0.001)


def test_a_smooth_outline_passes_through_every_point():
    outline = ((10.0, 10.0), (30.0, 12.0), (20.0, 40.0))
    found = numbers(smooth(outline))
    for point in outline:
        assert any((x, y) == point for x, y in zip(found[::2], found[1::2], strict=True))


def test_a_stored_mark_comes_back_at_its_place_whatever_the_language():
    marks = [{"view": "frontal", "region": "cheek_left", "x": 0.625, "y": 0.5}]
    for language in ("tr", "en"):
        with translation.override(language):
            mark = placed(marks, first=3)[0]
            assert (mark.number, mark.across, mark.down) == (3, "125.0", "120.0")


def test_only_views_that_show_something_are_shown():
    views = shown_views(["cheek_left", "hands"], [])
    assert [shown.drawn.view for shown in views] == [MapView.FRONTAL, MapView.HANDS]
    marks = placed([{"view": "profile_left", "region": "cheek_left", "x": 0.5, "y": 0.5}])
    views = shown_views(["cheek_left"], marks)
    assert [(shown.drawn.view, len(shown.marks)) for shown in views] == [
        (MapView.FRONTAL, 0),
        (MapView.PROFILE_LEFT, 1),
    ]
    assert shown_views([], []) == []
