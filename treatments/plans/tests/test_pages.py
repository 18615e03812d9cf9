import re
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.hours.queries import local_date, opening_times
from clinic.tests import builders as clinic
from patients.tests.builders import a_healthy_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking import actions as booking
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind
from treatments.plans import actions, picking, queries
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState, SessionState
from treatments.tests.builders import a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db


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


def at(name, plan):
    return reverse(f"plans:{name}", args=[plan.patient_id, plan.pk])


def posted(html):
    """What the browser would send: the hidden fields and the picked radios of the last form."""
    form = html[html.index('name="key"') - 40 :]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    picked = re.findall(r'type="radio" name="([^"]+)" id="[^"]+" value="([^"]+)" checked', form)
    return fields | {name: value.replace("&#x2B;", "+") for name, value in picked}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_first_day_in_no_clinics_calendar_proposes_nothing(desk, now, day):
    page = desk.get(at("book", a_set_plan(now=now)), {"first_on": day})

    assert page.status_code == 200
    assert "rows" not in page.context


class TestBooking:
    def test_every_date_is_seen_before_one_click_books_all(self, desk, now):
        plan = a_set_plan(now=now)
        page = desk.get(at("book", plan)).content.decode()
        assert page.count("data-picked-day>") == 6

        answer = desk.post(at("book", plan), posted(page))

        assert answer.status_code == 302
        assert [each.state for each in queries.planned_sessions(plan)] == [SessionState.BOOKED] * 6

    def test_a_double_click_books_once(self, desk, now):
        plan = a_set_plan(now=now)
        wish = posted(desk.get(at("book", plan)).content.decode())

        answers = [desk.post(at("book", plan), wish) for _click in range(2)]

        assert [each.status_code for each in answers] == [302, 302]
        assert Appointment.objects.filter(patient=plan.patient).count() == 6

    def test_the_key_of_another_wish_is_refused(self, desk, now):
        plan, other = a_set_plan(now=now), a_set_plan(now=now)
        wish = posted(desk.get(at("book", plan)).content.decode())
        desk.post(at("book", plan), wish)
        second = posted(desk.get(at("book", other)).content.decode())

        answer = desk.post(at("book", other), second | {"key": wish["key"]})

        assert answer.status_code == 422
        assert "already used" in answer.content.decode()
        assert not Appointment.objects.filter(patient=other.patient).exists()

    def test_a_date_that_was_taken_meanwhile_comes_back_as_a_conflict(self, desk, now):
        plan = a_set_plan(now=now)
        wish = posted(desk.get(at("book", plan)).content.decode())
        third = actions.propose_course(
            plan,
            first_on=local_date(now) + timedelta(days=1),
            preferred=time(10),
            room=None,
            now=now,
        )[2].chosen
        booking.book(
            patient=a_healthy_patient(now=now),
            physician=plan.physician,
            room=third.room,
            kind=AppointmentKind.CONSULTATION,
            starts_at=third.span.starts_at,
            ends_at=third.span.ends_at,
            by=clinic.receptionist(),
            now=now,
        )

        answer = desk.post(at("book", plan), wish)

        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Nothing was booked" in html
        assert "ms-proposal-conflict" in html
        assert posted(html)["key"] == wish["key"]
        assert not Appointment.objects.filter(patient=plan.patient).exists()

    def test_who_must_see_the_physician_first_is_told_in_desk_words(self, desk, now):
        patient = a_healthy_patient(now=now, answers={"pregnant": "yes"})
        plan = a_set_plan(now=now, patient=patient)

        html = desk.get(at("book", plan)).content.decode()

        assert "The physician must decide first" in html
        assert "pregnan" not in html.lower()
        assert "Book all" not in html

    @pytest.mark.parametrize(
        "typed", [{"first_on": "soon"}, {"preferred": "25:99"}, {"room": str(uuid4())}]
    )
    def test_what_is_no_wish_proposes_nothing_and_does_not_break(self, desk, now, typed):
        plan = a_set_plan(now=now)

        page = desk.get(at("book", plan), typed)

        assert page.status_code == 200
        assert "Book all" not in page.content.decode()

    @pytest.mark.parametrize("broken", [{"key": "x"}, {"slot-1": "x"}, {"slot-1": ""}])
    def test_a_broken_form_books_nothing(self, desk, now, broken):
        plan = a_set_plan(now=now)
        wish = posted(desk.get(at("book", plan)).content.decode())

        answer = desk.post(at("book", plan), wish | broken)

        assert answer.status_code == 422
        assert not Appointment.objects.exists()

    def test_a_plan_of_somebody_else_is_not_found(self, desk, now):
        plan, other = a_set_plan(now=now), a_set_plan(now=now)

        url = reverse("plans:book", args=[other.patient_id, plan.pk])

        assert desk.get(url).status_code == 404

    def test_a_nurse_books_no_course(self, client, now):
        client.force_login(clinic.nurse())

        assert client.get(at("book", a_set_plan(now=now))).status_code == 403


