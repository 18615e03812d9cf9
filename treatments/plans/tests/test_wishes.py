"""A running course gets another tolerance, physician, room, or other days and hours."""

from datetime import time, timedelta
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clinic.audit.models import AuditEntry
from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from treatments.booking.models import Appointment
from treatments.plans import actions, queries, rules
from treatments.plans.actions import PatientWishes
from treatments.plans.models import TreatmentPlan
from treatments.plans.reflow import Wanted, propose_reflow
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

WHY = "Works in shifts from now on."
THURSDAY = 3


def standing(plan):
    return {
        "days_earlier": plan.days_earlier,
        "days_later": plan.days_later,
        "room": plan.room,
        "preferred_weekdays": plan.preferred_weekdays,
        "preferred_from": plan.preferred_from,
        "preferred_until": plan.preferred_until,
    }


def change(plan, *, physician=None, reason="", seen=None, now=NOW, **wishes):
    """What stands stays, but for `wishes`."""
    return actions.change_wishes(
        plan=plan,
        wishes=PatientWishes(**(standing(plan) | wishes)),
        physician=physician or plan.physician,
        reason=reason,
        seen_version=queries.wishes_version(plan) if seen is None else seen,
        by=plan.physician,
        now=now,
    )


def propose(plan):
    return actions.propose_course(
        plan, first_on=MONDAY + timedelta(days=1), preferred=time(10), room=plan.room, now=NOW
    )


class TestProposals:
    def test_new_days_and_hours_are_proposed_from_now_on(self):
        plan = a_set_plan(interval_days=14)
        assert {each.on.weekday() for each in propose(plan)} != {THURSDAY}

        plan = change(plan, preferred_weekdays=[THURSDAY], preferred_from=time(14))

        assert {each.on.weekday() for each in propose(plan)} == {THURSDAY}
        assert queries.usual_clock(plan) == time(14)

    def test_another_physician_and_room_are_booked_from_now_on(self):
        plan = a_set_plan()
        other, room = clinic.physician(), clinic.room()

        plan = change(plan, physician=other, room=room)

        assert {each.chosen.room for each in propose(plan)} == {room}
        plan = a_booked_course(plan=plan)
        assert set(plan.sessions.values_list("appointment__physician", flat=True)) == {other.pk}

    def test_what_is_booked_stays_where_it_is_and_with_whom(self):
        plan = a_booked_course()
        before = list(Appointment.objects.order_by("starts_at").values())

        change(
            plan,
            physician=clinic.physician(),
            preferred_weekdays=[THURSDAY],
            days_later=0,
            reason=WHY,
        )

        assert list(Appointment.objects.order_by("starts_at").values()) == before


class TestReflow:
    def moved_with_the_first(self, plan):
        """How many sessions move when the first one goes two days later."""
        session = queries.planned_sessions(plan)[0]
        on = local_date(session.appointment.starts_at) + timedelta(days=2)
        ripples = propose_reflow(plan, wanted=Wanted(session, on), now=NOW)
        return sum(not each.stays for each in ripples)

    def test_a_wider_tolerance_lets_the_others_stay(self):
        exact = PatientWishes(days_earlier=0, days_later=0)
        plan = a_booked_course(interval_days=14, wishes=exact)
        assert self.moved_with_the_first(plan) == 6

        plan = change(plan, days_earlier=1, days_later=3, reason=WHY)

        assert self.moved_with_the_first(plan) == 1


