"""The rule: what the patient heard last is the truth, or a correction of it is owed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.plans.terms import SessionState
from treatments.reminders import corrections, rules, terms
from treatments.reminders.corrections import correction, told_by_time
from treatments.reminders.rules import CourseSession, QuietHours, Told, Wishes

ISTANBUL = ZoneInfo("Europe/Istanbul")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 11:00 in Istanbul
TOLD_AT = NOW - timedelta(hours=3)
REACHABLE = Wishes(reachable=True)

spans = st.timedeltas(timedelta(days=-3), timedelta(days=30))
times = st.none() | spans.map(lambda span: NOW + span)


def session(expected_at, says, *, sure=True, number=1):
    return CourseSession(
        id=UUID(int=number),
        state=SessionState.BOOKED if expected_at else SessionState.PLANNED,
        starts_at=expected_at,
        told=Told(message_id=UUID(int=100 + number), at=TOLD_AT, says=says, sure=sure),
    )


def owed(*sessions, wishes=REACHABLE, now=NOW):
    return corrections.owed_corrections(
        sessions, wishes=wishes, zone=ISTANBUL, quiet=QuietHours(), now=now
    )


TOMORROW, LATER = NOW + timedelta(hours=23), NOW + timedelta(days=14)


def test_a_moved_visit_is_put_right_by_mail_when_a_minute_has_passed():
    [message] = owed(session(LATER, TOMORROW))

    assert message.call_why == ""
    assert message.due_at == NOW + timedelta(seconds=60)
    assert message.not_after == TOMORROW - timedelta(hours=2)


def test_a_cancelled_visit_is_put_right_too():
    [message] = owed(session(None, TOMORROW))

    assert rules.said_in_key(message.event_key) is None
    assert message.not_after == TOMORROW - timedelta(hours=2)


def test_whoever_heard_the_very_time_is_told_nothing():
    assert owed(session(TOMORROW, TOMORROW), session(None, None, number=2)) == []


def test_nobody_was_told_nobody_is_corrected():
    assert owed(replace(session(LATER, None), told=None)) == []


@pytest.mark.parametrize(
    ("row", "wishes", "why"),
    [
        (session(LATER, TOMORROW), Wishes(reachable=False), terms.NO_MAIL),
        (session(LATER, TOMORROW, sure=False), REACHABLE, terms.NOT_SURE),
        (session(LATER, NOW + timedelta(minutes=179)), REACHABLE, terms.TOO_NEAR),
        (session(NOW + timedelta(minutes=179), TOMORROW), REACHABLE, terms.TOO_NEAR),
    ],
)
def test_what_a_mail_cannot_say_surely_is_said_by_telephone(row, wishes, why):
    [message] = owed(row, wishes=wishes)

    assert message.call_why == why
    assert message.due_at == NOW


def test_a_correction_that_the_night_would_swallow_is_a_call():
    evening = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # 21:30 in Istanbul
    first_thing = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # 09:30

    [message] = owed(session(LATER, first_thing), now=evening)

    assert message.call_why == terms.TOO_NEAR


def test_a_time_that_is_over_misleads_nobody():
    assert owed(session(LATER, NOW - timedelta(minutes=31))) == []
    assert owed(session(LATER, NOW - timedelta(minutes=29)))


def test_times_that_were_dealt_out_anew_are_right_for_whoever_was_told_them():
    told_next_weeks = session(LATER, TOMORROW, number=1)
    nobody_told = replace(session(TOMORROW, None, number=2), told=None)

    rows = told_by_time([told_next_weeks, nobody_told])

    assert owed(*rows) == []
    assert rows[1].told is not None


@given(expected=times, says=times, sure=st.booleans(), reachable=st.booleans())
def test_told_is_true_or_owed_or_over(expected, says, sure, reachable):
    row = session(expected, says, sure=sure)
    wrong = correction(row, wishes=Wishes(reachable=reachable), now=NOW)

    over = (says is not None and says <= NOW - timedelta(minutes=30)) or (
        expected is not None and expected <= NOW
    )
    assert (wrong is not None) == (says != expected and not over)
    if wrong:
        assert wrong.call_why or (reachable and sure)
        assert rules.said_in_key(wrong.event_key) == (expected and expected.replace(microsecond=0))
