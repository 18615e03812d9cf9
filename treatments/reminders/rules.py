"""Which messages a course owes, when each is due and until when it is still of use.

Pure: sessions, wishes, zone and quiet hours are handed in, the clock is not read. The answer is
always the whole list, so that a moved or cancelled session takes its messages along: what is in
the ledger and no longer in the list is not owed any more. See docs/rules/reminders.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from treatments.plans.terms import SessionState
from treatments.reminders.terms import MessageKind

REMIND_BEFORE = timedelta(hours=24)
# Nearer to the visit than this a reminder would only confuse.
USELESS_BEFORE = timedelta(hours=2)

SUN_MORNING = time(9)
SUN_NOT_BEFORE = timedelta(hours=18)
SUN_NOT_AFTER = timedelta(hours=60)

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

    `signed_at` is when its record was signed; `moved` how often its time was changed, so that a
    session moved there and back is reminded of anew although its old message was cancelled.
    `unsettled`: its time is still taken but cannot hold (a course on hold, a session to be moved),
    and nobody has confirmed yet what becomes of it.
    """

    id: UUID
    state: SessionState
    starts_at: datetime | None = None
    ended_at: datetime | None = None
    signed_at: datetime | None = None
    moved: int = 0
    told: Told | None = None
    unsettled: bool = False

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
) -> list[Owed]:
    """Return every message that these sessions owe, past ones included, earliest first."""
    if not wishes.reachable:
        return []
    hours = quiet or QuietHours()
    messages = [
        message
        for session in sessions
        for message in _messages(session, zone, hours)
        if message.kind in wishes.kinds
    ]
    return sorted(messages, key=lambda message: (message.due_at, message.event_key))


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


def _messages(session: CourseSession, zone: ZoneInfo, quiet: QuietHours) -> Iterator[Owed]:
    if session.expected_at is not None:
        yield _session_reminder(session, session.expected_at.astimezone(UTC), zone, quiet)
    if session.state is SessionState.DONE and session.ended_at is not None:
        ended_at = session.ended_at.astimezone(UTC)
        yield _sun_protection(session, ended_at, zone, quiet)
        yield _aftercare_link(session, (session.signed_at or ended_at).astimezone(UTC), zone, quiet)


def _session_reminder(
    session: CourseSession, starts_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> Owed:
    not_after = starts_at - USELESS_BEFORE
    return Owed(
        kind=MessageKind.SESSION_REMINDER,
        session_id=session.id,
        # A moved session is another event: the old message lapses, the new time gets its own.
        event_key=f"{reminder_key(session.id, starts_at)}:{session.moved}",
        due_at=sendable_at(starts_at - REMIND_BEFORE, not_after, zone=zone, quiet=quiet),
        not_after=not_after,
        call_until=starts_at,
    )


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
    not_after = signed_at + AFTERCARE_NOT_AFTER
    return Owed(
        kind=MessageKind.AFTERCARE_LINK,
        session_id=session.id,
        event_key=f"aftercare_link:{session.id}",
        due_at=sendable_at(signed_at, not_after, zone=zone, quiet=quiet),
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
