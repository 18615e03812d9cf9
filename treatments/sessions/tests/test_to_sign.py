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


def years_of_sessions(session, *, days_back):
    """As many sessions that are done, one on each day before, and the table's statistics anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH past AS (
                INSERT INTO treatments_appointment (id, patient_id, physician_id, room_id, kind,
                    state, starts_at, physician_from, ends_at, overbooked_because, version,
                    booked_by_id, booked_at)
                SELECT gen_random_uuid(), patient_id, physician_id, room_id, kind, 'done',
                    starts_at - back, physician_from - back, ends_at - back, '', 1, booked_by_id,
                    booked_at
                FROM treatments_appointment, generate_series(1, %s) AS day,
                    LATERAL (SELECT day * interval '1 day' AS back) AS shift
                WHERE id = %s
                RETURNING id
            )
            INSERT INTO treatments_plannedsession (id, plan_id, number, state, appointment_id)
            SELECT gen_random_uuid(), %s, 100 + row_number() OVER (), 'done', id FROM past
            """,
            [days_back, session.appointment_id, session.plan_id],
        )
        cursor.execute(
            "ANALYZE treatments_appointment, treatments_plannedsession, treatments_sessiondraft,"
            " treatments_signedsession, treatments_treatmentplan, clinic_staffmember,"
            " patients_patient"
        )


@pytest.mark.slow
def test_only_open_visits_are_read(session):
    years_of_sessions(session, days_back=20 * 365)
    with CaptureQueriesContext(connection) as captured:
        assert waiting(session) == [session.pk]
    with connection.cursor() as cursor:
        # What else is in the tables is another test's affair; reading one whole is never right.
        for whole in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{whole} = off")
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(captured) == 1
    assert "using appointment_open " in plan
