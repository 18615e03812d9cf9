"""What a visit says where it stands: its time, name, state in words, and what it is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from clinic.hours.queries import Away, OpenSpan, clinic_zone, day_bounds
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentKind, AppointmentState
from treatments.calendar import rules, terms
from treatments.calendar.queries import Entry
from treatments.calendar.rules import Minutes
from treatments.calendar.terms import EntryKind
from treatments.calendar.there import Resources

NOBODY = UUID(int=0)
VISIT, HELD = EntryKind.VISIT.value, EntryKind.HELD.value


class Block(NamedTuple):
    """One visit, held time or absence, in words that are ready to be shown."""

    id: str
    places: str
    state: str
    icon: str
    clock: str
    until: str
    name: str
    word: str
    sub: str
    mark: str = ""
    url: str = ""
    move: str = ""  # what the handle says by which a visit is picked up
    is_visit: bool = False
    movable: bool = False
    version: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one language that every visit may need."""

    states: Mapping[str, str]
    kinds: Mapping[str, str]
    move: str
    numbing: str
    overbooked: str


def labels() -> Labels:
    return _labels(get_language() or "")


@cache
def _labels(language: str) -> Labels:
    """Kept for each language; the words are those of the one in force."""
    return Labels(
        states={each.value: str(each.label) for each in AppointmentState},
        kinds={each.value: str(each.label) for each in AppointmentKind},
        move=str(terms.MOVE),
        numbing=str(terms.NUMBING_UNTIL),
        overbooked=str(terms.OVERBOOKED),
    )


class Words:
    """The words of one page, looked up once: a page may show hundreds of visits."""

    def __init__(self, resources: Resources, *, initials: bool, may_move: bool) -> None:
        self.resources = resources
        self.initials = initials
        self.may_move = may_move
        self.said = labels()
        self.icons = icons()
        self.before_key, self.after_key = _visit_address()

    @property
    def kinds(self) -> Mapping[str, str]:
        return self.said.kinds

    def name(self, full_name: str) -> str:
        return rules.initials(full_name) if self.initials else full_name

    def of(self, resource: UUID | None) -> str:
        found = self.resources.get(resource) if resource else None
        return found.name if found else ""

    def block(self, entry: Entry, places: str, *, beside: Sequence[UUID | None]) -> Block:
        """`beside`: whose names are not yet said by the column."""
        is_visit = entry.what == VISIT
        parts = [self.said.kinds[entry.kind], *(self.of(each) for each in beside if each)]
        starts_at, physician_from = entry.starts_at, entry.physician_from
        if physician_from != starts_at:
            until = clock_of(physician_from)
            parts.append(self.said.numbing % {"clock": until})
            places += f" ms-numb-{min(24, (physician_from - starts_at) // timedelta(minutes=5))}"
        if entry.overbooked:
            places += " ms-cal-over"
        clock, name = clock_of(starts_at), self.name(entry.patient)
        movable = is_visit and self.may_move and entry.state in EXPECTED
        return Block(
            id=entry.id,
            places=places,
            state=entry.state,
            icon=self.icons[entry.state],
            clock=clock,
            until=clock_of(entry.ends_at),
            name=name,
            word=self.said.states[entry.state] if is_visit else held_until(entry),
            sub=" · ".join(parts),
            mark=self.said.overbooked if entry.overbooked else "",
            url=f"{self.before_key}{entry.id}{self.after_key}" if is_visit else "",
            move=self.said.move % {"patient": name, "clock": clock} if movable else "",
            is_visit=is_visit,
            movable=movable,
            version=entry.version,
            minutes=(entry.ends_at - starts_at) // timedelta(minutes=1),
        )

    def absence(self, away: Away, span: Minutes) -> Block:
        return Block(
            id=f"{away.of}-{span[0]}",
            places="",
            state="blocked",
            icon=self.icons["blocked"],
            clock=rules.clock(span[0]),
            until=rules.clock(span[1]),
            name=self.of(away.of),
            word=why_away(away),
            sub="",
        )


@cache
def icons() -> Mapping[str, str]:
    """The address of the icon of each state, and of time that is held or blocked."""
    sprite = static("img/icons.svg")
    states = (*AppointmentState.values, "blocked")
    return {state: f"{sprite}#state-{state}" for state in states} | {"held": f"{sprite}#clock"}


@cache
def _visit_address() -> tuple[str, str]:
    """What stands before and after the key of a visit in its address."""
    before, after = reverse("booking:show", args=[NOBODY]).split(str(NOBODY))
    return before, after


def held_until(entry: Entry) -> str:
    assert entry.expires_at is not None
    return str(terms.HELD_UNTIL) % {"clock": clock_of(entry.expires_at)}


def why_away(away: Away) -> str:
    kind = str(away.kind.label)
    return str(terms.AWAY_FOR) % {"kind": kind, "why": away.why} if away.why else kind


def stands(entry: Entry) -> bool:
    """It takes up its time: what was cancelled or missed does not."""
    return entry.what == HELD or entry.state in HOLDING


def span_of(entry: Entry) -> Minutes:
    starts = minute_of(entry.starts_at)
    length = (entry.ends_at - entry.starts_at) // timedelta(minutes=1)
    return starts, min(rules.MINUTES_PER_DAY, starts + length)


def clock_of(moment: datetime) -> str:
    return rules.clock(minute_of(moment))


def minute_of(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def on_the_clock(spans: Sequence[OpenSpan]) -> list[Minutes]:
    """Spans of one day, as minutes of the clinic's clock."""
    zone = clinic_zone()
    return [
        (minute_of(starts.astimezone(zone)), minute_of(ends.astimezone(zone)))
        for starts, ends in spans
    ]


def within_day(away: Away, day: date) -> Minutes | None:
    """What of an absence lies on `day`; a holiday of three weeks covers it whole."""
    begin, end = day_bounds(day)
    if away.ends_at <= begin or away.starts_at >= end:
        return None
    zone = clinic_zone()
    starts = 0 if away.starts_at <= begin else minute_of(away.starts_at.astimezone(zone))
    ends = (
        rules.MINUTES_PER_DAY if away.ends_at >= end else minute_of(away.ends_at.astimezone(zone))
    )
    return starts, ends
