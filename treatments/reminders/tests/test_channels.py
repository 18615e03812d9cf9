"""A message in the patient's channel, and patients whom nothing reaches."""

from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic.messages import gateways
from clinic.messages.actions import send_due
from clinic.messages.hooks import unreachable_patients
from clinic.messages.models import Message
from clinic.messages.short import size_of
from clinic.messages.terms import Channel, MessageState
from clinic.messages.tests.gateways import Gateway, sms_gateway
from clinic.tests import builders as clinic
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.records.actions import NoAddress
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from patients.records.ways import Way, way_to, ways_offered
from patients.tests.builders import a_healthy_patient, a_patient
from treatments.reminders import choices, queries
from treatments.reminders.terms import MessageKind
from treatments.reminders.unreachable import unreachable
from treatments.sessions.tests.builders import (
    LAST_WEEK,
    a_course,
    first_session,
    ready_to_sign,
    sign,
)

pytestmark = pytest.mark.django_db


def texted(wish=ReminderWish.SMS, **fields):
    patient = a_healthy_patient(now=LAST_WEEK, reminders=wish, **fields)
    decides(patient, ConsentKind.CARE_MESSAGES, now=LAST_WEEK)
    return patient


def a_due_reminder(plan):
    return Message.objects.filter(patient_id=plan.patient_id, kind="session_reminder").earliest(
        "due_at"
    )


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_reminder_by_sms_says_clinic_time_and_way_in_one_segment(settings, language):
    settings.BASE_URL = "https://randevu.klinik.example"
    with sms_gateway(settings) as gateway:
        plan = a_course(patient=texted(language=language))
        due = a_due_reminder(plan)
        send_due(clock=lambda: due.due_at)

    due.refresh_from_db()
    assert (due.state, due.channel) == (MessageState.SENT, Channel.SMS)
    said = [body for body in gateway.bodies if body["id"] == str(due.pk)]
    assert [body["to"] for body in said] == [plan.patient.phone]
    [text] = [body["text"] for body in said]
    visit = first_session(plan).appointment
    assert visit is not None
    assert settings.CLINIC_NAME.split()[0] in text
    assert "https://randevu.klinik.example/" in text or settings.CLINIC_PHONE in text
    assert size_of(text).segments == 1
    assert plan.patient.full_name not in text


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_sunny_morning_by_sms_can_be_ended_from_it(settings, language):
    settings.BASE_URL = "https://randevu.klinik.example"
    settings.UV_SOURCE = "treatments.reminders.tests.test_care_letters.sunny"
    with sms_gateway(settings) as gateway:
        patient = texted(language=language)
        plan = a_course(patient=patient)
        ready_to_sign(first_session(plan))
        sign(first_session(plan))
        mornings = Message.objects.filter(patient_id=patient.pk, kind=MessageKind.SUN_MORNING)
        due = mornings.earliest("due_at")
        send_due(clock=lambda: due.due_at)
    [text] = [body["text"] for body in gateway.bodies if body["id"] == str(due.pk)]
    stop = choices.address_to_stop(patient.pk, MessageKind.SUN_MORNING)
    assert stop in text
    assert size_of(text).segments == 1

    Client().post(stop.removeprefix(settings.BASE_URL), {"wanted": "no"})

    assert not mornings.filter(state=MessageState.PENDING).exists()


def test_nothing_goes_by_a_second_channel_when_the_first_does_not_know(settings):
    """The message is uncertain; the patient has an e-mail address as well, and it is not used."""
    with sms_gateway(settings, (500, "", {})) as gateway:
        plan = a_course(patient=texted())
        due = a_due_reminder(plan)
        send_due(clock=lambda: due.due_at)
        send_due(clock=lambda: due.due_at + timedelta(minutes=10))

    due.refresh_from_db()
    assert due.state == MessageState.UNCERTAIN
    assert [body["id"] for body in gateway.bodies].count(str(due.pk)) == 1


def test_by_whatsapp_it_goes_by_template(settings):
    gateway = Gateway((200, '{"messages": [{"id": "1"}]}', {}))
    settings.WHATSAPP_URL, settings.WHATSAPP_TOKEN = gateway.url, "t"
    settings.WHATSAPP_TEMPLATES = {"*": "clinic_message"}
    plan = a_course(patient=texted(ReminderWish.WHATSAPP))
    due = a_due_reminder(plan)
    send_due(clock=lambda: due.due_at)
    gateway.stop()

    due.refresh_from_db()
    assert (due.state, due.channel) == (MessageState.SENT, Channel.WHATSAPP)
    assert gateway.bodies[-1]["to"] == plan.patient.phone.removeprefix("+")


