"""What waits for a physician's signature: found by what is open, not by leafing through years."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.sessions import actions, queries
from treatments.sessions.tests.builders import (
    a_course,
    first_session,
    ready_to_sign,
    sign,
    start_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return first_session(a_course())


def waiting(session, *, days=0, physician=None):
    day = NOW.date() + timedelta(days=days)
    found = queries.sessions_to_sign(physician or session.plan.physician, day)
    return [each.pk for each in found]


def test_a_session_of_the_day_waits_for_its_own_physician_only(session):
    assert waiting(session) == [session.pk]
    assert waiting(session, days=-1) == []
    assert waiting(session, physician=clinic.physician()) == []


def test_a_begun_record_waits_on_later_days_too_and_one_never_begun_does_not(session):
    assert waiting(session, days=1) == []
    actions.start_session(planned_session=session, by=session.plan.physician, now=start_of(session))
    assert waiting(session, days=1) == [session.pk]


def test_what_is_signed_waits_no_more(session):
    ready_to_sign(session)
    assert waiting(session) == [session.pk]
    sign(session)
    assert waiting(session) == []


def test_only_open_visits_are_read(session):
    with CaptureQueriesContext(connection) as captured:
        waiting(session)
    statement = captured[0]["sql"]
    with connection.cursor() as cursor:
        for slow in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{slow} = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(captured) == 1
    assert "using appointment_open " in plan
