"""Visitors of the website ask for an appointment: no account, no program, nothing revealed."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.records.models import Patient
from patients.tests.builders import a_patient
from treatments.patient_side import forms, rules, visitors
from treatments.patient_side.models import VisitorRequest
from treatments.patient_side.rules import MOST_KNOCKS, Door
from treatments.patient_side.terms import VisitorState

pytestmark = pytest.mark.django_db
ASK = "/visit/"


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def passes(self, **span):
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    ticking = Clock()
    monkeypatch.setattr("django.utils.timezone.now", ticking)
    return ticking


@pytest.fixture
def visitor(client):
    client.cookies["django_language"] = "en"
    return client


def stamp_of(page):
    return re.search(r'name="stamp" value="([^"]+)"', page.content.decode()).group(1)


def filled(stamp, **fields):
    values = {
        "stamp": stamp,
        "full_name": "Ayşe Işık",
        "phone": "0532 123 45 67",
        "email": "",
        "kind": "first",
        "weekdays": ["1", "3"],
        "part_of_day": "morning",
        "website": "",
    }
    return values | fields


def asks(browser, clock, **fields):
    stamp = stamp_of(browser.get(ASK))
    clock.passes(seconds=20)
    return browser.post(ASK, filled(stamp, **fields))


@pytest.fixture
def desk(client):
    client.force_login(clinic.receptionist(language="en"))
    client.cookies["django_language"] = "en"
    return client


class TestAsking:
    def test_it_lands_before_the_desk(self, visitor, clock):
        answer = asks(visitor, clock)
        assert (answer.status_code, answer["Location"]) == (302, "/visit/asked/")
        asked = VisitorRequest.objects.get()
        assert (asked.phone, asked.weekdays, asked.state) == ("+905321234567", [1, 3], "open")
        assert asked.notice_version
        visitor.force_login(clinic.receptionist())
        assert "Ayşe Işık" in visitor.get(reverse("patient:requests")).content.decode()

    def test_the_privacy_notice_stands_on_the_page(self, visitor):
        page = visitor.get(ASK).content.decode()
        assert "How the clinic handles what you enter" in page
        assert len(page) > 4000

    def test_a_reload_makes_no_second_request(self, visitor, clock):
        stamp = stamp_of(visitor.get(ASK))
        clock.passes(seconds=20)
        for _ in range(3):
            assert visitor.post(ASK, filled(stamp)).status_code == 302
        assert VisitorRequest.objects.count() == 1

    def test_another_page_is_another_request(self, visitor, clock):
        """The negative control of the key."""
        asks(visitor, clock)
        asks(visitor, clock)
        assert VisitorRequest.objects.count() == 2

    def test_whoever_fills_in_the_trap_is_thanked_and_forgotten(self, visitor, clock):
        answer = asks(visitor, clock, website="https://buy.example")
        assert answer["Location"] == "/visit/asked/"
        assert not VisitorRequest.objects.exists()

    def test_a_form_that_comes_back_at_once_is_shown_again_and_then_taken(self, visitor, clock):
        stamp = stamp_of(visitor.get(ASK))
        clock.passes(seconds=2)
        answer = visitor.post(ASK, filled(stamp))
        assert answer.status_code == 422
        assert "Ayşe Işık" in answer.content.decode()
        assert not VisitorRequest.objects.exists()
        assert visitor.post(ASK, filled(stamp_of(answer))).status_code == 302
        assert VisitorRequest.objects.count() == 1

    @pytest.mark.parametrize("stamp", ["", "x", "a:b:c", "\x00"])
    def test_a_form_that_was_not_shown_here_is_not_taken(self, visitor, stamp):
        assert visitor.post(ASK, filled(stamp)).status_code == 422
        assert not VisitorRequest.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"phone": "", "email": ""}, "Enter a telephone number or an e-mail address."),
            ({"full_name": ""}, "Enter your name."),
            ({"phone": "call me"}, "A telephone number has no letters"),
            ({"email": "nobody"}, "Enter an e-mail address"),
        ],
    )
    def test_what_is_missing_is_named_and_what_was_typed_is_kept(self, visitor, clock, fields, why):
        answer = asks(visitor, clock, **({"full_name": "Kept Name"} | fields))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert why in page
        assert ("Kept Name" in page) is ("full_name" not in fields)

    def test_known_and_unknown_people_get_the_same_answer(self, visitor, clock):
        known = a_patient(phone="+905321234567")
        pages = []
        for phone in (known.phone, "+905329999999"):
            answer = asks(visitor, clock, phone=phone)
            page = visitor.get("/visit/asked/").content.decode()
            said = re.sub(r'name="csrf-token" content="[^"]*"', "", page)
            pages.append((answer.status_code, answer["Location"], said))
        assert pages[0] == pages[1]

    def test_a_browser_may_say_where_the_form_stood(self, visitor):
        """Without a referrer it sends "Origin: null", and the CSRF check refuses every form."""
        assert visitor.get(ASK)["Referrer-Policy"] == "same-origin"

    def test_its_own_cookie_is_asked_for(self, clock):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(ASK, filled(forms.new_stamp(NOW))).status_code == 403


class TestLimits:
    def test_an_address_asks_ten_times_an_hour(self, visitor, clock):
        codes = [asks(visitor, clock).status_code for _ in range(MOST_KNOCKS[Door.VISITOR] + 1)]
        assert codes == [302] * MOST_KNOCKS[Door.VISITOR] + [429]
        answer = asks(visitor, clock)
        assert int(answer["Retry-After"]) <= 3600
        assert asks(Client(REMOTE_ADDR="192.0.2.9"), clock).status_code == 302
        clock.passes(hours=1)
        assert asks(visitor, clock).status_code == 302

    def test_all_addresses_together_have_a_limit(self, monkeypatch, clock):
        monkeypatch.setitem(rules.MOST_KNOCKS, Door.VISITORS, 4)
        codes = [
            asks(Client(REMOTE_ADDR=f"192.0.2.{number}"), clock).status_code for number in range(6)
        ]
        assert codes == [302] * 4 + [429] * 2
        assert VisitorRequest.objects.count() == 4


class TestTheDesk:
    @pytest.fixture
    def asked(self, client, clock):
        asks(client, clock)
        return VisitorRequest.objects.get()

    def url(self, asked, name="settle-visitor"):
        return reverse(f"patient:{name}", args=[asked.pk])

    def test_a_known_patient_is_found_and_booked(self, desk, asked):
        known = a_patient(full_name="Somebody Else", phone="+905321234567")
        page = desk.get(self.url(asked)).content.decode()
        assert known.full_name in page
        answer = desk.post(self.url(asked), {"patient": known.pk})
        assert answer["Location"] == f"/calendar/new/?patient={known.pk}"
        asked.refresh_from_db()
        assert (asked.state, asked.patient) == (VisitorState.TAKEN_OVER, known)
        assert (asked.full_name, asked.phone, asked.email) == ("", "", "")

    def test_only_a_match_can_be_chosen(self, desk, asked):
        stranger = a_patient(full_name="Bambaşka Biri")
        assert desk.post(self.url(asked), {"patient": stranger.pk}).status_code == 400

    def test_a_new_patient_is_registered_from_what_was_filled_in(self, desk, asked):
        form = self.url(asked, "register-visitor")
        assert "Ayşe Işık" in desk.get(form).content.decode()
        identity = {
            "full_name": "Ayşe Işık", "born_on": "14.03.1992", "sex": "F",
            "phone": asked.phone, "email": "", "language": "tr", "reminders": "paper",
        }  # fmt: skip
        assert desk.post(form, identity | {"born_on": "31.02.1992"}).status_code == 422
        answer = desk.post(form, identity)
        patient = Patient.objects.get()
        assert answer["Location"] == f"/calendar/new/?patient={patient.pk}"
        asked.refresh_from_db()
        assert (asked.state, asked.phone) == (VisitorState.TAKEN_OVER, "")

    def test_declined_it_is_wiped(self, desk, asked):
        desk.post(self.url(asked), {"answer": "no"})
        asked.refresh_from_db()
        assert (asked.state, asked.full_name, asked.phone) == (VisitorState.DECLINED, "", "")
        assert desk.get(self.url(asked)).status_code == 302  # nothing is left to settle

    def test_two_at_the_desk_settle_it_once(self, asked):
        by = clinic.receptionist()
        visitors.decline_visitor(request_id=asked.pk, by=by, now=NOW)
        with pytest.raises(rules.SettledAlready):
            visitors.take_over(request_id=asked.pk, patient=a_patient(), by=by, now=NOW)

    @pytest.mark.parametrize("role", [clinic.nurse, clinic.manager])
    def test_nobody_else_reads_it(self, client, asked, role):
        client.force_login(role())
        assert client.get(self.url(asked)).status_code == 403
        assert client.post(self.url(asked, "register-visitor")).status_code == 403
