"""A link that was lost, locked or fell into wrong hands: the desk ends it and sends a new one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from clinic.messages.models import Message
from clinic.tests import builders as clinic
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.links.actions import LinkRefused, link_to, open_link
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from patients.tests.builders import a_healthy_patient
from treatments.aftercare.models import AftercareSheet
from treatments.reminders.actions import owe_for_course
from treatments.sessions.actions import amend_session
from treatments.sessions.tests.builders import LAST_WEEK, a_course, a_signed_session

BORN = date(1992, 3, 14)


@pytest.fixture
def sheet(db):
    a_signed_session()
    return AftercareSheet.objects.get()


@pytest.fixture
def locked(sheet):
    """The link as it stands after five wrong birth dates."""
    now = datetime.now(UTC)
    link = link_to(
        patient=sheet.patient,
        purpose=LinkPurpose.AFTERCARE,
        about_id=sheet.pk,
        expires_at=now + timedelta(days=90),
        now=now,
    )
    for _try in range(5):
        with pytest.raises(LinkRefused):
            opened(link, date(1990, 1, 1))
    return link


def opened(link: PatientLink, birth_date: date) -> PatientLink:
    return open_link(
        token=token_for(link.pk),
        purpose=LinkPurpose.AFTERCARE,
        birth_date=birth_date,
        now=datetime.now(UTC),
    )


def address(sheet: AftercareSheet) -> str:
    session_id = sheet.signed_session.planned_session_id
    return reverse(
        "reminders:change-link", kwargs={"patient_id": sheet.patient_id, "session_id": session_id}
    )


def test_the_desk_sends_a_new_link_for_one_that_is_locked(client, sheet, locked):
    client.force_login(clinic.receptionist())
    before = Message.objects.filter(kind="aftercare_link").count()

    response = client.post(address(sheet), {"renew": "1"})

    assert response.status_code == 302
    assert Message.objects.filter(kind="aftercare_link").count() == before + 1
    locked.refresh_from_db()
    assert locked.revoked_at is not None
    with pytest.raises(LinkRefused):
        opened(locked, BORN)


def test_ending_a_link_sends_nothing(client, sheet, locked):
    client.force_login(clinic.receptionist())
    before = Message.objects.count()

    client.post(address(sheet), {"end": "1"})

    locked.refresh_from_db()
    assert locked.revoked_at is not None
    assert Message.objects.count() == before


def test_who_gets_no_mail_keeps_the_old_link_and_gets_paper(client, sheet, locked):
    Patient.objects.filter(pk=sheet.patient_id).update(reminders=ReminderWish.PAPER)
    client.force_login(clinic.receptionist())

    response = client.post(address(sheet), {"renew": "1"})

    assert response.status_code == 409
    locked.refresh_from_db()
    assert locked.revoked_at is None


def test_a_manager_may_not_touch_links(client, sheet):
    client.force_login(clinic.manager())

    assert client.post(address(sheet), {"renew": "1"}).status_code == 403


def test_another_patients_session_is_not_found(client, sheet):
    client.force_login(clinic.receptionist())
    other = reverse(
        "reminders:change-link",
        kwargs={"patient_id": sheet.pk, "session_id": sheet.signed_session.planned_session_id},
    )

    assert client.post(other, {"renew": "1"}).status_code == 404


def corrected(signed):
    amend_session(
        signed=signed,
        text="The session ended later.",
        reason="The clock of the room was slow.",
        ended_at=signed.ended_at + timedelta(minutes=2),
        by=signed.signed_by,
        now=signed.signed_at + timedelta(minutes=5),
    )


def links_owed():
    letters = Message.objects.filter(kind="aftercare_link").order_by("due_at")
    return [(each.state, each.due_at) for each in letters]


def test_a_sheet_that_was_issued_anew_is_owed_to_the_patient_anew(db):
    patient = a_healthy_patient(
        now=LAST_WEEK, reminders=ReminderWish.EMAIL, email="ayse@mail.example"
    )
    decides(patient, ConsentKind.CARE_MESSAGES, now=LAST_WEEK, by=clinic.nurse())
    signed = a_signed_session(a_course(patient=patient))
    assert [state for state, _due in links_owed()] == ["pending"]

    corrected(signed)

    states = [state for state, _due in links_owed()]
    assert sorted(states) == ["cancelled", "pending"]  # the first had not left yet
    corrected_at = signed.signed_at + timedelta(minutes=5)
    assert links_owed()[-1] == ("pending", corrected_at)


def test_a_link_that_is_ended_opens_no_sheet_that_took_its_place_either(client, sheet, locked):
    corrected(sheet.signed_session)
    client.force_login(clinic.receptionist())

    client.post(address(sheet), {"do": "end"})

    assert PatientLink.objects.filter(revoked_at__isnull=True).count() == 0


def test_a_link_that_was_renewed_is_not_taken_back_by_a_change_of_the_course(client, sheet, locked):
    """In the night it waits for the morning; what happens to the course meanwhile is no reason."""
    client.force_login(clinic.receptionist())
    client.post(address(sheet), {"renew": "1"})
    renewed = Message.objects.get(event_key__contains=":again-")
    plan = sheet.signed_session.planned_session.plan

    owe_for_course(plan, "test", sheet.signed_session.signed_at + timedelta(hours=1))

    renewed.refresh_from_db()
    assert renewed.state == "pending"
