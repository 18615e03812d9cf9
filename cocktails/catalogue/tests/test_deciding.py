"""What the clinic decides about its shelf: limits, products, newer shipped values, and their pages."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import InternalError, transaction
from django.urls import reverse

from clinic.staff.terms import Role
from clinic.tests.builders import NOW, nurse, physician, staff
from cocktails.catalogue import actions, deciding, facts, queries
from cocktails.catalogue.hooks import substances_changed
from cocktails.catalogue.models import CatalogueChange, Ingredient, Product
from cocktails.catalogue.rules import LIMITS, WrongLimits
from cocktails.composition.queries import mixture_of
from cocktails.tests.builders import a_catalogue, a_cocktail, a_product
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
WHY = "Own experience of the last year"


@pytest.fixture
def shelf():
    a_catalogue()


@pytest.fixture
def doctor(client, shelf):
    member = physician(language="en", certificate_number="M-77")
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return member


def txa():
    return queries.ingredient("tranexamic_acid")


def limits(slug="tranexamic_acid", **changed):
    known = queries.ingredient_facts([slug])[slug]
    return {name: getattr(known, name) for name in LIMITS} | changed


def change(by=None, *, ingredient=None, reason=WHY, **changed):
    row = ingredient or txa()
    return deciding.change_limits(
        ingredient=row,
        limits=limits(row.slug, **changed),
        source="Clinic meeting",
        certainty="C",
        reason=reason,
        by=by or physician(certificate_number="M-77"),
        now=NOW,
    )


def words(page):
    text = re.sub(r"<[^>]+>", " ", page.content.decode()).replace("\u202f", " ")
    return " ".join(text.replace("&#8239;", " ").split())


def newer(monkeypatch, version="3", **changed):
    """The shipped data in a later version, with other numbers for tranexamic acid."""
    shipped = facts.facts()
    later = dict(shipped.ingredients)
    later["tranexamic_acid"] = replace(later["tranexamic_acid"], **changed)
    monkeypatch.setattr(facts, "version", lambda: version)
    monkeypatch.setattr(facts, "facts", lambda: replace(shipped, ingredients=later))
    return actions.load_catalogue(by="load_catalogue", now=NOW + timedelta(days=1))


# --- limits -----------------------------------------------------------------------------------


def test_a_changed_limit_holds_at_once_and_stands_in_the_history(shelf):
    heard = []
    substances_changed.register(listener := lambda **said: heard.append(said["ingredients"]))
    try:
        change(soft_mg=Decimal(5))
    finally:
        substances_changed._listeners.remove(listener)

    assert queries.ingredient_facts()["tranexamic_acid"].soft_mg == 5
    (kept,) = queries.changes_of(txa())
    assert (kept.before["soft_mg"], kept.after["soft_mg"]) == ("10", "5")
    assert (kept.reason, kept.certificate_number, kept.origin) == (WHY, "M-77", "clinic")
    assert heard == [frozenset({"tranexamic_acid"})]


@pytest.mark.parametrize(
    "changed",
    [
        {"soft_mg": Decimal(101)},
        {"lowest_mg_per_ml": Decimal(200)},
        {"lowest_ml_per_point": Decimal("0.5")},
        {"ph_min": Decimal(9)},
        {"ph_max": Decimal(15)},
        {"soft_mg": Decimal(-1)},
    ],
)
def test_limits_that_contradict_each_other_are_refused(shelf, changed):
    with pytest.raises(WrongLimits):
        change(**changed)

    assert not CatalogueChange.objects.exists()


@pytest.mark.parametrize("hard", [None, Decimal(1)])
def test_no_limit_makes_a_surface_substance_injectable(shelf, hard):
    kojic = queries.ingredient("kojic_acid")

    with pytest.raises(WrongLimits):
        change(ingredient=kojic, hard_mg=hard)
    change(ingredient=txa(), hard_mg=Decimal(0), soft_mg=Decimal(0))
    assert queries.ingredient_facts()["tranexamic_acid"].is_topical_only


def test_a_limit_needs_a_physician_a_reason_and_a_change(shelf):
    with pytest.raises(deciding.NotAllowed):
        change(nurse(), soft_mg=Decimal(5))
    with pytest.raises(deciding.ReasonTooShort):
        change(soft_mg=Decimal(5), reason="so")
    change(soft_mg=Decimal(5))
    with pytest.raises(deciding.NothingChanged):
        change()


def test_the_database_refuses_to_rewrite_the_history(shelf):
    change(soft_mg=Decimal(5))
    with pytest.raises(InternalError), transaction.atomic():
        CatalogueChange.objects.update(reason="")


# --- newer shipped values ---------------------------------------------------------------------


def test_what_the_clinic_left_alone_is_brought_up_to_date_with_a_line_in_the_history(
    shelf, monkeypatch
):
    newer(monkeypatch, soft_mg=Decimal(8))

    assert queries.ingredient_facts()["tranexamic_acid"].soft_mg == 8
    assert queries.open_offers() == []
    (kept,) = queries.changes_of(txa())
    assert (kept.origin, kept.data_version, kept.changed_by) == ("shipped", "3", None)


def test_a_newer_value_never_overwrites_a_decision_and_the_rest_is_brought_up(shelf, monkeypatch):
    change(soft_mg=Decimal(5))

    newer(monkeypatch, soft_mg=Decimal(8), hard_mg=Decimal(90))

    known = queries.ingredient_facts()["tranexamic_acid"]
    assert (known.soft_mg, known.hard_mg) == (5, 90)
    (offered,) = queries.open_offers()
    assert (offered.offered, offered.offered_version) == ({"soft_mg": "8"}, "3")
    entries = CatalogueChange.objects.count()
    actions.load_catalogue(by="load_catalogue", now=NOW + timedelta(days=2))
    assert CatalogueChange.objects.count() == entries


@pytest.mark.parametrize(("take", "value", "origin"), [(["soft_mg"], 8, "taken"), ([], 5, "kept")])
def test_an_offer_is_taken_or_kept_once(shelf, monkeypatch, take, value, origin):
    change(soft_mg=Decimal(5))
    newer(monkeypatch, soft_mg=Decimal(8))

    decided = {"row": txa(), "take": take, "reason": WHY, "by": physician(), "now": NOW}
    with pytest.raises(deciding.NothingOffered):
        deciding.decide_offer(**decided, version="2")
    deciding.decide_offer(**decided, version="3")

    assert queries.ingredient_facts()["tranexamic_acid"].soft_mg == value
    assert queries.changes_of(txa())[0].origin == origin
    with pytest.raises(deciding.NothingOffered):
        deciding.decide_offer(**decided, version="3")
    actions.load_catalogue(by="load_catalogue", now=NOW + timedelta(days=2))
    assert queries.open_offers() == []
    newer(monkeypatch, version="4", soft_mg=Decimal(7))
    assert len(queries.open_offers()) == (origin == "kept")


# --- products ---------------------------------------------------------------------------------


def own_product(by=None, **described):
    known = {
        "name_en": "Own", "name_tr": "Bizim", "maker": "Maker", "excipients": None,
        "is_multi_dose": None, "use_within_hours": None,
    }  # fmt: skip
    return deciding.add_product(
        ingredient=txa(),
        stock_mg_per_ml=Decimal(100),
        ampoule_ml=Decimal("2.5"),
        by=by or nurse(),
        now=NOW,
        **(known | described),
    )


def test_a_product_of_the_clinic_is_on_the_shelf(shelf):
    product = own_product()

    assert product in queries.products()
    assert (product.strength, product.label_mg) == (100, 250)
    with pytest.raises(deciding.NotAllowed):
        own_product(staff(Role.RECEPTIONIST))


def test_what_was_drawn_stays_what_it_was_when_a_product_is_corrected(shelf):
    product = own_product()
    patient = a_patient()
    cocktail = a_cocktail(patient, portions=[(product.code, "0.2")])
    before = mixture_of(cocktail).doses

    deciding.change_product(
        product=product, by=nurse(), now=NOW, excipients=["sulfite"], stock_mg_per_ml=Decimal(5),
        reason="The new leaflet names it.",
    )  # fmt: skip
    deciding.set_product_use(product=product, is_active=False, by=nurse(), now=NOW)

    product.refresh_from_db()
    assert (product.excipients, product.strength, product.is_active) == (["sulfite"], 100, False)
    assert mixture_of(cocktail).doses == before
    assert product not in queries.products()
    with pytest.raises(deciding.NothingChanged):
        deciding.change_product(product=product, by=nurse(), now=NOW, excipients=["sulfite"])


@pytest.mark.parametrize("excipients", [[], ["paraben"], None])
def test_known_excipients_become_others_only_with_a_reason(shelf, excipients):
    product = own_product()
    deciding.change_product(
        product=product, by=nurse(), now=NOW, excipients=["sulfite"], reason="Read on the leaflet."
    )

    with pytest.raises(deciding.ReasonTooShort):
        deciding.change_product(
            product=product, by=nurse(), now=NOW, excipients=excipients, reason=" ok "
        )
    product.refresh_from_db()
    assert product.excipients == ["sulfite"]
    # Not about excipients: the negative control.
    deciding.change_product(product=product, by=nurse(), now=NOW, maker="Another", reason="")

    deciding.change_product(
        product=product, by=nurse(), now=NOW, excipients=excipients, reason="Another leaflet now."
    )
    product.refresh_from_db()
    assert product.excipients == excipients


@pytest.mark.parametrize("excipients", [[], ["sulfite"]])
def test_the_first_reading_of_a_leaflet_says_what_was_read(shelf, excipients):
    """Until then whatever the product might contain was warned of: somebody answers for the end."""
    product = a_product("vitamin-c-200")
    assert product.excipients is None

    with pytest.raises(deciding.ReasonTooShort):
        deciding.change_product(product=product, by=nurse(), now=NOW, excipients=excipients)
    product.refresh_from_db()
    assert product.excipients is None

    deciding.change_product(
        product=product, by=nurse(), now=NOW, excipients=excipients, reason="Leaflet of May 2026."
    )
    product.refresh_from_db()
    assert product.excipients == excipients


def test_the_page_of_a_product_asks_for_the_reason_of_other_excipients(client, doctor):
    product = a_product("vitamin-c-200")
    address = reverse("catalogue:product", args=[product.pk])
    first = client.post(address, typed_product())
    assert first.status_code == 422
    assert "Write the reason in at least" in words(first)
    client.post(address, typed_product(reason="Leaflet of May 2026."))

    page = client.post(address, typed_product(excipients=[]))
    assert page.status_code == 422
    assert "Write the reason in at least" in words(page)

    why = "The maker leaves it out."
    assert client.post(address, typed_product(excipients=[], reason=why)).status_code == 302
    product.refresh_from_db()
    assert product.excipients == []


# --- pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", sorted(facts.facts().ingredients))
def test_every_ingredient_has_its_page(client, doctor, slug):
    page = client.get(reverse("catalogue:ingredient", args=[slug]))

    assert page.status_code == 200
    assert facts.facts().ingredients[slug].name_en in page.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [("tr", "Lizin analoğudur", "Lysine analogue"), ("en", "Lysine analogue", "Lizin analoğudur")],
)
def test_what_is_known_of_a_substance_is_said_in_the_readers_language(
    client, doctor, settings, language, said, unsaid
):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    page = client.get(reverse("catalogue:ingredient", args=["tranexamic_acid"])).content.decode()

    assert said in page
    assert unsaid not in page
    assert f'<dd lang="{language}">{said}' in page


def test_the_page_of_an_ingredient_says_what_is_known_and_how_surely(client, doctor):
    change(soft_mg=Decimal(5))

    said = words(client.get(reverse("catalogue:ingredient", args=["tranexamic_acid"])))

    for each in (
        "Caution above 5 mg", "Stop above 100 mg", "Lysine analogue", "thrombosis",
        "Convention, approved by the physician", "50 mg/ml", "250 mg / 5 ml", "250 mg / 2.5 ml",
        "more than one strength", "Used together in a trial", WHY, "certificate M-77",
        "breastfeeding not recommended",
    ):  # fmt: skip
        assert each in said, each


def test_an_unknown_ingredient_is_not_found(client, doctor):
    assert client.get(reverse("catalogue:ingredient", args=["gold"])).status_code == 404


def entries(**changed):
    return {
        "soft_mg": "5", "hard_mg": "100", "source": "Clinic meeting", "certainty": "C",
        "reason": WHY, "lowest_mg_per_ml": "4", "highest_mg_per_ml": "100",
    } | changed  # fmt: skip


def test_limits_are_changed_on_their_page(client, doctor):
    address = reverse("catalogue:limits", args=["tranexamic_acid"])
    assert 'value="10"' in client.get(address).content.decode()

    refused = client.post(address, entries(soft_mg="500"))
    assert (refused.status_code, 'value="500"' in refused.content.decode()) == (422, True)
    assert client.post(address, entries(reason="")).status_code == 422
    assert client.post(address, entries()).status_code == 302
    assert queries.ingredient_facts()["tranexamic_acid"].soft_mg == 5


@pytest.mark.parametrize("role", [Role.NURSE, Role.RECEPTIONIST, Role.MANAGER])
def test_only_a_physician_opens_the_pages_of_limits(client, shelf, role):
    client.force_login(staff(role))
    for name, args in (("limits", ["tranexamic_acid"]), ("offers", [])):
        assert client.get(reverse(f"catalogue:{name}", args=args)).status_code == 403


def typed_product(**changed):
    return {
        "stock_mg_per_ml": "100", "ampoule_ml": "2,5", "label_mg": "250", "name_tr": "Bizim",
        "name_en": "Ours", "is_leaflet_read": "on", "excipients": ["sulfite"],
        "is_multi_dose": "no", "use_within_hours": "1",
    } | changed  # fmt: skip


def test_a_product_is_added_on_its_page(client, doctor):
    address = reverse("catalogue:add-product", args=["tranexamic_acid"])
    assert client.get(address).status_code == 200

    assert client.post(address, typed_product()).status_code == 302

    product = Product.objects.get(name_en="Ours")
    assert (product.strength, product.excipients, product.is_multi_dose) == (
        100, ["sulfite"], False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stock_mg_per_ml": "50"}, "are 125 mg, the label says 250 mg"),
        ({"stock_mg_per_ml": "2000"}, "more than is possible"),
        ({"stock_mg_per_ml": ""}, "required"),
        ({"stock_mg_per_ml": "1,000.5"}, "two ways"),
        ({"is_leaflet_read": ""}, "was the leaflet read"),
        ({"use_within_hours": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_strength_that_cannot_be_meant_is_refused(client, doctor, changed, said):
    address = reverse("catalogue:add-product", args=["tranexamic_acid"])

    page = client.post(address, typed_product(**changed))

    assert page.status_code == 422
    assert said in words(page)
    assert not Product.objects.filter(name_en="Ours").exists()


def test_a_product_is_changed_on_its_page_and_taken_out_of_use(client, doctor):
    product = a_product("vitamin-c-200")
    address = reverse("catalogue:product", args=[product.pk])
    page = client.get(address)
    assert 'name="stock_mg_per_ml"' not in page.content.decode()
    assert "200 mg/ml" in words(page)

    client.post(address, typed_product(is_multi_dose="", reason="Leaflet of May."))
    client.post(reverse("catalogue:product-use", args=[product.pk]), {"use": "no"})

    product.refresh_from_db()
    assert (product.excipients, product.strength, product.is_active) == (["sulfite"], 200, False)
    again = client.get(address).content.decode()
    assert re.search(r'value="sulfite"[^>]*checked', again)


def test_an_offer_is_decided_on_its_page_and_nothing_is_chosen_beforehand(
    client, doctor, monkeypatch
):
    change(soft_mg=Decimal(5))
    newer(monkeypatch, soft_mg=Decimal(8))
    assert "Nothing was overwritten" in words(client.get(reverse("catalogue:list")))
    page = client.get(reverse("catalogue:offers"))
    assert "Ours: 5" in words(page)
    assert not re.search(r'name="of_[^>]*checked', page.content.decode())

    address = reverse("catalogue:decide-ingredient", args=["tranexamic_acid"])
    assert client.post(address, {"version": "3", "reason": WHY}).status_code == 422
    client.post(address, {"version": "3", "reason": WHY, "of_soft_mg": "take"})

    assert queries.ingredient_facts()["tranexamic_acid"].soft_mg == 8
    stale = client.post(address, {"version": "3", "reason": WHY, "of_soft_mg": "take"})
    assert stale.status_code == 422


def test_queries_of_the_pages_do_not_grow(client, doctor, django_assert_max_num_queries):
    for _time in range(5):
        own_product()
    with django_assert_max_num_queries(12):
        client.get(reverse("catalogue:ingredient", args=["tranexamic_acid"]))
    with django_assert_max_num_queries(12):
        client.get(reverse("catalogue:list"))
    assert Ingredient.objects.count() == 37