class TestTolerance:
    @pytest.mark.parametrize("reason", ["", "ok", "         "])
    def test_it_needs_a_reason_and_the_wishes_need_none(self, reason):
        plan = a_set_plan(interval_days=14)

        with pytest.raises(rules.WrongPlan, match="why the tolerance changes"):
            change(plan, days_later=5, reason=reason)
        change(plan, preferred_weekdays=[THURSDAY], reason=reason)

        plan.refresh_from_db()
        assert (plan.days_later, plan.preferred_weekdays) == (3, [THURSDAY])

    def test_who_when_from_what_and_why_stands_with_the_plan_and_in_the_audit(self):
        plan = change(a_set_plan(interval_days=14), days_earlier=2, days_later=5, reason=WHY)

        assert plan.physician.display_name in plan.reason
        assert f"−1 / +3 → −2 / +5: {WHY}" in plan.reason
        entry = AuditEntry.objects.get(verb="plan.tolerance_changed")
        assert (entry.detail, entry.actor) == ({"was": [1, 3], "became": [2, 5]}, plan.physician)

    def test_a_second_reason_stands_under_the_first(self):
        plan = a_set_plan(interval_days=14, session_count=9, reason="Very large area to treat.")

        plan = change(change(plan, days_later=5, reason=WHY), days_later=4, reason=WHY)

        assert len(plan.reason.splitlines()) == 3
        assert plan.reason.startswith("Very large area to treat.\n")

    @given(
        earlier=st.integers(0, 7), later=st.integers(0, 14), interval=st.sampled_from([7, 9, 14])
    )
    def test_no_tolerance_brings_two_sessions_nearer_than_7_days(self, earlier, later, interval):
        lawful = PatientWishes(days_earlier=earlier, days_later=later).lawful(interval)

        assert interval - lawful["days_earlier"] >= 7

    def test_a_weekly_course_keeps_its_7_days_whatever_is_typed(self):
        plan = change(a_set_plan(), days_earlier=5, days_later=5, reason=WHY)

        assert (plan.days_earlier, plan.days_later) == (0, 5)
        days = [each.on for each in propose(plan)]
        assert all((after - before).days >= 7 for before, after in pairwise(days))

    @pytest.mark.parametrize("tolerance", [{"days_earlier": 8}, {"days_later": 15}])
    def test_one_that_says_nothing_any_more_is_refused(self, tolerance):
        with pytest.raises(rules.WrongPlan):
            change(a_set_plan(), reason=WHY, **tolerance)


class TestTwoBrowsers:
    def test_who_saw_other_wishes_changes_nothing(self):
        plan = a_set_plan()
        seen = queries.wishes_version(plan)
        change(plan, preferred_weekdays=[THURSDAY], seen=seen)

        with pytest.raises(rules.CourseChanged, match="meanwhile"):
            change(plan, preferred_from=time(14), seen=seen)

        plan.refresh_from_db()
        assert (plan.preferred_weekdays, plan.preferred_from) == ([THURSDAY], None)

    def test_without_the_look_at_the_version_the_first_one_would_be_lost(self, monkeypatch):
        plan = a_set_plan()
        monkeypatch.setattr(queries, "wishes_version", lambda plan: "the same")
        change(plan, preferred_weekdays=[THURSDAY])

        change(plan, preferred_from=time(14))

        plan.refresh_from_db()
        assert plan.preferred_weekdays == []

    @pytest.mark.parametrize(
        "change_of",
        [
            {"days_earlier": 3},
            {"days_later": 9},
            {"room_id": "00000000-0000-0000-0000-000000000000"},
            {"physician_id": "00000000-0000-0000-0000-000000000000"},
            {"preferred_weekdays": [1]},
            {"preferred_from": time(9)},
            {"preferred_until": time(17)},
        ],
    )
    def test_every_wish_makes_another_version(self, change_of):
        plan = TreatmentPlan()
        before = queries.wishes_version(plan)
        for name, value in change_of.items():
            setattr(plan, name, value)

        assert queries.wishes_version(plan) != before

    def test_a_course_that_is_over_keeps_what_it_had(self):
        plan = a_booked_course()
        actions.stop_plan(plan=plan, reason="", by=plan.physician, now=NOW)

        with pytest.raises(rules.StateForbids):
            change(plan, preferred_weekdays=[THURSDAY])

    def test_nothing_changed_is_not_recorded(self):
        change(a_set_plan())

        assert not AuditEntry.objects.filter(verb__contains="changed").exists()


