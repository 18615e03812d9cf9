"""From a booked course to the mail: each exactly once, none after a change, none without a wish."""

import re
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from clinic.folding import fold
from clinic.messages.actions import send_due
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import honest_server
from clinic.tests import builders as clinic
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.links.models import PatientLink
from patients.records.actions import change_patient
from patients.records.terms import ReminderWish
from patients.tests.builders import a_healthy_patient
from treatments.booking.actions import book, cancel_appointment, move_appointment
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind
from treatments.plans.actions import hold_plan, release_slots
from treatments.plans.queries import held_appointments, planned_session, planned_sessions
from treatments.reminders import rules
from treatments.reminders.checks import check_settings
from treatments.reminders.terms import MessageKind
from treatments.sessions.tests.builders import (
    LAST_WEEK,
    a_course,
    a_signed_session,
    start_of,
)

# Words that tell a stranger over the patient's shoulder why somebody goes to this clinic.
HEALTH_WORDS = (
    "aftercare", "allerg", "antisept", "bleach", "botoks", "botox", "cilt", "cocktail",
    "dermat", "diagnos", "disease", "dose", "hasta", "ilac", "iğne", "iniek",
    "injection", "inject", "kokteyl", "leke", "lekeler", "lot", "medicine", "melasma",
    "melazma", "mezoterapi", "mesotherap", "needle", "patient", "pigment", "seans", "session",
    "skin", "spot", "tedavi", "treatment", "uygulama",
)  # fmt: skip


@pytest.fixture
def plan(db):
    return a_course()


def visit_of(session) -> Appointment:
    visit = planned_session(session.pk).appointment
    assert visit is not None
    return visit


def waiting(plan, kind=MessageKind.SESSION_REMINDER):
    ids = [each.pk for each in planned_sessions(plan)]
    return Message.objects.filter(about_id__in=ids, kind=kind, state=MessageState.PENDING)


def sweep(now):
    return send_due(clock=lambda: now)


def test_fr9_every_session_of_a_course_owes_its_reminders_once_and_each_lead(plan):
    """Failure prevented: sessions that were booked as a series are not reminded of."""
    sessions = planned_sessions(plan)
    for session in sessions:
        starts_at = start_of(session)
        owed = waiting(plan).filter(about_id=session.pk).order_by("due_at")
        # What should have gone before it was booked is not sent late.
        leads = [lead for lead in rules.REMIND_BEFORE if starts_at - lead > LAST_WEEK]
        assert [each.event_key.rsplit(":", 1)[1] for each in owed] == [
            rules.in_words(lead) for lead in leads
        ]
        assert owed.last().not_after == starts_at - timedelta(hours=2)


@pytest.mark.django_db
def test_who_wishes_mail_only_later_is_owed_what_is_still_to_come():
    plan = a_course(patient=a_healthy_patient(reminders=ReminderWish.PAPER, now=LAST_WEEK))
    assert not waiting(plan).exists()

    decides(plan.patient, ConsentKind.CARE_MESSAGES, now=LAST_WEEK)
    wish(plan.patient, ReminderWish.EMAIL)

    assert waiting(plan).values("about_id").distinct().count() == 6


def wish(patient, reminders):
    change_patient(
        patient=patient,
        full_name=patient.full_name,
        born_on=patient.born_on,
        sex=patient.sex,
        phone=patient.phone,
        email=patient.email,
        language=patient.language,
        reminders=reminders,
        by=clinic.receptionist(),
        now=LAST_WEEK,
    )


def test_a_moved_session_takes_its_reminder_along(plan):
    session = planned_sessions(plan)[5]
    moved_to = start_of(session) + timedelta(days=1)

    move_appointment(
        appointment_id=visit_of(session).pk,
        starts_at=moved_to,
        seen_version=visit_of(session).version,
        by=clinic.receptionist(),
        now=LAST_WEEK,
    )

    living = waiting(plan).filter(about_id=session.pk).order_by("due_at")
    assert all(
        each.event_key.startswith(rules.reminder_key(session.pk, moved_to)) for each in living
    )
    # It is at ten: three hours before that nobody wants a letter, so it goes in the evening.
    assert [moved_to - each.due_at for each in living] == [
        timedelta(days=7), timedelta(days=2), timedelta(hours=13, minutes=15),
    ]  # fmt: skip
    gone = Message.objects.filter(about_id=session.pk, state=MessageState.CANCELLED)
    assert gone.count() == 3
    assert all(each.reason for each in gone)


