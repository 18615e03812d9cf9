"""Colour of marked places, corrected by a neutral card. Pure; see docs/rules/measuring.md.

sRGB by IEC 61966-2-1, CIE L*a*b* of D65 by CIE 15, Delta-E by CIEDE2000 (ISO/CIE 11664-6:2022). A
correction is one factor per channel of light: it takes exposure and white balance out at once, and
nothing else (no shadow, no gloss, no colour cast that differs from place to place).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from clinic.refusals import Refused
from treatments.measuring import terms
from treatments.photographs.rules import Point, Similarity

Triple = tuple[float, float, float]

MOST_POINTS = 40
# Fewer pixels than this are noise of the camera, not a colour.
FEWEST_PIXELS = 100
# So large a share of a place may be white or black, without anything to read in it.
MOST_CLIPPED = 0.02
# A card that asks for more is not the card, or the photograph is useless.
LARGEST_FACTOR = 4
# A pixel counts as pigmented from so much darker than the marked skin, in L* [C].
PIGMENTED_FROM = 5.0
CARD_LIGHTNESS = (20.0, 98.0)

_WHITE = (0.95047, 1.0, 1.08883)  # D65, 2 degrees
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


class MeasuringRefused(Refused):
    status = 422
    code = "measuring"


@dataclass(frozen=True, slots=True)
class Lab:
    """A colour in CIE L*a*b*."""

    lightness: float
    a: float
    b: float


def light_of(value: int) -> float:
    """Return the light, 0 to 1, of an 8-bit value of sRGB."""
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def value_of(light: float) -> int:
    """Return the 8-bit value of sRGB nearest to a light; what is beyond it is cut off."""
    light = min(max(light, 0.0), 1.0)
    share = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * share)


def lab_of(light: Triple) -> Lab:
    """Return the colour of a light in red, green and blue, each 0 to 1."""
    x, y, z = (
        _curve(sum(part * each for part, each in zip(row, light, strict=True)) / white)
        for row, white in zip(_TO_XYZ, _WHITE, strict=True)
    )
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def _curve(share: float) -> float:
    return float(share ** (1 / 3)) if share > _EPSILON else (_KAPPA * share + 16) / 116


def grey_light(lightness: float) -> float:
    """Return the light of a neutral field with this L*."""
    root = (lightness + 16) / 116
    return root**3 if root**3 > _EPSILON else lightness / _KAPPA


def factors(card: Triple, lightness: float) -> Triple:
    """Return by what each channel is to be multiplied so that the card becomes what it is.

    Raises MeasuringRefused where that is more than LARGEST_FACTOR, in either direction.
    """
    meant = grey_light(lightness)
    red, green, blue = (meant / max(each, 1e-6) for each in card)
    if not all(1 / LARGEST_FACTOR <= each <= LARGEST_FACTOR for each in (red, green, blue)):
        raise MeasuringRefused(terms.NOT_THIS_CARD % {"most": LARGEST_FACTOR})
    return red, green, blue


def corrected(light: Triple, by: Triple) -> Triple:
    red, green, blue = (each * factor for each, factor in zip(light, by, strict=True))
    return red, green, blue


def delta_e(one: Lab, other: Lab) -> float:
    """Return the difference of two colours by CIEDE2000; 1 is about what an eye tells apart."""
    chroma = (math.hypot(one.a, one.b) + math.hypot(other.a, other.b)) / 2
    stretch = 1 + 0.5 * (1 - math.sqrt(chroma**7 / (chroma**7 + 25**7)))
    c1, h1 = _chroma_and_hue(one.a * stretch, one.b)
    c2, h2 = _chroma_and_hue(other.a * stretch, other.b)
    turn = h2 - h1 if c1 * c2 else 0.0
    if abs(turn) > 180:
        turn -= math.copysign(360, turn)
    by_lightness = other.lightness - one.lightness
    by_chroma = c2 - c1
    by_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    return _weighted(
        by_lightness, by_chroma, by_hue, (one.lightness + other.lightness) / 2, (c1, h1), (c2, h2)
    )


def _chroma_and_hue(a: float, b: float) -> tuple[float, float]:
    return math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _weighted(
    by_lightness: float,
    by_chroma: float,
    by_hue: float,
    lightness: float,
    first: tuple[float, float],
    second: tuple[float, float],
) -> float:
    (c1, h1), (c2, h2) = first, second
    chroma = (c1 + c2) / 2
    hue = h1 + h2
    if c1 * c2:
        hue = hue / 2 if abs(h1 - h2) <= 180 else (hue + 360) / 2 if hue < 360 else (hue - 360) / 2
    t = (
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    for_lightness = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    for_chroma = 1 + 0.045 * chroma
    for_hue = 1 + 0.015 * chroma * t
    rotated = 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation = -math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))) * rotated
    scaled = by_lightness / for_lightness, by_chroma / for_chroma, by_hue / for_hue
    return math.sqrt(sum(each**2 for each in scaled) + rotation * scaled[1] * scaled[2])


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))


@dataclass(frozen=True, slots=True)
class Shape:
    """A marked place, in parts of the width along both axes: a circle of two points, or a polygon."""

    points: tuple[Point, ...]

    @property
    def is_circle(self) -> bool:
        return len(self.points) == 2

    @property
    def radius(self) -> float:
        return math.dist(*self.points) if self.is_circle else 0.0

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        if self.is_circle:
            (x, y), radius = self.points[0], self.radius
            return x - radius, y - radius, x + radius, y + radius
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def moved(self, by: Similarity) -> "Shape":
        """The same place in another photograph."""
        return Shape(tuple(by.moved(point) for point in self.points))

    def lies_in(self, *, width: int, height: int) -> bool:
        left, top, right, bottom = self.box()
        return left >= 0 and top >= 0 and right <= 1 and bottom <= height / width


def shape_in(text: str, *, width: int, height: int) -> Shape:
    """Return what "40.5 61; 43 61" marks, in per cent of width and height. Raises MeasuringRefused."""
    points = []
    for part in text.split(";"):
        if not part.strip():
            continue
        found = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d{1,4})?)\s+(\d{1,3}(?:[.,]\d{1,4})?)\s*", part)
        if found is None:
            raise MeasuringRefused(terms.POINTS_UNREADABLE)
        x, y = (float(each.replace(",", ".")) for each in found.groups())
        if x > 100 or y > 100:
            raise MeasuringRefused(terms.POINTS_UNREADABLE)
        points.append((x / 100, y / 100 * height / width))
    if len(points) < 2:
        raise MeasuringRefused(terms.TOO_FEW_POINTS)
    if len(points) > MOST_POINTS:
        raise MeasuringRefused(terms.TOO_MANY_POINTS % {"most": MOST_POINTS})
    return Shape(tuple(points))


def as_text(shape: Shape, *, width: int, height: int) -> str:
    """The shape as `shape_in` reads it."""
    return "; ".join(f"{100 * x:.2f} {100 * y * width / height:.2f}" for x, y in shape.points)


def share_clipped(counts: Sequence[int]) -> float:
    """The share of pixels at either end of a channel's 256 counts."""
    total = sum(counts)
    return (counts[0] + counts[255]) / total if total else 1.0


def mean_light(counts: Sequence[int]) -> float:
    """The mean light of a channel, from its 256 counts."""
    return sum(count * light for count, light in zip(counts, _LIGHTS, strict=True)) / sum(counts)


def values_after(factor: float) -> list[int]:
    """For each of the 256 values of a channel what it becomes when its light is multiplied."""
    return [value_of(light * factor) for light in _LIGHTS]


_LIGHTS = [light_of(value) for value in range(256)]
