"""The settings of the clinic's time: each page works, refuses, and asks for the role."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.hours import actions, queries
from clinic.hours.models import BlockedTime, ClosedDay, Device, OpeningHours, Room, WorkingHours
from clinic.hours.terms import Blocking
from clinic.tests import builders
from treatments.booking.models import KindLength
from treatments.booking.tests.test_pages import Today

WEEK = {f"from_{day}_1": "09:00" for day in range(5)} | {
    f"until_{day}_1": "17:00" for day in range(5)
}
MANAGERS_ONLY = ["hours:opening", "hours:staff", "hours:closed", "hours:things", "booking:lengths"]


@pytest.fixture
def manager(client, db):
    member = builders.manager()
    client.force_login(member)
    client.cookies["django_language"] = "en"
    client.member = member
    return client


@pytest.fixture
def here(db):
    return Today()


@pytest.mark.parametrize("name", MANAGERS_ONLY)
def test_the_manager_opens_each_page_and_nobody_else(client, db, name):
    for who, status in (
        (builders.manager, 200),
        (builders.physician, 403),
        (builders.receptionist, 403),
        (builders.nurse, 403),
    ):
        client.force_login(who())
        assert client.get(reverse(name)).status_code == status


def test_settings_lead_to_the_first_page_of_each_role(client, db):
    physician = builders.physician()
    for who, leads_to in (
        (builders.manager(), reverse("hours:opening")),
        (physician, reverse("hours:member", args=[physician.pk])),
    ):
        client.force_login(who)
        assert client.get(reverse("hours:settings"))["Location"] == leads_to


class TestOpeningHours:
    def test_the_week_is_set(self, manager):
        answer = manager.post(
            reverse("hours:opening"), WEEK | {"from_0_2": "18:00", "until_0_2": "20:00"}
        )

        assert answer.status_code == 302
        assert queries.opening_week()[0] == [(time(9), time(17)), (time(18), time(20))]
        assert queries.opening_week()[6] == []

    @pytest.mark.parametrize(
        "wrong",
        [{"until_0_1": ""}, {"until_0_1": "08:00"}, {"from_0_1": "soon"},
         {"from_0_2": "16:00", "until_0_2": "19:00"}],
    )  # fmt: skip
    def test_what_makes_no_sense_is_said_and_kept(self, manager, wrong):
        builders.open_weekdays()
        before = list(OpeningHours.objects.values_list())

        answer = manager.post(reverse("hours:opening"), WEEK | {"from_3_1": "10:30"} | wrong)

        assert answer.status_code == 422
        assert 'value="10:30"' in answer.content.decode()
        assert list(OpeningHours.objects.values_list()) == before


class TestStaffHours:
    def test_a_manager_sets_them_for_everybody(self, manager):
        member = builders.physician()

        answer = manager.post(
            reverse("hours:member", args=[member.pk]), WEEK | {"valid_from": "2027-01-04"}
        )

        assert answer.status_code == 302
        assert queries.periods_of([member.pk])[member.pk][-1].first == date(2027, 1, 4)
        assert "From 04 Jan 2027" in manager.get(reverse("hours:staff")).content.decode()

    def test_a_physician_sets_only_their_own(self, client, db):
        own, other = builders.physician(), builders.physician()
        client.force_login(own)
        wish = WEEK | {"valid_from": "2027-01-04"}

        assert client.post(reverse("hours:member", args=[other.pk]), wish).status_code == 403
        assert not WorkingHours.objects.exists()
        assert client.post(reverse("hours:member", args=[own.pk]), wish).status_code == 302

    @pytest.mark.parametrize(
        "wrong", [{"valid_from": ""}, {"valid_until": "2026-01-01"}, {"from_0_1": ""}]
    )
    def test_what_makes_no_sense_changes_nothing(self, manager, wrong):
        member = builders.physician()
        wish = WEEK | {"valid_from": "2027-01-04"} | wrong

        assert manager.post(reverse("hours:member", args=[member.pk]), wish).status_code == 422
        assert not WorkingHours.objects.exists()

    def test_the_desk_has_no_hours_to_set(self, manager):
        member = builders.receptionist()

        assert manager.get(reverse("hours:member", args=[member.pk])).status_code == 404


class TestAbsences:
    def wish(self, whose, **fields):
        return {
            "of": whose.pk,
            "kind": "absence",
            "first_day": timezone.localdate() + timedelta(days=1),
            "why": "Kongre",
        } | fields

    def test_whole_days_and_the_visits_that_stand_in_them(self, manager, here):
        booked = here.book("10:00", here.day)

        answer = manager.post(reverse("hours:absences"), self.wish(here.physician))

        blocked = BlockedTime.objects.get()
        assert (blocked.starts_at, blocked.ends_at) == queries.day_bounds(here.day)
        assert answer["Location"] == reverse("hours:absence", args=[blocked.pk])
        page = manager.get(answer["Location"]).content.decode()
        assert here.patient.full_name in page
        assert reverse("booking:move", args=[booked.pk]) not in page  # the manager moves nobody
        booked.refresh_from_db()
        assert booked.version == 1

    def test_the_desk_reads_who_is_away_and_moves_their_visits(self, client, here):
        booked = here.book("10:00", here.day)
        client.force_login(here.physician)
        client.post(reverse("hours:absences"), self.wish(here.physician))
        blocked = BlockedTime.objects.get()
        client.force_login(here.desk)
        client.cookies["django_language"] = "en"

        page = client.get(reverse("hours:absences")).content.decode()
        assert "1 to move" in page
        page = client.get(reverse("hours:absence", args=[blocked.pk])).content.decode()
        assert reverse("booking:move", args=[booked.pk]) in page
        assert client.post(reverse("hours:absences"), self.wish(here.physician)).status_code == 403
        assert client.post(reverse("hours:lift", args=[blocked.pk])).status_code == 403

    def test_hours_of_a_room_and_of_a_device(self, manager, here):
        device = actions.add_device(name="Lazer", by="test", now=here.now)
        for of in (here.room, device):
            answer = manager.post(
                reverse("hours:absences"),
                self.wish(of, kind="blocked", first_time="09:00", last_time="11:30"),
            )
            assert answer.status_code == 302

        assert [
            f"{timezone.localtime(each.ends_at):%H:%M}" for each in BlockedTime.objects.all()
        ] == ["11:30", "11:30"]

    def test_a_physician_blocks_nobody_else(self, client, here):
        client.force_login(here.physician)
        for of in (builders.physician(), here.room):
            assert client.post(reverse("hours:absences"), self.wish(of)).status_code == 422
        assert not BlockedTime.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [{"first_day": ""}, {"first_day": "0001-01-01"}, {"last_day": "2020-01-01"},
         {"first_time": "12:00", "last_time": "11:00"}, {"of": "nobody"}, {"kind": "holiday"}],
    )  # fmt: skip
    def test_what_makes_no_sense_is_refused(self, manager, here, wrong):
        answer = manager.post(reverse("hours:absences"), self.wish(here.physician, **wrong))

        assert answer.status_code == 422
        assert "Kongre" in answer.content.decode()
        assert not BlockedTime.objects.exists()

    def test_it_is_taken_back_once(self, manager, here):
        manager.post(reverse("hours:absences"), self.wish(here.physician))
        blocked = BlockedTime.objects.get()
        address = reverse("hours:lift", args=[blocked.pk])

        assert [manager.post(address).status_code for _time in range(2)] == [302, 409]
        assert "Kongre" not in manager.get(reverse("hours:absences")).content.decode()

    def test_the_number_of_statements_does_not_grow_with_the_rows(self, manager, here):
        def statements():
            with CaptureQueriesContext(connection) as seen:
                manager.get(reverse("hours:absences"))
            return len(seen)

        statements()
        counts = []
        for number in (1, 6):
            for day in range(number):
                starts, ends = queries.day_bounds(here.day + timedelta(days=day))
                actions.block_time(
                    member=here.physician,
                    kind=Blocking.ABSENCE,
                    starts_at=starts,
                    ends_at=ends,
                    by=manager.member,
                    now=here.now,
                )
            counts.append(statements())
        assert counts[0] == counts[1] <= 15


class TestClosedDays:
    def test_holidays_are_copied_worked_on_and_closed_again(self, manager):
        year = timezone.localdate().year + 1
        manager.post(reverse("hours:holidays"), {"year": year})
        first = ClosedDay.objects.order_by("on")[0]
        address = reverse("hours:work", args=[first.on.isoformat()])

        page = manager.get(reverse("hours:closed"), {"year": year}).content.decode()
        assert "Yılbaşı" in page
        manager.post(address)
        assert ClosedDay.objects.get(on=first.on).is_worked
        manager.post(address, {"close": "1"})
        assert not ClosedDay.objects.get(on=first.on).is_worked

    def test_a_day_of_ones_own_leads_to_the_visits_that_stand_on_it(self, manager, here):
        here.book("10:00", here.day)
        wish = {"on": here.day.isoformat(), "why": "Bakım", "closed_from": "09:00"}

        answer = manager.post(reverse("hours:closed"), wish)

        assert answer["Location"] == reverse("hours:visits", args=[here.day.isoformat()])
        assert here.patient.full_name in manager.get(answer["Location"]).content.decode()
        page = manager.get(reverse("hours:closed"), {"year": here.day.year}).content.decode()
        assert "1 to move" in page

    def test_a_half_day_leaves_the_morning_alone(self, manager, here):
        here.book("10:00", here.day)
        wish = {"on": here.day.isoformat(), "why": "Bakım", "closed_from": "13:00"}

        assert "visits" not in manager.post(reverse("hours:closed"), wish)["Location"]

    @pytest.mark.parametrize("wrong", [{"on": ""}, {"why": ""}, {"closed_from": "25:00"}])
    def test_what_makes_no_sense_is_refused(self, manager, wrong):
        wish = {"on": "2027-02-02", "why": "Bakım"} | wrong

        assert manager.post(reverse("hours:closed"), wish).status_code == 422
        assert not ClosedDay.objects.exists()

    @pytest.mark.parametrize("day", ["2027-02-30", "soon", "2027-02-02"])
    def test_a_day_that_is_not_closed_is_not_found(self, manager, day):
        assert manager.get(reverse("hours:visits", args=[day])).status_code == 404
        assert manager.post(reverse("hours:work", args=[day])).status_code == 404

    @pytest.mark.parametrize(("year", "status"), [("soon", 400), ("9999", 400), ("2190", 422)])
    def test_a_year_without_known_holidays_is_said(self, manager, year, status):
        assert manager.post(reverse("hours:holidays"), {"year": year}).status_code == status


class TestThings:
    def test_rooms_and_devices_are_added_renamed_and_taken_out_of_use(self, manager):
        manager.post(reverse("hours:add", args=["room"]), {"name": "Oda 9"})
        manager.post(reverse("hours:add", args=["device"]), {"name": "Lazer"})
        room, device = Room.objects.get(), Device.objects.get()
        manager.post(reverse("hours:name", args=["room", room.pk]), {"name": "Oda 10"})
        manager.post(reverse("hours:use", args=["device", device.pk]), {"is_used": "no"})

        room.refresh_from_db()
        device.refresh_from_db()
        assert (room.name, device.is_active) == ("Oda 10", False)
        assert "Take into use" in manager.get(reverse("hours:things")).content.decode()

    def test_a_name_that_another_one_has_is_refused_and_kept(self, manager):
        room, _other = builders.room("Oda 1"), builders.room("Oda 2")

        answer = manager.post(reverse("hours:name", args=["room", room.pk]), {"name": "Oda 2"})

        assert answer.status_code == 422
        assert "already one with the name" in answer.content.decode()

    @pytest.mark.parametrize("name", ["", "   ", "x" * 61])
    def test_what_is_no_name_adds_nothing(self, manager, name):
        assert manager.post(reverse("hours:add", args=["room"]), {"name": name}).status_code == 422
        assert not Room.objects.exists()

    def test_only_rooms_and_devices_are_things(self, manager):
        room = builders.room()
        for name in ("add", "name", "use"):
            args = ["chair"] if name == "add" else ["chair", room.pk]
            assert manager.post(reverse(f"hours:{name}", args=args), {"name": "x"}).status_code == (
                404
            )


class TestLengths:
    def lengths(self, **fields):
        kinds = ("consultation", "session", "review", "peel", "laser")
        wish = {f"minutes_{kind}": "30" for kind in kinds}
        return wish | {f"numbing_{kind}": "0" for kind in kinds} | {"minutes_review": "15"} | fields

    def test_only_what_is_other_than_before_is_set(self, manager):
        answer = manager.post(reverse("booking:lengths"), self.lengths(numbing_laser="45"))

        assert answer.status_code == 302
        assert list(KindLength.objects.values_list("kind", "minutes", "numbing_minutes")) == [
            ("laser", 30, 45)
        ]

    @pytest.mark.parametrize(
        "wrong", [{"minutes_laser": "4"}, {"numbing_laser": "121"}, {"minutes_peel": ""}]
    )
    def test_what_no_visit_takes_is_refused(self, manager, wrong):
        answer = manager.post(reverse("booking:lengths"), self.lengths(**wrong))

        assert answer.status_code == 422
        assert not KindLength.objects.exists()
