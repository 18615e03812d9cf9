"""One press ends letters of one kind; nothing else changes, and whoever wants them again gets them."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from clinic.audit.models import AuditEntry
from clinic.messages.actions import send_due
from clinic.messages.models import Message
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.records.terms import ReminderWish
from patients.tests.builders import a_healthy_patient
from treatments.reminders import choices, letters
from treatments.reminders.models import KindChoice
from treatments.reminders.terms import MessageKind
from treatments.tests.builders import a_booked_course

REMINDER, SUN = MessageKind.SESSION_REMINDER, MessageKind.SUN_PROTECTION


@pytest.fixture
def patient(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    patient = a_healthy_patient(now=NOW, reminders=ReminderWish.EMAIL, email="ayse@mail.example")
    decides(patient, ConsentKind.CARE_MESSAGES, now=NOW, by=clinic.nurse())
    a_booked_course(patient=patient, now=NOW)
    return patient


def waiting(kind=REMINDER):
    return Message.objects.filter(kind=kind).still_open().count()


def address(patient, kind=REMINDER):
    return reverse("reminders:stop", args=[choices.token_of(patient.pk, kind)])


def press(patient, *, wanted="no", **fields):
    # No token of the page: a mail program has none.
    return Client(enforce_csrf_checks=True).post(address(patient), {"wanted": wanted} | fields)


def test_one_press_ends_what_waits_of_this_kind_and_nothing_else(patient):
    before = waiting()
    assert before > 0

    assert press(patient).status_code == 302

    assert waiting() == 0
    cancelled = Message.objects.filter(kind=REMINDER, state="cancelled")
    assert {each.reason for each in cancelled} == {"the patient wants no letters of this kind"}
    assert choices.choices_of(patient) == [
        (kind, kind is not REMINDER) for kind in choices.OPTIONAL
    ]
    assert AuditEntry.objects.get(verb="messages.chosen").by_system == "patient link"


def test_whoever_wants_them_again_is_owed_what_is_still_to_come(patient):
    before = waiting()
    press(patient)

    press(patient, wanted="yes")

    assert waiting() == before


def test_looking_changes_nothing_and_pressing_twice_is_pressing_once(client, patient):
    page = client.get(address(patient))
    assert page.status_code == 200
    assert patient.full_name not in page.content.decode()
    assert KindChoice.objects.count() == 0

    press(patient)
    press(patient)

    assert KindChoice.objects.count() == 1


def test_a_mail_program_presses_by_itself(patient):
    answer = press(patient, wanted="", **{"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 204
    assert waiting() == 0


@pytest.mark.parametrize("token", ["x", "", None])
def test_an_address_that_was_not_made_here_does_nothing(client, patient, token):
    made = choices.token_of(patient.pk, REMINDER)
    forged = made[:-3] + "abc" if token is None else token or "::"

    answer = client.post(reverse("reminders:stop", args=[forged]), {"wanted": "no"})

    assert answer.status_code == 404
    assert KindChoice.objects.count() == 0


def test_a_changed_time_cannot_be_refused(client, patient):
    answer = client.post(address(patient, MessageKind.CORRECTION), {"wanted": "no"})

    assert answer.status_code == 404
    assert choices.address_to_stop(patient.pk, MessageKind.CORRECTION) == ""


def test_every_letter_that_can_be_refused_says_where(patient, settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.QUIET_HOURS = "00:00-00:00"
    reminder = Message.objects.filter(kind=REMINDER).earliest("due_at")

    letter = letters.session_reminder(reminder, reminder.due_at)

    stop = choices.address_to_stop(patient.pk, REMINDER)
    assert stop in letter.text
    assert letter.headers["List-Unsubscribe"] == f"<{stop}>"
    assert "One-Click" in letter.headers["List-Unsubscribe-Post"]


def test_the_choice_is_asked_again_in_the_moment_of_sending(patient, settings):
    """Without this a letter that is in a worker's hand would go after all."""
    settings.QUIET_HOURS = "00:00-00:00"
    reminder = Message.objects.filter(kind=REMINDER).earliest("due_at")
    KindChoice.objects.create(patient=patient, kind=REMINDER, is_wanted=False, chosen_at=NOW)

    send_due(clock=lambda: reminder.due_at + timedelta(seconds=1), most=1)

    reminder.refresh_from_db()
    assert reminder.state == "cancelled"


def test_the_desk_changes_it_and_nobody_else(client, patient):
    page = reverse("reminders:wanted", args=[patient.pk])
    desk = clinic.receptionist()
    client.force_login(desk)

    assert client.post(page, {"kind": REMINDER, "wanted": "no"}).status_code == 302
    assert waiting() == 0
    assert KindChoice.objects.get().chosen_by == desk
    assert client.get(page).status_code == 200
    assert client.post(page, {"kind": "correction", "wanted": "no"}).status_code == 400
    assert client.post(page, {"kind": REMINDER, "wanted": "perhaps"}).status_code == 400

    client.force_login(clinic.manager())
    assert client.post(page, {"kind": REMINDER, "wanted": "yes"}).status_code == 403


def test_what_was_chosen_stays_written(patient):
    press(patient)

    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        KindChoice.objects.update(is_wanted=True)
