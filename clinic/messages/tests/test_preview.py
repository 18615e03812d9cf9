import pytest
from django.urls import reverse

from clinic.messages.actions import cancel_messages
from clinic.messages.hooks import Letter, NotNow, NotTrueAnyMore
from clinic.messages.models import Message
from clinic.messages.preview import without_secrets
from clinic.messages.terms import Channel
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(client, settings):
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"
    settings.SMS_SEGMENT_COST = "0.12 TRY"
    return lambda message: client.get(
        reverse("messages:preview", args=[message.pk])
    ).content.decode()


def test_a_mail_is_seen_before_it_goes(look, owed, composing):
    page = look(owed("7"))

    assert "ayse@example.org" in page
    assert "No 7" in page
    assert "Segments" not in page


def test_a_short_message_is_seen_with_its_size_and_cost(look, owed, composing):
    text = "Işık: 15.40\nhttps://k.example/open/" + "s" * 50
    composing(
        lambda message, now: Letter("+905321234567", "", "long", channel=Channel.SMS, short=text)
    )

    page = look(owed())

    assert "Işık: 15.40" in page
    assert "s" * 50 not in page
    assert "2 (85 characters, Turkish letters)" in page
    assert "0.24 TRY" in page


def test_looking_writes_nothing(look, owed, composing):
    message = owed()

    def writes(row, now):
        cancel_messages(about_ids=[row.about_id], why="seen", now=NOW)
        return Letter("a@example.org", "K", "written")

    composing(writes)

    assert "written" in look(message)
    assert Message.objects.get().state == "pending"


@pytest.mark.parametrize(
    "answer", [NotTrueAnyMore("moved"), NotNow(until=NOW), RuntimeError("broken")]
)
def test_what_would_not_go_says_so(look, owed, composing, answer):
    def compose(row, now):
        if isinstance(answer, Exception):
            raise answer
        return answer

    composing(compose)

    assert "would not go" in look(owed())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a https://k.example/i/abcdefghij/ b", "a https://k.example/i/… b"),
        ("https://k.example/i/abcdefghij", "https://k.example/i/…"),
        ("no link", "no link"),
    ],
)
def test_links_are_shown_without_their_secret(text, shown):
    assert without_secrets(text) == shown


def test_a_nurse_does_not_look(client, owed, composing):
    client.force_login(clinic.nurse())

    assert client.get(reverse("messages:preview", args=[owed().pk])).status_code == 403
