"""Letters for the time between and after the sessions: sunny mornings, a gap, a look afterwards.

Pure, like `rules`: the whole list for the sessions of one course, past ones included. Which of them
still holds is asked again when its moment has come. See docs/rules/reminders.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from treatments.outcomes.rules import watch_days
from treatments.outcomes.terms import Moment
from treatments.plans.terms import SessionState
from treatments.reminders.rules import CourseSession, Owed, QuietHours, Wishes, sendable_at
from treatments.reminders.terms import MessageKind

# Days after a session, after the letter of the first morning; each wait at least as long as the last.
SUN_DAYS = (3, 5, 7, 10, 14, 21, 28)
# After the last session of a course, sparsely.
SUN_DAYS_AFTERWARDS = (58, 88, 118, 148, 178)
MORNING, MORNING_ENDS = time(9), time(12)
# What comes late after an injection is asked for then; in the evening, not beside a sun letter.
LATE_WEEKS = (2, 6, 12)
EVENING = time(17)
# Weekly and two-weekly courses have the next session by then, within their tolerance.
GAP = timedelta(days=21)
OF_USE_FOR = timedelta(days=7)
_OPEN = {SessionState.PLANNED, SessionState.BOOKED, SessionState.ON_HOLD}


@dataclass(frozen=True, slots=True)
class _Course:
    sessions: Sequence[CourseSession]

    @property
    def last_done(self) -> CourseSession | None:
        ended = [
            (each.ended_at, number, each)
            for number, each in enumerate(self.sessions)
            if each.state is SessionState.DONE and each.ended_at is not None
        ]
        return max(ended)[2] if ended else None

    @property
    def is_over(self) -> bool:
        return not any(each.state in _OPEN for each in self.sessions)

    @property
    def waits_for_a_time(self) -> bool:
        """Something is to come and nothing of it has a time; a held one waits for the physician."""
        states = {each.state for each in self.sessions}
        return SessionState.PLANNED in states and states.isdisjoint(
            {SessionState.BOOKED, SessionState.ON_HOLD}
        )

    def next_at(self, after: datetime) -> datetime | None:
        times = [each.expected_at for each in self.sessions if each.expected_at is not None]
        return min((each for each in times if each > after), default=None)


def owed(
    sessions: Iterable[CourseSession],
    *,
    wishes: Wishes,
    zone: ZoneInfo,
    quiet: QuietHours | None = None,
) -> list[Owed]:
    """Return what these sessions owe beside reminders, earliest first."""
    course = _Course(list(sessions))
    last = course.last_done
    if not wishes.reachable or last is None or last.ended_at is None:
        return []
    hours = quiet or QuietHours()
    ended_at = last.ended_at.astimezone(UTC)
    messages = [
        *_sun_mornings(course, last, ended_at, zone, hours),
        *_late_checks(course, last, ended_at, zone, hours),
        *_invitation(course, last, ended_at, zone, hours),
        *_check_visits(course, last, ended_at, zone, hours),
    ]
    wanted = [each for each in messages if each.kind in wishes.kinds]
    return sorted(wanted, key=lambda each: (each.due_at, each.event_key))


def _sun_mornings(
    course: _Course,
    last: CourseSession,
    ended_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
) -> Iterator[Owed]:
    """Mornings until the next session, ever more seldom; its own first morning begins anew."""
    next_at = course.next_at(ended_at)
    until = next_at.astimezone(zone).date() if next_at else date.max
    today = ended_at.astimezone(zone).date()
    after = (*SUN_DAYS, *SUN_DAYS_AFTERWARDS) if course.is_over else SUN_DAYS
    for days in after:
        day = today + timedelta(days=days)
        if day >= until:
            return
        not_after = _instant(day, MORNING_ENDS, zone)
        due_at = sendable_at(_instant(day, MORNING, zone), not_after, zone=zone, quiet=quiet)
        if due_at.astimezone(zone).date() != day:
            continue  # the night lasts until noon: no morning is left
        yield Owed(
            kind=MessageKind.SUN_MORNING,
            session_id=last.id,
            # By its day alone: two courses of one patient owe one letter a day.
            event_key=f"sun_morning:{day:%Y%m%d}",
            due_at=due_at,
            not_after=not_after,
        )


def _late_checks(
    course: _Course,
    last: CourseSession,
    ended_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
) -> Iterator[Owed]:
    """Whether all is well, 2, 6 and 12 weeks after; who comes before that is asked at the door."""
    next_at = course.next_at(ended_at)
    for weeks in LATE_WEEKS:
        day = (ended_at + timedelta(weeks=weeks)).astimezone(zone).date()
        wished = _instant(day, EVENING, zone)
        if next_at is not None and next_at <= wished:
            return
        not_after = wished + OF_USE_FOR
        yield Owed(
            kind=MessageKind.LATE_CHECK,
            session_id=last.id,
            event_key=f"late_check:{last.id}:{weeks}",
            due_at=sendable_at(wished, not_after, zone=zone, quiet=quiet),
            not_after=not_after,
        )


def weeks_in_key(event_key: str) -> int:
    """How many weeks after the session a late check with this key asks."""
    return int(event_key.rpartition(":")[2])


def _invitation(
    course: _Course,
    last: CourseSession,
    ended_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
) -> Iterator[Owed]:
    """Who has sessions left and no time for any of them hears of it once."""
    if not course.waits_for_a_time:
        return
    wished = _instant((ended_at + GAP).astimezone(zone).date(), MORNING, zone)
    not_after = wished + OF_USE_FOR
    yield Owed(
        kind=MessageKind.INVITATION,
        session_id=last.id,
        event_key=f"invitation:{last.id}",
        due_at=sendable_at(wished, not_after, zone=zone, quiet=quiet),
        not_after=not_after,
    )


def _check_visits(
    course: _Course,
    last: CourseSession,
    ended_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
) -> Iterator[Owed]:
    """When somebody whose course is over is due to be looked at again (docs/rules/outcomes.md)."""
    if not course.is_over:
        return
    for moment, day in watch_days(ended_at.astimezone(zone).date()).items():
        wished = _instant(day, MORNING, zone)
        not_after = wished + OF_USE_FOR
        yield Owed(
            kind=MessageKind.CHECK_VISIT,
            session_id=last.id,
            event_key=f"check_visit:{last.id}:{moment}",
            due_at=sendable_at(wished, not_after, zone=zone, quiet=quiet),
            not_after=not_after,
        )


def moment_in_key(event_key: str) -> Moment:
    """The look of which a letter with this key tells."""
    return Moment(event_key.rpartition(":")[2])


def waits_for_a_time(sessions: Iterable[CourseSession]) -> bool:
    return _Course(list(sessions)).waits_for_a_time


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
