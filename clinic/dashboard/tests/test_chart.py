"""What each role finds on the first page of a patient's file."""

import pytest
from django.urls import reverse

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.plans import actions
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
