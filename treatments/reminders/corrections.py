"""Who was told a time that does not hold any more, and how that is put right.

Pure: what was told is handed in, the clock is not read. The law (docs/rules/reminders.md): what the
patient heard last is the truth, or a correction of it is owed. A correction names the message it
corrects, so that each message is corrected at most once however often the session moves. While a
time is taken that cannot hold, nothing true can be written: then the desk telephones.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from treatments.plans.terms import SessionState
from treatments.reminders import rules, terms
from treatments.reminders.rules import CourseSession, Owed, QuietHours, Told, Wishes
from treatments.reminders.terms import MessageKind

# Nearer than this nobody can be sure that a mail is read in time: the desk telephones.
CALL_WITHIN = timedelta(hours=3)
# A time that cannot hold: until then somebody may still move it or give it back without a call.
CALL_BEFORE = timedelta(hours=24)
# Who has not come by then does not come because of the old letter.
STILL_ON_THE_WAY = timedelta(minutes=30)
# Whoever hears of the new time this shortly before its reminder is reminded by that.
AS_GOOD_AS_REMINDED = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is to be put right: `told` and `now_at` are times, or None for "cancelled".

    `told` is None only for an unsettled visit, of which no message has spoken yet.
    """

    session: CourseSession
    told: Told | None
    now_at: datetime | None
    call_why: str

    @property
    def event_key(self) -> str:
        key = f"correction:{self._corrects}:{rules.in_key(self.now_at)}"
        # Once somebody has decided, another message takes the place of the call.
        return f"{key}:{rules.UNSETTLED}" if self.session.unsettled else key

    @property
    def nearest(self) -> datetime:
        """The first of all times: until then the patient must know."""
        return min(self._times)

    @property
    def farthest(self) -> datetime:
        return max(self._times)

    @property
    def _times(self) -> list[datetime]:
        taken = self.session.starts_at if self.session.unsettled else None
        said = self.told.says if self.told else None
        return [each for each in (said, self.now_at, taken) if each]

    @property
    def _corrects(self) -> str:
        """The message, or the visit that the patient knows of from whoever booked it."""
        if self.told:
            return str(self.told.message_id)
        return f"{self.session.id.hex}-{rules.in_key(self.session.starts_at)}"


def correction(
    session: CourseSession,
    *,
    wishes: Wishes,
    now: datetime,
    call_within: timedelta = CALL_WITHIN,
) -> Correction | None:
    """What must be put right about this session, or None: the patient knows, or it is over."""
    told, now_at = session.told, session.expected_at
    if session.unsettled:
        return _unsettled(session, now)
    if told is None or told.says == now_at or not _still_misleads(session, told, now):
        return None
    wrong = Correction(session=session, told=told, now_at=now_at, call_why="")
    if not wishes.reachable or MessageKind.CORRECTION not in wishes.kinds:
        return replace(wrong, call_why=terms.NO_MAIL)
    if not told.sure:
        return replace(wrong, call_why=terms.NOT_SURE)
    if wrong.nearest - now < call_within:
        return replace(wrong, call_why=terms.TOO_NEAR)
    return wrong


def owed_corrections(
    sessions: Collection[CourseSession],
    *,
    wishes: Wishes,
    zone: ZoneInfo,
    quiet: QuietHours,
    now: datetime,
) -> list[Owed]:
    found = (correction(each, wishes=wishes, now=now) for each in sessions)
    return [_as_owed(each, zone, quiet, now) for each in found if each]


def without_needless_reminders(
    messages: Collection[Owed],
    sessions: Collection[CourseSession],
    corrections: Collection[Owed],
) -> list[Owed]:
    """Leave out the reminder of whoever heard, or hears, of that very time just before it."""
    hears_at = {
        each.id: each.told.at
        for each in sessions
        if each.told and each.told.says and each.told.says == each.expected_at
    } | {each.session_id: each.due_at for each in corrections}
    return [
        message
        for message in messages
        if message.kind is not MessageKind.SESSION_REMINDER
        or message.session_id not in hears_at
        or hears_at[message.session_id] < message.due_at - AS_GOOD_AS_REMINDED
    ]


def told_by_time(sessions: Sequence[CourseSession]) -> list[CourseSession]:
    """Give what was told to the session that it fits, when booking dealt the times out anew.

    A patient who was told Tuesday and comes on Tuesday was told right, whichever number of the
    course that is now.
    """
    rows = list(sessions)
    for here, row in enumerate(rows):
        if row.expected_at is None or (row.told and row.told.says == row.expected_at):
            continue
        for there, other in enumerate(rows):
            told = other.told
            if told and told.says == row.expected_at and told.says != other.expected_at:
                rows[here], rows[there] = replace(row, told=told), replace(other, told=row.told)
                break
    return rows


def _unsettled(session: CourseSession, now: datetime) -> Correction | None:
    """The time cannot hold and nobody has said what becomes of it: no letter can say anything true.

    Whoever is not told otherwise by the time of the reminder is telephoned.
    """
    told, starts_at = session.told, session.starts_at
    knows = told is not None and told.says is None
    if starts_at is None or starts_at <= now or knows:
        return None
    return Correction(session=session, told=told, now_at=None, call_why=terms.UNSETTLED)


def _still_misleads(session: CourseSession, told: Told, now: datetime) -> bool:
    if session.state in {SessionState.DONE, SessionState.MISSED}:
        return False
    if session.expected_at is not None and session.expected_at <= now:
        return False
    if told.says is None:
        return session.expected_at is not None
    return told.says + STILL_ON_THE_WAY > now


def _as_owed(wrong: Correction, zone: ZoneInfo, quiet: QuietHours, now: datetime) -> Owed:
    if wrong.call_why == terms.UNSETTLED:
        return _call_at_reminder(wrong, zone, quiet, now)
    not_after = wrong.nearest.astimezone(UTC) - rules.USELESS_BEFORE
    wished = now + rules.SETTLES_IN
    due_at = rules.sendable_at(wished, not_after, zone=zone, quiet=quiet)
    call_why = wrong.call_why or (terms.TOO_NEAR if due_at < wished else "")
    return Owed(
        kind=MessageKind.CORRECTION,
        session_id=wrong.session.id,
        event_key=wrong.event_key,
        due_at=now if call_why else due_at,
        not_after=wrong.nearest if call_why else not_after,
        call_until=wrong.farthest,
        call_why=call_why,
    )


def _call_at_reminder(wrong: Correction, zone: ZoneInfo, quiet: QuietHours, now: datetime) -> Owed:
    """Waits for the day before: until then somebody may still move or give back."""
    nearest = wrong.nearest.astimezone(UTC)
    due_at = rules.sendable_at(
        nearest - CALL_BEFORE, nearest - rules.USELESS_BEFORE, zone=zone, quiet=quiet
    )
    return Owed(
        kind=MessageKind.CORRECTION,
        session_id=wrong.session.id,
        event_key=wrong.event_key,
        due_at=max(due_at, now),
        not_after=wrong.farthest,
        call_until=wrong.farthest,
        call_why=wrong.call_why if due_at <= now else "",
    )
