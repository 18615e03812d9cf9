"""Short messages against a real gateway that misbehaves; R2 of the test plan for HTTP."""

import json
import ssl
from datetime import timedelta
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from clinic.messages import gateways, terms
from clinic.messages.actions import cancel_messages, send_due
from clinic.messages.channels import Outcome
from clinic.messages.checks import check_channels
from clinic.messages.hooks import Letter
from clinic.messages.models import Message
from clinic.messages.terms import Channel, MessageState
from clinic.messages.tests.gateways import ACCEPTED, Gateway, sms_gateway
from clinic.messages.tests.sinks import bad_certificate_server, context_nobody_vouches_for
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db
TEXT = 'Klinik: yarın "15.40"\nhttps://k.example/a?b=1&c=<2>'


def clock():
    return NOW


def letter(text=TEXT, channel=Channel.SMS):
    return Letter(
        to="+905321234567", subject="", text="long", channel=channel, short=text, language="tr"
    )


@pytest.fixture
def texting(composing, owed, monkeypatch):
    monkeypatch.setattr(gateways, "STEP_S", 0.5)
    composing(lambda message, now: letter())
    return owed()


def sent(message):
    send_due(clock=clock)
    message.refresh_from_db()
    return message


def test_a_short_message_goes_once_by_its_gateway(settings, texting):
    with sms_gateway(settings) as gateway:
        sent(texting)
        send_due(clock=clock)

    [body] = gateway.bodies
    assert body == {"to": "+905321234567", "text": TEXT, "id": str(texting.pk)}
    assert texting.state == MessageState.SENT
    assert (texting.channel, texting.sent_to) == (Channel.SMS, "+905321234567")


@pytest.mark.parametrize(
    ("answer", "expected", "handed_over"),
    [
        ((201, "taken", {}), MessageState.SENT, 1),
        ((400, "bad number", {}), MessageState.FAILED, 1),
        ((422, "", {}), MessageState.FAILED, 1),
        ((401, "", {}), MessageState.PENDING, 1),
        ((302, "", {"Location": "/elsewhere"}), MessageState.PENDING, 1),
        ((429, "", {"Retry-After": "600"}), MessageState.PENDING, 1),
        ((503, "", {}), MessageState.PENDING, 1),
        ((500, "", {}), MessageState.UNCERTAIN, 1),
        ((504, "", {}), MessageState.UNCERTAIN, 1),
        ((408, "", {}), MessageState.UNCERTAIN, 1),
        ("hangs", MessageState.UNCERTAIN, 1),
        ("closes", MessageState.UNCERTAIN, 1),
        ("garbage", MessageState.UNCERTAIN, 1),
        ("cut", MessageState.UNCERTAIN, 1),
    ],
)
def test_each_fault_of_the_gateway_is_known_for_what_it_means(
    settings, texting, answer, expected, handed_over
):
    with sms_gateway(settings, answer) as gateway:
        sent(texting)
        send_due(clock=clock)  # what may have arrived is not sent again by itself

    assert texting.state == expected
    assert len(gateway.asked) == handed_over
    if expected in {MessageState.FAILED, MessageState.UNCERTAIN}:
        assert texting in Message.objects.needing_the_desk()


def test_a_gateway_that_dribbles_is_left_when_its_time_is_over(settings, texting, monkeypatch):
    monkeypatch.setattr(gateways, "LONGEST_S", 0.6)
    with sms_gateway(settings, "dribbles"):
        sent(texting)

    assert texting.state == MessageState.UNCERTAIN


def test_nobody_at_the_address_is_known_to_be_undelivered(settings, texting):
    settings.SMS_URL = "http://127.0.0.1:1/send"

    sent(texting)

    assert (texting.state, texting.reason) == (MessageState.PENDING, terms.GATEWAY_NOT_REACHED)


def test_a_wrong_certificate_hands_nothing_over(settings, texting, caplog):
    server = bad_certificate_server()
    settings.SMS_URL = f"https://127.0.0.1:{server.port}/send"

    sent(texting)
    server.stop()

    assert (texting.state, texting.reason) == (
        MessageState.PENDING,
        terms.GATEWAY_BAD_CERTIFICATE,
    )
    assert "certificate" in caplog.text


def test_the_certificate_is_what_stopped_it(settings, texting, monkeypatch):
    """The negative control: without the look at the certificate the message goes."""
    gateway = Gateway(ACCEPTED, tls=context_nobody_vouches_for())
    settings.SMS_URL = gateway.url
    monkeypatch.setattr(gateways.ssl, "create_default_context", ssl._create_unverified_context)

    sent(texting)
    gateway.stop()

    assert texting.state == MessageState.SENT


def test_the_gateway_says_how_long_to_wait(settings, texting):
    with sms_gateway(settings, (429, "", {"Retry-After": "600"})):
        sent(texting)

    assert texting.due_at == NOW + timedelta(seconds=600)


def test_a_second_try_carries_the_same_key(settings, texting):
    with sms_gateway(settings, (503, "", {})) as gateway:
        sent(texting)
        gateway.answer = ACCEPTED
        send_due(clock=lambda: NOW + timedelta(minutes=5))

    keys = [headers["Idempotency-Key"] for _method, _path, headers, _body in gateway.asked]
    assert keys == [str(texting.pk)] * 2
    texting.refresh_from_db()
    assert texting.state == MessageState.SENT


