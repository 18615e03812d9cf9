"""What a visit says where it stands: its time, name, state in words, and what it is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.templatetags.static import static
from django.urls import reverse

from clinic.hours.queries import Away, OpenSpan, clinic_zone, day_bounds
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentKind, AppointmentState
from treatments.calendar import rules, terms
from treatments.calendar.queries import Entry, Resource
from treatments.calendar.rules import Minutes
from treatments.calendar.terms import EntryKind

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Block:
    """One visit, held time or absence, in words that are ready to be shown."""

    id: UUID | str
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


@dataclass(slots=True)
class Words:
    """The words of one page, looked up once: a page may show hundreds of visits."""

    resources: Mapping[UUID, Resource]
    initials: bool
    may_move: bool
    states: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    icons: dict[str, str] = field(default_factory=dict)
    visit_url: str = ""
    move: str = ""
    numbing: str = ""
    overbooked: str = ""

    def __post_init__(self) -> None:
        self.states = {each.value: str(each.label) for each in AppointmentState}
        self.kinds = {each.value: str(each.label) for each in AppointmentKind}
        self.icons = icons()
        self.visit_url = reverse("booking:show", args=[NOBODY])
        self.move, self.numbing = str(terms.MOVE), str(terms.NUMBING_UNTIL)
        self.overbooked = str(terms.OVERBOOKED)

    def name(self, full_name: str) -> str:
        return rules.initials(full_name) if self.initials else full_name

    def of(self, resource: UUID | None) -> str:
        found = self.resources.get(resource) if resource else None
        return found.name if found else ""

    def block(self, entry: Entry, places: str, *, beside: Sequence[UUID | None]) -> Block:
        """`beside`: whose names are not yet said by the column."""
        is_visit = entry.what == EntryKind.VISIT
        parts = [self.kinds[entry.kind], *(self.of(each) for each in beside if each)]
        numbing = entry.physician_from - entry.starts_at
        if numbing:
            until = f"{entry.physician_from:%H:%M}"
            parts.append(self.numbing % {"clock": until})
            places += f" ms-numb-{min(24, numbing // timedelta(minutes=5))}"
        if entry.overbooked:
            places += " ms-cal-over"
        clock, name = f"{entry.starts_at:%H:%M}", self.name(entry.patient)
        movable = is_visit and self.may_move and entry.state in EXPECTED
        return Block(
            id=entry.id,
            places=places,
            state=entry.state,
            icon=self.icons[entry.state],
            clock=clock,
            until=f"{entry.ends_at:%H:%M}",
            name=name,
            word=self.states[entry.state] if is_visit else held_until(entry),
            sub=" · ".join(parts),
            mark=self.overbooked if entry.overbooked else "",
            url=self.visit_url.replace(str(NOBODY), str(entry.id)) if is_visit else "",
            move=self.move % {"patient": name, "clock": clock} if movable else "",
            is_visit=is_visit,
            movable=movable,
            version=entry.version,
            minutes=int((entry.ends_at - entry.starts_at).total_seconds() // 60),
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


def icons() -> dict[str, str]:
    """The address of the icon of each state, and of time that is held or blocked."""
    sprite = static("img/icons.svg")
    states = (*AppointmentState.values, "blocked")
    return {state: f"{sprite}#state-{state}" for state in states} | {"held": f"{sprite}#clock"}


def held_until(entry: Entry) -> str:
    assert entry.expires_at is not None
    return str(terms.HELD_UNTIL) % {"clock": f"{entry.expires_at:%H:%M}"}


def why_away(away: Away) -> str:
    kind = str(away.kind.label)
    return str(terms.AWAY_FOR) % {"kind": kind, "why": away.why} if away.why else kind


def stands(entry: Entry) -> bool:
    """It takes up its time: what was cancelled or missed does not."""
    return entry.what == EntryKind.HELD or entry.state in HOLDING


def span_of(entry: Entry) -> Minutes:
    starts = minute_of(entry.starts_at)
    length = entry.ends_at - entry.starts_at
    return starts, min(rules.MINUTES_PER_DAY, starts + int(length.total_seconds() // 60))


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
