import html
import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from clinic.audit.models import AuditEntry, ChartReading
from clinic.hours.models import BlockedTime
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from treatments.booking import actions
from treatments.booking.hooks import DayLimits, limits_of_move
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.world import at

VALUE = re.compile(r'name="slot" value="([^"]+)"')


@pytest.fixture
def visit(here):
    return here.book("10:00", here.day)


def page_of(desk, here, visit, view="day", **said):
    query = "&".join(f"{name}={value}" for name, value in said.items())
    return desk.get(f"{reverse(f'calendar:{view}')}?day={here.day}&move={visit.pk}&{query}")


def offered(page):
    return [html.unescape(value) for value in VALUE.findall(page.content.decode())]


def at_clock(here, values, clock, of=None):
    start = at(clock, here.day)
    return [
        value
        for value in values
        if datetime.fromisoformat(value.split("|")[0]) == start
        and (of is None or str(of.pk) in value)
    ]


def put(desk, here, visit, *, view="day", version=None, fragment=False, by="", **place):
    return desk.post(
        f"{reverse('calendar:move', args=[visit.pk])}?view={view}&day={here.day}&by={by}",
        {"version": version or visit.version, **place},
        headers={"HX-Request": "true"} if fragment else {},
    )


def undo_of(page):
    text = page.content.decode()
    action = re.search(r'action="([^"]*undo[^"]*)"', text)
    token = re.search(r'name="move" value="([^"]+)"', text)
    assert action
    assert token
    return html.unescape(action[1]), html.unescape(token[1])


class TestMoveMode:
    @pytest.mark.parametrize("view", ["day", "week", "agenda"])
    def test_shows_the_free_times_as_buttons(self, desk, here, visit, view):
        values = offered(page_of(desk, here, visit, view))

        assert at_clock(here, values, "11:00")
        # Where it stands is no other time.
        assert not at_clock(here, values, "10:00", of=here.room) or view == "day"

    def test_a_taken_time_is_not_offered(self, desk, here, visit):
        here.book("11:00", here.day, patient=here.a_patient())

        assert not at_clock(here, offered(page_of(desk, here, visit)), "11:00", of=here.physician)

    def test_each_physician_and_each_room_has_its_own_times(self, desk, here, visit):
        other = clinic.physician()

        by_physician = offered(page_of(desk, here, visit))
        by_room = offered(page_of(desk, here, visit, by="room"))

        assert at_clock(here, by_physician, "11:00", of=other)
        assert at_clock(here, by_room, "11:00", of=here.other_room)

    def test_an_absent_physician_offers_nothing(self, desk, here, visit):
        BlockedTime.objects.create(
            member=here.physician,
            kind=Blocking.ABSENCE,
            starts_at=at("00:00", here.day),
            ends_at=at("23:59", here.day),
            entered_by=here.desk,
            entered_at=here.now,
        )

        assert offered(page_of(desk, here, visit)) == []

    def test_a_day_that_the_course_forbids_says_why_and_offers_nothing(
        self, desk, here, visit, monkeypatch
    ):
        limits = DayLimits(first=here.day + timedelta(days=1), reasons=("Seven days apart.",))
        monkeypatch.setattr(limits_of_move, "_listeners", [lambda *_: limits])

        page = page_of(desk, here, visit)

        assert offered(page) == []
        assert "Seven days apart." in page.content.decode()

    def test_picking_up_a_visit_is_a_reading_of_its_patients_file(self, desk, here, visit):
        page_of(desk, here, visit)

        (reading,) = ChartReading.objects.all()
        assert (reading.patient_id, reading.section) == (visit.patient_id, "calendar:day")

    def test_who_may_not_book_is_shown_no_times(self, client, here, visit):
        client.force_login(clinic.nurse())

        page = page_of(client, here, visit)

        assert page.status_code == 200
        assert offered(page) == []

    def test_a_visit_that_nobody_knows_is_not_found(self, desk, here):
        visit = Appointment(pk="00000000-0000-0000-0000-000000000001")
        assert page_of(desk, here, visit).status_code == 404