def test_each_patient_has_one_way(settings):
    settings.SMS_URL, settings.WHATSAPP_URL = gateways.CONSOLE, ""
    by_sms = texted()

    assert way_to(by_sms) == Way(Channel.SMS, by_sms.phone)
    by_mail = way_to(a_patient())
    assert by_mail is not None
    assert by_mail.channel == Channel.EMAIL
    assert way_to(a_patient(reminders=ReminderWish.PAPER)) is None
    assert way_to(texted(ReminderWish.WHATSAPP)) is None  # the clinic has no such gateway
    settings.SMS_URL = ""
    assert way_to(by_sms) is None
    assert not queries.wishes(by_sms).reachable


@pytest.mark.parametrize(
    ("phone", "is_taken"),
    [
        ("0532 123 45 67", True),
        ("+49 151 23456789", True),
        ("0212 123 45 67", False),
        ("", False),
    ],
)
def test_a_wish_for_sms_needs_a_number_that_can_be_texted(phone, is_taken):
    if is_taken:
        assert a_patient(reminders=ReminderWish.SMS, phone=phone).phone.startswith("+")
        return
    with pytest.raises(NoAddress):
        a_patient(reminders=ReminderWish.SMS, phone=phone)


def test_the_database_refuses_the_wish_without_a_number():
    patient = a_patient()
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(reminders=ReminderWish.SMS, phone="")


def test_only_what_the_clinic_has_is_offered(settings, client):
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"
    settings.SMS_URL = settings.WHATSAPP_URL = ""
    assert ways_offered() == {ReminderWish.EMAIL, ReminderWish.PAPER}
    assert "By SMS" not in client.get(reverse("patients:register")).content.decode()

    settings.SMS_URL = gateways.CONSOLE
    page = client.get(reverse("patients:register")).content.decode()
    assert "By SMS" in page
    assert "By WhatsApp" not in page


def test_who_cannot_be_reached_stands_on_the_list(settings, client):
    plan = a_course(patient=a_healthy_patient(now=LAST_WEEK))
    visit = first_session(plan).appointment
    assert visit is not None
    before = visit.starts_at - timedelta(days=1)
    assert unreachable(before) == []

    Patient.objects.filter(pk=plan.patient_id).update(phone="")
    assert unreachable(before) == []  # the mail reaches her
    Patient.objects.filter(pk=plan.patient_id).update(email="", reminders=ReminderWish.PAPER)

    [one] = unreachable_patients(before)
    assert (one.patient_id, one.visit_at) == (plan.patient_id, visit.starts_at)
    assert unreachable(before - timedelta(days=60)) == []


def test_fr6_one_missing_phone_does_not_end_the_run(settings):
    """FR6: a bad row is isolated, and a late run catches up, but not after the visit."""
    with sms_gateway(settings) as gateway:
        without, other = a_course(patient=texted()), a_course(patient=texted())
        broken, due = a_due_reminder(without), a_due_reminder(other)
        Patient.objects.filter(pk=without.patient_id).update(phone="", reminders=ReminderWish.PAPER)
        late = max(broken.due_at, due.due_at) + timedelta(hours=6)
        send_due(clock=lambda: late)

    broken.refresh_from_db()
    due.refresh_from_db()
    assert broken.state == MessageState.CANCELLED
    assert due.state == MessageState.SENT
    assert str(broken.pk) not in [body["id"] for body in gateway.bodies]


def test_fr6_nothing_is_caught_up_after_the_visit(settings):
    with sms_gateway(settings) as gateway:
        plan = a_course(patient=texted())
        visit = first_session(plan).appointment
        assert visit is not None
        after = visit.starts_at + timedelta(minutes=1)
        due = Message.objects.filter(
            about_id=first_session(plan).pk, kind="session_reminder", due_at__lt=after
        )
        ids = {str(row.pk) for row in due}
        assert ids
        send_due(clock=lambda: after)

    assert ids.isdisjoint(body["id"] for body in gateway.bodies)


def test_the_preview_of_a_reminder_makes_no_link(settings, client, monkeypatch):
    from patients.links.models import PatientLink

    monkeypatch.setattr("django.utils.timezone.now", lambda: LAST_WEEK)
    settings.SMS_URL, settings.SMS_SEGMENT_COST = gateways.CONSOLE, "0.10 TRY"
    plan = a_course(patient=texted())
    due = a_due_reminder(plan)
    links = PatientLink.objects.count()
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"

    page = client.get(reverse("messages:preview", args=[due.pk])).content.decode()

    assert "SMS" in page
    assert "0.10 TRY" in page or "0.20 TRY" in page
    assert PatientLink.objects.count() == links
    with pytest.raises(ObjectDoesNotExist):
        Message.objects.get(pk=due.pk, state=MessageState.SENT)
