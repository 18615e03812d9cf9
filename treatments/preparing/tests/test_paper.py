"""The mix sheet and the label: what stands on them, and that their code can be read again."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pypdfium2 as pdfium
import pytest
import zxingcpp
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from pypdf import PdfReader

from clinic.tests import builders as clinic
from cocktails.stock.tests.builders import IN_A_YEAR, a_lot, a_vial_product
from treatments.preparing.actions import prepare_mixture
from treatments.preparing.documents import address_of, label_pdf, mix_sheet_pdf
from treatments.preparing.queries import mix_of
from treatments.preparing.refusals import NotPrepared
from treatments.preparing.rules import initials, use_before
from treatments.sessions.refusals import NotOpen
from treatments.sessions.tests.builders import (
    a_course,
    first_session,
    ready_to_sign,
    recorded,
    start_of,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def session(db):
    session = first_session(a_course())
    a_lot("niacinamide-20", "A-123")
    a_lot(session.plan.cocktail.diluent, "SF-77")
    ready_to_sign(session)
    lots = [
        {"portion": 1, "lot": "A-123", "strength": "20"},
        {"portion": 0, "lot": "SF-77"},
    ]
    recorded(session, by=session.plan.physician, lots=lots)
    return session


def prepared(session):
    nurse, now = clinic.nurse(), start_of(session) - timedelta(minutes=5)
    prepare_mixture(planned_session=session, by=nurse, now=now)
    return nurse, now


def text_of(content):
    return " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())


def codes_in(content, dots_per_inch: int):
    """What a reader of barcodes finds on the printed page."""
    with pdfium.PdfDocument(content) as paper:
        page = paper[0].render(scale=dots_per_inch / 72).to_pil()
    return [each.text for each in zxingcpp.read_barcodes(page.convert("L"))]


def test_every_lot_stands_on_the_sheet_with_times_and_no_name(session):
    nurse, now = prepared(session)
    patient = session.plan.patient

    text = text_of(mix_sheet_pdf(mix_of(session)))

    for wanted in (
        "A-123",
        "SF-77",
        date_format(IN_A_YEAR, "SHORT_DATE_FORMAT"),
        "20 mg/ml",
        nurse.display_name,
        date_format(localtime(now), "SHORT_DATETIME_FORMAT"),
        date_format(localtime(now + timedelta(minutes=60)), "SHORT_DATETIME_FORMAT"),
        initials(patient.full_name),
        str(patient.born_on.year),
    ):
        assert wanted in text
    assert patient.full_name not in text


def test_the_label_is_one_small_page(session):
    prepared(session)

    reader = PdfReader(io.BytesIO(label_pdf(mix_of(session))))

    assert len(reader.pages) == 1
    millimetres = [round(float(each) / 72 * 25.4) for each in reader.pages[0].mediabox[2:]]
    assert millimetres == [70, 37]
    text = " ".join(reader.pages[0].extract_text().split())
    for wanted in ("A-123", "SF-77", "mg/ml", "Use before", str(session.plan.patient.born_on.year)):
        assert wanted in text
    assert session.plan.patient.full_name not in text


@pytest.mark.parametrize(
    "products", [*(pytest.param(count, marks=pytest.mark.slow) for count in (2, 3, 4, 5)), 6]
)
def test_long_names_and_many_products_stay_on_one_page(session, products):
    prepared(session)
    mix = mix_of(session)
    long = replace(mix.lines[0], prepared=replace(mix.lines[0].prepared, lot="LOT-NUMBER-2026"))
    full = replace(
        mix,
        lines=[long] * products,
        doses=[("Dexpanthenol (provitamin B5)", Decimal("12.345678"))] * (products - 1),
        prepared_by="Uzm. Dr. Işık Çağlar Öztürkoğlu",
    )
    assert len(PdfReader(io.BytesIO(label_pdf(full))).pages) == 1
    assert len(PdfReader(io.BytesIO(mix_sheet_pdf(full))).pages) == 1


@pytest.mark.parametrize(("draw", "dots_per_inch"), [(label_pdf, 203), (mix_sheet_pdf, 150)])
def test_the_code_leads_back_to_the_session(session, client, draw, dots_per_inch):
    """As a label printer of 203 dots per inch draws it."""
    prepared(session)
    mix = mix_of(session)

    found = codes_in(draw(mix), dots_per_inch)

    assert found == [address_of(mix)]
    assert str(session.plan.patient_id) not in found[0]
    client.force_login(session.plan.physician)
    path = found[0].removeprefix("http://127.0.0.1:8000")
    answer = client.get(path)
    assert answer.url == reverse("sessions:record", args=[session.plan.patient_id, session.pk])
    client.logout()
    assert "login" in client.get(path).url
    client.force_login(clinic.receptionist())
    assert client.get(path).status_code == 403


@pytest.mark.slow
def test_a_page_without_a_code_yields_none():
    """The negative control of the reader."""
    from clinic.pdf import render_pdf

    blank = render_pdf("<html lang=en><title>x</title><p>nothing</p>", title="x", language="en")
    assert codes_in(blank, 150) == []


def test_the_earliest_end_counts():
    soon = AT + timedelta(minutes=20)
    assert use_before(AT, 60, [None]) == AT + timedelta(minutes=60)
    assert use_before(AT, 60, [None, soon, AT + timedelta(days=1)]) == soon


def test_an_opened_vial_shortens_the_time(session):
    product = a_vial_product("niacinamide-20", hours=0)
    lot = product.lots.get()
    from cocktails.stock.actions import open_vial

    opened = start_of(session)
    open_vial(lot_id=lot.pk, by=clinic.nurse(), now=opened)
    _nurse, _now = prepared(session)

    assert mix_of(session).use_before == opened


@pytest.mark.parametrize(
    ("lots", "words"),
    [
        ([], "lot number"),
        ([{"portion": 1, "lot": "A-123"}, {"portion": 0, "lot": "SF-77"}], "strength"),
        (
            [{"portion": 1, "lot": "X", "strength": "20"}, {"portion": 0, "lot": "SF-77"}],
            "not on record",
        ),
    ],
)
def test_nothing_is_prepared_before_lots_and_strengths_are_written(session, lots, words):
    recorded(session, by=session.plan.physician, lots=lots)
    with pytest.raises(NotPrepared, match=words):
        prepared(session)
    with pytest.raises(NotPrepared):
        mix_of(session)


def test_nothing_is_prepared_for_a_session_of_another_day(session):
    yesterday = start_of(session) - timedelta(days=1)
    with pytest.raises(NotOpen):
        prepare_mixture(planned_session=session, by=clinic.nurse(), now=yesterday)


def test_the_pages_say_so_in_words(session, client):
    client.force_login(session.plan.physician)
    client.cookies["django_language"] = "en"
    at = [session.plan.patient_id, session.pk]
    assert client.get(reverse("preparing:label", args=at)).status_code == 409
    prepared(session)
    for name in ("label", "mix-sheet"):
        answer = client.get(reverse(f"preparing:{name}", args=at))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/pdf"
        assert b"Aylin" not in answer["Content-Disposition"].encode()


def test_initials_keep_their_letters():
    assert initials("Ilgın  Şahin İnce") == "I. Ş. İ."
