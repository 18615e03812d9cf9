"""Ours against the least that it could cost: rounds in shuffled order, medians of ratios.

A machine that does other things besides is found out first, by holding the same work against
itself. The 95th percentile is shown and never judged: it is noise even between equals.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any

BLOCKS = 5  # each block is one whole shuffle; the ratio is the median over all rounds
QUIET = (0.9, 1.1)  # what equals may differ by, where a ratio is worth judging


@dataclass
class Work:
    """One thing that the clinic does, and the same by the barest means.

    Both return the seconds of each single attempt, or nothing when the call is one attempt.
    `count`: how many things one call brings about, for work that is measured per second.
    """

    name: str
    ours: Callable[[], Sequence[float] | None]
    limit: Callable[[], Sequence[float] | None]
    goal: float | None
    rounds: int = 30
    count: int = 0
    after: Callable[[], object] = lambda: None  # puts back what a call changed; not measured
    once: Callable[[], object] | None = None  # one attempt, by which statements are counted


@dataclass
class Times:
    whole: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)

    def add(self, seconds: float, attempts: Sequence[float] | None) -> None:
        self.whole.append(seconds)
        self.single.extend(attempts or [seconds])


@dataclass(frozen=True)
class Measured:
    """What came of one work at one size."""

    work: Work
    ours: Times
    limit: Times

    @property
    def ratio(self) -> float:
        """Our cost by the limit's, of each round; lower is better."""
        pairs = zip(self.ours.whole, self.limit.whole, strict=True)
        return median(ours / limit for ours, limit in pairs)

    def row(self, *, size: int, growth: float | None, statements: int) -> dict[str, Any]:
        cost = self.cost(self.ours)
        return {
            "work": self.work.name,
            "size": size,
            ("per_s" if self.work.count else "p50_ms"): round(cost, 2),
            "p95_ms": round(percentile(self.ours.single, 0.95) * 1000, 2),
            "limit": round(self.cost(self.limit), 2),
            "ratio": round(self.ratio, 2),
            "goal": self.work.goal,
            "growth": None if growth is None else round(growth, 2),
            "statements": statements,
        }

    def cost(self, times: Times) -> float:
        seconds = median(times.whole)
        return self.work.count / seconds if self.work.count else seconds * 1000


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def measure(
    works: Sequence[Work], *, random: Random, tell: Callable[[str], object]
) -> list[Measured]:
    """Run all works, interleaved: in each round every work that has rounds left, in any order."""
    measured = [Measured(work, Times(), Times()) for work in works]
    for each in measured:  # warm: what is built once per process is not part of the work
        for call in (each.work.ours, each.work.limit):
            call()
            each.work.after()
    rounds = max((work.rounds for work in works), default=0)
    for number in range(rounds):
        taking_part = [each for each in measured if number < each.work.rounds]
        turns = [(each, ours) for each in taking_part for ours in (True, False)]
        for each, ours in random.sample(turns, len(turns)):
            call, times = (each.work.ours, each.ours) if ours else (each.work.limit, each.limit)
            began = time.perf_counter()
            attempts = call()
            times.add(time.perf_counter() - began, attempts)
            each.work.after()
        tell(f"round {number + 1} of {rounds}")
    return measured


def equals(call: Callable[[], object], *, random: Random) -> float:
    """The ratio, farthest from 1 over the blocks, of a call against itself."""
    ratios = []
    for _block in range(BLOCKS):
        sides: tuple[list[float], list[float]] = ([], [])
        for _round in range(30):
            for side in random.sample(list(sides), 2):
                began = time.perf_counter()
                call()
                side.append(time.perf_counter() - began)
        ratios.append(median(sides[0]) / median(sides[1]))
    return max(ratios, key=lambda ratio: abs(ratio - 1))


def is_quiet(ratio: float) -> bool:
    return QUIET[0] <= ratio <= QUIET[1]
