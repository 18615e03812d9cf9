"""The map as it is shown: which views, which regions filled, and where each numbered mark stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treatments.analysis.face_map import HEIGHT, VIEWS, WIDTH, DrawnView
from treatments.analysis.terms import BodyRegion, MapView


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedMark:
    """One mark in the drawing's own units, written with a point whatever the language."""

    view: str
    region: str
    number: int
    across: str
    down: str

    @property
    def label_down(self) -> str:
        return f"{float(self.down) + 2.4:.1f}"

    @property
    def region_label(self) -> str:
        return str(BodyRegion(self.region).label)

    @property
    def view_label(self) -> str:
        return str(MapView(self.view).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownView:
    """One view with the regions that are filled and the marks that stand in it."""

    drawn: DrawnView
    chosen: frozenset[str]
    marks: tuple[PlacedMark, ...]


def placed(marks: Iterable[Mapping[str, Any]], *, first: int = 1) -> list[PlacedMark]:
    """Stored marks, numbered from `first`, at their places in the drawing."""
    return [
        PlacedMark(
            view=mark["view"],
            region=mark["region"],
            number=number,
            across=f"{mark['x'] * WIDTH:.1f}",
            down=f"{mark['y'] * HEIGHT:.1f}",
        )
        for number, mark in enumerate(marks, start=first)
    ]


def shown_views(chosen: Iterable[str], marks: Sequence[PlacedMark]) -> list[ShownView]:
    """The views that have something to show: a mark, or a chosen region that no earlier view shows."""
    wanted, seen = frozenset(chosen), set[str]()
    found = []
    for drawn in VIEWS:
        regions = {each.region.value for each in drawn.regions} & wanted
        here = tuple(mark for mark in marks if mark.view == drawn.view)
        if here or regions - seen:
            found.append(ShownView(drawn=drawn, chosen=frozenset(regions), marks=here))
            seen |= regions
    return found