def test_a_session_moved_there_and_back_is_reminded_of_its_first_time(plan):
    desk = clinic.receptionist()
    session = planned_sessions(plan)[5]
    first = start_of(session)
    for starts_at in (first + timedelta(days=1), first):
        visit = visit_of(session)
        move_appointment(
            appointment_id=visit.pk,
            starts_at=starts_at,
            seen_version=visit.version,
            by=desk,
            now=LAST_WEEK,
        )

    living = waiting(plan).filter(about_id=session.pk)
    assert living.count() == 3
    assert all(each.event_key.startswith(rules.reminder_key(session.pk, first)) for each in living)


def test_whoever_was_reminded_of_two_times_is_reminded_of_the_first_again(plan, settings):
    """Reminded of A, moved to B, reminded of B, moved back to A: A is told once more."""
    desk = clinic.receptionist()
    session = planned_sessions(plan)[5]
    first = start_of(session)
    with honest_server(settings) as server:
        for starts_at in (None, first + timedelta(minutes=30), first):
            if starts_at:
                visit = visit_of(session)
                move_appointment(
                    appointment_id=visit.pk,
                    starts_at=starts_at,
                    seen_version=visit.version,
                    by=desk,
                    now=first - timedelta(hours=20),
                )
            Message.objects.exclude(about_id=session.pk).delete()
            sweep(first - timedelta(hours=20) + timedelta(minutes=2))

    times = [letter["Subject"][-5:] for letter in server.letters]
    assert times == ["10:00", "10:30", "10:00"]


def test_a_cancelled_session_sends_nothing(plan, settings):
    session = planned_sessions(plan)[0]
    cancel_appointment(
        appointment_id=visit_of(session).pk,
        seen_version=visit_of(session).version,
        by=clinic.receptionist(),
        now=LAST_WEEK,
    )

    with honest_server(settings) as server:
        sweep(start_of(session) - timedelta(hours=20))

    assert not waiting(plan).filter(about_id=session.pk).exists()
    assert server.letters == []


def test_a_course_on_hold_owes_no_letter(plan):
    hold_plan(plan=plan, reason="new answers", by=clinic.physician(), now=LAST_WEEK)

    # What waits is a call, should the times still be taken when the reminder would be due.
    assert not waiting(plan).exists()
    assert waiting(plan, MessageKind.CORRECTION).exists()

    seen = [each.pk for each in held_appointments(plan)]
    release_slots(plan=plan, seen=seen, by=clinic.receptionist(), now=LAST_WEEK)
    assert not waiting(plan, MessageKind.CORRECTION).exists()


def test_a_patient_who_wants_paper_is_owed_nothing(db):
    patient = a_healthy_patient(now=LAST_WEEK, reminders=ReminderWish.PAPER)

    plan = a_course(patient=patient)

    assert not waiting(plan).exists()


def test_a_wish_for_paper_holds_from_the_moment_it_is_said(plan, settings):
    patient = plan.patient
    patient.reminders = ReminderWish.PAPER
    patient.save()

    with honest_server(settings) as server:
        sweep(start_of(planned_sessions(plan)[0]) - timedelta(hours=20))

    assert server.letters == []
    assert "wants no e-mail" in Message.objects.get(state=MessageState.CANCELLED).reason


def test_a_reminder_of_a_time_that_changed_behind_the_ledger_is_not_sent(plan, settings):
    """The composer asks again: even a change that told nobody sends nothing untrue."""
    session = planned_sessions(plan)[0]
    Appointment.objects.filter(pk=visit_of(session).pk).update(
        starts_at=start_of(session) + timedelta(minutes=30),
        physician_from=start_of(session) + timedelta(minutes=30),
        ends_at=start_of(session) + timedelta(minutes=60),
    )

    with honest_server(settings) as server:
        sweep(start_of(session) - timedelta(hours=20))

    assert server.letters == []
    assert Message.objects.get(state=MessageState.CANCELLED).reason == "the session was moved"