class TestPage:
    @pytest.fixture
    def plan(self):
        return a_set_plan(interval_days=14, now=timezone.now())

    def url(self, plan):
        return reverse("plans:wishes", args=[plan.patient_id, plan.pk])

    def posted(self, plan, **fields):
        typed = {
            "physician": plan.physician_id,
            "room": plan.room_id or "",
            "preferred_weekdays": plan.preferred_weekdays,
            "seen": queries.wishes_version(plan),
        }
        return typed | fields

    def signed_in(self, client, who):
        client.force_login(who)
        client.cookies["django_language"] = "en"
        return client

    def test_the_desk_writes_down_what_suits_and_not_the_tolerance(self, client, plan):
        desk = self.signed_in(client, clinic.receptionist())
        page = desk.get(self.url(plan)).content.decode()
        assert "id_days_later" not in page
        room = clinic.room()

        answer = desk.post(
            self.url(plan),
            self.posted(
                plan, room=room.pk, preferred_weekdays=["3"], days_later="9", reason=WHY * 2
            ),
        )

        assert answer.status_code == 302
        plan.refresh_from_db()
        assert (plan.room, plan.preferred_weekdays, plan.days_later) == (room, [3], 3)
        assert AuditEntry.objects.get(verb="plan.wishes_changed").detail == {
            "changed": ["preferred_weekdays", "room"]
        }

    def test_the_physician_changes_the_tolerance_and_says_why(self, client, plan):
        doctor = self.signed_in(client, plan.physician)
        typed = self.posted(plan, days_earlier="2", days_later="7")

        answer = doctor.post(self.url(plan), typed)
        assert answer.status_code == 422
        assert "why the tolerance changes" in answer.content.decode()
        assert 'value="7"' in answer.content.decode()
        assert doctor.post(self.url(plan), typed | {"reason": WHY}).status_code == 302

        plan.refresh_from_db()
        assert (plan.days_earlier, plan.days_later) == (2, 7)
        shown = doctor.get(reverse("plans:show", args=[plan.patient_id, plan.pk])).content.decode()
        assert WHY in shown
        assert self.url(plan) in shown

    def test_the_second_of_two_browsers_keeps_what_was_typed_and_sees_what_stands(
        self, client, plan
    ):
        desk = self.signed_in(client, clinic.receptionist())
        first, second = self.posted(plan, preferred_weekdays=["3"]), self.posted(plan)
        assert desk.post(self.url(plan), first).status_code == 302

        answer = desk.post(self.url(plan), second | {"preferred_from": "14:00"})

        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Thursday" in page
        assert 'value="14:00"' in page
        plan.refresh_from_db()
        assert plan.preferred_from is None
        again = second | {"preferred_from": "14:00", "seen": queries.wishes_version(plan)}
        assert queries.wishes_version(plan) in page
        assert desk.post(self.url(plan), again).status_code == 302

    def test_hours_that_end_before_they_begin_are_typed_again(self, client, plan):
        desk = self.signed_in(client, clinic.receptionist())

        answer = desk.post(
            self.url(plan), self.posted(plan, preferred_from="14:00", preferred_until="09:00")
        )

        assert answer.status_code == 422
        assert "end before they begin" in answer.content.decode()

    def test_a_physician_who_left_and_a_closed_room_stand_until_somebody_chooses(
        self, client, plan
    ):
        desk = self.signed_in(client, clinic.receptionist())
        room = clinic.room()
        plan = change(plan, room=room)
        type(room).objects.filter(pk=room.pk).update(is_active=False)
        type(plan.physician).objects.filter(pk=plan.physician_id).update(is_active=False)

        page = desk.get(self.url(plan)).content.decode()
        assert f'value="{plan.physician_id}" selected' in page
        assert f'value="{room.pk}" selected' in page
        assert desk.post(self.url(plan), self.posted(plan)).status_code == 302

        plan.refresh_from_db()
        assert plan.room == room

    def test_who_may_not_book_may_not_change_wishes(self, client, plan):
        nurse = self.signed_in(client, clinic.nurse())

        assert nurse.get(self.url(plan)).status_code == 403
        assert nurse.post(self.url(plan), self.posted(plan)).status_code == 403
