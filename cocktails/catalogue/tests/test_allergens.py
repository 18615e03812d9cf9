"""Allergen groups are the clinic's own: signed, kept in the history, and what the warnings follow."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from clinic.tests.builders import NOW, nurse, physician
from cocktails.catalogue import actions, deciding, facts, queries
from cocktails.catalogue.hooks import substances_changed
from cocktails.catalogue.rules import (
    WrongAllergens,
    allergens_stated,
    no_longer_warned,
)
from cocktails.catalogue.terms import Lost
from cocktails.composition.queries import assess, facts_of
from cocktails.composition.rules import Place
from cocktails.tests.builders import a_catalogue, a_cocktail, a_product
from patients.intake.actions import list_allergy
from patients.tests.builders import a_patient

WHY = "Read in the leaflets of our own supplier"
KNOWN = {"soy", "sulfite", "polysorbate", "paraben"}


# --- the rules, without a database ------------------------------------------------------------


def stated(always=(), in_some=(), before=()):
    return allergens_stated(always=always, in_some=in_some, before=before, known=KNOWN)


def test_groups_are_kept_in_the_words_of_the_shipped_data():
    assert stated(["soy"], ["paraben"]) == ["paraben_if_excipient", "soy"]
    assert stated([], ["sulfite"], ["sulfite_if_adrenaline"]) == ["sulfite_if_adrenaline"]
    assert stated(["sulfite"], ["sulfite"], ["sulfite_if_adrenaline"]) == ["sulfite"]
    with pytest.raises(WrongAllergens, match="dust"):
        stated(["dust"])


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (["soy"], [], {"soy": Lost.ALWAYS}),
        (["soy"], ["soy_if_excipient"], {"soy": Lost.ONLY_IF_NAMED}),
        (["soy_if_excipient"], [], {"soy": Lost.LEAFLET_UNREAD}),
        (["soy_if_excipient"], ["soy"], {}),
        (["soy_if_vehicle"], ["soy_if_excipient"], {}),
        ([], ["soy"], {}),
        (["soy", "sulfite"], ["sulfite", "paraben"], {"soy": Lost.ALWAYS}),
    ],
)
def test_what_is_no_longer_warned_of(before, after, lost):
    assert no_longer_warned(before, after) == lost


# --- the decision -----------------------------------------------------------------------------

SLUG = "glutathione"


@pytest.fixture
def shelf(db):
    a_catalogue()
    with translation.override("en"):
        yield


def change(slug=SLUG, by=None, *, always=(), in_some=(), accepted=(), reason=WHY):
    return deciding.change_allergens(
        ingredient=queries.ingredient(slug),
        always=always,
        in_some=in_some,
        accepted=accepted,
        reason=reason,
        by=by or physician(certificate_number="M-77"),
        now=NOW,
    )


def allergic(to):
    patient = a_patient()
    list_allergy(patient=patient, text=to, reaction="", severity="severe", by="test", now=NOW)
    return patient


def is_stopped(patient, code):
    """Whether the composer stops this product for this patient because of an allergy."""
    worked = assess(
        patient=patient,
        portions=[(a_product(code), Decimal("0.4"))],
        diluent=a_product("saline-5"),
        diluent_ml=Decimal("4.6"),
        places=[Place(region="", points=40, ml_per_point=Decimal("0.05"))],
        on=NOW.date(),
    )
    return any(
        each.is_absolute and each.rule == "R-ALLERGY-INGREDIENT" for each in worked.objections
    )


def test_a_group_of_the_clinic_stops_a_mixture_at_once(shelf):
    code = queries.products().filter(ingredient=SLUG).first().code
    patient = allergic("somon")  # salmon: fish
    assert not is_stopped(patient, code)
    heard = []
    substances_changed.register(listener := lambda **said: heard.append(said["ingredients"]))
    try:
        change(always=["glutathione", "fish"])
    finally:
        substances_changed._listeners.remove(listener)

    assert is_stopped(patient, code)
    # What a course hands to its screening.
    course_is_held_against = facts_of(a_cocktail(a_patient(), portions=[(code, "0.4")]))
    assert "fish" in course_is_held_against.ingredients[SLUG].direct_allergens
    assert heard == [frozenset({SLUG})]
    (kept,) = queries.changes_of(queries.ingredient(SLUG))
    assert kept.after == {"allergen_groups": ["fish", "glutathione"]}
    assert (kept.reason, kept.certificate_number, kept.origin) == (WHY, "M-77", "clinic")


def test_less_warning_has_to_be_meant_group_by_group(shelf):
    """Salmon DNA is shipped as fish: whoever takes that away has read what it means."""
    slug = next(each.slug for each in queries.ingredients() if "fish" in each.allergen_groups)
    code = queries.products().filter(ingredient=slug).first().code
    rest = [each for each in queries.ingredient(slug).allergen_groups if each != "fish"]
    patient = allergic("somon")

    with pytest.raises(deciding.WarningsLost) as asked:
        change(slug, always=rest, accepted=["soy"])
    assert asked.value.lost == {"fish": Lost.ALWAYS}
    assert is_stopped(patient, code)
    change(slug, always=rest, accepted=["fish"])

    assert not is_stopped(patient, code)


def test_groups_need_a_physician_a_reason_and_a_change(shelf):
    own = queries.ingredient(SLUG).allergen_groups
    with pytest.raises(deciding.NotAllowed):
        change(by=nurse(), always=[*own, "fish"])
    with pytest.raises(deciding.ReasonTooShort):
        change(always=[*own, "fish"], reason="so")
    with pytest.raises(deciding.NothingChanged):
        change(always=own)
    with pytest.raises(WrongAllergens):
        change(always=[*own, "gold"])
    assert queries.changes_of(queries.ingredient(SLUG)) == []


def test_a_newer_shipped_list_is_offered_and_not_written_over(shelf, monkeypatch):
    own = queries.ingredient(SLUG).allergen_groups
    change(always=[*own, "fish"])
    shipped = facts.facts()
    later = dict(shipped.ingredients)
    later[SLUG] = replace(later[SLUG], allergen_groups=frozenset({*own, "zinc"}))
    monkeypatch.setattr(facts, "version", lambda: "3")
    monkeypatch.setattr(facts, "facts", lambda: replace(shipped, ingredients=later))

    actions.load_catalogue(by="load_catalogue", now=NOW + timedelta(days=1))

    row = queries.ingredient(SLUG)
    assert row.allergen_groups == sorted([*own, "fish"])
    assert row.offered == {"allergen_groups": sorted([*own, "zinc"])}
    deciding.decide_offer(
        row=row, take=["allergen_groups"], version="3", reason=WHY, by=physician(), now=NOW
    )
    assert queries.ingredient(SLUG).allergen_groups == sorted([*own, "zinc"])


# --- the page ---------------------------------------------------------------------------------


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def address(client, shelf):
    client.force_login(physician(language="en"))
    client.cookies["django_language"] = "en"
    return reverse("catalogue:allergens", args=[SLUG])


def test_the_page_says_what_is_lost_and_asks(client, address):
    page = client.get(address)
    assert re.search(r'name="always"[^>]*value="glutathione"[^>]*checked', page.content.decode())
    assert "is_meant" not in page.content.decode()
    typed = {"always": ["fish"], "reason": WHY}

    asked = client.post(address, typed)
    assert asked.status_code == 422
    assert "Glutathione: no patient with this allergy is warned of it any more." in words(asked)
    assert re.search(r'name="asked" value="glutathione"', asked.content.decode())
    assert client.post(address, typed | {"asked": "glutathione"}).status_code == 422
    # What was agreed to was another group.
    assert client.post(address, typed | {"asked": "soy", "is_meant": "on"}).status_code == 422
    assert queries.ingredient(SLUG).allergen_groups == ["glutathione"]

    done = client.post(address, typed | {"asked": "glutathione", "is_meant": "on"}, follow=True)

    assert queries.ingredient(SLUG).allergen_groups == ["fish"]
    assert "Shipped, not warned of here" in words(done)


def test_what_is_typed_stays_and_nonsense_is_refused(client, address):
    page = client.post(address, {"always": ["glutathione", "fish"], "reason": ""})
    assert page.status_code == 422
    assert re.search(r'value="fish"[^>]*checked', page.content.decode())
    assert client.post(address, {"always": ["gold"], "reason": WHY}).status_code == 422


def test_only_a_physician_opens_the_page(client, address):
    client.force_login(nurse())
    assert client.get(address).status_code == 403
    assert client.post(address, {"always": ["fish"], "reason": WHY}).status_code == 403
