import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.audit.models import AuditEntry
from clinic.messages import receipts, replies
from clinic.messages.models import Reply
from clinic.messages.receipts import signature_of
from clinic.tests import builders as clinic
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
SECRET = "s" * 40
NUMBER = "+905321234567"


@pytest.fixture(autouse=True)
def _receipts_are_signed(settings):
    settings.RECEIPT_SECRET = SECRET
    settings.LANGUAGE_CODE = "en"


def answer(text="Yarın gelemiyorum", *, number=NUMBER, gateway_id="a-1", **how):
    told = json.dumps({"id": gateway_id, "from": number, "text": text}).encode()
    body = how.get("body", told)
    moment = str(int((how.get("at") or timezone.now()).timestamp()))
    headers = {
        receipts.MOMENT: moment,
        receipts.SIGNATURE: signature_of(how.get("secret", SECRET), moment, body),
    }
    return Client(enforce_csrf_checks=True).post(
        reverse("messages:reply", args=[how.get("channel", "sms")]),
        body,
        content_type="application/json",
        headers=headers,
    )


@pytest.fixture
def desk(client):
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize("number", [NUMBER, "905321234567", "0532 123 45 67", "00905321234567"])
def test_an_answer_stands_at_the_desk_with_everybody_who_has_the_number(desk, number):
    mother = a_patient(full_name="Ayşe Yılmaz", phone=NUMBER)
    daughter = a_patient(full_name="Işıl Yılmaz", phone=NUMBER)
    a_patient(full_name="Somebody Else", phone="+905321234568")

    assert answer(number=number).status_code == 204

    page = desk.get(reverse("messages:list")).content.decode()
    assert "1 answer to read" in page
    assert "Yarın gelemiyorum" in page
    for patient in (mother, daughter):
        assert reverse("messages:patient", args=[patient.pk]) in page
    assert "Somebody Else" not in page
    assert "1 patient has answered a message" in desk.get(reverse("today")).content.decode()


@pytest.mark.parametrize("number", ["+4915112345678", "TURKCELL", "5"])
def test_an_answer_of_nobody_known_stands_there_with_its_number(desk, number):
    a_patient(phone="")
    assert answer(number=number).status_code == 204

    page = desk.get(reverse("messages:list")).content.decode()
    assert "No patient has this number" in page
    assert number in page


def test_the_same_answer_told_twice_is_kept_once():
    assert [answer().status_code, answer().status_code] == [204, 204]
    assert (
        answer(channel="whatsapp").status_code == 204
    )  # another gateway's name for another answer

    assert Reply.objects.count() == 2


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "x" * 40},
        {"at": timezone.now() - timedelta(minutes=6)},
        {"channel": "email"},
        {"channel": "pigeon"},
    ],
)
def test_nobody_else_writes_into_the_inbox(how):
    assert answer(**how).status_code == 404
    assert not Reply.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": "a", "from": "+90", "text": ""}',
        b'{"id": "a", "from": "+90", "text": 5}',
        b'{"id": "a", "from": "+90", "text": "\\ud800"}',
        b'{"id": "a", "from": "' + b"1" * 40 + b'", "text": "x"}',
    ],
)
def test_what_is_no_answer_is_refused(body):
    assert answer(body=body).status_code == 400
    assert not Reply.objects.exists()


def test_letters_that_cannot_be_shown_and_floods_are_cut():
    assert answer("a\x00b\u202ec" + "x" * 5000).status_code == 204

    kept = Reply.objects.get().text
    assert kept.startswith("a b c")
    assert len(kept) == replies.LONGEST_TEXT


def test_what_is_settled_is_off_the_list_once_and_written_down(desk):
    answer("DUR")
    address = reverse("messages:settle-reply", args=[Reply.objects.get().pk])

    first = desk.post(address, follow=True).content.decode()
    second = desk.post(address, follow=True).content.decode()

    assert "Taken off the list." in first
    assert "DUR" not in first
    assert "Somebody settled this already." in second
    assert AuditEntry.objects.filter(verb="reply.settled").count() == 1


def test_words_of_an_answer_are_on_the_page_alone(caplog):
    with caplog.at_level(logging.DEBUG):
        answer("hamileyim")
        answer("hamileyim", secret="x" * 40)
    assert "hamileyim" not in caplog.text
