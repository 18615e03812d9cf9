"""The Today board and the patient at a glance: what each role sees, and at what cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from clinic.dashboard.board import board
from clinic.staff.terms import Role
from clinic.tests.builders import staff
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides, withdraws
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose
from patients.tests.builders import a_patient
from treatments.booking.models import Appointment
from treatments.photographs.actions import withdraw_photograph
from treatments.photographs.tests.builders import a_photograph
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit() -> Appointment:
    """The first session of a course that the patient consented to, moved to today whatever the
    calendar says."""
    course = a_booked_course()
    decides(course.patient, ConsentKind.PROCEDURE)
    appointment = Appointment.objects.get(planned_session=course.sessions.get(number=1))
    start = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=start, physician_from=start, ends_at=start + timedelta(minutes=30)
    )
    appointment.refresh_from_db()
    return appointment


def columns(reader) -> dict[str, list[str]]:
    now = timezone.localtime().replace(hour=12, minute=5)
    shown = board(now.date(), reader=reader, now=now)
    return {
        column.name: [str(visit.appointment.pk) for visit in column.visits]
        for column in shown.columns
    }


def test_an_expected_patient_stands_in_the_first_column(visit):
    assert columns(staff(Role.RECEPTIONIST))["expected"] == [str(visit.pk)]


@pytest.mark.parametrize(
    ("state", "column"),
    [
        ("arrived", "arrived"),
        ("in_room", "in_room"),
        ("done", "done"),
        ("missed", "problem"),
        ("cancelled", "problem"),
    ],
)
def test_each_state_has_its_column(visit, state, column):
    Appointment.objects.filter(pk=visit.pk).update(state=state)

    assert columns(staff(Role.RECEPTIONIST))[column] == [str(visit.pk)]


def test_who_is_late_by_a_quarter_of_an_hour_is_a_problem(visit):
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=visit.starts_at - timedelta(minutes=20),
        physician_from=visit.starts_at - timedelta(minutes=20),
        ends_at=visit.starts_at,
    )

    assert columns(staff(Role.RECEPTIONIST))["problem"] == [str(visit.pk)]


def test_one_click_marks_arrived(client, visit):
    client.force_login(staff(Role.RECEPTIONIST))

    response = client.post(
        reverse("booking:state", kwargs={"appointment_id": visit.pk}),
        {"to": "arrived", "version": visit.version, "next": reverse("today")},
    )

    assert response.status_code == 302
    visit.refresh_from_db()
    assert visit.state == "arrived"
    assert str(visit.patient.full_name) in client.get(reverse("today")).content.decode()


def test_a_manager_sees_the_board_and_may_not_run_the_day(client, visit):
    client.force_login(staff(Role.MANAGER))

    page = client.get(reverse("today")).content.decode()
    pressed = client.post(
        reverse("booking:state", kwargs={"appointment_id": visit.pk}),
        {"to": "arrived", "version": visit.version},
    )

    assert visit.patient.full_name in page
    assert 'name="to"' not in page
    assert pressed.status_code == 403


def test_a_board_that_did_not_change_is_not_sent_again(client, visit):
    client.force_login(staff(Role.RECEPTIONIST))
    headers = {"HX-Request": "true"}
    version = client.get(reverse("today")).context["board"].version

    same = client.get(reverse("today"), {"version": version}, headers=headers)
    Appointment.objects.filter(pk=visit.pk).update(state="arrived", version=visit.version + 1)
    changed = client.get(reverse("today"), {"version": version}, headers=headers)

    assert same.status_code == 204
    assert changed.status_code == 200


def test_a_patient_whom_nobody_asked_is_flagged_without_a_diagnosis(visit):
    stranger = a_patient()
    Appointment.objects.filter(pk=visit.pk).update(patient=stranger)
    now = timezone.localtime().replace(hour=11, minute=0)

    (first,) = board(now.date(), reader=staff(Role.RECEPTIONIST), now=now).columns[0].visits

    with translation.override("en"):
        assert [str(flag) for flag in first.flags] == ["Intake missing"]


def test_a_healthy_patient_with_a_booked_course_has_no_flag(visit):
    now = timezone.localtime().replace(hour=11, minute=0)

    (first,) = board(now.date(), reader=staff(Role.RECEPTIONIST), now=now).columns[0].visits

    assert first.flags == []


def test_whoever_has_not_signed_for_the_course_is_flagged(visit):
    withdraws(visit.patient, ConsentKind.PROCEDURE)
    now = timezone.localtime().replace(hour=11, minute=0)

    (first,) = board(now.date(), reader=staff(Role.RECEPTIONIST), now=now).columns[0].visits

    with translation.override("en"):
        assert [str(flag) for flag in first.flags] == ["Consent missing"]


def test_a_consent_that_the_plan_has_outgrown_is_flagged(visit):
    plan = visit.planned_session.plan
    type(plan).objects.filter(pk=plan.pk).update(regions=[*plan.regions, "neck"])
    now = timezone.localtime().replace(hour=11, minute=0)

    (first,) = board(now.date(), reader=staff(Role.RECEPTIONIST), now=now).columns[0].visits

    with translation.override("en"):
        assert "Consent missing" in [str(flag) for flag in first.flags]


def test_the_board_costs_the_same_for_one_patient_and_for_many(visit):
    reader = staff(Role.RECEPTIONIST)
    now = timezone.localtime()

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            board(now.date(), reader=reader, now=now)
        return len(queries)

    before = cost()
    for hour in (8, 9, 10):
        course = a_booked_course()
        appointment = course.sessions.get(number=1).appointment
        start = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        Appointment.objects.filter(pk=appointment.pk).update(
            starts_at=start, physician_from=start, ends_at=start + timedelta(minutes=30)
        )

    assert cost() == before


def test_who_waits_for_a_physician_is_found_out_at_the_same_cost_for_many(visit, monkeypatch):
    """Everybody is blocked by the rules, so that decisions are looked for."""
    from clinic.dashboard import board as module

    monkeypatch.setattr(module, "_is_blocked_by_rules", lambda _screening: True)

    def cost(patients):
        with CaptureQueriesContext(connection) as queries:
            module.waiting_for_the_physician(patients)
        return len(queries)

    patients = [visit.patient_id]
    before = cost(patients)
    patients += [a_booked_course().patient_id for _number in range(3)]

    assert cost(patients) == before <= 3


def test_the_desk_sees_the_way_through_the_clinic_and_nothing_clinical(client, visit):
    client.force_login(staff(Role.RECEPTIONIST))

    page = client.get(reverse("chart", kwargs={"patient_id": visit.patient_id}))

    assert page.status_code == 200
    assert page.context["chart"].verdict is None
    assert page.context["chart"].analysis is None
    assert page.context["chart"].cocktail is None


def test_a_physician_sees_the_verdict_in_words(client, visit):
    client.force_login(staff(Role.PHYSICIAN))

    page = client.get(reverse("chart", kwargs={"patient_id": visit.patient_id}))

    assert page.context["chart"].verdict is not None
    assert (
        reverse("patients:verdict", kwargs={"patient_id": visit.patient_id})
        in page.content.decode()
    )


def shown(at, *, reader=None):
    (first,) = [
        visit
        for column in board(at.date(), reader=reader or staff(Role.NURSE), now=at).columns
        for visit in column.visits
    ]
    return first


def comes(visit, at, **fields):
    Appointment.objects.filter(pk=visit.pk).update(state="arrived", arrived_at=at, **fields)


def test_who_waits_is_shown_with_the_minutes_and_the_board_is_anew_every_minute(visit):
    at = timezone.localtime().replace(hour=12, minute=5, second=30)
    comes(visit, at - timedelta(minutes=12, seconds=40))

    assert shown(at).waits_minutes == 12
    one, same, next_minute = (
        board(at.date(), reader=staff(Role.NURSE), now=at + timedelta(seconds=later)).version
        for later in (0, 20, 40)
    )
    assert one == same != next_minute


def test_a_board_on_which_nobody_waits_does_not_change_with_the_clock(visit):
    at = timezone.localtime().replace(hour=11, minute=5)

    assert (
        board(at.date(), reader=staff(Role.NURSE), now=at).version
        == board(at.date(), reader=staff(Role.NURSE), now=at + timedelta(minutes=3)).version
    )


def test_whoever_is_here_and_was_not_asked_the_questions_of_the_day_is_flagged(visit):
    at = timezone.localtime().replace(hour=12, minute=5)
    with translation.override("en"):
        assert [str(flag) for flag in shown(at).flags] == []  # not here yet
        comes(visit, at)
        assert [str(flag) for flag in shown(at).flags] == ["Questions of the day"]
        screen_patient(
            patient=visit.patient, planned=None, purpose=Purpose.SESSION, on=at.date(),
            by=staff(Role.NURSE), now=at,
        )  # fmt: skip
        assert "Questions of the day" not in [str(flag) for flag in shown(at).flags]


def test_whoever_agreed_to_photographs_and_has_none_of_today_is_flagged(visit):
    at = timezone.localtime().replace(hour=12, minute=5)

    def flags():
        return [str(flag) for flag in shown(at).flags]

    with translation.override("en"):
        comes(visit, at)
        assert "Photo missing" not in flags()  # did not agree: none may be taken
        decides(visit.patient, ConsentKind.CLINICAL_PHOTOS, now=at, by=staff(Role.NURSE))
        assert "Photo missing" in flags()
        a_photograph(visit.patient, now=at - timedelta(days=1))
        assert "Photo missing" in flags()
        todays = a_photograph(visit.patient, now=at)
        assert "Photo missing" not in flags()
        withdraw_photograph(
            photograph=todays, reason="Taken of somebody else.", by=staff(Role.NURSE), now=at
        )
        assert "Photo missing" in flags()


@pytest.fixture
def with_cream(visit):
    """Half an hour of numbing before the physician comes."""
    comes(visit, visit.starts_at, physician_from=visit.starts_at + timedelta(minutes=20))
    visit.refresh_from_db()
    return visit


def put_cream_on(client, visit, begins="1"):
    visit.refresh_from_db()
    address = reverse("today_numbing", args=[visit.pk])
    return client.post(address, {"begins": begins, "version": visit.version})


def test_the_cream_is_noted_with_one_click_and_taken_back_with_one(client, with_cream):
    client.force_login(staff(Role.NURSE))

    assert shown(timezone.localtime()).may_begin_numbing
    put_cream_on(client, with_cream)
    with_cream.refresh_from_db()
    page = client.get(reverse("today")).content.decode()

    assert with_cream.numbing_since is not None
    assert reverse("today_numbing", args=[with_cream.pk]) in page  # the bar with its undo
    assert client.get(reverse("today")).content.decode().count("today/numbing") == 0  # once
    put_cream_on(client, with_cream, "0")
    with_cream.refresh_from_db()
    assert with_cream.numbing_since is None


def test_the_numbing_counts_down_to_the_physician(with_cream):
    since = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    Appointment.objects.filter(pk=with_cream.pk).update(numbing_since=since)

    early, late = shown(since + timedelta(minutes=5)), shown(since + timedelta(minutes=21))

    assert (early.numbing.minutes_left, early.numbing.ready_at) == (
        15,
        since + timedelta(minutes=20),
    )
    assert late.numbing.minutes_left == 0


def test_a_visit_without_numbing_offers_none_and_a_wrong_state_is_refused(client, visit):
    client.force_login(staff(Role.NURSE))

    assert not shown(timezone.localtime()).may_begin_numbing
    assert put_cream_on(client, visit).status_code == 409  # booked: not here
    assert client.post(
        reverse("today_numbing", args=[visit.pk]), {"begins": "perhaps", "version": 1}
    ).status_code == 400  # fmt: skip


def test_a_click_on_an_old_board_does_not_note_the_cream(client, with_cream):
    client.force_login(staff(Role.NURSE))
    stale = {"begins": "1", "version": with_cream.version - 1 or 99}

    assert client.post(reverse("today_numbing", args=[with_cream.pk]), stale).status_code == 409
    with_cream.refresh_from_db()
    assert with_cream.numbing_since is None


def test_a_click_on_the_board_is_taken_back_with_one(client, visit):
    client.force_login(staff(Role.RECEPTIONIST))
    address = reverse("booking:state", args=[visit.pk])
    client.post(address, {"to": "arrived", "version": visit.version, "next": reverse("today")})

    undo = client.get(reverse("today")).context["undo"]
    client.post(undo["url"], undo["fields"])

    visit.refresh_from_db()
    assert (visit.state, visit.arrived_at) == ("booked", None)


def test_what_cannot_be_taken_back_is_only_said(client, visit):
    Appointment.objects.filter(pk=visit.pk).update(kind="review", state="in_room")
    client.force_login(staff(Role.RECEPTIONIST))
    client.post(
        reverse("booking:state", args=[visit.pk]),
        {"to": "done", "version": visit.version, "next": reverse("today")},
    )

    page = client.get(reverse("today"))

    assert not page.context["undo"]
    assert visit.patient.full_name in "".join(str(each) for each in page.context["messages"])
