"""A link that was lost, locked or fell into wrong hands: the desk ends it and sends a new one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from clinic.messages.models import Message
from clinic.tests import builders as clinic
from patients.links.actions import LinkRefused, link_to, open_link
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from treatments.aftercare.models import AftercareSheet
from treatments.sessions.tests.builders import a_signed_session

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
