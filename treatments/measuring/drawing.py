"""Where the outlines of a measurement lie in its photograph, for a drawing in pixels of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from treatments.measuring.models import ColourMeasurement
from treatments.measuring.rules import Shape
from treatments.measuring.terms import Outline

# Around the places of a close-up, in parts of their size.
MARGIN = 0.6


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x} {self.y} {self.width} {self.height}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An outline: a circle, or the points of a polygon."""

    outline: Outline
    circle: tuple[int, int, int] | None
    points: str


@dataclass(frozen=True, slots=True)
class Drawing:
    outlines: Sequence[Drawn]
    spot: Box  # where the map of the spot is laid
    near: Box  # the part of the picture that a close-up shows
    stroke: int


def drawn(measurement: ColourMeasurement) -> Drawing:
    width, height = measurement.photograph.width, measurement.photograph.height
    shapes = {
        outline: shape for outline in Outline if (shape := measurement.shape(outline)) is not None
    }
    near = _near([shapes[Outline.SPOT], shapes[Outline.SKIN]], width, height)
    return Drawing(
        outlines=[_drawn(outline, shape, width) for outline, shape in shapes.items()],
        spot=_box(shapes[Outline.SPOT].box(), width),
        near=near,
        stroke=max(near.width // 150, 1),
    )


def _drawn(outline: Outline, shape: Shape, width: int) -> Drawn:
    points = [(round(x * width), round(y * width)) for x, y in shape.points]
    circle = (*points[0], round(shape.radius * width)) if shape.is_circle else None
    return Drawn(outline, circle, " ".join(f"{x},{y}" for x, y in points))


def _box(sides: tuple[float, float, float, float], width: int) -> Box:
    left, top, right, bottom = (each * width for each in sides)
    return Box(int(left), int(top), int(right) + 1 - int(left), int(bottom) + 1 - int(top))


def _near(shapes: Sequence[Shape], width: int, height: int) -> Box:
    boxes = [shape.box() for shape in shapes]
    left, top = (min(box[at] for box in boxes) for at in (0, 1))
    right, bottom = (max(box[at] for box in boxes) for at in (2, 3))
    margin = MARGIN * max(right - left, bottom - top) / 2
    whole = _box((left - margin, top - margin, right + margin, bottom + margin), width)
    x, y = max(whole.x, 0), max(whole.y, 0)
    return Box(
        x,
        y,
        min(whole.x + whole.width, width) - x,
        min(whole.y + whole.height, height) - y,
    )
