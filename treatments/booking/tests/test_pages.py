from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.hours.actions import set_opening_hours
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from treatments.booking import actions, queries
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.world import NOW, World

S = AppointmentState


class Today(World):
    """The world at the real clock, since pages read it: the next open days are really ahead."""

    def __init__(self):
        super().__init__()
        for weekday in range(7):
            set_opening_hours(
                weekday=weekday, spans=[(time(0), time(23, 59))], by=self.desk, now=NOW
            )
        self.now = timezone.now()
        self.today = local_date(self.now)
        self.day = self.today + timedelta(days=1)

    def book(self, *args, **fields):
        return super().book(*args, **({"now": self.now} | fields))


@pytest.fixture
def here(db):
    return Today()


@pytest.fixture
def desk(client, here):
    client.force_login(here.desk)
    client.cookies["django_language"] = "en"
    return client


def offered(here, *, day, clock="10:00"):
    (offer,) = [
        each
        for each in queries.free_slots_for(
            physician=here.physician,
            rooms=[here.room],
            patient=here.patient,
            first=day,
            last=day,
            length=timedelta(minutes=30),
            now=here.now,
        )[day]
        if f"{timezone.localtime(each.span.starts_at):%H:%M}" == clock
    ]
    return f"{offer.span.starts_at.isoformat()}|{offer.room.pk}"


class TestBooking:
    def test_a_free_time_is_booked_with_one_click(self, desk, here):
        url = reverse("booking:new")
        page = desk.get(url, {"patient": here.patient.pk, "day": here.day.isoformat()})
        value = offered(here, day=here.day)
        assert value in page.content.decode()

        answer = desk.post(
            url,
            {
                "patient": here.patient.pk,
                "kind": "consultation",
                "physician": here.physician.pk,
                "slot": value,
            },
        )

        assert answer.status_code == 302
        assert Appointment.objects.get().patient == here.patient

    def test_a_time_that_was_just_taken_comes_back_with_others(self, desk, here):
        value = offered(here, day=here.day)
        here.book("10:00", here.day, patient=here.a_patient())

        answer = desk.post(
            reverse("booking:new"),
            {
                "patient": here.patient.pk,
                "kind": "consultation",
                "physician": here.physician.pk,
                "day": here.day.isoformat(),
                "slot": value,
            },
        )

        assert answer.status_code == 409
        assert "nearest free times" in answer.content.decode()
        assert Appointment.objects.count() == 1

    @pytest.mark.parametrize("slot", ["", "soon", "2026-13-01T10:00|x", "2026-12-01T10:00:00|"])
    def test_what_is_no_offered_time_is_refused(self, desk, here, slot):
        answer = desk.post(
            reverse("booking:new"),
            {
                "patient": here.patient.pk,
                "kind": "consultation",
                "physician": here.physician.pk,
                "slot": slot,
            },
        )

        assert answer.status_code == 422
        assert not Appointment.objects.exists()

    def test_a_session_is_not_booked_here(self, desk, here):
        answer = desk.post(
            reverse("booking:new"),
            {
                "patient": here.patient.pk,
                "kind": "session",
                "physician": here.physician.pk,
                "slot": offered(here, day=here.day),
            },
        )

        assert answer.status_code == 422
        assert not Appointment.objects.exists()

    def test_without_a_patient_the_page_asks_for_whom(self, desk, here):
        other = here.a_patient()

        page = desk.get(reverse("booking:new"), {"q": "Hasta"}).content.decode()

        assert str(here.patient.pk) in page
        assert str(other.pk) in page

    def test_the_only_patient_that_is_found_is_taken(self, desk, here):
        only = here.a_patient(full_name="Işık Çağlar")

        answer = desk.get(reverse("booking:new"), {"q": "isik", "day": here.day.isoformat()})

        assert answer.status_code == 302
        assert f"patient={only.pk}" in answer["Location"]
        assert f"day={here.day.isoformat()}" in answer["Location"]

    def test_a_nurse_books_nothing(self, client, here):
        client.force_login(clinic.nurse())

        assert client.get(reverse("booking:new")).status_code == 403


