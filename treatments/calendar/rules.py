"""Where things stand on the calendar: rows, lanes, what is hatched, and what initials are.

Pure: minutes of the day on the clinic's clock come in, places go out. A row is five minutes, so that
a visit of 20 minutes ends where it ends. Visits that meet in one column lie in lanes beside each
other; a column has twelve narrow tracks, because a place is a class and not an inline style. See
docs/rules/calendar.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

MINUTES_PER_ROW = 5
MINUTES_PER_DAY = 24 * 60
TRACKS = 12
SNAP = 15  # a visit that is dragged falls on these minutes
SHORT_ROWS = 5  # up to 25 minutes there is room for one line only

Minutes = tuple[int, int]  # from, until: minutes of one day, half-open


class Place(NamedTuple):
    """The rows and tracks of one block in its column; both count from 1."""

    row: int
    rows: int
    track: int
    tracks: int

    @property
    def classes(self) -> str:
        short = " ms-cal-short" if self.rows <= SHORT_ROWS else ""
        return (
            f"ms-from-{self.row} ms-for-{self.rows} ms-at-{self.track} ms-wide-{self.tracks}{short}"
        )


# In the Move mode what stands leaves these tracks to the free times beside it.
ASIDE = 8


def aside(place: Place) -> Place:
    """The same rows, squeezed into the first tracks."""
    return Place(
        place.row,
        place.rows,
        (place.track - 1) * ASIDE // TRACKS + 1,
        max(1, place.tracks * ASIDE // TRACKS),
    )


def row_of(minute: int, begins: int) -> int:
    return (minute - begins) // MINUTES_PER_ROW + 1


def rows_between(starts: int, ends: int) -> int:
    """At least one; a visit that ends within a row takes the row."""
    return max(1, -((starts - ends) // MINUTES_PER_ROW))


def places(spans: Sequence[Minutes], *, begins: int) -> list[Place]:
    """One place for each span, in the order of `spans`, which is that of their begins.

    What meets lies side by side; what meets nothing is as wide as the column.
    """
    found: list[Place] = []
    for group in _groups(spans):
        lanes = _lanes(group)
        count = max(lanes) + 1
        for (starts, ends), lane in zip(group, lanes, strict=True):
            lane, of = (lane, count) if count <= TRACKS else (min(lane, TRACKS - 1), TRACKS)
            first, after = lane * TRACKS // of, (lane + 1) * TRACKS // of
            found.append(
                Place(
                    row_of(starts, begins),
                    rows_between(starts, ends),
                    first + 1,
                    after - first,
                )
            )
    return found


def most_side_by_side(places: Iterable[Place]) -> int:
    return max((TRACKS // place.tracks for place in places), default=1)


def _groups(spans: Sequence[Minutes]) -> Iterator[list[Minutes]]:
    """Spans that meet, directly or through others."""
    group: list[Minutes] = []
    last_end = 0
    for span in spans:
        if group and span[0] >= last_end:
            yield group
            group = []
        last_end = max(span[1], last_end) if group else span[1]
        group.append(span)
    if group:
        yield group


def _lanes(group: Sequence[Minutes]) -> list[int]:
    """The first lane that is free again, for each span in turn."""
    free_from: list[int] = []
    lanes = []
    for starts, ends in group:
        lane = next((n for n, until in enumerate(free_from) if until <= starts), len(free_from))
        if lane == len(free_from):
            free_from.append(ends)
        else:
            free_from[lane] = ends
        lanes.append(lane)
    return lanes


def gaps(spans: Iterable[Minutes], within: Minutes) -> list[Minutes]:
    """What of `within` no span covers."""
    found = []
    cursor, end = within
    for starts, ends in sorted(spans):
        if starts > cursor:
            found.append((cursor, min(starts, end)))
        cursor = max(cursor, ends)
        if cursor >= end:
            return found
    found.append((cursor, end))
    return found


def common(ones: Iterable[Minutes], others: Iterable[Minutes]) -> list[Minutes]:
    """What both cover."""
    others = list(others)
    found = [
        (max(one[0], other[0]), min(one[1], other[1]))
        for one in ones
        for other in others
        if one[0] < other[1] and other[0] < one[1]
    ]
    return sorted(found)


def full_hours(spans: Iterable[Minutes]) -> Minutes | None:
    """From the full hour before the first span to the full hour after the last one."""
    spans = list(spans)
    if not spans:
        return None
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    return first // 60 * 60, -(-last // 60) * 60


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def initials(name: str) -> str:
    """The first letter of each word, as it is written: Işık Çiğdem Öz is I. Ç. Ö."""
    return " ".join(f"{word[0]}." for word in name.split())


def masked_phone(phone: str) -> str:
    """The last two digits; enough to tell two patients of one name apart, not to call one."""
    digits = [letter for letter in phone if letter.isdigit()]
    return f"••• •• {''.join(digits[-2:])}" if len(digits) > 4 else ""


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def tenths(part: int, whole: int) -> int:
    """How full something is, in tenths: 10 is full or more, 1 is anything at all."""
    if part <= 0:
        return 0
    if whole <= 0:
        return 10
    return max(1, min(10, part * 10 // whole))


def without(spans: Iterable[Minutes], taken: Minutes) -> list[Minutes]:
    """What is left of `spans` when `taken` is gone."""
    starts, ends = taken
    pieces = [
        piece
        for span in spans
        for piece in ((span[0], min(span[1], starts)), (max(span[0], ends), span[1]))
    ]
    return [(begin, end) for begin, end in pieces if begin < end]
