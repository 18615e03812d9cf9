from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.audit.models import ChartReading
from clinic.tests import builders as clinic
from patients.records.models import Patient
from treatments.booking import actions
from treatments.booking.models import Appointment
from treatments.booking.tests.world import NOW, at

VIEWS = ["day", "week", "month", "agenda"]


def url(page, **said):
    query = "&".join(f"{name}={value}" for name, value in said.items())
    return f"{reverse(f'calendar:{page}')}?{query}"


def fill(here, count):
    """So many visits on one day, each of another patient: 46 to a physician and room."""
    people = [(here.physician, here.room)]
    patients = bulk_patients(count)
    while len(people) * 46 < count:
        people.append((clinic.physician(), clinic.room()))
    rows = []
    for number, patient in enumerate(patients):
        physician, room = people[number % len(people)]
        starts_at = at("00:15", here.day) + timedelta(minutes=30 * (number // len(people)))
        rows.append(
            Appointment(
                patient=patient,
                physician=physician,
                room=room,
                kind="session",
                starts_at=starts_at,
                physician_from=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
                booked_by=here.desk,
                booked_at=here.now,
            )
        )
    Appointment.objects.bulk_create(rows)


def bulk_patients(count):
    first = (Patient.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    patients = [
        Patient(
            number=first + each,
            full_name=f"Hasta {first + each}",
            born_on=date(1990, 1, 1),
            sex="F",
            language="tr",
            reminders="paper",
            registered_at=NOW,
        )
        for each in range(count)
    ]
    for patient in patients:
        patient.set_keys()
    return Patient.objects.bulk_create(patients)


@pytest.mark.parametrize("view", VIEWS)
class TestEachView:
    def test_shows_what_is_booked(self, desk, here, view):
        here.book("10:00", here.day)

        page = desk.get(url(view, day=here.day)).content.decode()

        assert ("1 appointment" if view != "month" else "1 visit") in page
        if view != "month":
            assert here.patient.full_name in page
            assert 'data-state="booked"' in page

    @pytest.mark.parametrize(
        "query", ["day=", "day=tomorrow", "day=2026-02-30", "by=x&physician=1&move=2&kind=3"]
    )
    def test_what_cannot_be_understood_is_left_out(self, desk, view, query):
        assert desk.get(f"{reverse(f'calendar:{view}')}?{query}").status_code == 200

    @pytest.mark.parametrize(
        ("who", "status"),
        [(clinic.physician, 200), (clinic.nurse, 200), (clinic.manager, 403)],
    )
    def test_is_for_those_who_run_the_day(self, client, here, view, who, status):
        client.force_login(who())

        assert client.get(url(view)).status_code == status

    def test_is_nobodys_file_and_says_nothing_of_health(self, desk, here, view):
        here.book("10:00", here.day)

        desk.get(url(view, day=here.day))

        assert not ChartReading.objects.exists()

    def test_keeps_the_filters_in_its_address(self, desk, here, view):
        said = {"day": here.day, "physician": here.physician.pk, "state": "booked"}
        page = desk.get(url(view, **said)).content.decode()

        for name, value in said.items():
            assert f"{name}={value}" in page


@pytest.mark.parametrize(("view", "most"), [("day", 4), ("week", 4), ("agenda", 4), ("month", 5)])
def test_the_number_of_statements_is_the_same_for_4_40_and_200_visits(desk, here, view, most):
    def statements():
        desk.get(url(view, day=here.day))
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(url(view, day=here.day)).status_code == 200
        return len(seen)

    counted = []
    for count in (4, 40, 200):
        Appointment.objects.all().delete()
        fill(here, count)
        assert Appointment.objects.count() == count
        counted.append(statements())

    assert len(set(counted)) == 1
    assert counted[0] <= most


class TestVersion:
    def ask(self, desk, here, tag="", view="day"):
        return desk.get(
            f"{reverse('calendar:version')}?view={view}&day={here.day}",
            headers={"If-None-Match": tag},
        )

    def test_is_the_one_that_the_page_was_drawn_with(self, desk, here):
        here.book("10:00", here.day)
        page = desk.get(url("day", day=here.day))

        tag = f'"{page.context["shown"].version}"'

        assert self.ask(desk, here, tag).status_code == 304
        assert self.ask(desk, here).status_code == 204

    @pytest.mark.parametrize("view", ["day", "week", "month"])
    def test_changes_with_every_change_in_the_window(self, desk, here, view):
        tags = [self.ask(desk, here, view=view)["ETag"]]

        def changed():
            tags.append(self.ask(desk, here, tags[-1], view=view)["ETag"])
            return tags[-1] != tags[-2]

        visit = here.book("10:00", here.day)
        assert changed()
        other = here.book("12:00", here.day, patient=here.a_patient())
        assert changed()
        move(here, visit, "11:00")
        assert changed()
        # One comes as another goes: the number stays, and so does the sum of the versions.
        Appointment.objects.filter(pk=other.pk).update(
            starts_at=other.starts_at + timedelta(days=60),
            physician_from=other.starts_at + timedelta(days=60),
            ends_at=other.ends_at + timedelta(days=60),
        )
        here.book("12:00", here.day, patient=here.a_patient())
        assert changed()
        assert not changed()

    def test_takes_one_statement_beside_who_asks(self, desk, here):
        self.ask(desk, here)
        with CaptureQueriesContext(connection) as seen:
            self.ask(desk, here)

        assert len(seen) == 3

    def test_says_that_nobody_is_signed_in(self, client, here):
        answer = client.get(reverse("calendar:version"), headers={"HX-Request": "true"})

        assert answer.status_code == 401


def move(here, visit, clock):
    visit.refresh_from_db()
    return actions.move_appointment(
        appointment_id=visit.pk,
        starts_at=at(clock, here.day),
        seen_version=visit.version,
        by=here.desk,
        now=here.now,
    )


class TestNames:
    def test_become_initials_and_stay_so_until_asked_again(self, desk, here):
        here.book("10:00", here.day, patient=here.a_patient(full_name="Zümrüt Yıldız"))
        toggle = f"{reverse('calendar:names')}?view=week&day={here.day}"

        assert "Zümrüt Yıldız" in desk.get(url("week", day=here.day)).content.decode()
        assert desk.post(toggle)["Location"] == url("week", day=here.day)
        for view in ("day", "week", "agenda", "print"):
            page = desk.get(url(view, day=here.day)).content.decode()
            assert "Zümrüt" not in page
            assert "Z. Y." in page
        desk.post(toggle)
        assert "Zümrüt Yıldız" in desk.get(url("week", day=here.day)).content.decode()


class TestPaper:
    def test_has_one_page_per_person_and_day(self, desk, here):
        here.book("10:00", here.day)
        other = clinic.physician()
        here.book(
            "10:00", here.day, physician=other, room=here.other_room, patient=here.a_patient()
        )

        page = desk.get(url("print", view="day", day=here.day)).content.decode()

        assert page.count('class="ms-sheet ') == 2
        assert other.display_name in page

    @pytest.mark.parametrize(
        ("phones", "number"),
        [("", "••• •• 67"), ("masked", "••• •• 67"), ("whole", "0532 123 45 67"), ("none", "")],
    )
    def test_shows_as_much_of_a_number_as_is_wanted(self, desk, here, phones, number):
        here.book("10:00", here.day, patient=here.a_patient(phone="+905321234567"))

        page = desk.get(url("print", view="day", day=here.day, phones=phones)).content.decode()

        assert number in page
        assert ("45 67" in page) == (phones == "whole")
        assert ("•••" in page) == (phones in ("", "masked"))


def test_another_treatment_of_a_patient_is_not_on_the_calendar_of_the_desk(desk, here):
    """The desk reads kinds of appointments, never why somebody is treated."""
    here.book("10:00", here.day)
    page = desk.get(url("agenda", day=here.day)).content.decode()

    for word in ("melasma", "diagnos", "phototype"):
        assert word not in page.lower()
