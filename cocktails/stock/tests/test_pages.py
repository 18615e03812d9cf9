"""The pages of the stock: what is typed stays, who may do what, and scanned codes are read."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.stock.models import Lot, StockMovement
from cocktails.stock.tests.builders import a_lot, a_vial_product
from cocktails.tests.builders import a_product

pytestmark = pytest.mark.django_db
GTIN = "09506000134352"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def signed_in(client, member):
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def nurse(client):
    return signed_in(client, clinic.nurse())


def address(name, lot):
    return reverse(f"stock:{name}", args=[lot.pk])


def received(**fields):
    return {"lot": "A-1", "product": "", "expires": "12/2027", "units": "5"} | fields


def test_a_lot_is_received_by_typing(nurse):
    product = a_product("txa-50")

    answer = nurse.post(reverse("stock:receive"), received(product=str(product.pk)))

    lot = Lot.objects.get()
    assert answer.url == address("lot", lot)
    assert lot.balance_ml == 5 * product.ampoule_ml


def test_a_lot_is_received_by_scanning_once_its_code_is_known(nurse):
    product, code = a_product("txa-50"), f"]d201{GTIN}1727123110Z-1"
    unknown = nurse.post(reverse("stock:receive"), received(lot=code, expires=""))
    assert unknown.status_code == 422
    assert "not known yet" in unknown.content.decode()

    first = received(lot=code, expires="", product=str(product.pk))
    assert nurse.post(reverse("stock:receive"), first).status_code == 302
    second = received(lot=code.replace("Z-1", "Z-2"), expires="")
    assert nurse.post(reverse("stock:receive"), second).status_code == 302

    assert set(Lot.objects.values_list("number", "product__code")) == {
        ("Z-1", "txa-50"),
        ("Z-2", "txa-50"),
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"lot": ""}, "required"),
        ({"lot": f"(01){GTIN[:-1]}1(10)A"}, "last digit"),
        ({"lot": f"(01){GTIN}(17)270331(10)A"}, "another expiry"),
        ({"expires": "soon"}, "not a date"),
        ({"expires": ""}, "Write the expiry"),
        ({"expires": "01/2020"}, "expired"),
        ({"units": "0"}, "greater than or equal"),
        ({"units": "1" * 30}, "less than or equal"),
    ],
)
def test_a_mistake_keeps_what_was_typed(nurse, fields, words):
    typed = received(product=str(a_product("txa-50").pk), supplier="Depo Kadıköy") | fields

    answer = nurse.post(reverse("stock:receive"), typed)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert "Depo Kadıköy" in html
    assert not Lot.objects.exists()


def test_a_count_with_a_difference_and_no_reason_comes_back(nurse):
    lot = a_lot(units=4)

    answer = nurse.post(address("count", lot), {"units": "3", "reason": ""})

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Write why" in html
    assert 'value="3"' in html
    assert (
        nurse.post(address("count", lot), {"units": "3", "reason": "one broke"}).status_code == 302
    )
    assert "one broke" in nurse.get(address("lot", lot)).content.decode()


def test_a_vial_is_opened_and_discarded_on_its_page(nurse):
    lot = a_lot(a_vial_product())
    assert nurse.post(address("open", lot)).status_code == 302
    assert nurse.post(address("open", lot)).status_code == 409
    assert "use before" in nurse.get(address("lot", lot)).content.decode()
    assert nurse.post(address("discard-vial", lot), {"reason": "time is up"}).status_code == 302


@pytest.mark.parametrize(
    ("who", "see", "keep", "recall"),
    [
        (clinic.receptionist, 403, 403, 403),
        (clinic.nurse, 200, 302, 403),
        (clinic.physician, 200, 302, 302),
        (clinic.manager, 200, 403, 302),
    ],
)
def test_who_may_do_what(client, who, see, keep, recall):
    lot = a_lot(units=4)
    signed_in(client, who())

    assert client.get(reverse("stock:list")).status_code == see
    assert client.get(address("lot", lot)).status_code == see
    assert client.post(address("count", lot), {"units": "4"}).status_code == keep
    assert client.post(address("least", lot), {"units": "9"}).status_code == keep
    assert client.post(address("recall", lot), {"reason": "letter"}).status_code == recall


def test_a_recall_stands_on_every_page(client):
    lot = a_lot(units=4)
    signed_in(client, clinic.manager())
    client.post(address("recall", lot), {"reason": "letter of the maker"})

    assert "Recalled" in client.get(reverse("stock:list")).content.decode()
    html = client.get(address("lot", lot)).content.decode()
    assert "letter of the maker" in html
    assert address("release", lot) in html


def test_an_empty_stock_says_what_that_means(nurse):
    assert "written by hand" in nurse.get(reverse("stock:list")).content.decode()


def test_the_ledger_writes_amounts_as_the_reader_does():
    with translation.override("tr"):
        assert StockMovement(ml=Decimal("-4.680")).amount == "\N{MINUS SIGN}4,68"
        assert StockMovement(ml=Decimal("3000.000")).amount == "+3000"
        assert StockMovement(ml=Decimal(0)).amount == ""
