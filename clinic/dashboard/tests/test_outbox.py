"""The outbox of this machine: shown to staff where there is one, not found elsewhere."""

import mailbox
from email.message import EmailMessage

import pytest
from django.urls import reverse

from clinic.tests import builders as clinic


def put(folder, subject, text, at):
    letter = EmailMessage()
    letter["Subject"], letter["To"], letter["Date"] = subject, "ayse@example.org", at
    letter.set_content(text)
    mailbox.Maildir(folder).add(letter)


@pytest.fixture
def outbox(settings, tmp_path):
    folder = tmp_path / "outbox"
    put(
        folder,
        "Yarın görüşürüz",
        "Adres: http://127.0.0.1:8000/a/x/ bitti",
        "Mon, 23 Nov 2026 07:00:00 +0000",
    )
    put(folder, "Güneş kremi", "<b>kalın</b>", "Tue, 24 Nov 2026 07:00:00 +0000")
    settings.OUTBOX = str(folder)


@pytest.mark.django_db
def test_mails_are_shown_newest_first_with_links(client, outbox):
    client.force_login(clinic.nurse())

    text = client.get(reverse("outbox:list")).content.decode()

    assert text.index("Güneş kremi") < text.index("Yarın görüşürüz")
    assert 'href="http://127.0.0.1:8000/a/x/"' in text
    assert "<b>kalın</b>" not in text
    assert "&lt;b&gt;" in text


@pytest.mark.django_db
def test_without_an_outbox_there_is_no_page(client, settings):
    settings.OUTBOX = ""
    client.force_login(clinic.nurse())

    assert client.get(reverse("outbox:list")).status_code == 404


@pytest.mark.django_db
def test_the_outbox_is_for_staff(client, outbox):
    assert client.get(reverse("outbox:list")).status_code == 302
