"""The letters between and after the sessions: the laws of their days, and what takes them back."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.outcomes.terms import Moment
from treatments.plans.terms import SessionState
from treatments.reminders import care
from treatments.reminders.rules import CourseSession, QuietHours, Wishes
from treatments.reminders.terms import MessageKind

BERLIN, ISTANBUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Istanbul")
ENDED = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)
REACHABLE = Wishes(reachable=True)
S = SessionState


def done(ended_at=ENDED, number=1):
    return CourseSession(
        id=UUID(int=number), state=S.DONE, starts_at=ended_at, ended_at=ended_at, signed_at=ended_at
    )


def to_come(state, days=None, number=2, **fields):
    starts_at = ENDED + timedelta(days=days) if days else None
    return CourseSession(id=UUID(int=number), state=state, starts_at=starts_at, **fields)


def owed(*sessions, kind=None, zone=ISTANBUL, **given):
    messages = care.owed(sessions, wishes=given.pop("wishes", REACHABLE), zone=zone, **given)
    return [each for each in messages if kind in (None, each.kind)]


def days_of(messages, zone=ISTANBUL, since=ENDED):
    first = since.astimezone(zone).date()
    return [(each.due_at.astimezone(zone).date() - first).days for each in messages]


class TestSunMornings:
    kind = MessageKind.SUN_MORNING

    def test_they_fade_until_the_next_session(self):
        found = owed(done(), to_come(S.BOOKED, 14), kind=self.kind)

        assert days_of(found) == [3, 5, 7, 10]
        assert {each.due_at.astimezone(ISTANBUL).time() for each in found} == {time(9)}

    def test_a_session_without_a_time_ends_nothing(self):
        assert days_of(owed(done(), to_come(S.PLANNED), kind=self.kind)) == list(care.SUN_DAYS)

    def test_a_held_course_goes_on_for_a_month_and_not_longer(self):
        assert days_of(owed(done(), to_come(S.ON_HOLD), kind=self.kind)) == list(care.SUN_DAYS)

    def test_after_the_course_they_are_sparse_and_end(self):
        found = days_of(owed(done(), kind=self.kind))

        assert found == [*care.SUN_DAYS, *care.SUN_DAYS_AFTERWARDS]
        assert found[-1] < 180

    def test_another_session_begins_anew(self):
        later = ENDED + timedelta(days=8)
        found = owed(done(), done(later, 2), to_come(S.BOOKED, 15, 3), kind=self.kind)

        assert days_of(found, since=later) == [3, 5]
        assert {each.session_id for each in found} == {UUID(int=2)}

    def test_who_has_not_been_treated_gets_none(self):
        assert owed(to_come(S.BOOKED, 3), kind=self.kind) == []

    def test_two_courses_of_one_patient_share_the_key_of_a_day(self):
        one = {each.event_key for each in owed(done(number=1), kind=self.kind)}
        other = {each.event_key for each in owed(done(number=7), kind=self.kind)}

        assert one == other

    @given(
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(
            lambda moment: moment.replace(tzinfo=UTC)
        ),
        st.sampled_from([BERLIN, ISTANBUL]),
        st.one_of(st.none(), st.integers(1, 90)),
        st.sampled_from([QuietHours(), QuietHours(starts=time(22), ends=time(11))]),
    )
    def test_at_most_one_a_day_ever_more_seldom_and_never_in_the_night(
        self, ended_at, zone, next_in, quiet
    ):
        sessions = [done(ended_at)]
        if next_in:
            sessions.append(
                CourseSession(
                    id=UUID(int=2),
                    state=S.BOOKED,
                    starts_at=ended_at + timedelta(days=next_in),
                )
            )
        found = owed(*sessions, kind=self.kind, zone=zone, quiet=quiet)
        days = days_of(found, zone, since=ended_at)
        gaps = [later - earlier for earlier, later in pairwise([1, *days])]

        assert len(set(days)) == len(days)
        assert gaps == sorted(gaps)
        for each in found:
            clock = each.due_at.astimezone(zone).time()
            assert quiet.ends <= clock < quiet.starts
            assert each.due_at < each.not_after
            assert clock <= care.MORNING_ENDS

    def test_a_night_until_noon_leaves_no_morning(self):
        assert owed(done(), kind=self.kind, quiet=QuietHours(starts=time(21), ends=time(13))) == []


class TestLateChecks:
    kind = MessageKind.LATE_CHECK

    def test_they_ask_two_six_and_twelve_weeks_after_the_last_session(self):
        found = owed(done(), kind=self.kind)

        assert days_of(found) == [14, 42, 84]
        assert [care.weeks_in_key(each.event_key) for each in found] == [2, 6, 12]

    def test_who_comes_before_that_is_asked_at_the_door(self):
        assert days_of(owed(done(), to_come(S.BOOKED, 30), kind=self.kind)) == [14]
        assert owed(done(), to_come(S.BOOKED, 14), kind=self.kind) == []

    def test_none_goes_in_the_morning_of_a_sun_letter(self):
        sun = {each.due_at for each in owed(done(), kind=MessageKind.SUN_MORNING)}

        assert sun.isdisjoint(each.due_at for each in owed(done(), kind=self.kind))


class TestInvitation:
    kind = MessageKind.INVITATION

    def test_who_has_sessions_left_and_no_time_hears_of_it_once(self):
        (found,) = owed(done(), to_come(S.PLANNED), to_come(S.PLANNED, number=3), kind=self.kind)

        assert days_of([found]) == [21]

    @pytest.mark.parametrize(
        "others",
        [
            (to_come(S.PLANNED), to_come(S.BOOKED, 14, 3)),
            (to_come(S.PLANNED), to_come(S.ON_HOLD, number=3)),
            (),
            (to_come(S.CANCELLED),),
        ],
        ids=["booked", "on hold", "over", "given up"],
    )
    def test_nobody_else_does(self, others):
        assert owed(done(), *others, kind=self.kind) == []


class TestCheckVisits:
    kind = MessageKind.CHECK_VISIT

    def test_three_and_six_months_and_the_spring_after_the_last_session(self):
        found = owed(done(), kind=self.kind)

        assert {care.moment_in_key(each.event_key) for each in found} == set(Moment)

    @pytest.mark.parametrize("state", [S.PLANNED, S.BOOKED, S.ON_HOLD])
    def test_a_course_that_goes_on_owes_none(self, state):
        assert owed(done(), to_come(state, 7), kind=self.kind) == []


@pytest.mark.parametrize("kind", [MessageKind.SUN_MORNING, MessageKind.CHECK_VISIT])
def test_a_kind_that_is_not_wanted_is_not_owed(kind):
    others = Wishes(reachable=True, kinds=frozenset(MessageKind) - {kind})

    assert owed(done(), kind=kind)
    assert owed(done(), kind=kind, wishes=others) == []
    assert owed(done(), wishes=Wishes(reachable=False)) == []