class TestSetting:
    def typed(self, **fields):
        return {
            "regions": ["cheek_left"],
            "session_count": "6",
            "interval_days": "14",
            "session_minutes": "30",
            "antiseptic": "alcohol_70",
            "anaesthetic_cream": "none",
            "gloves": "nitrile",
        } | fields

    def test_a_physician_sets_a_course(self, doctor, now):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)

        answer = doctor.post(reverse("plans:set", args=[patient.pk]), self.typed())

        plan = TreatmentPlan.objects.get()
        assert answer["Location"] == at("show", plan)
        assert (plan.physician, plan.session_count, plan.interval_days) == (doctor.doctor, 6, 14)

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"session_count": ""}, "Choose one."),
            ({"regions": []}, "This field is required"),
            ({"other_count": "9"}, "the physician writes why"),
            ({"other_count": "99999999999"}, "between"),
            ({"other_interval": "6"}, "At least 7 days"),
            ({"antiseptic": "vinegar"}, "vinegar"),
        ],
    )
    def test_what_is_no_course_is_refused_and_what_was_typed_stays(self, doctor, now, typed, says):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)

        answer = doctor.post(reverse("plans:set", args=[patient.pk]), self.typed(**typed))

        html = answer.content.decode()
        assert answer.status_code == 422
        assert says in html
        assert 'value="14" checked' in html
        assert not TreatmentPlan.objects.exists()

    def test_nine_sessions_with_a_reason_are_a_course(self, doctor, now):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)

        doctor.post(
            reverse("plans:set", args=[patient.pk]),
            self.typed(other_count="9", reason="Large area, slow response."),
        )

        assert TreatmentPlan.objects.get().session_count == 9

    @pytest.mark.parametrize(
        ("typed", "count"), [({"session_count": "4"}, 4), ({"session_count": ""}, 3)]
    )
    def test_a_button_counts_more_than_the_number_left_over_from_the_last_plan(
        self, doctor, now, typed, count
    ):
        patient = a_healthy_patient(now=now)
        a_set_plan(patient=patient, session_count=3, reason="A small area.", now=now)

        doctor.post(
            reverse("plans:set", args=[patient.pk]),
            self.typed(other_count="3", reason="A small area.", **typed),
        )

        assert queries.running_plan(patient).session_count == count

    def test_nothing_is_chosen_for_the_physician_but_where(self, doctor, now):
        patient = a_healthy_patient(now=now)
        an_analysis(patient, now=now)

        html = doctor.get(reverse("plans:set", args=[patient.pk])).content.decode()

        picked = re.findall(r'name="(\w+)" id="[^"]+" value="(\w+)" checked', html)
        assert {name for name, _value in picked} == {"regions", "session_minutes"}

    def test_without_an_analysis_there_is_no_course(self, doctor, now):
        patient = a_healthy_patient(now=now)

        assert "First the skin analysis" in (
            doctor.get(reverse("plans:set", args=[patient.pk])).content.decode()
        )
        doctor.post(reverse("plans:set", args=[patient.pk]), self.typed())
        assert not TreatmentPlan.objects.exists()

    @pytest.mark.parametrize("who", [clinic.receptionist, clinic.nurse, clinic.manager])
    def test_only_a_physician_sets_courses(self, client, now, who):
        client.force_login(who())
        patient = a_healthy_patient(now=now)

        assert client.get(reverse("plans:set", args=[patient.pk])).status_code == 403


