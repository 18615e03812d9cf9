import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages import receipts, terms
from clinic.messages.models import Message
from clinic.messages.receipts import is_signed, signature_of
from clinic.messages.terms import Channel, Delivery, MessageState
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db
SECRET = "s" * 40


@pytest.fixture
def gone(settings, owed):
    settings.RECEIPT_SECRET = SECRET
    message = owed()
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.SENT, channel=Channel.SMS, sent_to="+905321234567", finished_at=NOW
    )
    return message


def tell(message_id, state="delivered", *, channel="sms", at=None, signature=None, secret=SECRET):
    body = json.dumps({"id": str(message_id), "state": state}).encode()
    moment = str(int((at or timezone.now()).timestamp()))
    headers = {
        receipts.MOMENT: moment,
        receipts.SIGNATURE: signature or signature_of(secret, moment, body),
    }
    return Client(enforce_csrf_checks=True).post(
        reverse("messages:receipt", args=[channel]),
        body,
        content_type="application/json",
        headers=headers,
    )


def test_a_message_is_told_to_be_delivered(gone):
    assert tell(gone.pk).status_code == 204

    gone.refresh_from_db()
    assert (gone.state, gone.delivery) == (MessageState.SENT, Delivery.DELIVERED)


def test_what_was_not_delivered_stands_at_the_desk(gone):
    assert tell(gone.pk, "undelivered").status_code == 204

    [listed] = Message.objects.needing_the_desk()
    assert listed == gone
    assert listed.reason == terms.NOT_DELIVERED


def test_an_uncertain_message_becomes_certain(gone):
    Message.objects.filter(pk=gone.pk).update(state=MessageState.UNCERTAIN)

    tell(gone.pk)

    gone.refresh_from_db()
    assert gone.state == MessageState.SENT
    assert not Message.objects.needing_the_desk().exists()


@pytest.mark.parametrize(
    "how",
    [
        {"signature": "0" * 64},
        {"signature": "ş"},
        {"secret": "x" * 40},
        {"at": timezone.now() - timedelta(minutes=6)},
        {"at": timezone.now() + timedelta(minutes=20)},
        {"channel": "email"},
        {"channel": "whatsapp"},
        {"channel": "pigeon"},
    ],
)
def test_who_has_no_business_here_changes_and_learns_nothing(gone, how):
    answer = tell(gone.pk, "undelivered", **how)

    assert (answer.status_code, answer.content) == (404, b"")
    gone.refresh_from_db()
    assert gone.delivery == Delivery.NOT_TOLD


def test_an_unknown_message_answers_like_a_wrong_signature(gone):
    unknown, unsigned = tell(uuid4()), tell(gone.pk, signature="0" * 64)

    assert (unknown.status_code, unknown.content) == (unsigned.status_code, unsigned.content)


def test_a_message_that_never_left_cannot_be_delivered(gone):
    Message.objects.filter(pk=gone.pk).update(state=MessageState.PENDING, sent_to="")

    assert tell(gone.pk).status_code == 404


def test_a_replay_changes_nothing(gone):
    now = timezone.now()
    tell(gone.pk, "undelivered", at=now)
    Message.objects.filter(pk=gone.pk).update(settled_at=NOW)

    assert tell(gone.pk, "undelivered", at=now).status_code == 204
    assert tell(gone.pk, "delivered", at=now).status_code == 204

    gone.refresh_from_db()
    assert gone.settled_at == NOW  # not back on the list
    assert gone.delivery == Delivery.UNDELIVERED


def test_a_signature_of_one_body_is_none_of_another(gone):
    moment = str(int(timezone.now().timestamp()))
    of_another = signature_of(SECRET, moment, b'{"id": "other", "state": "delivered"}')

    assert tell(gone.pk, signature=of_another).status_code == 404


def test_what_is_signed_and_means_nothing_is_refused(gone):
    assert tell(gone.pk, "perhaps").status_code == 400
    assert tell("no id").status_code == 400
    assert tell(gone.pk, "").status_code == 400


def test_without_a_secret_nothing_is_taken(gone, settings):
    settings.RECEIPT_SECRET = ""

    assert tell(gone.pk, secret="").status_code == 404


def test_looking_is_not_telling(gone, client):
    assert client.get(reverse("messages:receipt", args=["sms"])).status_code == 405


def test_the_window_is_of_five_minutes():
    def taken(seconds):
        moment = str(int(NOW.timestamp()) - seconds)
        signature = signature_of(SECRET, moment, b"x")
        return is_signed(secret=SECRET, moment=moment, signature=signature, body=b"x", now=NOW)

    assert [taken(each) for each in (-301, -300, 0, 300, 301)] == [False, True, True, True, False]
