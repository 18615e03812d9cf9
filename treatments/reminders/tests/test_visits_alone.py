"""A visit that belongs to no course is told of, reminded of and corrected like any other."""

from datetime import timedelta

import icalendar
import pytest

from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.records.models import Patient
from patients.tests.builders import a_healthy_patient
from treatments.booking import hooks
from treatments.booking.actions import book, cancel_appointment, move_appointment
from treatments.booking.terms import AppointmentKind
from treatments.reminders import actions, rules
from treatments.reminders.terms import MessageKind
from treatments.reminders.tests.test_corrected import MINUTE, carrier, sweep

__all__ = ["carrier"]
pytestmark = pytest.mark.django_db
STARTS_AT = NOW.replace(hour=11, minute=0) + timedelta(days=14)


def a_visit(kind=AppointmentKind.CONSULTATION, **patient):
    clinic.open_weekdays()
    return book(
        patient=a_healthy_patient(now=NOW, language="en", **patient),
        physician=clinic.physician(),
        room=clinic.room(),
        kind=kind,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(minutes=30),
        by=clinic.receptionist(),
        now=NOW,
    )


def moved(visit, now=NOW, **shift):
    return move_appointment(
        appointment_id=visit.pk,
        starts_at=visit.starts_at + timedelta(**shift),
        seen_version=visit.version,
        by=clinic.receptionist(),
        now=now,
    )


def cancelled(visit, now=NOW):
    return cancel_appointment(
        appointment_id=visit.pk, seen_version=visit.version, by=clinic.receptionist(), now=now
    )


def waiting(visit, kind):
    return Message.objects.filter(about_id=visit.pk, kind=kind, state=MessageState.PENDING)


@pytest.mark.parametrize(
    "kind", [kind for kind in AppointmentKind if kind is not AppointmentKind.SESSION]
)
def test_fr9_fr10_a_visit_owes_one_confirmation_and_its_reminders(kind):
    """Failure prevented: only what is booked in one of two ways is ever reminded of."""
    visit = a_visit(kind)

    [told] = waiting(visit, MessageKind.CONFIRMATION)
    assert told.due_at == NOW + timedelta(seconds=60)
    reminders = waiting(visit, MessageKind.SESSION_REMINDER).order_by("due_at")
    assert [STARTS_AT - each.due_at for each in reminders] == list(rules.REMIND_BEFORE)


def test_fr11_one_booking_is_one_letter_with_the_visit_as_a_file(carrier, settings):
    """Failure prevented: four letters for one act."""
    visit = a_visit()
    sweep(NOW)
    assert carrier.letters == []  # it may still be taken back
    for minute in range(1, 5):
        sweep(NOW + minute * MINUTE)

    [(_id, letter)] = carrier.letters
    assert "Monday 7 December, 14:00" in letter.subject
    [file] = letter.attachments
    [event] = icalendar.Calendar.from_ical(file.content).walk("VEVENT")
    assert event["DTSTART"].dt == visit.starts_at
    assert letter.text.count("/v/") == 3


def test_what_is_taken_back_within_the_minute_is_never_told(carrier):
    cancelled(a_visit())
    sweep(NOW + 5 * MINUTE)
    assert carrier.letters == []


def test_fr3_r9_a_visit_that_moved_is_corrected_once_and_reminded_of_at_its_new_time(carrier):
    """Failure prevented: reminded of the time before the change."""
    visit = a_visit()
    sweep(NOW + MINUTE)
    visit = moved(visit, NOW + 5 * MINUTE, hours=1)
    sweep(NOW + 7 * MINUTE)
    sweep(NOW + 9 * MINUTE)

    assert [each[-5:] for each in carrier.subjects] == ["14:00", "15:00"]
    living = waiting(visit, MessageKind.SESSION_REMINDER)
    here = rules.reminder_key(visit.pk, visit.starts_at)
    assert living.count() == 3
    assert all(each.event_key.startswith(here) for each in living)


def test_a_move_within_the_minute_is_one_letter_with_the_new_time(carrier):
    moved(a_visit(), NOW + MINUTE / 2, hours=1)
    sweep(NOW + MINUTE)
    sweep(NOW + 3 * MINUTE)
    assert [each[-5:] for each in carrier.subjects] == ["15:00"]


def test_a_visit_that_is_cancelled_is_called_off_and_owes_nothing_more(carrier):
    visit = a_visit()
    sweep(NOW + MINUTE)
    cancelled(visit, NOW + 5 * MINUTE)
    sweep(NOW + 7 * MINUTE)

    assert "cancelled" in carrier.subjects[-1]
    assert not Message.objects.filter(about_id=visit.pk, state=MessageState.PENDING).exists()


def test_whoever_wants_paper_by_now_is_telephoned_about_a_change(carrier):
    visit = a_visit()
    sweep(NOW + MINUTE)
    Patient.objects.update(reminders="paper")
    cancelled(visit, NOW + 5 * MINUTE)

    [call] = Message.objects.needing_the_desk()
    assert call.state == MessageState.TO_CALL


def test_r10_whoever_gets_no_mail_is_owed_none(carrier):
    visit = a_visit(reminders="paper", email="")
    assert not Message.objects.filter(about_id=visit.pk).exists()


def test_without_the_hook_nobody_is_reminded(monkeypatch):
    """The negative control."""
    rest = [
        each for each in hooks.appointment_booked._listeners if each != actions.owe_for_new_visit
    ]
    monkeypatch.setattr(hooks.appointment_booked, "_listeners", rest)
    assert not Message.objects.filter(about_id=a_visit().pk).exists()
