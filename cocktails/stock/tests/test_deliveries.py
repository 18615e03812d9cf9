"""A file of deliveries: shown line by line, taken in whole, once, or not at all."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.stock import deliveries
from cocktails.stock.models import DeliveryFile, Lot, StockMovement
from cocktails.stock.refusals import NotAllowed, TakenInAlready, WrongEntry
from cocktails.stock.tests.builders import IN_A_YEAR, a_lot
from cocktails.tests.builders import a_catalogue

pytestmark = pytest.mark.django_db
ON = NOW.date()
GOOD = (
    "ürün;parti no;skt;adet;tedarikçi\n"
    "txa-50;A-1;12/2027;20;Depo\n"
    "Vitamin C 100 mg/ml ampoule 5 ml;B-2;31.12.2027;5;\n"
)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        a_catalogue()
        yield


def take(text, by=None):
    return deliveries.take_in(text=text, on=ON, by=by or clinic.nurse(), now=NOW)


def test_every_line_becomes_a_delivery():
    take(GOOD)

    assert set(Lot.objects.values_list("number", "expires_on")) == {
        ("A-1", date(2027, 12, 31)),
        ("B-2", date(2027, 12, 31)),
    }
    assert StockMovement.objects.get(units=20).supplier == "Depo"


def test_a_code_fills_lot_expiry_and_product():
    a_lot("txa-50", "OLD", gtin="09506000134352")
    text = "scan,units\n(01)09506000134352(17)280200(10)N-7,3\n"

    (each,) = deliveries.read_deliveries(text, ON).good

    assert (each.product.code, each.number, each.units) == ("txa-50", "N-7", 3)
    assert each.expires_on == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nothing;A-9;12/2027;5;", "no product"),
        ("txa-50;;12/2027;5;", "lot number"),
        ("txa-50;A-9;13/2027;5;", "not a date"),
        ("txa-50;A-9;;5;", "expiry is missing"),
        ("txa-50;A-9;01/2020;5;", "expired"),
        ("txa-50;A-9;12/2027;five;", "whole number"),
        ("txa-50;A-9;12/2027;0;", "whole number"),
        ("txa-50;A-9;12/2027;99999;", "whole number"),
        ("txa-50;KNOWN;12/2027;5;", "on record"),
        ("txa-50;A-1;11/2027;5;", "another expiry"),
        (f"txa-50;{'x' * 41};12/2027;5;", "at most 40"),
        ("txa-50", "lot number"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(line, words):
    a_lot("txa-50", "KNOWN", expires_on=IN_A_YEAR)
    before = StockMovement.objects.count()

    read = deliveries.read_deliveries(GOOD + line + "\n", ON)

    assert [each.line for each in read.bad] == [4]
    assert words in read.bad[0].why
    assert len(read.good) == 2
    with pytest.raises(WrongEntry):
        take(GOOD + line + "\n")
    assert StockMovement.objects.count() == before
    assert not DeliveryFile.objects.exists()


@pytest.mark.parametrize("text", ["", "\n\n", "a;b\n1;2\n", "product;lot;expiry\nx;y;z\n"])
def test_a_file_that_is_no_table_of_deliveries_is_refused(text):
    with pytest.raises(WrongEntry):
        deliveries.read_deliveries(text, ON)


def test_a_file_is_taken_in_once():
    take(GOOD)
    with pytest.raises(TakenInAlready, match="already"):
        take(GOOD)
    assert StockMovement.objects.count() == 2


def test_a_failure_half_way_takes_all_of_it_back(monkeypatch):
    received = deliveries.receive_lot

    def breaks(**fields):
        if fields["number"] == "B-2":
            raise WrongEntry("planted")
        return received(**fields)

    monkeypatch.setattr(deliveries, "receive_lot", breaks)
    with pytest.raises(WrongEntry):
        take(GOOD)
    assert not Lot.objects.exists()
    assert not DeliveryFile.objects.exists()


def test_who_may_take_in():
    with pytest.raises(NotAllowed):
        take(GOOD, by=clinic.manager())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1254"])
def test_files_of_turkish_spreadsheets_are_read(encoding):
    text = deliveries.decoded(GOOD.replace("\n", "\r\n").encode(encoding))
    assert len(deliveries.read_deliveries(text, ON).good) == 2


@pytest.mark.parametrize("content", [b"\x00\x01", b"x" * (256 * 1024 + 1)])
def test_what_is_no_text_or_too_large_is_refused(content):
    with pytest.raises(WrongEntry):
        deliveries.decoded(content)


@pytest.fixture
def nurse(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(clinic.nurse())
    client.cookies["django_language"] = "en"
    return client


def test_the_pages_show_first_and_store_after(nurse):
    upload = SimpleUploadedFile("deliveries.csv", GOOD.encode())

    shown = nurse.post(reverse("stock:file"), {"file": upload})
    html = shown.content.decode()
    assert shown.status_code == 200
    assert "2 lines can be taken in" in html
    assert not Lot.objects.exists()

    # As a browser sends a text area.
    done = nurse.post(reverse("stock:take-in"), {"text": GOOD.replace("\n", "\r\n")}, follow=True)
    assert "2 deliveries were taken in" in done.content.decode()
    again = nurse.post(reverse("stock:take-in"), {"text": GOOD})
    assert again.status_code == 409
    assert "already" in again.content.decode()


def test_a_bad_file_comes_back_with_its_lines(nurse):
    upload = SimpleUploadedFile("deliveries.csv", (GOOD + "txa-50;A-9;99/9;1;\n").encode())

    answer = nurse.post(reverse("stock:file"), {"file": upload})

    assert answer.status_code == 422
    assert "Line 4" in answer.content.decode()
    assert "Take all of it in" not in answer.content.decode()