def test_cancelled_before_the_request_leaves_is_not_sent(settings, texting, monkeypatch):
    connect = gateways.http.client.HTTPConnection.connect

    def meanwhile(line):
        connect(line)
        cancel_messages(about_ids=[texting.about_id], why="moved", now=NOW)

    monkeypatch.setattr(gateways.http.client.HTTPConnection, "connect", meanwhile)
    with sms_gateway(settings) as gateway:
        sent(texting)

    assert gateway.asked == []
    assert texting.state == MessageState.CANCELLED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("00 1234", MessageState.SENT),
        ("20", MessageState.FAILED),
        ("maintenance", MessageState.UNCERTAIN),
    ],
)
def test_what_an_answer_says_counts_where_it_was_told(settings, texting, answer, expected):
    settings.SMS_ACCEPTED, settings.SMS_REFUSED = r"^00 \d+", r"^(20|30|70)$"
    with sms_gateway(settings, (200, answer, {})):
        sent(texting)

    assert texting.state == expected


@pytest.mark.parametrize(
    ("content_type", "template", "read"),
    [
        ("application/json", '{"m": "{text}"}', lambda body: json.loads(body)["m"]),
        ("application/json; charset=utf-8", '{"m": "{text}"}', lambda body: json.loads(body)["m"]),
        (
            "application/x-www-form-urlencoded",
            "m={text}&k={to_national}",
            lambda body: parse_qs(body)["m"][0],
        ),
        (
            "text/xml",
            '<s><m no="{to_digits}">{text}</m></s>',
            lambda body: ElementTree.fromstring(body)[0].text,
        ),
    ],
)
def test_a_text_cannot_leave_its_place_in_the_body(
    settings, texting, composing, content_type, template, read
):
    hostile = TEXT + ' "}, {to} {id} & </m> İşğç'
    composing(lambda message, now: letter(hostile))
    settings.SMS_CONTENT_TYPE, settings.SMS_BODY = content_type, template
    with sms_gateway(settings) as gateway:
        sent(texting)

    [(_method, _path, headers, body)] = gateway.asked
    assert read(body) == hostile
    assert headers["Content-Type"] == content_type


def test_a_gateway_asked_by_its_address_alone(settings, texting):
    settings.SMS_METHOD = "GET"
    with sms_gateway(settings) as gateway:
        settings.SMS_URL += "?no={to_national}&m={text}"
        sent(texting)

    [(method, path, _headers, body)] = gateway.asked
    assert (method, body) == ("GET", "")
    assert parse_qs(path.partition("?")[2]) == {"no": ["5321234567"], "m": [TEXT]}


def test_whatsapp_goes_by_the_template_of_its_kind(settings, composing, owed):
    composing(lambda message, now: letter("Klinik: yarın\nhttps://k.example/a", Channel.WHATSAPP))
    message = owed()
    gateway = Gateway((200, '{"messages": [{"id": "wamid.1"}]}', {}))
    settings.WHATSAPP_URL, settings.WHATSAPP_TOKEN = gateway.url, "token"
    settings.WHATSAPP_TEMPLATES = {"test_letter": "clinic_visit"}

    sent(message)
    gateway.stop()

    [body] = gateway.bodies
    assert body["template"]["name"] == "clinic_visit"
    assert body["template"]["language"] == {"code": "tr"}
    said = [each["text"] for each in body["template"]["components"][0]["parameters"]]
    assert said == ["Klinik: yarın", "https://k.example/a"]
    assert body["biz_opaque_callback_data"] == str(message.pk)
    assert gateway.asked[0][2]["Authorization"] == "Bearer token"
    assert message.state == MessageState.SENT


def test_whatsapp_without_a_template_stands_at_the_desk(settings, composing, owed):
    composing(lambda message, now: letter("Klinik", Channel.WHATSAPP))
    message = owed()
    settings.WHATSAPP_URL, settings.WHATSAPP_TEMPLATES = "https://never.invalid/", {}

    sent(message)

    assert (message.state, message.reason) == (MessageState.FAILED, terms.NO_TEMPLATE)


@pytest.mark.parametrize("body", ["", "[]", '"x"', '{"messages": []}', '{"error": {}}'])
def test_whatsapp_answers_clearly_or_it_is_uncertain(body):
    assert gateways._read_whatsapp(body) is Outcome.UNKNOWN


@pytest.mark.parametrize(("local", "told"), [(True, True), (False, False)])
def test_the_console_tells_the_words_only_on_this_machine(settings, texting, caplog, local, told):
    settings.SMS_URL, settings.LOCAL = gateways.CONSOLE, local
    with caplog.at_level("INFO"):
        sent(texting)

    assert texting.state == MessageState.SENT
    assert ("yarın" in caplog.text) is told
    assert str(texting.pk) in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SMS_URL", "http://gateway.example/", "messages.E001"),
        ("SMS_URL", "gateway", "messages.E001"),
        ("WHATSAPP_URL", "ftp://x", "messages.E001"),
        ("SMS_ACCEPTED", "(", "messages.E002"),
        ("SMS_HEADERS", {"X": "a\nb"}, "messages.E003"),
        ("SMS_BODY", "{to}", "messages.E004"),
        ("MESSAGE_RATES", "sms=0", "messages.E005"),
        ("MESSAGE_RATES", "pigeon=5", "messages.E005"),
        ("RECEIPT_SECRET", "short", "messages.E006"),
        ("SMS_SEGMENT_COST", "cheap", "messages.E007"),
        ("SMS_METHOD", "DELETE", "messages.E008"),
        ("WHATSAPP_TEMPLATES", {}, "messages.E009"),
        ("WHATSAPP_TOKEN", "", "messages.E010"),
    ],
)
def test_a_wrong_setting_is_told_at_the_start(settings, name, value, fault):
    settings.SMS_URL = "https://gateway.example/"
    settings.WHATSAPP_URL, settings.WHATSAPP_TOKEN = "https://graph.example/", "token"
    settings.WHATSAPP_TEMPLATES = {"*": "clinic_message"}
    assert check_channels(None) == []

    setattr(settings, name, value)

    assert fault in {each.id for each in check_channels(None)}
