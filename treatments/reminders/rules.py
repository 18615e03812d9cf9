"""Which messages a course owes, when each is due and until when it is still of use.

Pure: sessions, wishes, zone and quiet hours are handed in, the clock is not read. The answer is
always the whole list, so that a moved or cancelled session takes its messages along: what is in
the ledger and no longer in the list is not owed any more. See docs/rules/reminders.md.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from treatments.plans.terms import SessionState
from treatments.reminders.terms import MessageKind

# A reminder of a week, of two days and of three hours before, unless the clinic sets others.
REMIND_BEFORE = (timedelta(days=7), timedelta(days=2), timedelta(hours=3))
MOST_LEADS = 4
LONGEST_LEAD = timedelta(days=30)
# Two reminders of one visit that the night pushes nearer together than this are one.
LEADS_APART = timedelta(hours=1)
# When the next reminder is due, the one before it goes out no more.
MAKES_WAY = timedelta(minutes=1)
# Nearer to the visit than this a reminder would only confuse.
USELESS_BEFORE = timedelta(hours=2)

SUN_MORNING = time(9)
SUN_NOT_BEFORE = timedelta(hours=18)
SUN_NOT_AFTER = timedelta(hours=60)

# Several changes in a row become one letter, and what is taken back at once becomes none.
SETTLES_IN = timedelta(seconds=60)
CONFIRMED_WITHIN = timedelta(days=1)

AFTERCARE_NOT_AFTER = timedelta(days=7)

# How a time stands in the key of a message.
KEY_TIME = "%Y%m%dT%H%M%SZ"
CALLED_OFF = "cancelled"
UNSETTLED = "open"

# "Right before the quiet hours" leaves the sender time to be done when they begin.
LEAD = timedelta(minutes=15)
SHORTEST_WAKING_DAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `starts` up to, not including, `ends` of the clinic's clock; equal = none."""

    starts: time = time(21)
    ends: time = time(9)

    def __post_init__(self) -> None:
        day = date(2026, 1, 1)
        waking = datetime.combine(day, self.starts) - datetime.combine(day, self.ends)
        if waking % timedelta(days=1) < SHORTEST_WAKING_DAY and self.starts != self.ends:
            raise ValueError("the quiet hours leave no hour in which a message may go out")


class WrongLeads(ValueError):
    """What the clinic set is no list of moments before a visit."""


