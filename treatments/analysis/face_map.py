"""The drawing on which spots are marked: face, both profiles, neck, décolleté and hands.

Pure: outlines as numbers, our own drawing. A place is a share of the view's width and height, 0 to 1
from its upper left corner, so that a mark stands at the same place in the browser, the record and the
print. Right and left are the patient's; the drawing is never mirrored, not in a right-to-left page.
docs/rules/face-map.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from treatments.analysis.terms import BodyRegion, MapView

WIDTH, HEIGHT = 200, 240
Point = tuple[float, float]
Outline = tuple[Point, ...]


class Side(StrEnum):
    """Which way a profile looks: the patient's left profile looks to the left of the page."""

    AS_DRAWN = "as_drawn"
    TURNED = "turned"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRegion:
    """One region in one view: the words' key, its outlines as an SVG path, and its middle."""

    region: BodyRegion
    path: str
    middle: Point

    @property
    def middle_words(self) -> str:
        """The middle as a script reads it, with points whatever the language."""
        return f"{self.middle[0]} {self.middle[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnView:
    """One view: `lines` are only drawn, `regions` can be chosen."""

    view: MapView
    lines: tuple[str, ...]
    regions: tuple[MapRegion, ...]

    @property
    def shows_both_sides(self) -> bool:
        return self.view not in (MapView.PROFILE_LEFT, MapView.PROFILE_RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One spot on the map; x and y are shares of the view, 0 to 1."""

    view: str
    region: str
    x: float
    y: float


# Frontal. What stands on the patient's right is drawn here and turned over for the left.
_FACE: Outline = (
    (100, 10), (134, 17), (160, 46), (171, 92), (168, 138), (152, 184), (126, 218), (100, 228),
    (74, 218), (48, 184), (32, 138), (29, 92), (40, 46), (66, 17),
)  # fmt: skip
_FOREHEAD: Outline = (
    (54, 66), (60, 42), (78, 25), (100, 20), (122, 25), (140, 42), (146, 66), (128, 64), (110, 69),
    (90, 69), (72, 64),
)  # fmt: skip
_GLABELLA: Outline = ((92, 72), (108, 72), (107, 92), (100, 95), (93, 92))
_RIGHT_TEMPLE: Outline = ((47, 66), (54, 72), (49, 88), (47, 108), (35, 112), (34, 90), (38, 74))
_RIGHT_EYE: Outline = (
    (54, 84), (62, 76), (76, 75), (89, 82), (90, 95), (80, 106), (64, 107), (52, 98),
)  # fmt: skip
_NOSE: Outline = (
    (94, 98), (106, 98), (109, 120), (115, 134), (111, 142), (100, 145), (89, 142), (85, 134),
    (91, 120),
)  # fmt: skip
_RIGHT_CHEEK: Outline = (
    (37, 116), (50, 110), (66, 111), (86, 108), (86, 124), (81, 136), (82, 146), (72, 158),
    (60, 170), (50, 168), (41, 146),
)  # fmt: skip
_UPPER_LIP: Outline = ((86, 149), (100, 148), (114, 149), (118, 159), (100, 156), (82, 159))
_RIGHT_OF_MOUTH: Outline = ((79, 152), (79, 164), (84, 176), (97, 180), (97, 186), (82, 185),
    (72, 174), (72, 162),
)  # fmt: skip
_CHIN: Outline = ((82, 190), (100, 190), (118, 190), (117, 208), (100, 222), (83, 208))
_RIGHT_JAW: Outline = ((51, 174), (62, 173), (70, 176), (79, 190), (80, 208), (86, 217), (70, 208),
    (58, 192),
)  # fmt: skip
_MOUTH: Outline = ((82, 166), (92, 162), (100, 164), (108, 162), (118, 166), (108, 173), (92, 173))

# The left profile looks to the left of the page; the right profile is the same, turned.
_HEAD: Outline = (
    (96, 12), (70, 22), (58, 44), (54, 66), (55, 78), (48, 92), (37, 118), (38, 126), (50, 132),
    (48, 144), (52, 152), (50, 162), (52, 176), (62, 190), (84, 192), (112, 182), (124, 196),
    (123, 230), (170, 230), (166, 190), (176, 150), (182, 92), (164, 40), (132, 16),
)  # fmt: skip
_SIDE_FOREHEAD: Outline = ((92, 24), (74, 32), (63, 50), (58, 66), (76, 66), (98, 66), (104, 44))
_SIDE_TEMPLE: Outline = ((102, 68), (122, 66), (126, 84), (122, 98), (104, 96))
_SIDE_GLABELLA: Outline = ((58, 70), (68, 70), (68, 82), (58, 84))
_SIDE_EYE: Outline = ((72, 72), (90, 72), (98, 84), (94, 100), (76, 102), (70, 88))
_SIDE_NOSE: Outline = ((58, 88), (66, 88), (67, 108), (70, 124), (58, 130), (42, 122), (50, 102))
_SIDE_CHEEK: Outline = ((74, 108), (98, 104), (122, 104), (128, 128), (116, 152), (92, 156),
    (76, 146), (74, 128),
)  # fmt: skip
_SIDE_LIP: Outline = ((52, 134), (68, 130), (72, 144), (54, 146))
_SIDE_MOUTH: Outline = ((56, 150), (74, 150), (86, 160), (82, 170), (56, 170))
_SIDE_CHIN: Outline = ((54, 174), (80, 174), (80, 188), (64, 188))
_SIDE_JAW: Outline = (
    (86, 176),
    (96, 160),
    (118, 156),
    (130, 136),
    (134, 154),
    (116, 174),
    (92, 186),
)
_SIDE_NECK: Outline = ((130, 190), (140, 166), (164, 170), (162, 196), (164, 226), (131, 226))

_NECK: Outline = ((66, 60), (84, 72), (100, 76), (116, 72), (134, 60), (136, 110), (150, 136),
    (120, 152), (100, 156), (80, 152), (50, 136), (64, 110),
)  # fmt: skip
_NECK_LINES: tuple[Outline, ...] = (
    ((52, 10), (56, 40), (72, 62), (100, 74), (128, 62), (144, 40), (148, 10)),
    ((64, 60), (63, 106), (44, 138), (8, 158)),
    ((136, 60), (137, 106), (156, 138), (192, 158)),
)
_DECOLLETE: Outline = ((36, 56), (70, 62), (100, 68), (130, 62), (164, 56), (174, 92), (158, 134),
    (128, 166), (100, 182), (72, 166), (42, 134), (26, 92),
)  # fmt: skip
_DECOLLETE_LINES: tuple[Outline, ...] = (
    ((78, 8), (77, 34), (62, 50), (24, 60), (8, 84), (6, 130), (14, 200)),
    ((122, 8), (123, 34), (138, 50), (176, 60), (192, 84), (194, 130), (186, 200)),
    ((42, 60), (70, 68), (100, 74), (130, 68), (158, 60)),
)
# The back of the hand as one sees it, fingers up: a right hand has its thumb on the left.
_RIGHT_HAND: Outline = (
    (70, 232), (74, 190), (82, 150), (88, 104), (82, 98), (76, 106), (70, 136), (70, 76), (63, 70),
    (57, 78), (55, 132), (51, 60), (44, 55), (38, 62), (40, 134), (33, 78), (26, 74), (21, 82),
    (26, 144), (20, 158), (12, 146), (6, 150), (9, 166), (20, 188), (30, 200), (32, 232),
)  # fmt: skip


def _turned(outline: Outline) -> Outline:
    return tuple((WIDTH - x, y) for x, y in reversed(outline))


def smooth(outline: Outline, *, is_open: bool = False) -> str:
    """An SVG path through all points: each piece is a Bézier curve of a Catmull-Rom spline."""
    points = list(outline)
    round_trip = points if is_open else [*points, points[0]]
    pieces = [f"M{_words(points[0])}"]
    for place, (start, end) in enumerate(pairwise(round_trip)):
        before = points[max(place - 1, 0)] if is_open else points[place - 1]
        after = (
            points[min(place + 2, len(points) - 1)]
            if is_open
            else points[(place + 2) % len(points)]
        )
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        pieces.append(f"C{_words(first)} {_words(second)} {_words(end)}")
    return "".join(pieces) + ("" if is_open else "Z")


def _words(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _middle(outline: Outline) -> Point:
    """The middle of the outline's area, as shares of the view."""
    twice = along = down = 0.0
    for (x, y), (next_x, next_y) in pairwise((*outline, outline[0])):
        cross = x * next_y - next_x * y
        twice += cross
        along += (x + next_x) * cross
        down += (y + next_y) * cross
    return (round(along / (3 * twice) / WIDTH, 4), round(down / (3 * twice) / HEIGHT, 4))


def _region(region: BodyRegion, *outlines: Outline) -> MapRegion:
    return MapRegion(
        region=region,
        path="".join(smooth(outline) for outline in outlines),
        middle=_middle(outlines[0]),
    )


def _frontal() -> DrawnView:
    eyes = (((61, 92), (70, 87), (81, 92), (71, 96)),)
    brows = ((56, 80), (68, 73), (86, 76))
    return DrawnView(
        view=MapView.FRONTAL,
        lines=(
            smooth(_FACE),
            smooth(_MOUTH),
            *(smooth(each) for eye in eyes for each in (eye, _turned(eye))),
            *(smooth(each, is_open=True) for each in (brows, _turned(brows))),
        ),
        regions=(
            _region(BodyRegion.FOREHEAD, _FOREHEAD),
            _region(BodyRegion.TEMPLES, _RIGHT_TEMPLE, _turned(_RIGHT_TEMPLE)),
            _region(BodyRegion.GLABELLA, _GLABELLA),
            _region(BodyRegion.PERIOCULAR, _RIGHT_EYE, _turned(_RIGHT_EYE)),
            _region(BodyRegion.NOSE, _NOSE),
            _region(BodyRegion.CHEEK_RIGHT, _RIGHT_CHEEK),
            _region(BodyRegion.CHEEK_LEFT, _turned(_RIGHT_CHEEK)),
            _region(BodyRegion.UPPER_LIP, _UPPER_LIP),
            _region(BodyRegion.PERIORAL, _RIGHT_OF_MOUTH, _turned(_RIGHT_OF_MOUTH)),
            _region(BodyRegion.CHIN, _CHIN),
            _region(BodyRegion.JAWLINE, _RIGHT_JAW, _turned(_RIGHT_JAW)),
        ),
    )


def _profile(view: MapView, cheek: BodyRegion, side: Side) -> DrawnView:
    def as_seen(outline: Outline) -> Outline:
        return _turned(outline) if side is Side.TURNED else outline

    ear: Outline = ((132, 96), (146, 92), (152, 106), (146, 124), (136, 130), (134, 112))
    eye: Outline = ((66, 88), (80, 84), (82, 92), (72, 94))
    outlines = (
        (BodyRegion.FOREHEAD, _SIDE_FOREHEAD),
        (BodyRegion.TEMPLES, _SIDE_TEMPLE),
        (BodyRegion.GLABELLA, _SIDE_GLABELLA),
        (BodyRegion.PERIOCULAR, _SIDE_EYE),
        (BodyRegion.NOSE, _SIDE_NOSE),
        (cheek, _SIDE_CHEEK),
        (BodyRegion.UPPER_LIP, _SIDE_LIP),
        (BodyRegion.PERIORAL, _SIDE_MOUTH),
        (BodyRegion.CHIN, _SIDE_CHIN),
        (BodyRegion.JAWLINE, _SIDE_JAW),
        (BodyRegion.NECK, _SIDE_NECK),
    )
    return DrawnView(
        view=view,
        lines=tuple(smooth(as_seen(each)) for each in (_HEAD, ear, eye)),
        regions=tuple(_region(region, as_seen(outline)) for region, outline in outlines),
    )


def _whole(
    view: MapView, region: BodyRegion, outlines: Sequence[Outline], lines: Iterable[Outline] = ()
) -> DrawnView:
    return DrawnView(
        view=view,
        lines=tuple(smooth(each, is_open=True) for each in lines),
        regions=(_region(region, *outlines),),
    )


VIEWS: tuple[DrawnView, ...] = (
    _frontal(),
    _profile(MapView.PROFILE_RIGHT, BodyRegion.CHEEK_RIGHT, Side.TURNED),
    _profile(MapView.PROFILE_LEFT, BodyRegion.CHEEK_LEFT, Side.AS_DRAWN),
    _whole(MapView.NECK, BodyRegion.NECK, (_NECK,), _NECK_LINES),
    _whole(MapView.DECOLLETE, BodyRegion.DECOLLETE, (_DECOLLETE,), _DECOLLETE_LINES),
    _whole(MapView.HANDS, BodyRegion.HANDS, (_RIGHT_HAND, _turned(_RIGHT_HAND))),
)

REGIONS_IN: Mapping[str, frozenset[str]] = {
    drawn.view.value: frozenset(each.region.value for each in drawn.regions) for drawn in VIEWS
}
