"""Which session of its course a session is: never the ninth of eight."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.dashboard.board import board
from clinic.hours.queries import local_date
from clinic.tests.builders import NOW, nurse
from treatments.combined.queries import timeline
from treatments.plans import actions, queries
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import place_in_course
from treatments.plans.terms import SessionState
from treatments.sessions.queries import sessions_of
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

S = SessionState
WHY = "Half of it is gone after the review."
CHANGES = st.lists(st.integers(4, 8), min_size=1, max_size=5)


def changed(plan, lengths):
    """The course as somebody leaves it who changes its length again and again."""
    for count in lengths:
        live = plan.sessions.exclude(state=S.CANCELLED).count()
        if count != live:
            actions.change_length(
                plan=plan, session_count=count, reason=WHY, by=plan.physician, now=NOW
            )
    plan.refresh_from_db()
    return plan


def places(plan, by_place=place_in_course):
    """The places of a course in the order of its numbers, those without one left out."""
    rows = plan.sessions.order_by("number").annotate(place=by_place())
    return [row.place for row in rows if row.place is not None]


def breaks(plan, by_place=place_in_course):
    """The law: the standing sessions are the first, the second ... and the last of the course."""
    return places(plan, by_place) != list(range(1, plan.session_count + 1))


@settings(max_examples=15)
@given(lengths=CHANGES)
@pytest.mark.slow
def test_the_standing_sessions_are_counted_from_one_to_the_length_of_the_course(lengths):
    with transaction.atomic():
        assert not breaks(changed(a_set_plan(), lengths))
        transaction.set_rollback(True)


def test_a_course_that_was_shortened_and_lengthened_has_no_ninth_of_eight():
    plan = changed(a_set_plan(session_count=8), [4, 8])

    assert PlannedSession.objects.filter(plan=plan).order_by("number").last().number == 12
    assert places(plan) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_place_that_is_taken_from_the_number_is_found_out():
    assert breaks(changed(a_set_plan(session_count=8), [4, 8]), by_place=lambda: F("number"))


def test_what_another_course_has_cancelled_says_nothing_about_this_one():
    changed(a_set_plan(session_count=8), [4, 8])

    assert places(a_set_plan()) == [1, 2, 3, 4, 5, 6]


def test_a_cancelled_session_has_no_place_and_a_missed_one_keeps_its_own():
    plan = changed(a_set_plan(), [5])
    plan.sessions.filter(number=2).update(state=S.MISSED)

    rows = {row.number: row.place for row in plan.sessions.annotate(place=place_in_course())}

    assert rows == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: None}


class TestWhereItIsRead:
    @pytest.fixture
    def plan(self):
        """Booked, then shortened from 6 to 4 and lengthened to 5: the last one has the number 7."""
        plan = changed(a_booked_course(), [4, 5])
        return a_booked_course(plan=plan, first_on=local_date(NOW) + timedelta(days=30))

    def last_day(self, plan):
        return queries.planned_sessions(plan)[-1].appointment.starts_at

    def test_the_list_of_sessions(self, plan, signed_in):
        page = signed_in.get(f"/patients/{plan.patient_id}/sessions/").content.decode()

        assert "5 of 5" in page
        assert "7 of 5" not in page
        assert [vars(row)["place"] for row in sessions_of(plan.patient)] == [
            1,
            2,
            3,
            4,
            None,
            None,
            5,
        ]

    def test_the_board_of_the_day(self, plan):
        at = self.last_day(plan)
        (visit,) = board(local_date(at), reader=nurse(), now=at).columns[0].visits

        assert (visit.session.number, vars(visit.appointment)["place"]) == (7, 5)

    def test_the_timeline_of_all_methods(self, plan):
        assert timeline(plan.patient)[-1].what.endswith(" 5/5")

    @pytest.fixture
    def signed_in(self, client):
        client.force_login(nurse())
        client.cookies["django_language"] = "en"
        return client


def test_the_number_of_sessions_is_the_number_of_standing_ones():
    plan = changed(a_set_plan(session_count=8), [5, 6])

    assert TreatmentPlan.objects.get(pk=plan.pk).session_count == len(places(plan))
