"""Calendars that programs read: private, neutral, ended at once, and read alike by four libraries."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import ics  # type: ignore[import-untyped]
import pytest
import vobject  # type: ignore[import-untyped]
from django.urls import reverse
from ical.calendar_stream import IcsCalendarStream

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.links.tokens import token_for
from patients.tests.builders import a_patient
from treatments.booking import actions as booking
from treatments.booking import queries as visits
from treatments.patient_side import documents, feeds, links, rules
from treatments.patient_side.models import CalendarFeed
from treatments.patient_side.queries import digest
from treatments.patient_side.terms import VisitAct
from treatments.patient_side.tests.builders import a_plain_visit, address

pytestmark = pytest.mark.django_db
# Turkish letters, what has to be escaped, and more bytes than a line may have.
NAME = "Işık & Çağlar Güzellik, Sağlık; “Şifa” Kliniği"
PLACE = "Bağdat Caddesi 12/3\nKat 4, Kadıköy; İstanbul " + "ğüşiöçİı" * 12


@pytest.fixture(autouse=True)
def _clinic(settings, monkeypatch):
    settings.CLINIC_NAME, settings.CLINIC_ADDRESS = NAME, PLACE
    settings.BASE_URL = "https://clinic.example"
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def a_cancelled_one():
    visit = a_plain_visit("14:00")
    booking.cancel_appointment(
        appointment_id=visit.pk, seen_version=1, by=clinic.receptionist(), now=NOW
    )
    return visits.appointment(visit.pk)


def by_icalendar(text):
    calendar = icalendar.Calendar.from_ical(text)
    return [
        (str(each["UID"]), each["DTSTART"].dt, each["DTEND"].dt, str(each["SUMMARY"]),
         str(each["LOCATION"]), str(each["STATUS"]))
        for each in calendar.walk("VEVENT")
    ]  # fmt: skip


def by_ics(text):
    return [
        (each.uid, each.begin.datetime, each.end.datetime, each.name, each.location, each.status)
        for each in sorted(ics.Calendar(text.decode()).events)
    ]


def by_vobject(text):
    return [
        (each.uid.value, each.dtstart.value, each.dtend.value, each.summary.value,
         each.location.value, each.status.value)
        for each in vobject.readOne(text.decode()).vevent_list
    ]  # fmt: skip


def by_the_strict_one(text):
    # Read as bytes that arrived: with the line ends of the standard.
    return [
        (each.uid, each.dtstart, each.dtend, each.summary, each.location, each.status.value)
        for each in IcsCalendarStream.calendar_from_ics(text.decode()).events
    ]


# What one of the libraries does inside, and Python 3.13 says of it, is not about our file.
@pytest.mark.filterwarnings("ignore:'maxsplit' is passed as positional:DeprecationWarning")
@pytest.mark.parametrize("read", [by_icalendar, by_ics, by_vobject, by_the_strict_one])
def test_four_libraries_read_the_same(read):
    booked, cancelled = a_plain_visit("10:00"), a_cancelled_one()
    events = read(documents.calendar_of_patient([booked, cancelled]))
    assert [each[0] for each in events] == [
        f"{each.pk}@clinic.example" for each in (booked, cancelled)
    ]
    for event, visit in zip(events, (booked, cancelled), strict=True):
        assert (event[1], event[2]) == (visit.starts_at, visit.ends_at)
        assert (event[3], event[4]) == (NAME, PLACE)
    assert [each[5] for each in events] == ["CONFIRMED", "CANCELLED"]


def test_the_bytes_are_as_the_standard_wants_them():
    text = documents.calendar_of_patient([a_plain_visit()])
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    for line in text.split(b"\r\n"):
        line.decode()  # folding cuts no letter in two
    whole = text.replace(b"\r\n ", b"").decode()
    assert r"LOCATION:Bağdat Caddesi 12/3\nKat 4\, Kadıköy\; İstanbul" in whole
    assert "METHOD:PUBLISH" in whole
    assert re.search(r"DTSTART:20261125T070000Z", whole)  # 10:00 in Istanbul


def test_a_broken_file_is_seen():
    """The negative control of the strict reader."""
    text = documents.calendar_of_patient([a_plain_visit()])
    with pytest.raises(Exception):  # noqa: B017, PT011  (each library has its own)
        by_the_strict_one(text.replace(b"DTSTART:", b"DTSTART:x"))


def test_a_moved_visit_is_the_same_one_with_a_higher_number():
    visit = a_plain_visit()
    before = icalendar.Calendar.from_ical(documents.visit_file(visit)).walk("VEVENT")[0]
    booking.move_appointment(
        appointment_id=visit.pk,
        starts_at=visit.starts_at + timedelta(hours=2),
        seen_version=1,
        by=clinic.receptionist(),
        now=NOW + timedelta(minutes=1),
    )
    after = icalendar.Calendar.from_ical(documents.visit_file(visits.appointment(visit.pk))).walk(
        "VEVENT"
    )[0]
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert str(after["DTSTAMP"].dt) > str(before["DTSTAMP"].dt)


@pytest.mark.parametrize(
    ("on", "utc_hour"), [(date(2026, 3, 28), 9), (date(2026, 3, 30), 8), (date(2026, 10, 26), 9)]
)
def test_times_are_right_over_a_clock_change(settings, on, utc_hour):
    settings.TIME_ZONE = "Europe/Berlin"
    visit = a_plain_visit()
    visit.starts_at = datetime.combine(on, time(10), ZoneInfo("Europe/Berlin"))
    visit.ends_at = visit.starts_at + timedelta(minutes=30)
    (event,) = by_icalendar(documents.visit_file(visit))
    assert event[1] == datetime.combine(on, time(utc_hour), UTC)


class TestThePatientsCalendar:
    def read(self, client, key):
        return client.get(reverse("patient:feed", args=[key]))

    def test_only_a_digest_is_kept_and_only_the_newest_address_opens(self, client):
        visit = a_plain_visit()
        first = feeds.make_feed_of_patient(patient=visit.patient, now=NOW)
        key = feeds.make_feed_of_patient(patient=visit.patient, now=NOW)
        assert key not in str(list(CalendarFeed.objects.values()))
        assert CalendarFeed.objects.filter(key_digest=digest(key)).exists()
        answer = self.read(client, key)
        assert answer["Content-Type"].startswith("text/calendar")
        assert "private" in answer["Cache-Control"]
        assert visit.pk.hex[:8] in answer.content.decode()
        assert self.read(client, first).status_code == 404

    def test_it_names_no_patient_no_physician_and_nothing_that_is_done(self, client):
        visit = a_plain_visit()
        key = feeds.make_feed_of_patient(patient=visit.patient, now=NOW)
        text = self.read(client, key).content.replace(b"\r\n ", b"").decode()
        for word in (visit.patient.full_name, visit.physician.full_name, "onsult", "ession"):
            assert word not in text

    def test_it_shows_this_patient_alone(self, client):
        mine, other = a_plain_visit(), a_plain_visit()
        key = feeds.make_feed_of_patient(patient=mine.patient, now=NOW)
        text = self.read(client, key).content.replace(b"\r\n ", b"").decode()
        assert str(mine.pk) in text
        assert str(other.pk) not in text

    def test_ended_by_the_patient_or_the_clinic_it_is_not_found(self, client):
        visit = a_plain_visit()
        for end in (
            lambda: feeds.end_feed_of_patient(patient=visit.patient, by="patient link", now=NOW),
            lambda: feeds.end_all_of_patient(
                patient=visit.patient, by=clinic.receptionist(), now=NOW
            ),
        ):
            key = feeds.make_feed_of_patient(patient=visit.patient, now=NOW)
            assert self.read(client, key).status_code == 200
            end()
            assert self.read(client, key).status_code == 404

    def test_a_program_that_asks_without_end_is_told_to_wait(self, client, monkeypatch):
        monkeypatch.setitem(rules.MOST_KNOCKS, rules.Door.READ, 3)
        key = feeds.make_feed_of_patient(patient=a_patient(), now=NOW)
        codes = [self.read(client, key) for _ in range(4)]
        assert [each.status_code for each in codes] == [200] * 3 + [429]
        assert int(codes[-1]["Retry-After"]) > 0


class TestThePageOfVisits:
    def opened(self, client, patient):
        path = reverse("patient:visits", args=[token_for(feeds.page_link(patient, NOW).pk)])
        client.post(path, {"born-day": "14", "born-month": "3", "born-year": "1992"})
        return path

    def test_the_birth_date_comes_first(self, client):
        visit = a_plain_visit()
        path = reverse("patient:visits", args=[token_for(feeds.page_link(visit.patient, NOW).pk)])
        page = client.get(path).content.decode()
        assert "10:00" not in page
        assert "10:00" in client.get(self.opened(client, visit.patient)).content.decode()

    def test_the_address_is_shown_once(self, client):
        path = self.opened(client, a_plain_visit().patient)
        made = client.post(path, {"calendar": "make"}).content.decode()
        shown = re.search(r'id="made">https://clinic.example(/f/[^<]+)<', made)
        assert client.get(shown.group(1)).status_code == 200
        assert "/f/" not in client.get(path).content.decode()
        client.post(path, {"calendar": "end"})
        assert client.get(shown.group(1)).status_code == 404

    def test_a_button_leads_to_the_page_of_the_act_and_acts_not(self, client):
        visit = a_plain_visit()
        path = self.opened(client, visit.patient)
        answer = client.post(f"{path}{visit.pk}/", {"act": "cancel"})
        link = links.link_to_act(appointment=visit, act=VisitAct.CANCEL, now=NOW)
        assert answer["Location"] == address(link)
        assert visits.appointment(visit.pk).version == 1

    def test_somebody_elses_visit_is_not_found(self, client):
        path = self.opened(client, a_plain_visit().patient)
        other = a_plain_visit()
        assert client.post(f"{path}{other.pk}/", {"act": "cancel"}).status_code == 404


class TestTheStaffsCalendar:
    def made(self, client, member):
        client.force_login(member)
        page = client.post(reverse("patient:own-calendar"), {"calendar": "make"})
        assert "no-store" in page["Cache-Control"]
        return re.search(r'id="made">https://clinic.example(/f/[^<]+)<', page.content.decode())[1]

    def test_initials_and_the_room_and_nothing_else(self, client):
        visit = a_plain_visit()
        path = self.made(client, visit.physician)
        client.logout()
        text = client.get(path).content
        (event,) = by_icalendar(text)
        assert (event[3], event[4]) == (
            rules.initials(visit.patient.full_name),
            visit.room.name,
        )
        assert visit.patient.full_name.split()[0] not in text.decode()

    def test_a_physician_reads_their_own_and_the_desk_all(self, client):
        one, other = a_plain_visit(), a_plain_visit()
        assert len(by_icalendar(client.get(self.made(client, one.physician)).content)) == 1
        assert len(by_icalendar(client.get(self.made(client, clinic.receptionist())).content)) == 2
        assert other.pk != one.pk

    def test_ended_or_gone_from_the_clinic_it_is_not_found(self, client):
        member = clinic.physician()
        path = self.made(client, member)
        assert client.get(path).status_code == 200
        client.post(reverse("patient:own-calendar"), {"calendar": "end"})
        assert client.get(path).status_code == 404
        path = self.made(client, member)
        member.is_active = False
        member.save()
        assert client.get(path).status_code == 404

    def test_a_manager_has_none(self, client):
        client.force_login(clinic.manager())
        assert client.get(reverse("patient:own-calendar")).status_code == 403


@pytest.mark.parametrize(
    ("name", "short"), [("Ayşe Işık", "A. I."), ("İbrahim  Şahin Öz", "İ. Ş. Ö."), ("X", "X.")]
)
def test_initials_keep_their_letters(name, short):
    assert rules.initials(name) == short
