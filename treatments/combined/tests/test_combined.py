"""Lasers, peels and home products beside the course: kept apart, screened, on the sheet."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.audit.models import AuditEntry
from clinic.hours.queries import clinic_zone, local_date, rooms
from clinic.refusals import Refused
from clinic.staff.terms import Role
from clinic.tests.builders import NOW, physician, staff
from patients.intake.models import ListedProcedure
from patients.tests.builders import a_healthy_patient
from treatments.aftercare.actions import sheet_content
from treatments.booking.actions import Visit
from treatments.booking.hooks import DaysAsked
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind
from treatments.combined import actions, queries
from treatments.combined.models import CombinedProcedure, HomeProduct
from treatments.combined.rules import TooNear
from treatments.combined.terms import ProcedureState
from treatments.plans.actions import book_course
from treatments.tests.builders import REGIONS, a_booked_course, a_set_plan

pytestmark = pytest.mark.django_db
TODAY = local_date(NOW)


def a_procedure(patient, *, kind="laser_spot", on=TODAY, regions=REGIONS, action=None, now=NOW):
    action = action or actions.plan_procedure
    return action(
        patient=patient, kind=kind, regions=list(regions), on=on, details="", by=physician(), now=now
    )  # fmt: skip


def first_session_on(plan):
    return local_date(
        Appointment.objects.get(planned_session=plan.sessions.get(number=1)).starts_at
    )


def test_a_laser_is_not_planned_just_before_or_after_a_session():
    plan = a_booked_course()
    session_on = first_session_on(plan)
    with pytest.raises(TooNear):
        a_procedure(plan.patient, on=session_on)
    last = max(on for on, _regions in queries.session_days(plan.patient, since=TODAY))
    with pytest.raises(TooNear):  # after the last session the sheet asks for 14 days
        a_procedure(plan.patient, on=last + timedelta(days=13))
    assert not CombinedProcedure.objects.exists()
    a_procedure(plan.patient, on=last + timedelta(days=14))


def test_in_another_region_it_may_be():
    plan = a_booked_course()
    a_procedure(plan.patient, on=first_session_on(plan), regions=["hands"])


LASER_ON = TODAY + timedelta(days=3)
WISHED = TODAY + timedelta(days=4)


def with_a_laser_ahead():
    plan = a_set_plan()
    a_procedure(plan.patient, on=LASER_ON)
    return plan


def too_soon(plan):
    """Weekly visits from the day after the laser on, whatever is proposed."""
    start = datetime.combine(WISHED, time(10), clinic_zone())
    return [
        Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=rooms()[0],
            kind=AppointmentKind.SESSION,
            starts_at=start + timedelta(days=7 * number),
            ends_at=start + timedelta(days=7 * number, minutes=30),
        )
        for number in range(6)
    ]


def book_too_soon(plan):
    return book_course(
        plan=plan, visits=too_soon(plan), request_key=uuid4(), by=plan.physician, now=NOW
    )


def test_a_course_is_proposed_from_the_first_day_that_the_laser_allows():
    plan = a_booked_course(plan=with_a_laser_ahead(), first_on=WISHED)
    assert first_session_on(plan) == LASER_ON + timedelta(days=28)


def test_no_session_is_booked_too_near_to_a_planned_laser():
    plan = with_a_laser_ahead()

    with pytest.raises(Refused):
        book_too_soon(plan)

    assert not Appointment.objects.exists()  # all or nothing


def test_behind_the_days_that_are_shown_the_course_itself_is_held_against_the_laser(monkeypatch):
    monkeypatch.setattr("treatments.combined.queries.days_kept_free", lambda _plan: [])
    plan = with_a_laser_ahead()

    with pytest.raises(TooNear):
        book_too_soon(plan)


def test_without_both_the_session_would_be_booked(monkeypatch):
    monkeypatch.setattr("treatments.combined.queries.planned_procedures", lambda _patient: [])

    book_too_soon(with_a_laser_ahead())

    assert Appointment.objects.count() == 6


def test_what_was_done_stands_on_the_list_that_screening_reads():
    patient = a_healthy_patient()
    planned = a_procedure(patient, on=TODAY)

    done = actions.finish_procedure(procedure=planned, on=TODAY, by=physician(), now=NOW)

    listed = ListedProcedure.objects.get(patient=patient, removed_at=None)
    assert (listed.kind, listed.done_on, listed.regions) == ("laser_spot", TODAY, list(REGIONS))
    assert (done.state, done.listed) == (ProcedureState.DONE, listed)
    assert AuditEntry.objects.filter(verb="procedure.done").count() == 1
    with pytest.raises(actions.NotPlanned):
        actions.cancel_procedure(procedure=planned, by=physician(), now=NOW)


def test_a_planned_one_moves_and_is_cancelled_and_then_keeps_nothing_free():
    plan = a_set_plan()
    procedure = a_procedure(plan.patient, on=TODAY + timedelta(days=3))
    actions.move_procedure(
        procedure=procedure, on=TODAY + timedelta(days=5), by=physician(), now=NOW
    )
    assert {kept.last for kept in queries.days_kept_free(plan)} == {
        TODAY + timedelta(days=4),
        TODAY + timedelta(days=32),
    }
    actions.cancel_procedure(procedure=procedure, by=physician(), now=NOW)
    assert queries.days_kept_free(plan) == []


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({"kind": "moon_light"}, actions.plan_procedure),
        ({"regions": ["left_ear_of_a_rabbit"]}, actions.plan_procedure),
        ({"on": TODAY - timedelta(days=1)}, actions.plan_procedure),
        ({"on": TODAY + timedelta(days=1)}, actions.record_procedure),
    ],
)
def test_what_cannot_be_is_refused_with_words(fields, action):
    with pytest.raises(actions.WrongEntry):
        a_procedure(a_healthy_patient(), action=action, **fields)
    assert not CombinedProcedure.objects.exists()


@pytest.fixture
def signed():
    from treatments.sessions.tests.builders import a_signed_session

    return a_signed_session()


def line(content, group, line_id):
    return next(each for each in content[group] if each["id"] == line_id)


def test_the_sheet_takes_the_longer_of_the_two_and_says_which_treatment_it_is(signed):
    before = line(sheet_content(signed), "avoid", "sun")
    done_on = local_date(signed.ended_at) - timedelta(days=10)
    a_procedure(signed.patient, on=done_on, action=actions.record_procedure, now=signed.ended_at)

    after = sheet_content(signed)

    sun, makeup = line(after, "avoid", "sun"), line(after, "avoid", "makeup")
    assert before["hours"] == 48 < sun["hours"]
    assert sun["until"] > before["until"]
    assert queries.method_label("laser_spot", signed.patient.language) in sun["short"]
    assert makeup["hours"] == 24  # three days after the laser have passed: nothing is shortened


def test_home_products_stand_on_the_sheet_with_the_day_on_which_they_go_on(signed):
    day = local_date(signed.ended_at)
    for product, pause in (("retinol", 5), ("vitamin_c", 0)):
        actions.advise_product(
            patient=signed.patient, product=product, name="", use="akşam", starts_on=day,
            pause_days=pause, by=physician(), now=signed.ended_at,
        )  # fmt: skip
    words = line(sheet_content(signed), "do", "home")["short"]
    assert "Retinol" in words
    assert f"{(day + timedelta(days=5)).day} " in words
    actions.stop_product(
        product=HomeProduct.objects.get(product="retinol"), by=physician(), now=signed.ended_at
    )
    assert "Retinol" not in line(sheet_content(signed), "do", "home")["short"]


def test_the_page_plans_writes_down_and_keeps_what_was_typed(client):
    patient = a_healthy_patient()
    client.force_login(physician())
    address = reverse("combined:list", args=[patient.pk])
    ahead = timezone.localdate() + timedelta(days=9)
    typed = {
        "procedure-kind": "peel_superficial", "procedure-regions": ["chin"],
        "procedure-on": ahead.isoformat(), "procedure-details": "Glikolik %30",
    }  # fmt: skip

    assert (
        client.post(reverse("combined:add-procedure", args=[patient.pk]), typed).status_code == 302
    )
    assert "Glikolik %30" in client.get(address).content.decode()
    wrong = client.post(
        reverse("combined:add-procedure", args=[patient.pk]), typed | {"procedure-kind": ""}
    )
    assert wrong.status_code == 422
    assert "Glikolik %30" in wrong.content.decode()
    product = {
        "product-product": "other", "product-use": "sabah", "product-pause_days": "0",
        "product-starts_on": ahead.isoformat(),
    }  # fmt: skip
    nameless = client.post(reverse("combined:add-product", args=[patient.pk]), product)
    assert nameless.status_code == 422
    named = client.post(
        reverse("combined:add-product", args=[patient.pk]), product | {"product-name": "Krem"}
    )
    assert named.status_code == 302


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.MANAGER, Role.NURSE])
def test_only_a_physician_plans_other_treatments(client, role):
    patient = a_healthy_patient()
    client.force_login(staff(role))
    assert client.post(reverse("combined:add-procedure", args=[patient.pk]), {}).status_code == 403


def asked(patient, kind, first=TODAY, days=60):
    return DaysAsked(
        patient=patient, kind=kind, first=first, last=first + timedelta(days=days), now=NOW
    )


def test_the_days_around_a_planned_laser_are_blocked_for_sessions_with_the_reason():
    plan = a_set_plan()
    on = TODAY + timedelta(days=20)
    a_procedure(plan.patient, on=on)

    days = queries.days_blocked(asked(plan.patient, AppointmentKind.SESSION))

    assert {min(days), max(days)} == {on - timedelta(days=13), on + timedelta(days=27)}
    assert "28" in days[on]
    assert queries.days_blocked(asked(plan.patient, AppointmentKind.CONSULTATION)) == {}


def test_a_laser_visit_is_not_offered_near_a_session_unless_its_own_gap_was_checked():
    plan = a_booked_course()
    session_on = first_session_on(plan)
    near = session_on + timedelta(days=3)

    assert near in queries.days_blocked(asked(plan.patient, AppointmentKind.LASER))
    a_procedure(plan.patient, on=near, regions=["hands"])
    assert near not in queries.days_blocked(asked(plan.patient, AppointmentKind.LASER))