class TestOneAppointment:
    def test_it_shows_what_can_be_done(self, desk, here):
        booked = here.book("10:00", here.day)

        page = desk.get(reverse("booking:show", args=[booked.pk])).content.decode()

        assert "Patient confirms" in page
        assert "Did not come" not in page  # its day is still ahead
        assert reverse("booking:move", args=[booked.pk]) in page

    def test_it_moves_to_a_free_time(self, desk, here):
        booked = here.book("09:00", here.day)

        answer = desk.post(
            reverse("booking:move", args=[booked.pk]),
            {
                "slot": offered(here, day=here.day),
                "version": 1,
                "physician": here.physician.pk,
            },
        )

        booked.refresh_from_db()
        assert answer.status_code == 302
        assert f"{timezone.localtime(booked.starts_at):%H:%M}" == "10:00"

    def test_the_time_it_has_is_not_offered_as_another_one(self, desk, here):
        booked = here.book("09:00", here.day)
        address = reverse("booking:move", args=[booked.pk])

        page = desk.get(address, {"day": here.day.isoformat()}).content.decode()

        assert "<strong>10:00</strong>" in page
        assert "<strong>09:00</strong>" not in page

    def test_a_move_that_somebody_overtook_is_refused_in_words(self, desk, here):
        booked = here.book("09:00", here.day)
        actions.change_state(
            appointment_id=booked.pk, to=S.CONFIRMED, seen_version=1, by=here.desk, now=here.now
        )

        answer = desk.post(
            reverse("booking:move", args=[booked.pk]),
            {
                "slot": offered(here, day=here.day),
                "version": 1,
                "physician": here.physician.pk,
            },
        )

        assert answer.status_code == 409
        assert "was changed at" in answer.content.decode()

    def test_it_is_cancelled_after_a_question(self, desk, here):
        booked = here.book("10:00", here.day)
        url = reverse("booking:cancel", args=[booked.pk])

        assert "Keep it" in desk.get(url).content.decode()
        desk.post(url, {"version": 1})

        booked.refresh_from_db()
        assert booked.state == S.CANCELLED

    def test_what_is_over_is_not_moved(self, desk, here):
        booked = here.book("10:00", here.day)
        actions.cancel_appointment(
            appointment_id=booked.pk, seen_version=1, by=here.desk, now=here.now
        )

        assert desk.get(reverse("booking:move", args=[booked.pk])).status_code == 409

    @pytest.mark.parametrize("name", ["move", "cancel"])
    def test_a_nurse_moves_and_cancels_nothing(self, client, here, name):
        booked = here.book("10:00", here.day)
        client.force_login(clinic.nurse())

        assert client.get(reverse(f"booking:{name}", args=[booked.pk])).status_code == 403

    def test_what_does_not_exist_is_not_found(self, desk, here):
        assert desk.get(reverse("booking:show", args=[here.patient.pk])).status_code == 404


class TestState:
    def today(self, here):
        """An appointment of today, whatever the hour of the test."""
        return here.book("00:00", here.today, now=here.now - timedelta(days=1))

    def test_arrived_is_one_click_and_leads_back(self, desk, here):
        booked = self.today(here)

        answer = desk.post(
            reverse("booking:state", args=[booked.pk]),
            {"to": "arrived", "version": 1, "next": "/today/"},
        )

        booked.refresh_from_db()
        assert (answer.status_code, answer["Location"]) == (302, "/today/")
        assert booked.state == S.ARRIVED

    def test_the_click_can_be_taken_back(self, desk, here):
        booked = self.today(here)
        url = reverse("booking:state", args=[booked.pk])
        desk.post(url, {"to": "arrived", "version": 1})

        desk.post(url, {"to": "booked", "version": 2})

        booked.refresh_from_db()
        assert (booked.state, booked.arrived_at) == (S.BOOKED, None)

    def test_htmx_gets_the_card_with_its_new_state(self, desk, here):
        booked = self.today(here)

        answer = desk.post(
            reverse("booking:state", args=[booked.pk]),
            {"to": "arrived", "version": 1},
            headers={"HX-Request": "true"},
        )

        assert answer.status_code == 200
        assert answer["HX-Trigger"] == "appointmentChanged"
        assert 'data-state="arrived"' in answer.content.decode()
        assert "Undo" in answer.content.decode()

    def test_an_overtaken_click_shows_the_new_state_and_why(self, desk, here):
        booked = self.today(here)
        url = reverse("booking:state", args=[booked.pk])
        desk.post(url, {"to": "arrived", "version": 1})

        fragment = desk.post(
            url, {"to": "missed", "version": 1}, headers={"HX-Request": "true"}
        ).content.decode()
        page = desk.post(url, {"to": "missed", "version": 1})

        assert 'data-state="arrived"' in fragment
        assert "was changed at" in fragment
        assert page.status_code == 409

    @pytest.mark.parametrize("to", ["cancelled", "gone", ""])
    def test_only_known_states_are_taken(self, desk, here, to):
        booked = here.book("10:00", here.day)

        answer = desk.post(reverse("booking:state", args=[booked.pk]), {"to": to, "version": 1})

        booked.refresh_from_db()
        assert (answer.status_code, booked.state) == (400, S.BOOKED)

    def test_another_site_is_no_way_back(self, desk, here):
        booked = self.today(here)

        answer = desk.post(
            reverse("booking:state", args=[booked.pk]),
            {"to": "arrived", "version": 1, "next": "https://evil.example/"},
        )

        assert answer["Location"] == reverse("booking:show", args=[booked.pk])

    def test_a_manager_changes_nothing(self, client, here):
        booked = here.book("10:00", here.day)
        client.force_login(clinic.manager())

        answer = client.post(
            reverse("booking:state", args=[booked.pk]), {"to": "confirmed", "version": 1}
        )

        assert answer.status_code == 403


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T22:59:00+00:00"])
def test_a_time_in_no_clinics_calendar_is_not_an_offer(desk, here, moment):
    answer = desk.post(
        reverse("booking:new"),
        {"patient": here.patient.pk, "kind": "consultation", "slot": f"{moment}|{here.room.pk}"},
    )

    assert answer.status_code == 422
    assert not Appointment.objects.exists()


def test_a_name_that_no_database_can_hold_finds_nobody(desk):
    assert desk.get(reverse("booking:new"), {"q": "x\x00y"}).status_code == 200


def test_where_to_go_back_to_is_an_address_and_never_the_name_of_a_page(desk, here):
    booked = here.book("10:00", here.today + timedelta(days=1))

    answer = desk.post(
        reverse("booking:state", args=[booked.pk]),
        {"to": "confirmed", "version": 1, "next": "nowhere"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "nowhere")