class TestCourse:
    def test_the_desk_sees_dates_and_no_clinical_text(self, desk, now):
        plan = a_booked_course(now=now)

        html = desk.get(at("show", plan)).content.decode()

        assert html.count('data-state="booked"') == 6
        assert "Antiseptic" not in html
        assert "Hold or stop" not in html

    def test_a_physician_holds_and_releases_it(self, doctor, now):
        plan = a_booked_course(now=now)

        doctor.post(at("hold", plan), {"reason": "Cold sore."})
        plan.refresh_from_db()
        assert plan.state == PlanState.ON_HOLD

        doctor.post(at("release", plan))
        plan.refresh_from_db()
        assert plan.state == PlanState.ACTIVE  # the times were kept

    def test_a_hold_by_hand_leads_to_the_times_that_are_still_taken(self, doctor, now):
        plan = a_booked_course(now=now)

        answer = doctor.post(at("hold", plan), {"reason": "Cold sore."})

        held = reverse("plans:held", args=[plan.patient_id])
        assert answer["Location"] == held
        assert len(queries.held_appointments(plan)) == 6
        seen = [each.pk for each in queries.held_appointments(plan)]
        doctor.post(held, {"appointment": seen})
        assert queries.held_appointments(plan) == []

    def test_holding_needs_a_reason(self, doctor, now):
        plan = a_booked_course(now=now)

        answer = doctor.post(at("hold", plan), {"reason": " "})

        plan.refresh_from_db()
        assert (answer.status_code, plan.state) == (422, PlanState.ACTIVE)

    def test_a_stopped_course_stays_stopped(self, doctor, now):
        plan = a_booked_course(now=now)
        doctor.post(at("stop", plan), {"reason": "Moves away."})

        assert doctor.post(at("hold", plan), {"reason": "Again."}).status_code == 409

    @pytest.mark.parametrize("name", ["hold", "release", "stop"])
    def test_the_desk_holds_and_stops_nothing(self, desk, now, name):
        plan = a_booked_course(now=now)

        assert desk.post(at(name, plan), {"reason": "No."}).status_code == 403

    def test_the_tab_leads_to_the_running_course(self, desk, now):
        plan = a_booked_course(now=now)

        answer = desk.get(reverse("plans:list-of", args=[plan.patient_id]))

        assert answer["Location"] == at("show", plan)

    def test_without_a_course_the_tab_says_what_comes_next(self, doctor, now):
        patient = a_healthy_patient(now=now)

        html = doctor.get(reverse("plans:list-of", args=[patient.pk])).content.decode()

        assert "Set a course" in html

    def test_reading_a_course_is_written_down(self, desk, now):
        from clinic.audit.models import ChartReading

        plan = a_booked_course(now=now)

        desk.get(at("show", plan))

        assert ChartReading.objects.get().section == "plans:show"

    def test_a_manager_reads_no_course(self, client, now):
        client.force_login(clinic.manager())

        assert client.get(at("show", a_set_plan(now=now))).status_code == 403


def test_a_wish_can_only_be_a_time_at_which_the_clinic_is_open(desk, now):
    plan = a_set_plan(now=now)
    offered = [value for value, _ in picking.CourseForm().fields["preferred"].widget.choices]
    spans = opening_times()

    assert offered
    for clock in map(time.fromisoformat, offered):
        assert any(opens <= clock < closes for opens, closes in spans)
    assert picking.time_on_offer(time(3)) == offered[0]
    assert picking.time_on_offer(time(23)) == offered[-1]
    assert time.fromisoformat(picking.time_on_offer(spans[0][0])) == spans[0][0]
    outside = desk.get(at("book", plan), {"preferred": "03:00"})
    assert "rows" not in outside.context


class TestCourses:
    def test_each_list_has_its_courses(self, desk, now):
        waiting, running = a_set_plan(now=now), a_booked_course(now=now)
        held = a_booked_course(now=now)
        actions.hold_plan(plan=held, reason="Rest.", by=held.physician, now=now)
        url = reverse("plans:list")

        for shown, plan in (("to-book", waiting), ("under-way", running), ("on-hold", held)):
            html = desk.get(url, {"show": shown}).content.decode()
            names = [
                each.patient.full_name
                for each in (waiting, running, held)
                if f">{each.patient.full_name}<" in html
            ]
            assert names == [plan.patient.full_name]

    def test_the_number_of_statements_does_not_grow_with_the_courses(self, desk, now):
        def statements():
            with CaptureQueriesContext(connection) as seen:
                desk.get(reverse("plans:list"))
            return len(seen)

        a_set_plan(now=now)
        statements()
        few = statements()
        for _course in range(5):
            a_set_plan(now=now)

        assert statements() == few

    def test_a_nurse_has_no_list_of_courses(self, client):
        client.force_login(clinic.nurse())

        assert client.get(reverse("plans:list")).status_code == 403
