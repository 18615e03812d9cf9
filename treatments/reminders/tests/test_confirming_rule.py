"""The rule of the letter about a whole course, for any times, nights and whatever was told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from treatments.plans.terms import SessionState
from treatments.reminders.confirming import Course, owed_confirmation
from treatments.reminders.rules import CourseSession, QuietHours, Told, Wishes, sendable_at
from treatments.reminders.terms import MessageKind

ZONES = [ZoneInfo(each) for each in ("Europe/Istanbul", "Europe/Berlin", "America/New_York")]
REACHABLE = Wishes(reachable=True)
PLAN = UUID(int=9)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
spans = st.lists(st.integers(0, 90 * 24), min_size=1, max_size=12, unique=True)
tellings = st.sampled_from(["nothing", "its time", "another time", "cancelled"])


def course(now, hours, told=(), *, told_before=False):
    sessions = []
    for number, span in enumerate(hours):
        starts_at = now + timedelta(hours=span)
        says = {"its time": starts_at, "another time": starts_at + timedelta(hours=1)}
        how = told[number % len(told)] if told else "nothing"
        heard = Told(message_id=UUID(int=number), at=now, says=says.get(how))
        sessions.append(
            CourseSession(
                id=UUID(int=number + 100),
                state=SessionState.BOOKED,
                starts_at=starts_at,
                told=None if how == "nothing" else heard,
            )
        )
    return Course(id=PLAN, sessions=sessions, told_before=told_before)


def owed(found, now, *, wishes=REACHABLE, zone=ZONES[0], quiet=None):
    return owed_confirmation(found, wishes=wishes, zone=zone, quiet=quiet or QuietHours(), now=now)


@given(moments, spans, st.sampled_from(ZONES), st.sampled_from([(21, 9), (18, 17), (0, 0), (1, 5)]))
def test_it_waits_for_the_desk_and_never_goes_at_night_nor_when_it_is_of_no_use(
    now, hours, zone, night
):
    clock = datetime(2026, 1, 1)
    quiet = QuietHours(starts=clock.replace(hour=night[0]).time(),
                       ends=clock.replace(hour=night[1]).time())  # fmt: skip
    found = course(now, hours)
    letter = owed(found, now, zone=zone, quiet=quiet)
    if letter is None:
        return
    assert now + timedelta(seconds=60) <= letter.due_at <= letter.not_after
    assert letter.not_after <= now + timedelta(hours=max(hours) - 2)
    assert sendable_at(letter.due_at, letter.not_after, zone=zone, quiet=quiet) == letter.due_at


@given(moments, spans, st.lists(tellings, min_size=1, max_size=4), st.booleans())
def test_it_is_news_only_to_whom_no_time_holds(now, hours, told, told_before):
    found = course(now, [each + 24 for each in hours], told, told_before=told_before)
    heard = [each.told for each in found.sessions]
    letter = owed(found, now, quiet=QuietHours(starts=clock(0), ends=clock(0)))
    if any(each is not None and each.says is not None for each in heard):
        assert letter is None  # what holds no more is put right by itself
    elif told_before and any(each is None for each in heard):
        assert letter is None
    else:
        assert letter is not None


def clock(hour):
    return datetime(2026, 1, 1, hour).time()


@given(moments, spans, st.integers(0, 11))
def test_other_times_are_another_letter_and_the_same_times_the_same(now, hours, which):
    found = course(now, hours)
    moved = list(found.sessions)
    one = moved[which % len(moved)]
    assert one.starts_at is not None
    moved[which % len(moved)] = replace(one, starts_at=one.starts_at + timedelta(minutes=15))
    turned = replace(found, sessions=list(reversed(found.sessions)))
    assert replace(found, sessions=moved).event_key != found.event_key
    assert turned.event_key == found.event_key
    assert len(found.event_key) <= 80


def test_whoever_is_not_reached_or_refuses_the_kind_is_owed_none():
    now = datetime(2026, 6, 1, 9, tzinfo=UTC)
    found = course(now, [48, 96])
    others = frozenset(MessageKind) - {MessageKind.COURSE_CONFIRMATION}
    assert owed(found, now) is not None
    assert owed(found, now, wishes=Wishes(reachable=False)) is None
    assert owed(found, now, wishes=Wishes(reachable=True, kinds=others)) is None
    assert owed(replace(found, sessions=[]), now) is None