@pytest.mark.parametrize(
    ("before", "state"),
    [(timedelta(hours=1), MessageState.TO_CALL), (timedelta(hours=-1), MessageState.EXPIRED)],
)
def test_a_reminder_that_comes_too_late_is_a_call_as_long_as_it_helps(
    plan, settings, before, state
):
    session = planned_sessions(plan)[0]
    Message.objects.exclude(about_id=session.pk).delete()

    with honest_server(settings) as server:
        sweep(start_of(session) - before)

    assert server.letters == []
    last = Message.objects.get(about_id=session.pk, event_key__endswith=":3h")
    assert last.state == state
    # The earlier ones make way for the later one, and nobody has to call about them.
    earlier = Message.objects.filter(about_id=session.pk).exclude(pk=last.pk)
    assert set(earlier.values_list("state", flat=True)) <= {MessageState.EXPIRED}


def test_what_is_due_at_night_after_a_downtime_waits_for_the_morning(plan, settings):
    signed = a_signed_session(plan)
    message = Message.objects.get(kind=MessageKind.AFTERCARE_LINK)
    evening = signed.signed_at.replace(hour=20)  # 23:00 in Istanbul

    with honest_server(settings) as server:
        sweep(evening)

    message.refresh_from_db()
    assert server.letters == []
    assert message.state == MessageState.PENDING
    assert message.due_at == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def test_the_reminder_says_clinic_and_time_in_the_patients_language(plan, settings):
    patient = plan.patient
    patient.language = "en"
    patient.save()
    with translation.override("tr"), honest_server(settings) as server:
        sweep(start_of(planned_sessions(plan)[0]) - timedelta(hours=24))

    letter = next(each for each in server.letters if "/confirm/" in words_of(each))
    assert letter["To"] == patient.email
    assert "Monday 23 November, 10:00" in letter["Subject"]
    assert settings.CLINIC_NAME in words_of(letter)
    assert settings.CLINIC_PHONE in words_of(letter)
    assert [part.get_content_type() for part in letter.iter_attachments()] == ["text/calendar"]


def words_of(letter):
    """What is read, without the files that go along."""
    return letter.get_body(("plain",)).get_content()


@pytest.mark.usefixtures("telling_courses")
def test_no_letter_has_a_health_word_in_subject_or_text(db, settings):
    for language in ("tr", "en"):
        patient = a_healthy_patient(now=LAST_WEEK, language=language)
        plan = a_course(patient=patient)
        first = planned_sessions(plan)[0]
        with honest_server(settings) as server:
            sweep(LAST_WEEK + timedelta(minutes=1))
            sweep(start_of(first) - timedelta(hours=24))
            signed = a_signed_session(plan)
            sweep(signed.signed_at + timedelta(minutes=1))
            sweep(signed.ended_at + timedelta(hours=30))
            correct_two(plan, sweep)
            book_one(plan, sweep)

        kinds = Message.objects.filter(patient_id=patient.pk, state=MessageState.SENT)
        expected = set(MessageKind.values) - LATER_KINDS
        assert set(kinds.values_list("kind", flat=True)) >= expected
        assert len(server.letters) >= 6
        for letter in server.letters:
            files = [part.get_content() for part in letter.iter_attachments()]
            said = f"{letter['Subject']} {words_of(letter)} {letter['From']} {files}"
            words = fold(DRAWN_BY_LOT.sub("/", said))
            assert patient.full_name not in words_of(letter) + str(files)
            for word in HEALTH_WORDS:
                assert fold(word) not in words, word


# Of weeks and months later; their words are read in test_care_letters.
LATER_KINDS = {
    MessageKind.SUN_MORNING,
    MessageKind.INVITATION,
    MessageKind.LATE_CHECK,
    MessageKind.CHECK_VISIT,
}
# The key of a link, or of a calendar entry: its letters may spell anything.
DRAWN_BY_LOT = re.compile(r"/[\w:=-]{30,}|[0-9a-f]{8}-[0-9a-f-]{27}")


def book_one(plan, sweep):
    """A visit that belongs to no course: told of at once."""
    now = start_of(planned_sessions(plan)[5]) + timedelta(days=2)
    booked = book(
        patient=plan.patient,
        physician=plan.physician,
        room=visit_of(planned_sessions(plan)[5]).room,
        kind=AppointmentKind.LASER,
        starts_at=now + timedelta(days=14),
        ends_at=now + timedelta(days=14, minutes=30),
        by=clinic.receptionist(),
        now=now,
    )
    Message.objects.exclude(about_id=booked.pk).filter(state=MessageState.PENDING).delete()
    sweep(now + timedelta(minutes=1))


