"""Behind the patient's link: the birth date, five tries, thirty minutes, and nothing left on the way."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string as resolve

from clinic import pdf
from clinic.tests import builders as clinic
from patients.links.actions import link_to, revoke_links
from patients.links.models import PatientLink
from patients.links.opened import IDLE
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from treatments.aftercare.models import AftercareSheet
from treatments.sessions.tests.builders import a_signed_session

RIGHT = {"born-day": "14", "born-month": "3", "born-year": "1992"}
WRONG = RIGHT | {"born-day": "15"}
needs_pango = pytest.mark.skipif(pdf.available() is not None, reason="No PDFs on this machine")


@pytest.fixture
def sheet(db):
    a_signed_session()
    return AftercareSheet.objects.get()


@pytest.fixture
def link(sheet):
    return link_to(
        patient=sheet.patient,
        purpose=LinkPurpose.AFTERCARE,
        about_id=sheet.pk,
        expires_at=datetime.now(UTC) + timedelta(days=90),
        now=datetime.now(UTC),
    )


@pytest.fixture
def address(link):
    return reverse("aftercare:open", args=[token_for(link.pk)])


def test_the_link_asks_for_the_birth_date_and_shows_nothing_before(client, address, sheet):
    page = client.get(address)

    assert page.status_code == 200
    assert sheet.patient.full_name not in page.content.decode()
    assert "birth" in page.content.decode() or "Doğum" in page.content.decode()


def test_the_right_birth_date_opens_the_sheet_in_the_patients_language(client, address, sheet):
    page = client.post(address, RIGHT, follow=True)

    text = page.content.decode()
    assert page.status_code == 200
    assert 'lang="tr"' in text
    assert "Seansınızdan sonra" in text
    assert sheet.patient.full_name in text
    assert text.index("tel:+902120000000") < text.index("makyaj")
    assert address + "sheet.pdf" in text


def test_the_frame_of_the_sheet_stays_in_the_language_of_its_lines(client, address, sheet):
    sheet.patient.language = "en"
    sheet.patient.save()

    text = client.post(address, RIGHT, follow=True).content.decode()

    assert 'lang="tr"' in text
    assert "PDF olarak aç" in text


def test_a_refused_try_leaves_no_address_in_the_log(client, address, settings):
    said = Said()
    console = settings.LOGGING["handlers"]["console"]
    for name in console["filters"]:
        said.addFilter(resolve(settings.LOGGING["filters"][name]["()"])())
    logger = logging.getLogger("django.request")
    logger.addHandler(said)
    try:
        assert client.post(address, WRONG).status_code == 422
    finally:
        logger.removeHandler(said)

    # What comes before the address is Python's name of the status, another one in each version.
    assert [line.partition(": ")[2] for line in said.lines] == ["/a/.../"]


class Said(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


@needs_pango
def test_the_pdf_opens_only_after_the_birth_date(client, address):
    assert client.get(address + "sheet.pdf").status_code == 302

    client.post(address, RIGHT)
    answer = client.get(address + "sheet.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_wrong_birth_date_opens_nothing_and_five_lock_the_link(client, address, sheet):
    for _try in range(4):
        page = client.post(address, WRONG)
        assert page.status_code == 422
        assert sheet.patient.full_name not in page.content.decode()

    assert client.post(address, WRONG).status_code == 429
    assert client.post(address, RIGHT).status_code == 410
    assert client.get(address).status_code == 410


def test_a_date_that_does_not_exist_is_no_try(client, address, link):
    page = client.post(address, RIGHT | {"born-day": "31", "born-month": "2"})

    assert page.status_code == 422
    link.refresh_from_db()
    assert link.wrong_answers == 0


def test_a_right_date_is_asked_once_by_the_one_gate(client, address, link, sheet):
    client.post(address, RIGHT)

    assert client.post(address, WRONG).status_code == 302
    assert sheet.patient.full_name in client.get(address).content.decode()
    link.refresh_from_db()
    assert link.wrong_answers == 0


def test_looking_changes_nothing(client, address, link):
    before = PatientLink.objects.values().get()

    for _look in range(7):
        client.get(address)

    assert PatientLink.objects.values().get() == before


def test_the_grant_is_this_browsers_and_ends(client, address, sheet, monkeypatch):
    client.post(address, RIGHT)
    assert sheet.patient.full_name in client.get(address).content.decode()
    assert sheet.patient.full_name not in Client().get(address).content.decode()

    later = datetime.now(UTC) + IDLE
    monkeypatch.setattr("treatments.aftercare.views.timezone.now", lambda: later)
    assert sheet.patient.full_name not in client.get(address).content.decode()


def test_a_revoked_link_closes_for_whoever_has_it_open(client, address, sheet):
    client.post(address, RIGHT)
    revoke_links(purpose=LinkPurpose.AFTERCARE, about_id=sheet.pk, now=datetime.now(UTC))

    assert client.get(address).status_code == 410
    assert client.get(address + "sheet.pdf").status_code == 302


@pytest.mark.parametrize("token", ["nonsense", "eyJsIjoiMCJ9:x", "%00", "ğ"])
def test_a_token_that_was_not_made_here_is_not_found(client, db, token):
    assert client.get(f"/a/{token}/").status_code == 404


def test_neither_address_nor_page_stay_on_the_way(client, address):
    for answer in (client.get(address), client.post(address, WRONG), client.post(address, RIGHT)):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]


@needs_pango
@pytest.mark.parametrize("who", [clinic.receptionist, clinic.physician, clinic.nurse])
def test_the_desk_prints_with_one_click(client, sheet, who):
    client.force_login(who())

    answer = client.get(
        reverse(
            "aftercare:print",
            args=[sheet.patient_id, sheet.signed_session.planned_session_id],
        )
    )

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("inline")
    assert answer.content.startswith(b"%PDF")


def test_the_page_serves_where_no_pdf_can_be_made(client, sheet, monkeypatch):
    from treatments.aftercare import documents

    def unavailable(*_args, **_kwargs):
        raise pdf.PdfUnavailable

    monkeypatch.setattr(documents, "render_pdf", unavailable)
    client.force_login(clinic.receptionist())

    answer = client.get(
        reverse(
            "aftercare:print",
            args=[sheet.patient_id, sheet.signed_session.planned_session_id],
        )
    )

    assert "Seansınızdan sonra" in answer.content.decode()


def test_printing_needs_the_role_and_the_right_patient(client, sheet):
    session_id = sheet.signed_session.planned_session_id
    address = reverse("aftercare:print", args=[sheet.patient_id, session_id])
    assert client.get(address).status_code == 302

    client.force_login(clinic.manager())
    assert client.get(address).status_code == 403

    client.force_login(clinic.receptionist())
    assert client.get(reverse("aftercare:print", args=[session_id, session_id])).status_code == 404
