"""The demo clinic: every stage is there, today is full, large ones keep every constraint."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime

from clinic.management.demo import bulk, story
from clinic.management.demo.house import OPENS, house_as_it_stands
from clinic.staff.demo_logins import DEMO_LOGINS
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.consents.models import ConsentDecision
from patients.consents.terms import Decision
from patients.phone_intake.models import PhoneIntake, PhoneSubmission
from patients.phone_intake.terms import IntakeState
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.models import Screening
from patients.worklist.models import StaffTask
from patients.worklist.terms import TaskKind
from treatments.aftercare.models import AftercareSheet
from treatments.booking.models import Appointment
from treatments.photographs.models import Photograph
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import SignedSession

NOW = localtime(datetime(2026, 11, 25, 11, 0, tzinfo=UTC))


@pytest.fixture
def small_demo(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    call_command("load_catalogue", verbosity=0)
    story.tell(count=16, seed=7, now=NOW, step=lambda: None)


def waited_for(asked):
    return [each["sql"] for each in asked if "FOR " in each["sql"] or "SELECT" not in each["sql"]]


@pytest.mark.django_db
def test_a_part_that_begins_later_waits_for_nothing_of_the_other():
    """A part holds its rooms until it is told to its end, and nobody waits so long for a lock."""
    call_command("load_catalogue", verbosity=0)
    with CaptureQueriesContext(connection) as prepared:
        house = story.prepare(now=NOW)
    with CaptureQueriesContext(connection) as read:
        assert house_as_it_stands() == house

    assert len(read) == 2
    assert waited_for(read) == []
    assert waited_for(prepared) != []


@pytest.mark.slow
def test_a_small_demo_has_courses_at_every_stage_and_a_board_for_today(small_demo):
    assert Patient.objects.count() == 16
    assert {"active", "completed", "proposed", "on_hold"} <= set(
        TreatmentPlan.objects.values_list("state", flat=True)
    )
    assert SignedSession.objects.count() == AftercareSheet.objects.count() > 5
    assert Appointment.objects.filter(starts_at__date=NOW.date()).count() >= 2
    assert {"clear", "hold", "refuse"} & set(Screening.objects.values_list("verdict", flat=True))
    assert StaffMember.objects.filter(role=Role.PHYSICIAN).count() == 2
    assert StaffMember.objects.filter(role=Role.RECEPTIONIST).count() == 2
    call_command("verify_records")


@pytest.mark.slow
@pytest.mark.parametrize(("hour", "some"), [(0, False), (5, False), (16, True)])
def test_the_demo_opens_at_any_hour_and_signs_nothing_before_the_clinic_does(
    db, settings, tmp_path, hour, some
):
    settings.MEDIA_ROOT = tmp_path
    now = NOW.replace(hour=hour, minute=1)
    call_command("load_catalogue", verbosity=0)

    story.tell(count=24, seed=7, now=now, step=lambda: None)

    # A third of them would be over in the middle of the day.
    assert Appointment.objects.filter(starts_at__date=NOW.date()).count() >= 3
    assert not SignedSession.objects.filter(ended_at__gt=now).exists()
    today = SignedSession.objects.filter(ended_at__date=NOW.date())
    assert today.exists() == some
    assert all(localtime(each.ended_at).time() > OPENS for each in SignedSession.objects.all())


@pytest.mark.slow
def test_a_large_demo_is_loaded_under_the_same_constraints(small_demo):
    before = Appointment.objects.count()

    bulk.load(count=120, years=1, seed=3, now=NOW, step=lambda _count: None)

    assert Patient.objects.count() == 136
    assert Appointment.objects.count() > before + 300
    call_command("verify_records")


@pytest.mark.django_db
def test_logins_are_printed_one_per_line(capsys):
    call_command("demo", "--logins")

    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == len(DEMO_LOGINS)
    assert {login.role for login in DEMO_LOGINS} == set(Role)


@pytest.mark.slow
def test_what_happened_lately_waits_for_its_people(small_demo):
    assert PhoneSubmission.objects.filter(review__isnull=True).count() == 1
    assert PhoneIntake.objects.filter(state=IntakeState.ASKED).exists()
    assert StaffTask.objects.filter(kind=TaskKind.EXAMINE_LESION, done_at=None).exists()
    assert ConsentDecision.objects.filter(decision=Decision.WITHDRAWN).count() == 1
    assert rules_in_force().recognise_medication("mide koruyucu pembe hap").complete


@pytest.mark.slow
def test_completed_courses_have_photographs_that_can_be_compared(small_demo):
    albums = Photograph.objects.values_list("patient", "view").annotate(days=Count("taken_at"))
    assert {view for _patient, view, _days in albums} == {
        "frontal", "oblique_left", "oblique_right",
    }  # fmt: skip
    assert {days for _patient, _view, days in albums} == {2}
