"""Where the points, lines and marks of a curve stand. Pure: a template writes them as SVG.

One measure, one curve; the axis of values holds 0, so that a change looks as large as it is. Every
coordinate is a whole number below 1000: no language writes it with a comma or a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 462, 44, 190
# Below the axis: a row of dates, a row of sessions.
DATES_AT, SESSIONS_AT = 210, 232
MOST_STEPS = 5
# Nearer than that two words would lie over each other.
DATE_WIDTH, VALUE_WIDTH, NUMBER_WIDTH = 76, 34, 16


@dataclass(frozen=True, slots=True)
class Reading:
    on: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A session, by its day and number."""

    on: date
    number: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A value, and where its number stands: on the side where the line is not."""

    x: int
    y: int
    label_x: int
    label_y: int
    anchor: str
    value: Decimal
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid at `y`, and what it stands for."""

    y: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    x: int
    on: date


@dataclass(frozen=True, slots=True)
class Session:
    x: int
    number: int
    triangle: str
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    path: str
    dots: Sequence[Dot]
    lines: Sequence[Line]
    days: Sequence[Day]
    sessions: Sequence[Session]
    review_x: int | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM
    dates_at: int = DATES_AT
    sessions_at: int = SESSIONS_AT

    @property
    def review_word_x(self) -> int:
        """The word stands at the line, and inside the drawing."""
        return min(max(self.review_x or 0, LEFT + 30), RIGHT - 30)


def draw(
    readings: Sequence[Reading], *, sessions: Sequence[Mark] = (), review: Mark | None = None
) -> Drawing:
    """The drawing of readings in any order; at least one."""
    readings = sorted(readings, key=lambda each: each.on)
    days = [*(each.on for each in readings), *(each.on for each in sessions)]
    days += [review.on] if review else []
    across = _Scale(min(days).toordinal(), max(days).toordinal(), LEFT + 14, RIGHT - 14)
    steps = value_steps([each.value for each in readings])
    upwards = _Scale(steps[0], steps[-1], BOTTOM, TOP)
    review_x = across.at(review.on.toordinal()) if review else None
    dots = _dots(readings, across, upwards, review_x)
    return Drawing(
        path=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        dots=dots,
        lines=[Line(y=upwards.at(value), value=value) for value in steps],
        days=_days(readings, across),
        sessions=_sessions(sessions, across),
        review_x=review_x,
    )


def value_steps(values: Sequence[Decimal]) -> list[Decimal]:
    """Round numbers from 0 (or below) to the highest value, at most six."""
    highest, lowest = max(max(values), Decimal(0)), min(min(values), Decimal(0))
    if highest == lowest:
        return [Decimal(0), Decimal(1)]
    step = _round_step((highest - lowest) / MOST_STEPS)
    first = (lowest / step).to_integral_value(ROUND_FLOOR)
    last = (highest / step).to_integral_value(ROUND_CEILING)
    if last - first > MOST_STEPS:
        step = _round_step(step * Decimal("1.01"))
        first = (lowest / step).to_integral_value(ROUND_FLOOR)
        last = (highest / step).to_integral_value(ROUND_CEILING)
    return [_plain(step * number) for number in range(int(first), int(last) + 1)]


def _round_step(at_least: Decimal) -> Decimal:
    """The next of 1, 2, 5 times a power of ten."""
    power = Decimal(1).scaleb(at_least.adjusted())
    return next(power * each for each in (1, 2, 5, 10) if power * each >= at_least)


def _plain(value: Decimal) -> Decimal:
    return Decimal(f"{value.normalize():f}")


@dataclass(frozen=True, slots=True)
class _Scale:
    low: Decimal | int
    high: Decimal | int
    begin: int
    end: int

    def at(self, value: Decimal | int) -> int:
        if self.high == self.low:
            return (self.begin + self.end) // 2
        share = Decimal(value - self.low) / Decimal(self.high - self.low)
        return int((self.begin + share * (self.end - self.begin)).to_integral_value(ROUND_HALF_UP))


def _dots(
    readings: Sequence[Reading], across: _Scale, upwards: _Scale, review_x: int | None
) -> list[Dot]:
    places = [(across.at(each.on.toordinal()), upwards.at(each.value)) for each in readings]
    dots: list[Dot] = []
    free_from = 0
    for number, (each, (x, y)) in enumerate(zip(readings, places, strict=True)):
        is_labelled = x >= free_from
        if is_labelled:
            free_from = x + VALUE_WIDTH
        beside = [place[1] for place in (*places[:number][-1:], *places[number + 1 : number + 2])]
        label_x, anchor = _beside_review(x, review_x)
        dots.append(
            Dot(
                x=x,
                y=y,
                label_x=label_x,
                label_y=_label_y(y, beside),
                anchor=anchor,
                value=each.value,
                is_labelled=is_labelled,
            )
        )
    return dots


def _label_y(y: int, beside: Sequence[int]) -> int:
    """Above the dot; below it where every line comes from above (y grows downwards)."""
    is_low = bool(beside) and all(other <= y for other in beside) and any(o < y for o in beside)
    return y + 20 if is_low and y + 22 <= BOTTOM else y - 10


def _beside_review(x: int, review_x: int | None) -> tuple[int, str]:
    """The number is not struck through by the line of the review."""
    if review_x is None or abs(x - review_x) > VALUE_WIDTH // 2:
        return x, "middle"
    return (x + 9, "start") if x + 9 + VALUE_WIDTH <= RIGHT else (x - 9, "end")


def _days(readings: Sequence[Reading], across: _Scale) -> list[Day]:
    """The days of the readings as far as they fit; the first and the last are always there."""
    furthest = WIDTH - DATE_WIDTH // 2 - 4
    days = [Day(x=min(across.at(each.on.toordinal()), furthest), on=each.on) for each in readings]
    shown = days[:1]
    for day in days[1:-1]:
        if day.x - shown[-1].x >= DATE_WIDTH and days[-1].x - day.x >= DATE_WIDTH:
            shown.append(day)
    return shown + [each for each in days[-1:] if each.x - shown[-1].x >= DATE_WIDTH]


def _sessions(sessions: Sequence[Mark], across: _Scale) -> list[Session]:
    drawn: list[Session] = []
    free_from = 0
    for each in sorted(sessions, key=lambda one: (one.on, one.number)):
        x = across.at(each.on.toordinal())
        is_labelled = x >= free_from
        if is_labelled:
            free_from = x + NUMBER_WIDTH
        triangle = f"{x},{BOTTOM} {x - 5},{BOTTOM + 8} {x + 5},{BOTTOM + 8}"
        drawn.append(Session(x=x, number=each.number, triangle=triangle, is_labelled=is_labelled))
    return drawn
