"""What the letters bring: links, the calendar file, the page of visits; and no word of health."""

from datetime import timedelta
from email import message_from_bytes, policy

import icalendar
import pytest
from django.core import mail
from django.utils import translation

from clinic.messages.channels import send_email
from clinic.messages.hooks import Attachment, Letter
from clinic.messages.models import Message
from clinic.tests.builders import NOW
from patients.tests.builders import a_patient
from treatments.booking import queries as visits
from treatments.booking.models import Appointment
from treatments.patient_side import letters
from treatments.patient_side.documents import MIME
from treatments.patient_side.models import VisitLink
from treatments.patient_side.tests.builders import a_plain_visit
from treatments.plans.queries import planned_sessions
from treatments.reminders.letters import course_confirmation, session_reminder
from treatments.reminders.queries import when
from treatments.reminders.terms import MessageKind
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db
DAY_BEFORE = timedelta(hours=24)


def reminder_of(plan, now):
    session = planned_sessions(plan)[0]
    message = Message.objects.get(about_id=session.pk, event_key__endswith=":3h")
    letter = session_reminder(message, now)
    assert isinstance(letter, Letter)
    return session, letter


class TestTheReminder:
    def test_a_day_before_it_brings_the_link_to_confirm_and_the_visit_as_a_file(self):
        plan = a_booked_course()
        first = planned_sessions(plan)[0].appointment
        session, letter = reminder_of(plan, first.starts_at - DAY_BEFORE)
        assert letter.text.count("/v/") == 1
        assert "/confirm/" in letter.text
        (file,) = letter.attachments
        (event,) = icalendar.Calendar.from_ical(file.content).walk("VEVENT")
        assert event["DTSTART"].dt == session.appointment.starts_at
        assert VisitLink.objects.count() == 1

    def test_earlier_it_brings_all_three(self):
        plan = a_booked_course()
        first = planned_sessions(plan)[0].appointment
        _session, letter = reminder_of(plan, first.starts_at - timedelta(hours=25))
        for act in ("confirm", "move", "cancel"):
            assert f"/{act}/" in letter.text

    def test_whoever_has_confirmed_is_not_asked_again(self):
        visit = a_plain_visit()
        Appointment.objects.filter(pk=visit.pk).update(state="confirmed")
        enclosed = letters.enclose(visits.appointment(visit.pk), NOW)
        assert "/confirm/" not in enclosed.text
        assert "/cancel/" in enclosed.text

    @pytest.mark.parametrize(("language", "words"), [("en", "I cancel:"), ("tr", "")])
    def test_in_the_language_it_is_asked_in(self, language, words):
        with translation.override(language):
            assert words in letters.enclose(a_plain_visit(), NOW).text


class TestTheLetterAboutACourse:
    def test_it_names_every_time_and_brings_the_page_and_one_file(self):
        plan = a_booked_course()
        message = Message.objects.get(kind=MessageKind.COURSE_CONFIRMATION)
        letter = course_confirmation(message, message.due_at)
        assert isinstance(letter, Letter)
        assert "/c/" in letter.text
        (file,) = letter.attachments
        events = icalendar.Calendar.from_ical(file.content).walk("VEVENT")
        starts = [each.appointment.starts_at for each in planned_sessions(plan)]
        assert [each["DTSTART"].dt for each in events] == starts
        with translation.override(plan.patient.language):
            assert all(when(each) in letter.text for each in starts)

    def test_whoever_gets_no_mail_is_owed_none(self):
        from patients.tests.builders import a_healthy_patient

        a_booked_course(patient=a_healthy_patient(email="", reminders="paper"))
        assert not Message.objects.filter(kind=MessageKind.COURSE_CONFIRMATION).exists()

    def test_what_an_earlier_version_owed_still_goes_out(self):
        plan = a_booked_course()
        message = Message(
            kind="visits_page", patient_id=plan.patient_id, not_after=NOW + DAY_BEFORE
        )
        letter = letters.visits_page(message, NOW)
        assert isinstance(letter, Letter)
        assert "/c/" in letter.text
        Appointment.objects.update(state="cancelled")
        assert not isinstance(letters.visits_page(message, NOW), Letter)


def test_the_file_arrives_byte_for_byte(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    content = "BEGIN:VCALENDAR\r\nSUMMARY:Işık, “Çağlar”\r\n.\r\nEND:VCALENDAR\r\n".encode()
    letter = Letter(
        to="a@mail.example",
        subject="Işık: 24 Kasım",
        text="Merhaba\n",
        attachments=(Attachment("visit.ics", content, MIME),),
    )
    send_email(letter, message_id="1", may_go=lambda: True)
    arrived = message_from_bytes(mail.outbox[0].message().as_bytes(), policy=policy.default)
    (part,) = arrived.iter_attachments()
    assert part.get_payload(decode=True) == content
    assert part.get_content_type() == "text/calendar"
    assert (part.get_param("method"), part.get_param("charset")) == ("PUBLISH", "utf-8")
    assert part.get_filename() == "visit.ics"
    assert arrived.get_body(("plain",)).get_content().strip() == "Merhaba"


def test_no_letter_of_ours_speaks_of_health():
    visit = a_plain_visit()
    said = letters.enclose(visit, NOW)
    text = said.text + said.attachments[0].content.decode()
    for word in ("melasma", "mezoterapi", "mesotherapy", "treatment", "session", "onsultation"):
        assert word not in text.lower()
    assert a_patient().full_name.split()[0] not in text