class TestPutDown:
    def test_a_chosen_time_is_taken_and_the_day_shown(self, desk, here, visit):
        (value, *_) = at_clock(here, offered(page_of(desk, here, visit)), "11:00")

        answer = put(desk, here, visit, slot=value)

        visit.refresh_from_db()
        assert visit.starts_at == at("11:00", here.day)
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"#visit-{visit.pk}")
        assert AuditEntry.objects.filter(verb="appointment.moved").count() == 1

    def test_a_drop_keeps_the_room_or_finds_a_free_one(self, desk, here, visit):
        other = clinic.physician()
        here.book("11:00", here.day, physician=other, patient=here.a_patient())

        put(desk, here, visit, day=here.day, minute=11 * 60, column=here.physician.pk)

        visit.refresh_from_db()
        assert visit.starts_at == at("11:00", here.day)
        assert visit.room == here.other_room

    def test_a_drop_on_another_column_changes_physician_or_room(self, desk, here, visit):
        other = clinic.physician()

        put(desk, here, visit, day=here.day, minute=12 * 60, column=other.pk)
        visit.refresh_from_db()
        assert visit.physician == other
        put(desk, here, visit, day=here.day, minute=720, column=here.other_room.pk, by="room")
        visit.refresh_from_db()

        assert visit.room == here.other_room

    def test_a_drop_in_the_week_changes_the_day(self, desk, here, visit):
        day = here.day + timedelta(days=1)

        put(desk, here, visit, view="week", day=day, minute=600, column="")

        visit.refresh_from_db()
        assert visit.starts_at == at("10:00", day)

    @pytest.mark.parametrize("fragment", [False, True])
    def test_a_taken_time_is_refused_with_the_reason_and_the_other_page(
        self, desk, here, visit, fragment
    ):
        here.book("11:00", here.day, patient=here.a_patient())

        answer = put(
            desk, here, visit, fragment=fragment, day=here.day, minute=660, column=here.physician.pk
        )

        text = answer.content.decode()
        assert answer.status_code == 409
        assert "already has an appointment" in text
        assert reverse("booking:move", args=[visit.pk]) in text
        assert 'id="calendar"' in text
        visit.refresh_from_db()
        assert visit.starts_at == at("10:00", here.day)

    @pytest.mark.parametrize("fragment", [False, True])
    def test_what_changed_meanwhile_is_said_and_shown(self, desk, here, visit, fragment):
        actions.move_appointment(
            appointment_id=visit.pk,
            starts_at=at("15:00", here.day),
            seen_version=1,
            by=here.desk,
            now=here.now,
        )

        answer = put(
            desk, here, visit, fragment=fragment, version=1, day=here.day, minute=660, column=""
        )

        text = answer.content.decode()
        assert answer.status_code == 409
        assert "was changed at" in text
        assert '<span class="ms-cal-time">15:00' in text

    def test_a_fragment_brings_the_grid_and_the_undo_bar(self, desk, here, visit):
        answer = put(
            desk, here, visit, fragment=True, day=here.day, minute=660, column=here.physician.pk
        )

        text = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in text
        assert 'hx-swap-oob="innerHTML"' in text
        assert undo_of(answer)

    def test_a_confirmed_visit_is_to_be_confirmed_again(self, desk, here, visit):
        actions.change_state(
            appointment_id=visit.pk,
            to=AppointmentState.CONFIRMED,
            seen_version=1,
            by=here.desk,
            now=here.now,
        )
        visit.refresh_from_db()

        answer = put(desk, here, visit, fragment=True, day=here.day, minute=660, column="")

        assert "had confirmed the earlier time" in answer.content.decode()

    @pytest.mark.parametrize(
        "place",
        [
            {},
            {"slot": "nonsense"},
            {"slot": "2026-11-24T10:00:00|1|2"},
            {"day": "2026-11-24"},
            {"day": "2026-11-24", "minute": "1440"},
            {"day": "2026-11-24", "minute": "600", "column": "x"},
        ],
    )
    def test_what_is_no_place_is_said_so(self, desk, here, visit, place):
        answer = put(desk, here, visit, **place)

        assert answer.status_code == 422
        assert "cannot be put there" in answer.content.decode()

    def test_nobody_is_moved_to_somebody_who_is_unknown(self, desk, here, visit):
        nobody = "00000000-0000-0000-0000-000000000001"

        for by in ("", "room"):
            answer = put(desk, here, visit, by=by, day=here.day, minute=660, column=nobody)
            assert answer.status_code == 404

    def test_only_who_books_may_move(self, client, here, visit):
        client.force_login(clinic.nurse())

        assert put(client, here, visit, day=here.day, minute=660).status_code == 403


class TestUndo:
    def moved(self, desk, here, visit):
        put(desk, here, visit, day=here.day, minute=660, column=here.physician.pk)
        return undo_of(desk.get(f"{reverse('calendar:day')}?day={here.day}"))

    def test_takes_the_move_back(self, desk, here, visit):
        address, token = self.moved(desk, here, visit)

        answer = desk.post(address, {"move": token})

        visit.refresh_from_db()
        assert answer.status_code == 302
        assert (visit.starts_at, visit.room) == (at("10:00", here.day), here.room)

    def test_is_refused_when_somebody_changed_the_visit_since(self, desk, here, visit):
        address, token = self.moved(desk, here, visit)
        actions.change_state(
            appointment_id=visit.pk,
            to=AppointmentState.CONFIRMED,
            seen_version=2,
            by=here.desk,
            now=here.now,
        )

        answer = desk.post(address, {"move": token})

        visit.refresh_from_db()
        assert answer.status_code == 409
        assert visit.starts_at == at("11:00", here.day)

    @pytest.mark.parametrize("token", ["", "junk", "eyJ4IjoxfQ:1abc:def"])
    def test_a_token_that_nobody_signed_does_nothing(self, desk, token):
        answer = desk.post(reverse("calendar:undo"), {"move": token})

        assert answer.status_code == 422
        assert "can no longer be taken back" in answer.content.decode()
