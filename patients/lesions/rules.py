"""Which regions a result has cleared, and which stay or are blocked again.

Pure. Ruling 6: the area of a suspicious lesion stays blocked until the *result* of an examination
clears it (docs/rules/screening.md, R-SUSPECT-LESION). A referral clears nothing. A result clears its
own regions only, and only what was said before it: a change that was named later, or after the day
of the examination, blocks again. Of two results about one region the newer one holds.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime

# A change "somewhere": every region is meant, because nobody said which.
EVERYWHERE = "yes"


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody named a change: where, on which day, and when it was written down."""

    regions: frozenset[str]
    on: date
    at: datetime

    def names(self, region: str) -> bool:
        return EVERYWHERE in self.regions or region in self.regions


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an examination, for the regions it looked at."""

    regions: frozenset[str]
    examined_on: date
    at: datetime
    clears: bool


def cleared_regions(results: Iterable[Result], changes: Iterable[Change]) -> Set[str]:
    """Return the regions whose newest result clears them, with no change named since."""
    newest: dict[str, Result] = {}
    for result in sorted(results, key=lambda each: each.at):
        newest |= dict.fromkeys(result.regions, result)
    known = list(changes)
    return {
        region
        for region, result in newest.items()
        if result.clears and not any(_is_newer(change, result, region) for change in known)
    }


def blocked_regions(results: Iterable[Result], changes: Iterable[Change]) -> Set[str]:
    """Return the regions with a change, or a result against them, that nothing has cleared."""
    results, changes = list(results), list(changes)
    named = {region for change in changes for region in change.regions}
    against = {region for result in results if not result.clears for region in result.regions}
    return (named | against) - cleared_regions(results, changes)


def _is_newer(change: Change, result: Result, region: str) -> bool:
    return change.names(region) and (change.on > result.examined_on or change.at > result.at)
