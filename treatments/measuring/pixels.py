"""What the pixels of a photograph say inside of a marked place. Knows Pillow and no Django.

The means are taken in light, from the counts of each channel, in full precision. Only the map of
single pixels goes through Pillow's colour management, whose L* has 8 bits (steps of 0.4).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageChops, ImageCms, ImageDraw

from treatments.measuring import rules
from treatments.measuring.rules import Shape, Triple

# The longest side of a map that is laid over the photograph.
LONGEST_MAP = 800
# How two places are looked at for pixels that both have.
_GRID = 1000
# Darker than the skin by so much is the end of the scale of the map, in L*.
DARKEST = 25.0
# From little to much: a single scale, light to dark, that also reads without colours.
_SCALE = ((254, 217, 118), (253, 141, 60), (227, 26, 28), (128, 0, 38))
_OPACITY = 190


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pixels of a place have each of the 256 values, for red, green and blue."""

    channels: tuple[Sequence[int], Sequence[int], Sequence[int]]

    @property
    def pixels(self) -> int:
        return sum(self.channels[0])

    @property
    def clipped(self) -> float:
        return max(rules.share_clipped(each) for each in self.channels)

    @property
    def light(self) -> Triple:
        red, green, blue = (rules.mean_light(each) for each in self.channels)
        return red, green, blue


def opened(file: IO[bytes]) -> Image.Image:
    """The whole picture, read into memory."""
    with Image.open(file) as picture:
        return picture.convert("RGB")


def counts_in(picture: Image.Image, shape: Shape) -> Counts:
    part, mask = _cut_out(picture, shape)
    found = part.histogram(mask)
    return Counts((found[:256], found[256:512], found[512:768]))


def overlap(one: Shape, other: Shape) -> bool:
    """Whether two places share a part of the picture."""
    size = (_GRID, 4 * _GRID)
    both = ImageChops.darker(_mask(one, _GRID, size), _mask(other, _GRID, size))
    return both.getbbox() is not None


def pigmented_share(
    picture: Image.Image, shape: Shape, *, factors: Triple, skin_lightness: float
) -> float:
    """The share of a place that is darker than the skin by PIGMENTED_FROM or more, 0 to 1."""
    part, mask = _cut_out(picture, shape)
    counts = _lightness(part, factors).histogram(mask)
    dark = sum(
        count
        for value, count in enumerate(counts)
        if skin_lightness - _stars(value) >= rules.PIGMENTED_FROM
    )
    return dark / sum(counts)


def heat_map(
    picture: Image.Image, shape: Shape, *, factors: Triple, skin_lightness: float
) -> bytes:
    """A PNG over the box of a place: how much darker than the skin, nothing where it is not."""
    part, mask = _cut_out(picture, shape)
    part.thumbnail((LONGEST_MAP, LONGEST_MAP))
    mask = mask.resize(part.size)
    lightness = _lightness(part, factors)
    darker = [skin_lightness - _stars(value) for value in range(256)]
    colours = [_colour(each / DARKEST) for each in darker]
    channels = [lightness.point([colour[each] for colour in colours]) for each in range(3)]
    seen = lightness.point([_OPACITY if each >= rules.PIGMENTED_FROM else 0 for each in darker])
    drawn = Image.merge("RGBA", (*channels, ImageChops.darker(seen, mask)))
    drawn.info = {}  # the profile of L*a*b* came along, and a browser would apply it
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()


def scale_steps() -> list[tuple[int, str]]:
    """The scale of the map for a legend: darker by so much in L*, and its colour as #rrggbb."""
    steps = [5, 10, 15, 20, 25]
    return [(step, "#{:02x}{:02x}{:02x}".format(*_colour(step / DARKEST))) for step in steps]


def _colour(share: float) -> tuple[int, int, int]:
    at = min(max(share, 0.0), 1.0) * (len(_SCALE) - 1)
    low = min(int(at), len(_SCALE) - 2)
    red, green, blue = (
        round(start + (end - start) * (at - low))
        for start, end in zip(_SCALE[low], _SCALE[low + 1], strict=True)
    )
    return red, green, blue


def _cut_out(picture: Image.Image, shape: Shape) -> tuple[Image.Image, Image.Image]:
    """The box around a place, and a mask of what of it belongs to the place."""
    width = picture.width
    left, top, right, bottom = (each * width for each in shape.box())
    box = (
        max(int(left), 0),
        max(int(top), 0),
        min(int(right) + 1, picture.width),
        min(int(bottom) + 1, picture.height),
    )
    part = picture.crop(box)
    mask = _mask(shape, width, part.size, offset=(box[0], box[1]))
    return part, mask


def _mask(
    shape: Shape, width: int, size: tuple[int, int], offset: tuple[int, int] = (0, 0)
) -> Image.Image:
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    points = [(x * width - offset[0], y * width - offset[1]) for x, y in shape.points]
    if shape.is_circle:
        draw.circle(points[0], shape.radius * width, fill=255)
    else:
        draw.polygon(points, fill=255)
    return mask


def _lightness(part: Image.Image, factors: Triple) -> Image.Image:
    """L* of each pixel after the correction, 0 to 255 for 0 to 100."""
    table = [value for factor in factors for value in rules.values_after(factor)]
    lab = ImageCms.profileToProfile(
        part.point(table),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="LAB",
    )
    assert lab is not None  # None only when it is done in place
    return lab.getchannel("L")


def _stars(value: int) -> float:
    return value * 100 / 255
