"""The pages on which held times are given back and marked sessions are moved."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from clinic.audit.models import ChartReading
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from patients.intake.actions import record_answers
from patients.intake.terms import Occasion
from patients.tests.builders import a_patient
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING
from treatments.plans import queries, terms, waits
from treatments.plans.picking import slot_name, value_of
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(settings):
    settings.LANGUAGE_CODE = "en"
    return timezone.now()


@pytest.fixture
def desk(client):
    client.force_login(clinic.receptionist())
    return client


def course(now, **answers):
    plan = a_booked_course(now=now)
    record_answers(
        patient=plan.patient,
        answers=answers,
        occasion=Occasion.INTAKE,
        on=local_date(now),
        by=clinic.receptionist(),
        now=now + timedelta(seconds=1),
    )
    plan.refresh_from_db()
    return plan


def url(name, plan):
    return reverse(f"plans:{name}", args=[plan.patient_id])


def aspirin(now):
    return {"aspirin_last_on": local_date(now).isoformat()}


class TestHeld:
    def test_the_page_lists_what_would_be_given_back_and_gives_it_back(self, desk, now):
        plan = course(now, pregnant="yes")
        page = desk.get(url("held", plan))
        held = queries.held_appointments(plan)
        assert "6 appointments would be given back" in page.content.decode()
        assert Appointment.objects.filter(state__in=HOLDING).count() == 6

        desk.post(url("held", plan), {"appointment": [str(each.pk) for each in held]})

        assert not Appointment.objects.filter(state__in=HOLDING).exists()

    def test_a_list_that_is_not_the_one_of_now_is_refused(self, desk, now):
        plan = course(now, pregnant="yes")
        assert desk.post(url("held", plan), {"appointment": ["no-id"]}).status_code == 409
        assert Appointment.objects.filter(state__in=HOLDING).count() == 6

    def test_the_desk_reads_no_reason(self, desk, now):
        plan = course(now, pregnant="yes")
        page = desk.get(url("held", plan)).content.decode()
        assert plan.hold_reason not in page
        assert "Read the verdict" not in page

    def test_the_reason_is_read_in_the_readers_language(self, client, now):
        with translation.override("tr"):
            plan = course(now, pregnant="yes")
        client.force_login(plan.physician)
        for language in ("tr", "en"):
            client.cookies["django_language"] = language
            with translation.override(language):
                words = str(terms.HELD_BY_SCREENING)
            for page in (url("held", plan), reverse("chart", args=[plan.patient_id])):
                assert words in client.get(page).content.decode()

    def test_a_nurse_gives_nothing_back(self, client, now):
        plan = course(now, pregnant="yes")
        client.force_login(clinic.nurse())
        assert client.post(url("held", plan), {}).status_code == 403


class TestWaits:
    def posted(self, plan, now):
        moving = [each for each in waits.propose_moves(plan, now=now) if not each.stays]
        return {
            key: value
            for each in moving
            for key, value in (
                (slot_name(each.session.number), value_of(each.options[0])),
                (f"version-{each.session.number}", str(each.visit.version)),
            )
        }

    def test_the_ripple_is_shown_and_confirmed(self, desk, now):
        plan = course(now, **aspirin(now))
        page = desk.get(url("waits", plan)).content.decode()
        assert "Sessions to be moved" in page
        assert "before the day from which it is possible" in page

        answer = desk.post(url("waits", plan), self.posted(plan, now))

        assert answer.status_code == 302
        first = queries.planned_sessions(plan)[0]
        assert first.wait_until is None
        assert local_date(first.appointment.starts_at) >= local_date(now) + timedelta(days=7)

    def test_half_a_confirmation_moves_nothing(self, desk, now):
        plan = course(now, **aspirin(now))
        typed = self.posted(plan, now)
        first = next(key for key in typed if key.startswith("slot"))

        assert desk.post(url("waits", plan), {first: "tomorrow"}).status_code == 409
        assert queries.planned_sessions(plan)[0].wait_until is not None

    def test_with_nothing_to_move_the_page_says_so(self, desk, now):
        plan = a_booked_course(now=now)
        assert (
            "No session of this course has to be moved"
            in desk.get(url("waits", plan)).content.decode()
        )

    def test_what_waits_for_the_physician_is_not_moved(self, desk, now):
        plan = course(now, keloid="yes", **aspirin(now))
        page = desk.get(url("waits", plan)).content.decode()
        assert "The physician must decide first" in page
        assert "Move all of them" not in page

    def test_a_patient_without_a_course_has_no_such_page(self, desk, now):
        patient = a_patient()
        assert desk.get(reverse("plans:waits", args=[patient.pk])).status_code == 404


def test_opening_an_appointment_is_a_reading_of_its_patients_file(desk, now):
    plan = a_booked_course(now=now)
    visit = queries.planned_sessions(plan)[0].appointment

    for name in ("show", "move"):
        assert desk.get(reverse(f"booking:{name}", args=[visit.pk])).status_code == 200
    desk.get(f"{reverse('booking:new')}?patient={plan.patient_id}")
    desk.get(reverse("booking:day"))  # a day is nobody's file

    read = ChartReading.objects.filter(patient_id=plan.patient_id)
    assert set(read.values_list("section", flat=True)) == {
        "booking:show",
        "booking:move",
        "booking:new",
    }
