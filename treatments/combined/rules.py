"""How far a laser, a peel or another method stays from the injections, in both directions.

Pure. After a procedure the next session waits for the gap that the screening data has for its kind
(R-LASER-PEEL-RECENT reads the same number); after a session the next procedure waits for the 14
days that the aftercare sheet asks for. Both are conventions [C] of docs/rules/combined.md. Days are
counted by the calendar. Regions are codes; none named means anywhere, so it meets every region.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.refusals import Refused
from treatments.booking.terms import day_in_words
from treatments.combined import terms

DAYS_AFTER_SESSION = 14
# Neither needles nor acids nor light: no session and no sheet says anything about them.
UNCONCERNED = frozenset({"dental", "vaccination"})


class TooNear(Refused):
    """A procedure and a session would be too near to each other; `earliest` is the first lawful day."""

    code = "too_near"
    status = 422

    def __init__(self, words: str, earliest: date) -> None:
        super().__init__(words)
        self.earliest = earliest


@dataclass(frozen=True, slots=True)
class Dated:
    """A procedure on a day. `gap_days`: how long a session in the same region waits after it."""

    what: str
    on: date
    gap_days: int
    days_after_session: int
    regions: frozenset[str]

    @property
    def session_from(self) -> date:
        return self.on + timedelta(days=self.gap_days)

    def meets(self, regions: Iterable[str]) -> bool:
        others = frozenset(regions)
        return not self.regions or not others or bool(self.regions & others)


@dataclass(frozen=True, slots=True)
class KeptFree:
    """Days, both ends included, on which no session may be, and why."""

    first: date
    last: date
    reason: str


def days_after_session(kind: str) -> int:
    return 0 if kind in UNCONCERNED else DAYS_AFTER_SESSION


def check_apart(procedure: Dated, sessions: Iterable[tuple[date, Iterable[str]]]) -> None:
    """Refuse a procedure too near to any of the sessions, which are (day, regions)."""
    for on, regions in sorted(sessions, key=lambda each: each[0]):
        if not procedure.meets(regions):
            continue
        if procedure.on <= on < procedure.session_from:
            words = {"session": day_in_words(on), "earliest": day_in_words(procedure.session_from)}
            raise TooNear(
                terms.TOO_NEAR_AFTER % _named(procedure, procedure.gap_days, words),
                procedure.session_from,
            )
        earliest = on + timedelta(days=procedure.days_after_session)
        if on <= procedure.on < earliest:
            words = {"session": day_in_words(on), "earliest": day_in_words(earliest)}
            raise TooNear(
                terms.TOO_NEAR_BEFORE % _named(procedure, procedure.days_after_session, words),
                earliest,
            )


def kept_free(procedures: Iterable[Dated], regions: Iterable[str]) -> Iterator[KeptFree]:
    """The days that planned procedures keep free of sessions in `regions`."""
    wanted = frozenset(regions)
    for each in procedures:
        if not each.meets(wanted):
            continue
        if each.days_after_session:
            yield KeptFree(
                each.on - timedelta(days=each.days_after_session - 1),
                each.on - timedelta(days=1),
                terms.KEPT_FREE_BEFORE % _named(each, each.days_after_session, {}),
            )
        if each.gap_days:
            yield KeptFree(
                each.on,
                each.session_from - timedelta(days=1),
                terms.KEPT_FREE_AFTER % _named(each, each.gap_days, {}),
            )


def as_days(kept: Iterable[KeptFree], first: date, last: date) -> dict[date, str]:
    """Each day of the window that is kept free, with the first reason for it."""
    days: dict[date, str] = {}
    for each in kept:
        begin, end = max(each.first, first), min(each.last, last)
        for offset in range((end - begin).days + 1):
            days.setdefault(begin + timedelta(days=offset), each.reason)
    return days


def around_sessions(sessions: Iterable[date]) -> Iterator[KeptFree]:
    """The days around sessions on which no laser or peel is booked whose kind nobody has said.

    14 days on both sides: what the sheet asks for after a session, and the shortest gap of any
    laser or peel before one. A planned procedure is checked with its own gap instead.
    """
    for on in sessions:
        yield KeptFree(
            on - timedelta(days=DAYS_AFTER_SESSION - 1),
            on + timedelta(days=DAYS_AFTER_SESSION - 1),
            terms.TOO_NEAR_TO_SESSION % {"days": DAYS_AFTER_SESSION, "session": day_in_words(on)},
        )


def _named(procedure: Dated, days: int, words: dict[str, str]) -> dict[str, object]:
    return {"what": procedure.what, "date": day_in_words(procedure.on), "days": days, **words}
