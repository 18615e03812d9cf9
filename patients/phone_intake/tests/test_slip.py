"""Whoever has no e-mail gets paper: one press, no name, no word of health, in their language."""

from base64 import b64decode
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import segno
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from clinic import pdf
from clinic.qr import qr_picture
from clinic.tests.builders import manager, receptionist
from patients.phone_intake import documents
from patients.phone_intake.actions import withdraw
from patients.phone_intake.models import PhoneIntake
from patients.phone_intake.tests.builders import BORN, an_intake
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
needs_pango = pytest.mark.skipif(pdf.available() is not None, reason="No PDFs on this machine")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def desk(client):
    client.force_login(receptionist())
    return client


@pytest.fixture
def no_pdf(monkeypatch):
    def unavailable(*_args, **_kwargs):
        raise pdf.PdfUnavailable

    monkeypatch.setattr(documents, "render_pdf", unavailable)


def on_paper(patient):
    return a_patient(email="", reminders="none") if patient is None else patient


def slip(client, patient):
    return client.get(reverse("patients:phone-intake-slip", args=[patient.pk]))


def drawn(picture):
    """The path of the drawing, out of the picture's address."""
    content = b64decode(picture.removeprefix("data:image/svg+xml;base64,"))
    return [path.get("d") for path in ElementTree.fromstring(content).iter(f"{SVG}path")]


@needs_pango
def test_one_press_asks_and_prints(desk):
    patient = on_paper(None)
    shown = desk.get(reverse("patients:intake", args=[patient.pk])).content.decode()
    assert 'name="print"' in shown

    pressed = desk.post(
        reverse("patients:phone-intake-ask", args=[patient.pk]), {"print": "1"}, follow=True
    )

    assert pressed["Content-Type"] == "application/pdf"
    assert pressed.content.startswith(b"%PDF")
    assert "no-store" in pressed["Cache-Control"]
    assert PhoneIntake.objects.get().patient == patient


def test_whoever_has_mail_is_not_offered_paper_first(desk):
    patient = a_patient(email="a@example.org")
    assert (
        'name="print"'
        not in desk.get(reverse("patients:intake", args=[patient.pk])).content.decode()
    )


def test_the_slip_opens_the_questions_and_names_nobody(desk, no_pdf):
    intake = an_intake(on_paper(None))

    page = slip(desk, intake.patient)
    text, paper = page.content.decode(), page.context["slip"]

    assert paper.address in text
    assert paper.language == intake.patient.language
    assert f'lang="{paper.language}"' in text
    assert intake.patient.full_name not in text
    phone = Client()
    path = paper.address.partition("//")[2].partition("/")[2]
    assert phone.post(f"/{path}", BORN).status_code == 302
    assert phone.get(f"/{path}", follow=True).status_code == 200


def test_the_slip_says_until_when_the_link_opens():
    until = timezone.now() + timedelta(days=3)
    paper = documents.slip_of("https://c.example/i/x/", valid_until=until, language="tr")
    with translation.override("tr"):
        assert paper.valid_until == documents.until_when(until)
    with translation.override("en"):
        assert paper.valid_until != documents.until_when(until)


def test_the_code_is_that_of_the_address_and_of_no_other():
    address = "https://c.example/i/abc:def/"
    same = segno.make(address, error="m", micro=False).svg_inline(scale=6, border=4)
    path = [each.get("d") for each in ElementTree.fromstring(same).iter("path")][-1]

    assert drawn(qr_picture(address))[-1] == path
    assert drawn(qr_picture(address + "x"))[-1] != path


def test_the_page_for_the_desk_shows_code_address_and_paper(desk):
    intake = an_intake(on_paper(None))
    page = desk.get(reverse("patients:phone-intake-link", args=[intake.patient_id]))

    text = page.content.decode()
    assert page.context["code"] == qr_picture(page.context["address"])
    assert page.context["code"] in text
    assert reverse("patients:phone-intake-slip", args=[intake.patient_id]) in text


def test_a_withdrawn_request_has_no_paper(desk, no_pdf):
    intake = an_intake(on_paper(None))
    assert slip(desk, intake.patient).status_code == 200

    withdraw(intake=intake, by=receptionist(), now=timezone.now())
    assert slip(desk, intake.patient).status_code == 302


def test_paper_needs_the_role(client, no_pdf):
    intake = an_intake(on_paper(None))
    assert slip(client, intake.patient).status_code == 302
    client.force_login(manager())
    assert slip(client, intake.patient).status_code == 403
