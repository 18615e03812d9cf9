"""The pages that change a course: maintenance, another length, one date and what follows, undo."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from patients.tests.builders import a_healthy_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking import actions as booking
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING, AppointmentKind
from treatments.plans import actions, queries
from treatments.plans.models import TreatmentPlan
from treatments.plans.picking import slot_name, value_of, version_name
from treatments.plans.reflow import Wanted, propose_reflow
from treatments.plans.terms import PlanKind, PlanState, SessionState
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db

S = SessionState
STEPS = {
    "regions": ["cheek_left"],
    "session_minutes": "30",
    "antiseptic": "alcohol_70",
    "anaesthetic_cream": "none",
    "gloves": "nitrile",
}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def desk(client):
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def doctor(client):
    doctor = clinic.physician()
    client.force_login(doctor)
    client.cookies["django_language"] = "en"
    client.doctor = doctor
    return client


def at(name, plan, *number):
    return reverse(f"plans:{name}", args=[plan.patient_id, plan.pk, *number])


def sessions(plan):
    return queries.planned_sessions(plan)


def states(plan):
    return [each.state for each in sessions(plan)]


def days(plan):
    return [on for _number, on in queries.dates_of(sessions(plan))]


def ripple(plan, number, day, now):
    """What the browser would send: the first time of each session that goes."""
    wanted = Wanted(sessions(plan)[number - 1], day)
    typed = {"day": day.isoformat()}
    for each in propose_reflow(plan, wanted=wanted, now=now):
        if each.stays:
            continue
        typed[slot_name(each.session.number)] = value_of(each.options[0])
        if not each.is_new:
            typed[version_name(each.session.number)] = str(each.visit.version)
    return typed


def chosen(page, name):
    (value,) = re.findall(rf'name="{name}"[^>]* value="([^"]+)"[^>]* checked', page)
    return value


class TestMaintenance:
    def test_a_physician_sets_single_visits(self, doctor, now):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)
        url = reverse("plans:maintain", args=[patient.pk])
        page = doctor.get(url).content.decode()
        assert "4 to 12 weeks apart" in page
        assert chosen(page, "visits") == "3"
        assert chosen(page, "weeks") == "4"

        doctor.post(url, STEPS | {"visits": "3", "weeks": "8"})

        plan = TreatmentPlan.objects.get()
        assert (plan.kind, plan.session_count, plan.interval_days) == (PlanKind.MAINTENANCE, 3, 56)
        assert (plan.days_earlier, plan.days_later) == (7, 14)

    @pytest.mark.parametrize("typed", [{"weeks": "3"}, {"visits": ""}, {"visits": "99"}])
    def test_what_is_no_maintenance_is_refused_and_what_was_typed_stays(self, doctor, now, typed):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)

        answer = doctor.post(
            reverse("plans:maintain", args=[patient.pk]),
            STEPS | {"visits": "3", "weeks": "8"} | typed,
        )

        assert answer.status_code == 422
        assert 'value="nitrile" checked' in answer.content.decode()
        assert not TreatmentPlan.objects.exists()

    def test_the_desk_books_as_many_visits_as_it_wants(self, desk, now):
        plan = a_set_plan(now=now, kind=PlanKind.MAINTENANCE, session_count=3, interval_days=42)
        page = desk.get(at("book", plan), {"how_many": "2"}).content.decode()
        assert page.count("data-picked-day>") == 2
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        picked = re.findall(r'type="radio" name="([^"]+)" id="[^"]+" value="([^"]+)" checked', page)
        fields |= {name: value.replace("&#x2B;", "+") for name, value in picked}

        assert desk.post(at("book", plan), fields).status_code == 302
        assert states(plan) == [S.BOOKED, S.BOOKED, S.PLANNED]

    def test_the_desk_sets_none(self, desk, now):
        url = reverse("plans:maintain", args=[a_healthy_patient(now=now).pk])
        assert desk.get(url).status_code == 403


class TestWishes:
    def test_tolerance_physician_and_what_suits_are_set_with_the_course(self, doctor, now):
        patient, other, room = a_healthy_patient(now=now), clinic.physician(), clinic.room()
        an_analysis(patient, now=now)

        doctor.post(
            reverse("plans:set", args=[patient.pk]),
            STEPS
            | {
                "session_count": "6", "interval_days": "14", "physician": str(other.pk),
                "days_earlier": "2", "days_later": "5", "room": str(room.pk),
                "preferred_weekdays": ["1", "3"], "preferred_from": "14:00",
                "preferred_until": "17:30",
            },
        )  # fmt: skip

        plan = TreatmentPlan.objects.get()
        assert (plan.physician, plan.room) == (other, room)
        assert (plan.days_earlier, plan.days_later, plan.preferred_weekdays) == (2, 5, [1, 3])
        page = doctor.get(at("show", plan)).content.decode()
        assert "Tuesday, Thursday, 14:00–17:30" in page

    @pytest.mark.parametrize(
        "typed",
        [
            {"days_earlier": "8"},
            {"days_later": "-1"},
            {"preferred_weekdays": ["9"]},
            {"preferred_from": "17:00", "preferred_until": "09:00"},
            {"physician": "nobody"},
        ],
    )
    def test_what_is_no_wish_sets_nothing_and_is_shown_again(self, doctor, now, typed):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)

        answer = doctor.post(
            reverse("plans:set", args=[patient.pk]),
            STEPS | {"session_count": "6", "interval_days": "14"} | typed,
        )

        assert answer.status_code == 422
        assert not TreatmentPlan.objects.exists()


class TestLength:
    def test_what_is_added_is_proposed_at_once(self, doctor, now, monkeypatch):
        from clinic.staff.terms import Ability

        plan = a_booked_course(now=now, session_count=4)

        answer = doctor.post(
            at("length", plan), {"session_count": "6", "reason": "Slow, but it works."}
        )

        may_book = doctor.doctor.may(Ability.BOOK)
        assert answer["Location"] == at("book" if may_book else "show", plan)
        assert states(plan) == [S.BOOKED] * 4 + [S.PLANNED] * 2
        assert "4 → 6 sessions" in doctor.get(at("show", plan)).content.decode()

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"reason": "ok"}, "at least 10"),
            ({"session_count": "4"}, "already"),
            ({"session_count": "many"}, "whole number"),
        ],
    )
    def test_what_is_no_length_changes_nothing(self, doctor, now, typed, says):
        plan = a_booked_course(now=now, session_count=4)

        answer = doctor.post(
            at("length", plan), {"session_count": "6", "reason": "After the review."} | typed
        )

        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert states(plan) == [S.BOOKED] * 4

    def test_the_desk_changes_none(self, desk, now):
        assert desk.get(at("length", a_booked_course(now=now))).status_code == 403


class TestReplan:
    def test_the_ripple_is_shown_and_confirmed_and_taken_back(self, desk, now):
        plan = a_booked_course(now=now)
        before = days(plan)
        day = before[2] + timedelta(days=2)
        page = desk.get(at("replan", plan, 3), {"day": day.isoformat()}).content.decode()
        assert page.count("must follow: less than 7 days otherwise") == 3
        assert page.count(">stays<") == 2
        assert days(plan) == before

        answer = desk.post(at("replan", plan, 3), ripple(plan, 3, day, now))

        assert answer["Location"] == at("show", plan)
        assert days(plan)[2] == day
        after = desk.get(at("show", plan)).content.decode()
        moved = re.search(r'name="moved" value="([^"]+)"', after)[1]
        desk.post(at("undo", plan), {"moved": moved})
        assert days(plan) == before

    def test_a_day_that_is_too_near_says_the_first_one(self, desk, now):
        plan = a_booked_course(now=now)
        day = days(plan)[1] + timedelta(days=3)

        page = desk.get(at("replan", plan, 3), {"day": day.isoformat()}).content.decode()

        assert "At least 7 days are needed" in page
        assert "Confirm" not in page

    @pytest.mark.parametrize(
        "typed", [{"day": "soon"}, {"day": "9999-12-31"}, {"day": "2026-11-25", "at": "99:99"}]
    )
    def test_what_is_no_day_moves_nothing(self, desk, now, typed):
        plan = a_booked_course(now=now)
        before = days(plan)

        assert desk.get(at("replan", plan, 3), typed).status_code == 200
        assert desk.post(at("replan", plan, 3), typed).status_code == 409
        assert days(plan) == before

    def test_a_time_taken_meanwhile_is_a_409_with_the_new_state(self, desk, now):
        plan = a_booked_course(now=now)
        before = days(plan)
        day = before[2] + timedelta(days=2)
        typed = ripple(plan, 3, day, now)
        visit = sessions(plan)[4].appointment
        on = local_date(visit.starts_at) + timedelta(days=2)
        start = visit.starts_at + (on - local_date(visit.starts_at))
        booking.book(
            patient=a_healthy_patient(now=now),
            physician=plan.physician,
            room=visit.room,
            kind=AppointmentKind.CONSULTATION,
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            by=clinic.receptionist(),
            now=now,
        )

        answer = desk.post(at("replan", plan, 3), typed)

        assert answer.status_code == 409
        assert "already has an appointment" in answer.content.decode()
        assert days(plan) == before

    def test_a_move_on_the_calendars_page_leads_here(self, desk, now):
        plan = a_booked_course(now=now)
        visit = sessions(plan)[2].appointment
        start = visit.starts_at + timedelta(days=2)

        answer = desk.post(
            reverse("booking:move", args=[visit.pk]),
            {"slot": f"{start.isoformat()}|{visit.room_id}", "version": "1"},
        )

        assert answer["Location"].startswith(at("replan", plan, 3) + "?day=")
        assert desk.get(answer["Location"]).status_code == 200
        assert days(plan)[2] == local_date(visit.starts_at)

    def test_a_session_that_is_none_is_not_found(self, desk, now):
        assert desk.get(at("replan", a_booked_course(now=now), 9)).status_code == 404

    def test_a_nurse_moves_none(self, client, now):
        client.force_login(clinic.nurse())
        assert client.get(at("replan", a_booked_course(now=now), 1)).status_code == 403

    @pytest.mark.parametrize("moved", ["", "x", "eyJhIjoxfQ:1x2y3z:abc"])
    def test_what_this_server_did_not_write_takes_nothing_back(self, desk, now, moved):
        plan = a_booked_course(now=now)
        assert desk.post(at("undo", plan), {"moved": moved}).status_code == 409


class TestCancelling:
    def test_one_date_is_called_off_and_planned_anew(self, desk, now):
        plan = a_booked_course(now=now)
        page = desk.get(at("cancel-date", plan, 4)).content.decode()
        assert "Cancel this date and plan anew" in page
        assert "Stop the course" not in page

        answer = desk.post(at("cancel-date", plan, 4), {"version": "1"})

        assert answer["Location"] == at("replan", plan, 4)
        assert states(plan)[3] == S.PLANNED
        assert "gets its place again" in desk.get(answer["Location"]).content.decode()
        assert Appointment.objects.filter(patient=plan.patient, state__in=HOLDING).count() == 5

    def test_a_physician_may_stop_the_course_there(self, doctor, now):
        plan = a_booked_course(now=now)
        assert "Stop the course" in doctor.get(at("cancel-date", plan, 4)).content.decode()

    @pytest.mark.parametrize("version", ["", "7", "x", "9" * 30])
    def test_another_version_calls_nothing_off(self, desk, now, version):
        plan = a_booked_course(now=now)
        answer = desk.post(at("cancel-date", plan, 4), {"version": version})
        assert answer.status_code == 409
        assert states(plan) == [S.BOOKED] * 6

    def test_what_has_no_date_cannot_lose_it(self, desk, now):
        assert desk.get(at("cancel-date", a_set_plan(now=now), 1)).status_code == 409

    def test_the_page_of_the_calendar_leads_here(self, desk, now):
        plan = a_booked_course(now=now)
        visit = sessions(plan)[3].appointment
        page = desk.get(reverse("booking:cancel", args=[visit.pk])).content.decode()
        assert at("cancel-date", plan, 4) in page

    def test_a_nurse_calls_none_off(self, client, now):
        client.force_login(clinic.nurse())
        assert client.get(at("cancel-date", a_booked_course(now=now), 1)).status_code == 403


def test_later_dates_follow_the_one_that_was_picked(desk, now):
    plan = a_set_plan(now=now, interval_days=14)
    page = desk.get(at("book", plan)).content.decode()
    (other,) = re.findall(r'name="slot-1" id="[^"]+" value="([^"]+)"[^>]*data-follow="1"', page)

    after = desk.get(
        at("book", plan), {"slot-1": other.replace("&#x2B;", "+"), "follow": "1"}
    ).content.decode()

    def shown(html):
        return re.findall(r"data-picked-day>([^<]+)<", html)

    assert all(one != two for one, two in zip(shown(page), shown(after), strict=True))


def test_a_completed_course_offers_maintenance(doctor, now):
    plan = a_booked_course(now=now, session_count=4)
    actions.stop_plan(plan=plan, reason="Moves away.", by=plan.physician, now=now)
    plan.refresh_from_db()
    assert plan.state == PlanState.STOPPED

    page = doctor.get(at("show", plan)).content.decode()

    assert reverse("plans:maintain", args=[plan.patient_id]) in page