def leads_in(text: str) -> tuple[timedelta, ...]:
    """ "7d,2d,3h": how long before a visit it is reminded of, the earliest first. Raises WrongLeads."""
    leads = []
    for part in text.replace(" ", "").split(","):
        found = re.fullmatch(r"([1-9][0-9]{0,2})([dh])", part)
        if found is None:
            raise WrongLeads(f"“{part}” is not a number of days or hours such as 2d or 3h")
        count = int(found[1])
        leads.append(timedelta(days=count) if found[2] == "d" else timedelta(hours=count))
    if len(set(leads)) != len(leads) or len(leads) > MOST_LEADS:
        raise WrongLeads(f"there are at most {MOST_LEADS} reminders of a visit, each once")
    if min(leads) <= USELESS_BEFORE or max(leads) > LONGEST_LEAD:
        raise WrongLeads("a reminder goes out between 3 hours and 30 days before the visit")
    return tuple(sorted(leads, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the patient heard last of a session: a time, or (`says` is None) that it is cancelled.

    `sure` is False when nobody knows whether the message arrived.
    """

    message_id: UUID
    at: datetime
    says: datetime | None
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSession:
    """What is known of one planned session.

    `signed_at` is when its record was signed, `corrected_at` when its end was last corrected (the
    sheet was then issued anew, and its link is owed again); `moved` how often its time was changed,
    so that a session moved there and back is reminded of anew although its old message was
    cancelled.
    `unsettled`: its time is still taken but cannot hold (a course on hold, a session to be moved),
    and nobody has confirmed yet what becomes of it.
    """

    id: UUID
    state: SessionState
    starts_at: datetime | None = None
    ended_at: datetime | None = None
    signed_at: datetime | None = None
    corrected_at: datetime | None = None
    moved: int = 0
    told: Told | None = None
    unsettled: bool = False
    # Of a visit on its own: when its time was set. A course is told of as a whole.
    set_at: datetime | None = None

    @property
    def expected_at(self) -> datetime | None:
        """When the patient is expected, or None."""
        stands = self.state is SessionState.BOOKED and not self.unsettled
        return self.starts_at if stands else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Whether messages reach the patient at all, and which kinds they agreed to."""

    reachable: bool
    kinds: frozenset[MessageKind] = field(default_factory=lambda: frozenset(MessageKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One message; `event_key` is the same for the same event and different for another."""

    kind: MessageKind
    session_id: UUID
    event_key: str
    due_at: datetime
    not_after: datetime
    call_until: datetime | None = None
    call_why: str = ""


def owed(
    sessions: Iterable[CourseSession],
    *,
    wishes: Wishes,
    zone: ZoneInfo,
    quiet: QuietHours | None = None,
    leads: Sequence[timedelta] = REMIND_BEFORE,
) -> list[Owed]:
    """Return every message that these sessions owe, past ones included, earliest first."""
    if not wishes.reachable:
        return []
    hours = quiet or QuietHours()
    messages = [
        message
        for session in sessions
        for message in _messages(session, zone, hours, leads)
        if message.kind in wishes.kinds
    ]
    return sorted(messages, key=lambda message: (message.due_at, message.event_key))


def has_passed(message: Owed, now: datetime) -> bool:
    """A reminder whose moment is over: it is not sent late as if it were new."""
    return message.kind is MessageKind.SESSION_REMINDER and message.due_at <= now


def sendable_at(
    wished: datetime, not_after: datetime, *, zone: ZoneInfo, quiet: QuietHours
) -> datetime:
    """Return `wished`, or in quiet hours the nearest moment that is allowed and of use.

    That is right after the quiet hours when the message is still of use then, otherwise right
    before them. For a message whose time has come, `sendable_at(now, ...)` later than now means
    wait, and earlier than now means that it came too late.
    """
    span = _quiet_span(wished, zone, quiet)
    if span is None:
        return wished.astimezone(UTC)
    begin, end = span
    return end if end <= not_after.astimezone(UTC) else begin - LEAD


def reminder_key(session_id: UUID, starts_at: datetime) -> str:
    """Return what tells the reminder of this session at this time from any other."""
    return f"session_reminder:{session_id}:{in_key(starts_at)}"


def in_key(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):{KEY_TIME}}" if moment else CALLED_OFF


def said_in_key(event_key: str) -> datetime | None:
    """The time that a reminder or a correction with this key tells; None when it calls off.

    Raises ValueError for the key of another message.
    """
    parts = event_key.split(":")
    said = parts[2] if len(parts) > 2 else ""
    if said == CALLED_OFF:
        return None
    return datetime.strptime(said, KEY_TIME).replace(tzinfo=UTC)


def _messages(
    session: CourseSession, zone: ZoneInfo, quiet: QuietHours, leads: Sequence[timedelta]
) -> Iterator[Owed]:
    if session.expected_at is not None:
        starts_at = session.expected_at.astimezone(UTC)
        yield from _confirmation(session, starts_at, zone, quiet)
        yield from _reminders(session, starts_at, zone, quiet, leads)
    if session.state is SessionState.DONE and session.ended_at is not None:
        ended_at = session.ended_at.astimezone(UTC)
        yield _sun_protection(session, ended_at, zone, quiet)
        yield _aftercare_link(session, (session.signed_at or ended_at).astimezone(UTC), zone, quiet)


def _confirmation(
    session: CourseSession, starts_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> Iterator[Owed]:
    """Who has not heard of a visit that was booked is told once; later changes are corrections."""
    if session.set_at is None or session.told is not None:
        return
    not_after = min(starts_at - USELESS_BEFORE, session.set_at + CONFIRMED_WITHIN)
    wished = session.set_at + SETTLES_IN
    due_at = sendable_at(wished, not_after, zone=zone, quiet=quiet)
    if wished <= due_at <= not_after:
        yield Owed(
            kind=MessageKind.CONFIRMATION,
            session_id=session.id,
            event_key=f"confirmation:{session.id}:{in_key(starts_at)}",
            due_at=due_at,
            not_after=not_after,
        )


def _reminders(
    session: CourseSession,
    starts_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
    leads: Sequence[timedelta],
) -> Iterator[Owed]:
    """The nearest first. Each is of use until the next nearer one; the last one until it would
    only confuse, and when it was missed somebody telephones."""
    nearer: Owed | None = None
    ends = starts_at - USELESS_BEFORE
    for lead in sorted(leads):
        due_at = sendable_at(starts_at - lead, ends, zone=zone, quiet=quiet)
        reminder = Owed(
            kind=MessageKind.SESSION_REMINDER,
            session_id=session.id,
            # A moved session is another event: the old message lapses, the new time gets its own.
            event_key=f"{reminder_key(session.id, starts_at)}:{session.moved}:{in_words(lead)}",
            due_at=due_at,
            not_after=ends,
            call_until=None if nearer else starts_at,
        )
        ends = min(starts_at - lead, due_at) - MAKES_WAY
        if nearer is None or nearer.due_at - due_at >= LEADS_APART:
            yield reminder
            nearer = reminder


def in_words(lead: timedelta) -> str:
    """How a lead stands in a key: "7d", "3h"."""
    hours = lead // timedelta(hours=1)
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def _sun_protection(
    session: CourseSession, ended_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> Owed:
    next_morning = _instant(ended_at.astimezone(zone).date() + timedelta(days=1), SUN_MORNING, zone)
    not_after = ended_at + SUN_NOT_AFTER
    wished = max(next_morning, ended_at + SUN_NOT_BEFORE)
    return Owed(
        kind=MessageKind.SUN_PROTECTION,
        session_id=session.id,
        event_key=f"sun_protection:{session.id}",
        due_at=sendable_at(wished, not_after, zone=zone, quiet=quiet),
        not_after=not_after,
    )


def _aftercare_link(
    session: CourseSession, signed_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> Owed:
    issued_at = (session.corrected_at or signed_at).astimezone(UTC)
    anew = f":{in_key(issued_at)}" if session.corrected_at else ""
    not_after = issued_at + AFTERCARE_NOT_AFTER
    return Owed(
        kind=MessageKind.AFTERCARE_LINK,
        session_id=session.id,
        event_key=f"aftercare_link:{session.id}{anew}",
        due_at=sendable_at(issued_at, not_after, zone=zone, quiet=quiet),
        not_after=not_after,
    )


def _quiet_span(
    at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> tuple[datetime, datetime] | None:
    if quiet.starts == quiet.ends:
        return None
    moment = at.astimezone(UTC)
    today = moment.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last_day = day if quiet.starts < quiet.ends else day + timedelta(days=1)
        begin = _instant(day, quiet.starts, zone)
        end = _instant(last_day, quiet.ends, zone)
        if begin <= moment < end:
            return begin, end
    return None


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
