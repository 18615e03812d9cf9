"""What waits for somebody: raised once, whose, since when, gone when it is done."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.tests import builders as clinic
from patients.tests.builders import a_patient
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.models import StaffTask
from patients.worklist.queries import tasks_for, tasks_of_others
from patients.worklist.terms import PLACES, TaskKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(settings):
    settings.LANGUAGE_CODE = "en"
    return timezone.now()


def raised(patient, now, kind=TaskKind.MOVE_SESSIONS, physician=None):
    return raise_task(patient=patient, kind=kind, physician=physician, by="test", now=now)


def test_the_same_task_is_on_the_list_once_with_the_moment_it_began(now):
    patient = a_patient()
    first = raised(patient, now)

    assert raised(patient, now + timedelta(hours=1)) == first
    assert StaffTask.objects.get().since == now


def test_what_is_done_is_gone_and_may_come_again(now):
    patient = a_patient()
    raised(patient, now)
    finish_task(patient=patient, kind=TaskKind.MOVE_SESSIONS, by=clinic.receptionist(), now=now)
    assert not tasks_for(clinic.receptionist()).exists()

    again = raised(patient, now + timedelta(hours=1))
    assert tasks_for(clinic.receptionist()).get() == again


def test_a_physician_sees_their_own_and_what_is_nobodys_the_desk_what_it_can_settle(now):
    own, other = clinic.physician(), clinic.physician()
    mine = raised(a_patient(), now, TaskKind.DECIDE_HELD_COURSE, own)
    anyones = raised(a_patient(), now, TaskKind.SCREENING_FAULT)
    desks = raised(a_patient(), now, TaskKind.RELEASE_SLOTS)

    assert set(tasks_for(own)) == {mine, anyones, desks}
    assert set(tasks_for(other)) == {anyones, desks}
    assert set(tasks_of_others(other)) == {mine}
    assert set(tasks_for(clinic.receptionist())) == {desks}


def test_who_books_nothing_has_nothing_to_settle_and_no_link_to_a_closed_page(client, now):
    nurse = clinic.nurse()
    waiting = raised(a_patient(), now, TaskKind.RELEASE_SLOTS)
    assert not tasks_for(nurse).exists()
    assert set(tasks_of_others(nurse)) == {waiting}

    for reader, links in ((nurse, 0), (clinic.receptionist(), 1)):
        client.force_login(reader)
        page = client.get(reverse("patients:tasks")).content.decode()
        assert waiting.patient.full_name in page
        assert page.count(reverse("plans:held", args=[waiting.patient_id])) == links


def test_every_kind_has_the_page_on_which_it_is_done():
    assert set(PLACES) == set(TaskKind)
    patient = a_patient()
    for address in PLACES.values():
        assert str(patient.pk) in reverse(address, args=[patient.pk])


def test_the_page_lists_what_whose_and_since(client, now):
    doctor = clinic.physician()
    patient = a_patient()
    raised(patient, now, TaskKind.DECIDE_HELD_COURSE, doctor)
    client.force_login(doctor)

    page = client.get(reverse("patients:tasks")).content.decode()

    assert patient.full_name in page
    assert doctor.display_name in page
    assert "Decide about the course that is on hold" in page


def test_the_list_tells_the_desk_no_health_word(client, now):
    raised(a_patient(), now, TaskKind.DECIDE_HELD_COURSE, clinic.physician())
    client.force_login(clinic.receptionist())
    page = client.get(reverse("patients:tasks")).content.decode().lower()
    assert not any(word in page for word in ("pregnan", "cancer", "infection", "lesion"))


def test_only_a_physician_says_that_a_fault_was_looked_at(client, now):
    patient = a_patient()
    raised(patient, now, TaskKind.SCREENING_FAULT)
    client.force_login(clinic.receptionist())
    assert client.post(reverse("patients:task-looked-at", args=[patient.pk])).status_code == 403
    client.force_login(clinic.manager())
    assert client.get(reverse("patients:tasks")).status_code == 403
    assert StaffTask.objects.filter(done_at=None).exists()
