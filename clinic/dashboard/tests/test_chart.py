"""What each role finds on the first page of a patient's file."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.audit.models import ChartReading
from clinic.dashboard import story
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.analysis.tests.builders import an_analysis
from treatments.booking.models import Appointment
from treatments.plans import actions
from treatments.sessions.tests.builders import a_signed_session
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db

WHY = "Pregnancy test was positive."


@pytest.fixture
def held():
    plan = a_booked_course()
    return actions.hold_plan(plan=plan, reason=WHY, by=plan.physician, now=NOW)


def chart(client, plan, reader):
    client.force_login(reader)
    return client.get(reverse("chart", args=[plan.patient_id])).content.decode()


@pytest.mark.parametrize(
    ("reader", "may_read"),
    [
        (clinic.physician, True),
        (clinic.nurse, True),
        (clinic.receptionist, False),
        (clinic.manager, False),
    ],
)
def test_why_a_course_is_held_is_for_those_who_treat(client, held, reader, may_read):
    assert (WHY in chart(client, held, reader())) is may_read


@pytest.mark.parametrize(
    ("reader", "may_open"), [(clinic.receptionist, True), (clinic.manager, False)]
)
def test_no_role_is_led_to_a_page_that_it_may_not_open(client, held, reader, may_open):
    course = reverse("plans:show", args=[held.patient_id, held.pk])

    assert (course in chart(client, held, reader())) is may_open


def came(plan, count):
    """So many consultations of the past, each finished."""
    room = clinic.room()
    Appointment.objects.bulk_create(
        Appointment(
            patient=plan.patient,
            physician=plan.physician,
            room=room,
            kind="consultation",
            state="done",
            starts_at=NOW - timedelta(days=number),
            physician_from=NOW - timedelta(days=number),
            ends_at=NOW - timedelta(days=number) + timedelta(minutes=30),
            booked_by=plan.physician,
            booked_at=NOW - timedelta(days=number + 1),
        )
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize("reader", [clinic.physician, clinic.receptionist])
def test_the_page_costs_the_same_however_long_the_story(client, held, reader):
    chart(client, held, reader())
    counted = []
    for count in (0, 10, 100):
        Appointment.objects.filter(state="done").delete()
        came(held, count)
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("chart", args=[held.patient_id]))
        counted.append(len(seen))

    assert len(set(counted)) == 1
    assert counted[0] <= 10


def test_a_page_that_is_read_in_few_statements_is_still_written_down(client, held):
    reader = clinic.physician()
    chart(client, held, reader)

    (reading,) = ChartReading.objects.filter(patient_id=held.patient_id)
    assert (reading.reader_id, reading.section) == (reader.pk, "chart")


def test_the_history_has_pages_on_which_nothing_is_missing_and_nothing_twice(client, held):
    came(held, 30)
    client.force_login(clinic.receptionist())
    address = reverse("chart", args=[held.patient_id])
    found = []
    for page in (1, 2, 3):
        history = client.get(address, {"history": page}).context["chart"].history
        assert history.has_earlier is (page < 3)
        found += [event.at for event in history.events]

    assert len(found) == 31  # and the registration
    assert found == sorted(set(found), reverse=True)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", ""])
def test_a_page_that_cannot_be_is_the_newest(client, held, page):
    client.force_login(clinic.receptionist())
    shown = client.get(reverse("chart", args=[held.patient_id]), {"history": page})

    assert shown.status_code == 200
    assert shown.context["chart"].history.page == 1


def test_no_more_rows_are_read_than_a_page_shows(held):
    came(held, 100)
    read = story.story_of(held.patient, clinical=True, now=NOW, page=2)

    assert (len(read.events), read.has_earlier) == (story.PAGE, True)
    assert not story.story_of(held.patient, clinical=True, now=NOW, page=40).events


def test_the_history_is_the_newest_first_whatever_kind_of_event_it_is():
    signed = a_signed_session()
    an_analysis(signed.patient, now=NOW - timedelta(days=9))

    events = story.story_of(
        signed.patient, clinical=True, now=signed.signed_at + timedelta(days=1), page=1
    ).events

    assert {event.what for event in events} == {"registered", "visit", "analysis", "signed"}
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
