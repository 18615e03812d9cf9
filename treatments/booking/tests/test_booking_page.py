"""The page of a new appointment: kinds, phases, who telephones for the first time, a taken time."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.hours import actions as hours
from clinic.hours.queries import clinic_zone, day_bounds
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from patients.records.models import Patient
from treatments.booking import actions, hooks
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.booking.tests.test_pages import desk, here  # noqa: F401  (fixtures)

NEW = "booking:new"


def slot(here, clock="10:00", room=None):  # noqa: F811
    starts = datetime.combine(here.day, time.fromisoformat(clock), clinic_zone())
    return f"{starts.isoformat()}|{(room or here.room).pk}"


def posted(here, **fields):  # noqa: F811
    return {
        "patient": here.patient.pk,
        "kind": "consultation",
        "physician": here.physician.pk,
        "day": here.day.isoformat(),
        "slot": slot(here),
    } | fields


class TestKinds:
    @pytest.mark.parametrize("kind", ["consultation", "review", "peel", "laser"])
    def test_each_is_booked_for_as_long_as_the_clinic_offers_it(self, desk, here, kind):  # noqa: F811
        actions.set_kind_length(
            kind=AppointmentKind(kind), minutes=20, numbing_minutes=25, by="test", now=here.now
        )

        answer = desk.post(reverse(NEW), posted(here, kind=kind))

        assert answer.status_code == 302
        (booked,) = Appointment.objects.all()
        assert booked.physician_from - booked.starts_at == timedelta(minutes=25)
        assert booked.ends_at - booked.physician_from == timedelta(minutes=20)

    def test_a_device_is_reserved_with_a_laser_and_not_with_a_consultation(self, desk, here):  # noqa: F811
        laser = hours.add_device(name="Lazer", by="test", now=here.now)
        page = desk.get(reverse(NEW), {"patient": here.patient.pk, "kind": "laser"})
        assert "Lazer" in page.content.decode()

        desk.post(reverse(NEW), posted(here, kind="laser", device=laser.pk))
        desk.post(reverse(NEW), posted(here, device=laser.pk, slot=slot(here, "12:00")))

        assert [each.device for each in Appointment.objects.order_by("starts_at")] == [laser, None]

    def test_sent_twice_it_is_booked_once(self, desk, here):  # noqa: F811
        wish = posted(here, request_key=uuid4())

        answers = [desk.post(reverse(NEW), wish) for _time in range(2)]

        assert [each.status_code for each in answers] == [302, 302]
        assert Appointment.objects.count() == 1

    def test_the_same_key_for_another_time_is_refused_with_what_was_typed(self, desk, here):  # noqa: F811
        wish = posted(here, request_key=uuid4())
        desk.post(reverse(NEW), wish)

        answer = desk.post(reverse(NEW), wish | {"slot": slot(here, "15:00")})

        assert answer.status_code == 422
        assert "already used" in answer.content.decode()
        assert Appointment.objects.count() == 1

    def test_every_page_has_a_key_of_its_own(self, desk, here):  # noqa: F811
        keys = {
            desk.get(reverse(NEW), {"patient": here.patient.pk}).context["request_key"]
            for _time in range(2)
        }
        assert len(keys) == 2


class TestWhyADayIsBlocked:
    def page(self, desk, here, **fields):  # noqa: F811
        wish = {"patient": here.patient.pk, "day": here.day.isoformat()} | fields
        return desk.get(reverse(NEW), wish).content.decode()

    def test_closed_with_its_name(self, desk, here):  # noqa: F811
        hours.close_day(on=here.day, why="Bayram", by="test", now=here.now)

        page = self.page(desk, here)

        assert "<span>Closed</span>" in page
        assert "Bayram" in page

    def test_somebody_is_away(self, desk, here):  # noqa: F811
        hours.block_time(
            member=here.physician,
            kind=Blocking.ABSENCE,
            starts_at=day_bounds(here.day)[0],
            ends_at=day_bounds(here.day)[1],
            by=here.physician,
            now=here.now,
        )

        page = self.page(desk, here)

        assert "<span>Away</span>" in page
        assert f"{here.physician.display_name} is away" in page

    def test_who_has_other_hours_is_not_in(self, desk, here):  # noqa: F811
        hours.set_working_hours(
            member=here.physician,
            week={(here.day.weekday() + 1) % 7: [(time(9), time(12))]},
            valid_from=here.today,
            by="test",
            now=here.now,
        )

        assert "<span>Not in</span>" in self.page(desk, here)

    def test_a_wait_of_the_patient(self, desk, here, monkeypatch):  # noqa: F811
        def limits(asked):
            return {here.day: "Wait after the laser."}

        monkeypatch.setattr(hooks.limits_of_booking, "_listeners", [limits])

        page = self.page(desk, here)

        assert "<span>Not yet</span>" in page
        assert "Wait after the laser." in page
        answer = desk.post(reverse(NEW), posted(here))
        assert answer.status_code == 422
        assert not Appointment.objects.exists()

    def test_the_number_of_statements_does_not_grow_with_what_is_booked(self, desk, here):  # noqa: F811
        def statements():
            with CaptureQueriesContext(connection) as seen:
                self.page(desk, here)
            return len(seen)

        statements()
        few = statements()
        for clock in ("09:00", "10:00", "11:00", "12:00"):
            here.book(clock, here.day, patient=here.a_patient())

        assert statements() == few <= 20


class TestNewPatient:
    def new(self, **fields):
        return {
            "full_name": "Ayşe Yeni",
            "phone": "0532 123 45 67",
            "born_on": "31.12.1990",
            "sex": "F",
            "day": "2027-01-05",
        } | fields

    def test_who_is_not_found_gets_a_file_and_goes_on_to_the_times(self, desk, here):  # noqa: F811
        page = desk.get(reverse(NEW), {"q": "Ayşe Yeni"}).content.decode()
        assert 'value="Ayşe Yeni"' in page

        answer = desk.post(reverse("booking:new-patient"), self.new())

        patient = Patient.objects.get(full_name="Ayşe Yeni")
        assert (patient.phone, answer.status_code) == ("+905321234567", 302)
        assert f"patient={patient.pk}" in answer["Location"]
        assert "day=2027-01-05" in answer["Location"]

    @pytest.mark.parametrize(
        "wrong", [{"full_name": ""}, {"phone": ""}, {"born_on": "31.02.1990"}, {"sex": ""},
                  {"phone": "abc"}]
    )  # fmt: skip
    def test_what_is_missing_is_said_and_what_was_typed_is_kept(self, desk, here, wrong):  # noqa: F811
        answer = desk.post(reverse("booking:new-patient"), self.new(**wrong))

        assert answer.status_code == 422
        assert not Patient.objects.filter(full_name="Ayşe Yeni").exists()
        if "full_name" not in wrong:
            assert 'value="Ayşe Yeni"' in answer.content.decode()

    def test_who_has_a_file_already_is_shown(self, desk, here):  # noqa: F811
        desk.post(reverse("booking:new-patient"), self.new())
        first = Patient.objects.get(full_name="Ayşe Yeni")

        answer = desk.post(reverse("booking:new-patient"), self.new())

        assert answer.status_code == 422
        assert f"patient={first.pk}" in answer.content.decode()
        desk.post(reverse("booking:new-patient"), self.new(register_anyway="yes"))
        assert Patient.objects.filter(full_name="Ayşe Yeni").count() == 2

    def test_a_manager_opens_no_file(self, client, here):  # noqa: F811
        client.force_login(clinic.manager())

        assert client.post(reverse("booking:new-patient"), self.new()).status_code == 403


class TestTwice:
    def twice(self, here, **fields):  # noqa: F811
        return {
            "patient": here.patient.pk,
            "kind": "consultation",
            "physician": here.physician.pk,
            "room": here.room.pk,
            "day": here.day.isoformat(),
            "time": "10:00",
            "reason": "Ağrısı var, görülmeli",
        } | fields

    def test_a_physician_books_a_taken_time_with_a_reason(self, client, here):  # noqa: F811
        here.book("10:00", here.day, patient=here.a_patient())
        client.force_login(here.physician)
        client.cookies["django_language"] = "en"

        refused = client.post(reverse(NEW), posted(here))
        assert refused.status_code == 409
        assert reverse("booking:twice") in refused.content.decode()
        assert client.get(reverse("booking:twice"), self.twice(here)).status_code == 200
        answer = client.post(reverse("booking:twice"), self.twice(here))

        assert answer.status_code == 302
        booked = Appointment.objects.get(patient=here.patient)
        page = client.get(reverse("booking:show", args=[booked.pk])).content.decode()
        assert "Ağrısı var, görülmeli" in page

    @pytest.mark.parametrize("wrong", [{"reason": "acil"}, {"reason": ""}, {"time": "25:00"}])
    def test_without_a_good_reason_nothing_is_booked(self, client, here, wrong):  # noqa: F811
        here.book("10:00", here.day, patient=here.a_patient())
        client.force_login(here.physician)

        answer = client.post(reverse("booking:twice"), self.twice(here, **wrong))

        assert answer.status_code == 422
        assert Appointment.objects.count() == 1

    def test_the_desk_is_not_offered_it_and_refused(self, desk, here):  # noqa: F811
        here.book("10:00", here.day, patient=here.a_patient())

        refused = desk.post(reverse(NEW), posted(here))

        assert refused.status_code == 409
        assert reverse("booking:twice") not in refused.content.decode()
        assert desk.post(reverse("booking:twice"), self.twice(here)).status_code == 403
        assert Appointment.objects.count() == 1


def test_who_did_not_come_is_offered_another_time_of_the_same_kind(desk, here):  # noqa: F811
    booked = here.book(
        "00:00", here.today, kind=AppointmentKind.REVIEW, now=here.now - timedelta(days=1)
    )
    actions.change_state(
        appointment_id=booked.pk,
        to=AppointmentState.MISSED,
        seen_version=1,
        by=here.desk,
        now=timezone.now(),
    )
    page = desk.get(reverse("booking:show", args=[booked.pk])).content.decode()
    address = reverse("booking:new-time", args=[booked.pk])
    assert address in page

    answer = desk.get(address)

    assert answer.status_code == 302
    for said in (f"patient={here.patient.pk}", "kind=review", f"physician={here.physician.pk}"):
        assert said in answer["Location"]
