"""One letter with all times of a course that was booked: when it is owed, and what it takes the place of.

Pure. A course is told of once; what changes afterwards is put right one by one (corrections.py). Only
a course that is booked anew, after every time that was told was called off, is told of again as a
whole. See docs/rules/reminders.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from treatments.reminders import rules
from treatments.reminders.rules import CourseSession, Owed, QuietHours, Wishes
from treatments.reminders.terms import MessageKind

# After a downtime the reminders say it; a list of a week ago is no news.
CONFIRMED_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course under way. `told_before`: a letter about all its times went out, or may have."""

    id: UUID
    sessions: Sequence[CourseSession]
    told_before: bool

    @property
    def expected(self) -> list[CourseSession]:
        return [each for each in self.sessions if each.expected_at is not None]

    @property
    def event_key(self) -> str:
        """Names the times: whoever moves one before the letter left owes another letter."""
        times = ",".join(sorted(rules.in_key(each.expected_at) for each in self.expected))
        digest = sha256(times.encode()).hexdigest()[:12]
        return f"{MessageKind.COURSE_CONFIRMATION}:{self.id.hex}:{digest}"


def owed_confirmation(
    course: Course, *, wishes: Wishes, zone: ZoneInfo, quiet: QuietHours, now: datetime
) -> Owed | None:
    """The letter that tells all times, or None when the patient knows of any of them."""
    times = sorted(each.expected_at for each in course.expected if each.expected_at)
    if not times or not is_news(course):
        return None
    if not wishes.reachable or MessageKind.COURSE_CONFIRMATION not in wishes.kinds:
        return None
    wished = now + rules.SETTLES_IN
    not_after = min(times[-1] - rules.USELESS_BEFORE, wished + CONFIRMED_WITHIN)
    due_at = rules.sendable_at(wished, not_after, zone=zone, quiet=quiet)
    if not wished <= due_at <= not_after:
        return None
    return Owed(
        kind=MessageKind.COURSE_CONFIRMATION,
        session_id=course.id,
        event_key=course.event_key,
        due_at=due_at,
        not_after=not_after,
    )


def is_news(course: Course) -> bool:
    """Nobody has told any of these times; of a course told before, each was called off."""
    told = [each.told for each in course.expected]
    if course.told_before:
        return bool(told) and all(each is not None and each.says is None for each in told)
    return all(each is None or each.says is None for each in told)


def without_covered(wrong: Sequence[Owed], course: Course, letter: Owed | None) -> list[Owed]:
    """Without the corrections "we expect you after all" that the one letter says all together."""
    if letter is None:
        return list(wrong)
    covered = {each.id for each in course.expected}
    return [each for each in wrong if each.call_why or each.session_id not in covered]
