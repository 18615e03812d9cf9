"""The lots of a mixture before it is mixed: the first expiring first, enough or not, or none."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.tests.builders import NOW, physician
from cocktails.composition.lots import lots_ahead
from cocktails.composition.queries import assessment_of
from cocktails.stock.actions import recall_lot
from cocktails.stock.queries import lots_to_draw
from cocktails.stock.tests.builders import a_lot
from cocktails.tests.builders import a_cocktail, a_product
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
SOON, LATER = NOW.date() + timedelta(days=40), NOW.date() + timedelta(days=400)


def ahead(cocktail):
    found = lots_ahead(assessment_of(cocktail, NOW.date()), NOW)
    return {each.product.code: each for each in found}


def test_the_lot_is_the_one_that_the_session_proposes():
    cocktail = a_cocktail(a_patient(), portions=[("txa-50", "0.4"), ("niacinamide-20", "1")])
    a_lot("txa-50", "LATER", expires_on=LATER)
    a_lot("txa-50", "SOON", expires_on=SOON)
    recalled = a_lot("niacinamide-20", "BACK")
    recall_lot(lot_id=recalled.pk, reason="letter of the maker", by=physician(), now=NOW)

    found = ahead(cocktail)

    assert list(found) == ["txa-50", "niacinamide-20", "saline-5"]
    txa = found["txa-50"]
    assert (txa.first.lot.number, txa.is_enough) == ("SOON", True)
    assert txa.lots == lots_to_draw([txa.product.pk], NOW)[txa.product.pk]
    assert found["niacinamide-20"].is_missing
    assert (found["saline-5"].is_kept, found["saline-5"].is_missing) == (False, False)


def test_too_little_in_the_first_lot_is_said_with_the_one_that_suffices():
    cocktail = a_cocktail(
        a_patient(), portions=[("txa-50", "6"), ("txa-50", "0.1")], diluent_ml="4", points=2
    )
    a_lot("txa-50", "SHORT", expires_on=SOON, units=1)  # 5 ml
    assert ahead(cocktail)["txa-50"].with_enough is None
    a_lot("txa-50", "FULL", expires_on=LATER)

    txa = ahead(cocktail)["txa-50"]

    assert (txa.first.lot.number, txa.is_enough, str(txa.needed_ml)) == ("SHORT", False, "6.1")
    assert txa.with_enough.lot.number == "FULL"


@pytest.fixture
def doctor(client):
    client.force_login(physician(language="en"))
    client.cookies["django_language"] = "en"


def repeated(client, patient):
    page = client.get(reverse("composition:new", args=[patient.pk]), {"from": "last"})
    text = re.sub(r"<[^>]+>", " ", page.content.decode()).replace("&#8239;", " ")
    return " ".join(text.split())


def test_the_page_of_the_repeat_names_the_lots(client, doctor):
    in_a_year = timezone.localdate() + timedelta(days=365)
    patient = a_patient()
    a_cocktail(patient, portions=[("txa-50", "0.4"), ("niacinamide-20", "1")])
    a_lot("txa-50", "TX-7", expires_on=in_a_year, now=timezone.now())
    back = a_lot("niacinamide-20", "BACK", expires_on=in_a_year, now=timezone.now())
    recall_lot(lot_id=back.pk, reason="letter", by=physician(), now=timezone.now())

    said = repeated(client, patient)

    assert "TX-7 , expires" in said
    assert "No lot that can be drawn." in said
    assert "No stock is kept of it" in said  # the saline
    assert "BACK" not in said


def test_the_statements_do_not_grow_with_the_lots(client, doctor):
    patient = a_patient()
    a_cocktail(patient)
    in_a_year = timezone.localdate() + timedelta(days=365)
    repeated(client, patient)  # what is read once per process
    counts = []
    for number in range(2):
        for lot in range(1 + 5 * number):
            a_lot("txa-50", f"{number}-{lot}", expires_on=in_a_year, now=timezone.now())
        assert a_product("txa-50").lots.count() >= 1 + 5 * number
        with CaptureQueriesContext(connection) as asked:
            repeated(client, patient)
        counts.append(len(asked))
    assert counts[0] == counts[1]
