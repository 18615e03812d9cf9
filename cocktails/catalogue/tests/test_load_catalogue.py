"""Loading the shipped data, and the page that shows the shelf."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from clinic.audit.models import AuditEntry
from clinic.staff.terms import Role
from clinic.tests.builders import NOW, staff
from cocktails.catalogue import actions, facts, queries
from cocktails.catalogue.models import Ingredient, Product
from cocktails.tests.builders import a_catalogue, a_product

pytestmark = pytest.mark.django_db


def load():
    return actions.load_catalogue(by="load_catalogue", now=NOW)


def values(model):
    return list(model.objects.order_by("pk").values())


def test_the_command_fills_the_shelf_and_says_so():
    out = StringIO()
    call_command("load_catalogue", stdout=out)

    assert Ingredient.objects.count() == len(facts.facts().ingredients)
    assert Product.objects.count() == len(facts.products())
    assert f"Catalogue {facts.version()}" in out.getvalue()


def test_loading_twice_is_loading_once():
    load()
    before, entries = values(Product) + values(Ingredient), AuditEntry.objects.count()

    again = load()

    assert values(Product) + values(Ingredient) == before
    assert AuditEntry.objects.count() == entries
    assert (again.added, again.updated, again.kept) == (0, 0, 0)


def test_what_is_loaded_is_what_was_shipped():
    a_catalogue()

    assert queries.ingredient_facts() == facts.facts().ingredients
    assert queries.pairs() == facts.facts().pairs


def test_what_the_clinic_changed_is_kept():
    product = a_product("txa-50")
    Product.objects.filter(pk=product.pk).update(excipients=["sulfite"])
    Ingredient.objects.filter(pk="tranexamic_acid").update(soft_mg=5)

    loaded = load()

    assert a_product("txa-50").excipients == ["sulfite"]
    assert queries.ingredient_facts()["tranexamic_acid"].soft_mg == 5
    assert loaded.kept == 2


def test_a_newer_version_reaches_what_the_clinic_left_alone(monkeypatch):
    product = a_product("txa-50")
    monkeypatch.setattr(facts, "version", lambda: "3")
    shipped = facts.products()
    newer = [
        each if each.code != "txa-50" else type(each)(**_fields(each) | {"name_en": "Renamed"})
        for each in shipped
    ]
    monkeypatch.setattr(facts, "products", lambda: tuple(newer))

    actions.load_catalogue(by="load_catalogue", now=NOW + timedelta(days=1))

    product.refresh_from_db()
    assert (product.name_en, product.data_version) == ("Renamed", "3")


def test_the_clinics_own_products_are_not_touched():
    ingredient = a_product("txa-50").ingredient
    own = Product.objects.create(
        code="own", ingredient=ingredient, name_en="Own", name_tr="Bizim",
        stock_mg_per_ml=10, ampoule_ml=5,
    )  # fmt: skip

    load()

    own.refresh_from_db()
    assert own.name_tr == "Bizim"


@pytest.mark.parametrize("role", Role.values)
def test_everybody_who_works_here_reads_the_catalogue(client, role):
    a_catalogue()
    client.force_login(staff(Role(role)))

    page = client.get(reverse("catalogue:list"), headers={"accept-language": "en"})

    assert page.status_code == 200
    text = page.content.decode()
    for shown in ("Tranexamic acid (TXA)", "never injected", "Leaflet not read yet"):
        assert shown in text


def test_a_product_that_is_out_of_use_is_not_offered(client):
    product = a_product("txa-50")
    Product.objects.filter(pk=product.pk).update(is_active=False)
    client.force_login(staff(Role.NURSE))

    page = client.get(reverse("catalogue:list"), headers={"accept-language": "en"})

    assert product not in queries.products()
    assert product.name_en not in page.content.decode()


def test_nobody_else_reads_it(client):
    assert client.get(reverse("catalogue:list")).status_code == 302


def _fields(each):
    return {name: getattr(each, name) for name in each.__dataclass_fields__}
