"""How two photographs are brought over each other, and why they may not be comparable. Pure.

Two marked points decide a similarity: turn, one scale, shift. It has no mirror in it, so the left
cheek stays the left cheek. What makes photographs comparable is the photography standard of
`docs/rules/photographs.md` [C]; differences are said, nothing is corrected.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from clinic.refusals import Refused
from treatments.photographs import terms

Point = tuple[float, float]
Points = tuple[Point, Point]

# Two pupils lie a fifth of a face apart at least; nearer than this the turn is a matter of chance.
CLOSEST_POINTS = 0.03


class PointsRefused(Refused):
    status = 422
    code = "points"


@dataclass(frozen=True, slots=True)
class Similarity:
    """(x, y) -> (a*x - b*y + e, b*x + a*y + f): turn, one scale, shift; never a mirror."""

    a: float
    b: float
    e: float
    f: float

    def moved(self, point: Point) -> Point:
        x, y = point
        return self.a * x - self.b * y + self.e, self.b * x + self.a * y + self.f

    @property
    def scale(self) -> float:
        return math.hypot(self.a, self.b)

    @property
    def degrees(self) -> float:
        return math.degrees(math.atan2(self.b, self.a))


def check_points(points: Points) -> None:
    """Refuse two points (in parts of width and height) that decide no turn, or lie outside."""
    if not all(0 <= part <= 1 for point in points for part in point):
        raise PointsRefused(terms.POINTS_OUTSIDE)
    if math.dist(*points) < CLOSEST_POINTS:
        raise PointsRefused(terms.POINTS_TOO_CLOSE)


def similarity(moved: Points, onto: Points) -> Similarity:
    """Return what maps the first of `moved` on the first of `onto` and the second on the second.

    Both in units that are equal along x and y. Raises PointsRefused where `moved` is one point.
    """
    start, end = complex(*moved[0]), complex(*moved[1])
    goal_start, goal_end = complex(*onto[0]), complex(*onto[1])
    if start == end or goal_start == goal_end:
        raise PointsRefused(terms.POINTS_TOO_CLOSE)
    factor = (goal_end - goal_start) / (end - start)
    shift = goal_start - factor * start
    return Similarity(factor.real, factor.imag, shift.real, shift.imag)


def in_widths(points: Points, *, width: int, height: int) -> Points:
    """Return points given in parts of width and height in parts of the width, so that x equals y."""
    (x1, y1), (x2, y2) = points
    return (x1, y1 * height / width), (x2, y2 * height / width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How one photograph was taken. `checks`: name -> was it so."""

    view: str
    modality: str
    device: str
    checks: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Difference:
    """One reason why two photographs may not be compared. `what`: view, modality, device or a check."""

    what: str
    missed: tuple[bool, bool] = (False, False)  # by the earlier, by the later


def differences(earlier: Conditions, later: Conditions) -> list[Difference]:
    """Everything that may feign or hide a change, in a fixed order; [] where all is as it should be.

    A check that either photograph missed counts, also where both missed it: two kinds of other light
    are not the same light.
    """
    found = [
        Difference(name)
        for name in ("view", "modality", "device")
        if getattr(earlier, name) != getattr(later, name)
    ]
    for name in terms.CHECKS:
        missed = not earlier.checks.get(name, False), not later.checks.get(name, False)
        if any(missed):
            found.append(Difference(name, missed))
    return found