def correct_two(plan, sweep):
    """The next visit is reminded of and moved, then cancelled: two letters and the reminder."""
    visit = visit_of(planned_sessions(plan)[1])
    now = visit.starts_at - timedelta(hours=24)
    sweep(now)
    facts: Any = {"appointment_id": visit.pk, "by": clinic.receptionist()}
    moved_to = visit.starts_at + timedelta(hours=2)
    visit = move_appointment(starts_at=moved_to, seen_version=visit.version, now=now, **facts)
    sweep(now + timedelta(minutes=1))
    cancel_appointment(seen_version=visit.version, now=now + timedelta(minutes=2), **facts)
    sweep(now + timedelta(minutes=3))


def test_the_sheets_link_is_the_same_in_both_letters_and_opens_for_90_days(db, settings):
    plan = a_course()
    signed = a_signed_session(plan)
    Message.objects.filter(kind=MessageKind.SESSION_REMINDER).delete()
    with honest_server(settings) as server:
        sweep(signed.signed_at + timedelta(minutes=1))
        sweep(signed.ended_at + timedelta(hours=30))

    link = PatientLink.objects.get()
    assert link.expires_at - signed.signed_at == timedelta(days=90)
    links = {
        word
        for letter in server.letters
        for word in letter.get_content().split()
        if word.startswith(f"{settings.BASE_URL}/a/")
    }
    assert len(server.letters) == 2
    assert len(links) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_sweepers_send_each_reminder_exactly_once(settings):
    plans = [a_course() for _ in range(3)]
    now = start_of(planned_sessions(plans[0])[0]) - timedelta(hours=20)
    Message.objects.exclude(event_key__endswith=":3h").delete()
    Message.objects.update(due_at=now, not_after=now + timedelta(days=60))
    gate = threading.Barrier(2)

    def work():
        gate.wait()
        sweep(now)
        connection.close()

    with honest_server(settings, pause=0.01) as server:
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    copies = Counter(letter["Message-ID"] for letter in server.letters)
    assert sum(copies.values()) == len(copies) == 18
    assert Message.objects.filter(state=MessageState.SENT).count() == 18


def test_fr4_other_settings_remind_nobody_until_something_is_booked_or_changed(plan, settings):
    """Failure prevented: a rule that is switched on writes to everybody at once."""
    before = set(Message.objects.values_list("event_key", "state"))
    settings.REMIND_BEFORE = "5d"

    with honest_server(settings) as server:
        sweep(LAST_WEEK)

    assert server.letters == [] or len(server.letters) == 1  # what was due without it
    assert set(Message.objects.values_list("event_key", flat=True)) == {key for key, _ in before}


def test_fr1_fr2_fr11_the_sweep_rung_each_hour_sends_each_reminder_once(plan, settings):
    """Failure prevented: the same reminder every hour, or a crash when nothing is due."""
    fifth = planned_sessions(plan)[4]
    Message.objects.exclude(about_id=fifth.pk).delete()
    with honest_server(settings) as server:
        for hour in range(24):
            sweep(start_of(fifth) - timedelta(days=2) + timedelta(hours=hour))

    assert len(server.letters) == 1


def test_r5_after_a_downtime_the_last_reminder_goes_and_no_stale_one(plan, settings):
    """Failure prevented: three reminders at once from a worker that was off for a week."""
    session = planned_sessions(plan)[4]
    Message.objects.exclude(about_id=session.pk).delete()
    with honest_server(settings) as server:
        sweep(start_of(session) - timedelta(hours=14))

    assert len(server.letters) == 1
    states = Message.objects.order_by("due_at").values_list("state", flat=True)
    assert list(states) == [MessageState.EXPIRED, MessageState.SENT, MessageState.PENDING]


def test_a_wrong_setting_is_said_when_the_program_starts(settings):
    settings.REMIND_BEFORE = "2h"
    [wrong] = check_settings(None)
    assert "CLINIC_REMIND_BEFORE" in wrong.msg
    settings.REMIND_BEFORE = "7d,2d,3h"
    assert check_settings(None) == []
