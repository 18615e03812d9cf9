"""A booked course is told of in one letter: once, as it holds then, and anew only when booked anew."""

from datetime import timedelta

import pytest
from django.utils import translation

from clinic.messages import actions as ledger
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from patients.records.models import Patient
from treatments.plans.actions import hold_plan
from treatments.plans.queries import planned_sessions
from treatments.reminders import choices, queries
from treatments.reminders.models import ToldTime
from treatments.reminders.terms import MessageKind
from treatments.reminders.tests.test_corrected import Carrier, cancelled, moved, sweep
from treatments.sessions.tests.builders import LAST_WEEK, a_course, start_of
from treatments.tests.builders import a_booked_course

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("telling_courses")]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def carrier(monkeypatch):
    carrier = Carrier()
    monkeypatch.setattr(ledger, "send_email", carrier)
    return carrier


@pytest.fixture
def plan():
    plan = a_course()
    Patient.objects.update(language="en")
    return planned_sessions(plan)[0].plan


@pytest.fixture
def desk():
    return clinic.receptionist()


def letters_about(plan):
    return Message.objects.filter(about_id=plan.pk, kind=MessageKind.COURSE_CONFIRMATION)


def told_all(plan, carrier):
    return [
        letter
        for message_id, letter in carrier.letters
        if letters_about(plan).filter(pk=message_id).exists()
    ]


def test_a_booked_course_is_told_of_once_with_all_its_times(plan, carrier):
    sweep(LAST_WEEK)
    assert carrier.letters == []  # the desk may still change its mind
    sweep(LAST_WEEK + MINUTE)
    sweep(LAST_WEEK + 5 * MINUTE)

    [letter] = told_all(plan, carrier)
    for session in planned_sessions(plan):
        assert queries.when(start_of(session)) in letter.text
    assert len(carrier.letters) == 1


def test_moves_within_the_minute_are_one_letter_with_what_holds(plan, carrier, desk):
    moved(planned_sessions(plan)[5], desk, LAST_WEEK, hours=1)
    moved(planned_sessions(plan)[5], desk, LAST_WEEK, hours=1)
    sweep(LAST_WEEK + MINUTE)

    [letter] = told_all(plan, carrier)
    assert queries.when(start_of(planned_sessions(plan)[5])) in letter.text
    assert "12:00" in letter.text
    assert [each.state for each in letters_about(plan).order_by("recorded_at", "state")].count(
        MessageState.SENT
    ) == 1


def test_a_move_after_it_is_a_correction_and_no_second_list(plan, carrier, desk):
    sweep(LAST_WEEK + MINUTE)
    moved(planned_sessions(plan)[5], desk, LAST_WEEK + 2 * MINUTE, hours=1)
    sweep(LAST_WEEK + 4 * MINUTE)

    assert len(told_all(plan, carrier)) == 1
    assert [subject[-5:] for subject in carrier.subjects[1:]] == ["11:00"]


def test_two_cancelled_visits_of_one_letter_are_called_off_each(plan, carrier, desk):
    """Failure prevented: both corrections name the same letter, and the second is taken for the first."""
    sweep(LAST_WEEK + MINUTE)
    later = LAST_WEEK + 2 * MINUTE
    for session in planned_sessions(plan)[4:6]:
        cancelled(session, desk, later)
    sweep(later + MINUTE)

    assert sum("cancelled" in each for each in carrier.subjects) == 2


def test_a_move_in_the_second_of_sending_stops_it(plan, carrier, desk):
    session = planned_sessions(plan)[5]
    moves = iter([lambda: moved(session, desk, LAST_WEEK + MINUTE, hours=2)])
    carrier.before = lambda: next(moves, lambda: None)()
    sweep(LAST_WEEK + MINUTE)
    assert carrier.letters == []
    sweep(LAST_WEEK + 3 * MINUTE)

    [letter] = told_all(plan, carrier)
    assert "12:00" in letter.text
    assert not Message.objects.filter(kind=MessageKind.CORRECTION).exists()


def test_on_the_wire_it_is_corrected(plan, carrier, desk):
    session = planned_sessions(plan)[5]
    carrier.meanwhile = lambda: moved(session, desk, LAST_WEEK + MINUTE, hours=2)
    sweep(LAST_WEEK + MINUTE)
    carrier.meanwhile = lambda: None
    sweep(LAST_WEEK + 3 * MINUTE)

    assert len(told_all(plan, carrier)) == 1
    assert [subject[-5:] for subject in carrier.subjects[1:]] == ["12:00"]


def test_a_course_that_is_held_or_given_back_before_it_left_is_not_told_of(plan, carrier, desk):
    hold_plan(plan=plan, reason="wound", by=clinic.physician(), now=LAST_WEEK)
    sweep(LAST_WEEK + MINUTE)
    assert carrier.letters == []
    assert letters_about(plan).get().state == MessageState.CANCELLED


def test_a_course_booked_anew_is_told_of_anew_in_one_letter(plan, carrier, desk):
    sweep(LAST_WEEK + MINUTE)
    later = LAST_WEEK + 10 * MINUTE
    plan = given_back(plan, desk, later)
    sweep(later + MINUTE)
    assert sum("cancelled" in each for each in carrier.subjects) == 6

    again = later + 10 * MINUTE
    a_booked_course(plan=plan, now=again, by=desk)
    sweep(again + MINUTE)
    sweep(again + 5 * MINUTE)

    assert len(told_all(plan, carrier)) == 2
    assert len(carrier.letters) == 1 + 6 + 1  # not six times "after all"


def given_back(plan, desk, now):
    for session in planned_sessions(plan):
        cancelled(session, desk, now)
    return planned_sessions(plan)[0].plan


def test_whoever_refuses_the_list_gets_none(plan, carrier):
    choices.choose(
        patient=plan.patient,
        kind=MessageKind.COURSE_CONFIRMATION,
        wanted=False,
        by=None,
        now=LAST_WEEK,
    )
    sweep(LAST_WEEK + MINUTE)
    assert carrier.letters == []


def test_a_letter_that_never_left_told_nothing(plan, carrier, desk):
    Message.objects.exclude(pk=letters_about(plan).get().pk).delete()
    letters_about(plan).update(state=MessageState.CANCELLED)
    session = planned_sessions(plan)[5]
    ToldTime.objects.create(
        message_id=letters_about(plan).get().pk, session=session, starts_at=start_of(session)
    )
    cancelled(session, desk, LAST_WEEK)
    assert not Message.objects.filter(kind=MessageKind.CORRECTION).exists()


def test_without_the_lines_of_the_letter_a_move_is_never_put_right(
    plan, carrier, desk, monkeypatch
):
    """The negative control of the correction above."""
    sweep(LAST_WEEK + MINUTE)
    monkeypatch.setattr(queries, "_told_together", lambda _plan: {})
    moved(planned_sessions(plan)[5], desk, LAST_WEEK + 2 * MINUTE, hours=1)
    sweep(LAST_WEEK + 4 * MINUTE)
    assert len(carrier.letters) == 1


def test_a_failed_letter_whose_times_changed_leaves_the_list_of_the_desk(plan, desk):
    letters_about(plan).update(state=MessageState.FAILED)
    [call] = Message.objects.needing_the_desk()
    assert "10:00" in queries.words_to_say([call])[call.pk]
    moved(planned_sessions(plan)[5], desk, LAST_WEEK, hours=1)
    assert not Message.objects.needing_the_desk().exists()
