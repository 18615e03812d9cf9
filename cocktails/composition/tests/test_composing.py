"""Composing a cocktail: the action and its pages."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import InternalError, transaction
from django.db.models import F
from django.urls import reverse

from clinic.audit.models import AuditEntry
from clinic.staff.terms import Role
from clinic.tests.builders import NOW, nurse, physician, staff
from cocktails.catalogue.models import Product
from cocktails.composition import actions, queries
from cocktails.composition.forms import ProductField
from cocktails.composition.models import Cocktail, CocktailPortion
from cocktails.composition.queries import assess
from cocktails.tests.builders import a_catalogue, a_cocktail, a_product
from patients.intake.actions import list_allergy
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db

ENGLISH = {"headers": {"accept-language": "en"}}


@pytest.fixture
def doctor(client):
    a_catalogue()
    member = physician(language="en")
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return member


def allergic(to):
    patient = a_patient()
    list_allergy(
        patient=patient, text=to, reaction="", severity="severe", by="test builder", now=NOW
    )
    return patient


def typed(*portions, diluent="saline-5", diluent_ml="4.6", points="40", ml_per_point="0.05"):
    entries = {
        "portions-TOTAL_FORMS": str(len(portions)),
        "portions-INITIAL_FORMS": "0",
        "diluent": str(a_product(diluent).pk) if diluent else "",
        "diluent_ml": diluent_ml,
        "places-TOTAL_FORMS": "1",
        "places-INITIAL_FORMS": "0",
        "places-0-points": points,
        "places-0-ml_per_point": ml_per_point,
    }
    for row, (code, drawn_ml) in enumerate(portions):
        entries[f"portions-{row}-product"] = str(a_product(code).pk) if code else ""
        entries[f"portions-{row}-drawn_ml"] = drawn_ml
    return entries


def new(patient):
    return reverse("composition:new", args=[patient.pk])


def words(page):
    text = re.sub(r"<[^>]+>", " ", page.content.decode()).replace("\u202f", " ")
    return " ".join(text.replace("&#8239;", " ").split())


# --- the action -----------------------------------------------------------------------------


def test_a_cocktail_is_kept_with_its_portions_in_order():
    patient = a_patient()
    cocktail = a_cocktail(patient, portions=[("txa-100", "0.2"), ("vitamin-c-100", "1.5")])

    kept = queries.cocktail(cocktail.pk)
    assert [each.product.code for each in kept.portions.all()] == ["txa-100", "vitamin-c-100"]
    assert queries.latest_cocktail(patient) == cocktail
    entry = AuditEntry.objects.get(verb="cocktail.composed")
    assert (entry.patient_id, entry.subject_id) == (patient.pk, str(cocktail.pk))


def test_the_mixture_of_a_stored_cocktail_is_what_the_rules_say():
    mixture = queries.mixture_of(queries.cocktail(a_cocktail(a_patient()).pk))

    (dose,) = mixture.doses
    assert (str(dose.drawn_mg), str(dose.final_mg_per_ml), str(dose.session_mg)) == ("20", "4", "8")
    assert (str(mixture.total_ml), str(mixture.injected_ml), str(mixture.residual_ml)) == (
        "5", "2", "3",
    )  # fmt: skip


def test_screening_reads_each_dose_once_and_every_leaflet():
    cocktail = a_cocktail(a_patient(), portions=[("txa-50", "0.2"), ("txa-100-sulfite", "0.1")])

    planned = queries.planned_ingredients(queries.cocktail(cocktail.pk))

    assert [(each.ingredient, each.product_excipients) for each in planned] == [
        ("tranexamic_acid", ()),
        ("tranexamic_acid", ("sulfite",)),
        ("sodium_chloride", ()),
    ]
    doses = queries.mixture_of(cocktail).doses
    assert sum(each.mg for each in planned if each.mg is not None) == doses[0].session_mg


@pytest.mark.parametrize(
    ("allergy", "portions"),
    [
        ("somon", [("pdrn-1875", "1")]),
        ("sülfit", [("vitamin-c-100-sulfite", "1")]),
        ("lidokain", [("lidocaine-10", "1")]),
        ("sülfit", [("vitamin-c-200", "0.5")]),  # nobody read the leaflet: it may
    ],
)
def test_an_allergic_patient_cannot_get_the_substance(allergy, portions):
    with pytest.raises(actions.MixtureRefused) as refusal:
        a_cocktail(allergic(allergy), portions=portions)

    assert refusal.value.objections[0].rule == "R-ALLERGY-INGREDIENT"
    assert not Cocktail.objects.exists()
    assert a_cocktail(a_patient(), portions=portions)  # without the allergy it is kept


def test_an_allergy_to_something_else_is_no_obstacle():
    assert a_cocktail(allergic("polen"))


def test_a_diluent_counts_like_any_other_product():
    patient = allergic("benzil alkol")
    with pytest.raises(actions.MixtureRefused):
        a_cocktail(patient, diluent="saline-10-benzyl")
    assert a_cocktail(patient, diluent="saline-10")


@pytest.mark.parametrize(
    ("portions", "fields", "rule"),
    [
        ([("txa-100", "2.5")], {"diluent": None, "points": 41}, "R-DOSE-LIMIT"),
        ([("vitamin-c-100", "1"), ("selenium-005", "0.5")], {}, "R-MIX-INCOMPATIBLE"),
        ([("txa-50", "0.4")], {"points": 101}, "R-VOLUME"),
    ],
)
def test_what_is_absolute_cannot_be_saved(portions, fields, rule):
    with pytest.raises(actions.MixtureRefused) as refusal:
        a_cocktail(a_patient(), portions=portions, **fields)

    assert rule in {each.rule for each in refusal.value.objections}
    assert all(each.is_absolute and each.solve for each in refusal.value.objections)


def test_a_soft_limit_is_a_caution_and_can_be_saved():
    patient = a_patient()
    portions = [(a_product("txa-50"), Decimal("0.5"))]
    found = assess(
        patient=patient,
        portions=portions,
        diluent=a_product("saline-5"),
        diluent_ml=Decimal("4.5"),
        points=51,
        ml_per_point=Decimal("0.04"),
        on=NOW.date(),
    )

    assert [each.is_absolute for each in found.objections] == [False]
    assert a_cocktail(
        patient, portions=[("txa-50", "0.5")], diluent_ml="4.5", points=51,
        ml_per_point=Decimal("0.04"),
    )  # fmt: skip


def test_an_allergy_that_nobody_recognises_is_said():
    found = assess(
        patient=allergic("xqzw"),
        portions=[(a_product("txa-50"), Decimal("0.4"))],
        diluent=None,
        diluent_ml=Decimal(0),
        points=1,
        ml_per_point=Decimal("0.05"),
        on=NOW.date(),
    )

    assert "xqzw" in found.objections[0].what


def test_only_a_physician_composes():
    with pytest.raises(actions.NotAllowed):
        a_cocktail(a_patient(), by=nurse())


def test_a_changed_cocktail_replaces_the_earlier_one_once():
    patient = a_patient()
    first = a_cocktail(patient)
    second = a_cocktail(patient, supersedes=first, now=NOW + timedelta(hours=1))

    assert queries.cocktail(first.pk).superseded_by == second
    with pytest.raises(actions.AlreadyReplaced):
        a_cocktail(patient, supersedes=first)
    with pytest.raises(actions.AlreadyReplaced):
        a_cocktail(a_patient(), supersedes=second)


@pytest.mark.parametrize(("model", "column"), [(Cocktail, "points"), (CocktailPortion, "drawn_ml")])
def test_the_database_refuses_to_rewrite_a_cocktail(model, column):
    a_cocktail(a_patient())
    with pytest.raises(InternalError), transaction.atomic():
        model.objects.update(**{column: F(column)})
    with pytest.raises(InternalError), transaction.atomic():
        model.objects.all()._raw_delete("default")


# --- the pages ------------------------------------------------------------------------------


def test_the_composer_suggests_nothing(client, doctor):
    page = client.get(new(a_patient()))

    assert page.status_code == 200
    assert not re.search(
        r'name="(diluent_ml|total_ml|(portions|places)-\d+-\w+)" type="text" value="[^"]+"',
        page.content.decode(),
    )
    assert "selected" not in re.sub(r'<option value="" selected>', "", page.content.decode())


def test_saving_leads_to_the_cocktail_with_its_doses(client, doctor):
    patient = a_patient()
    page = client.post(new(patient), typed(("txa-50", "0,4"), ("", "")), follow=True)

    cocktail = Cocktail.objects.get()
    assert page.redirect_chain == [
        (reverse("composition:show", args=[patient.pk, cocktail.pk]), 302)
    ]
    assert cocktail.composed_by == doctor
    assert "20 mg 4 mg/ml 8 mg" in words(page)
    assert "Total volume 5 ml Injected 2 ml Left over 3 ml" in words(page)


def test_doses_appear_while_typing_and_nothing_is_kept(client, doctor):
    patient = a_patient()
    page = client.post(
        reverse("composition:compute", args=[patient.pk]),
        typed(("txa-100", "0.4")),
        headers={"hx-request": "true"},
    )

    assert page.status_code == 200
    assert "<html" not in page.content.decode()
    assert "40 mg 8 mg/ml 16 mg" in words(page)
    assert not Cocktail.objects.exists()


def test_a_number_of_rows_that_nobody_can_count_adds_none(client, doctor):
    page = client.post(
        reverse("composition:compute", args=[a_patient().pk]),
        typed(("txa-100", "0.4")) | {"add": "1", "portions-TOTAL_FORMS": "9" * 6000},
    )

    assert page.status_code == 200


def test_a_stop_is_said_beside_the_button_while_typing(client, doctor):
    compute = reverse("composition:compute", args=[allergic("somon").pk])
    unharmed = reverse("composition:compute", args=[a_patient().pk])
    for address, is_stopped in ((compute, True), (unharmed, False)):
        page = client.post(address, typed(("pdrn-1875", "1")), headers={"hx-request": "true"})
        assert ("Cannot be saved as it is" in words(page)) is is_stopped


def test_in_turkish_amounts_have_a_comma(client, doctor):
    client.cookies["django_language"] = "tr"
    page = client.post(
        reverse("composition:compute", args=[a_patient().pk]),
        typed(("txa-50", "0.45"), diluent_ml="4,55"),
        headers={"hx-request": "true"},
    )

    assert "22,5 mg 4,5 mg/ml 9 mg" in words(page)
    assert "0,45 ml" in words(page)


def test_without_a_script_the_page_computes_too_and_adds_a_row(client, doctor):
    page = client.post(
        reverse("composition:compute", args=[a_patient().pk]),
        typed(("txa-50", "0.4")) | {"add": "1"},
    )

    text = page.content.decode()
    assert "20 mg 4 mg/ml 8 mg" in words(page)
    assert 'name="portions-1-drawn_ml"' in text
    assert 'value="0.4"' in text


@pytest.mark.parametrize("amount", ["1.000,5", "1,000.5", "-1", "abc", "0"])
def test_an_unclear_amount_is_refused_with_words_and_kept_as_typed(client, doctor, amount):
    page = client.post(new(a_patient()), typed(("txa-50", amount)))

    assert page.status_code == 422
    assert f'value="{amount}"' in page.content.decode()
    assert "is not saved" in words(page)
    assert not Cocktail.objects.exists()


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({}, "Choose at least one product"),
        ({"places-0-points": ""}, "required"),
        ({"diluent": ""}, "With what is it diluted?"),
        ({"diluent_ml": ""}, "How much diluent is added?"),
        ({"places-0-points": "0"}, "greater than or equal to 1"),
        ({"places-0-points": "9999"}, "less than or equal to"),
        ({"diluent": "no-such-product"}, "valid choice"),
    ],
)
def test_what_is_missing_or_wrong_is_said(client, doctor, entries, said):
    portions = [("txa-50", "0.4")] if entries else [("", "")]
    page = client.post(new(a_patient()), typed(*portions) | entries)

    assert page.status_code == 422
    assert said in words(page)
    assert not Cocktail.objects.exists()


def test_a_product_without_its_volume_is_asked_for(client, doctor):
    page = client.post(new(a_patient()), typed(("txa-50", "")))

    assert page.status_code == 422
    assert "How much is drawn of it?" in words(page)


def test_a_removed_row_does_not_count(client, doctor):
    entries = typed(("txa-50", "0.4"), ("vitamin-c-100", "abc")) | {"portions-1-DELETE": "on"}
    client.post(new(a_patient()), entries)

    assert [each.product.code for each in CocktailPortion.objects.all()] == ["txa-50"]


def test_an_absolute_conflict_answers_422_with_the_reason_and_loses_nothing(client, doctor):
    patient = allergic("sülfit")
    page = client.post(new(patient), typed(("txa-100-sulfite", "0.3"), points="37"))

    assert page.status_code == 422
    for said in ("Sulfite", "names it", "cannot be saved", "What would solve it"):
        assert said in words(page)
    assert 'value="0.3"' in page.content.decode()
    assert 'value="37"' in page.content.decode()
    assert not Cocktail.objects.exists()


def test_repeating_copies_the_patients_own_last_cocktail(client, doctor):
    patient = a_patient()
    a_cocktail(a_patient(), portions=[("txa-100", "0.1")], now=NOW + timedelta(days=1))
    last = a_cocktail(patient, portions=[("txa-50", "0.4"), ("vitamin-c-100", "1.5")])
    page = client.get(new(patient) + "?from=last")

    text = page.content.decode()
    for product in ("txa-50", "vitamin-c-100"):
        assert f'<option value="{a_product(product).pk}" selected>' in text
    assert f'name="supersedes" value="{last.pk}"' in text
    assert "20 mg" in words(page)
    client.post(
        new(patient),
        typed(("txa-50", "0.4"), ("vitamin-c-100", "1.5")) | {"supersedes": str(last.pk)},
    )
    assert Cocktail.objects.get(supersedes=last).composed_by == doctor


def test_repeating_leaves_out_what_is_no_longer_on_the_shelf(client, doctor):
    patient = a_patient()
    a_cocktail(patient, portions=[("txa-50", "0.4"), ("vitamin-c-100", "1.5")])
    Product.objects.filter(code="vitamin-c-100").update(is_active=False)

    text = client.get(new(patient) + "?from=last").content.decode()

    assert re.findall(r'name="portions-\d+-product"', text) == [
        'name="portions-0-product"',
    ]
    assert f'<option value="{a_product("txa-50").pk}" selected>' in text


def test_one_who_comes_second_is_told_and_may_keep_both(client, doctor):
    patient = a_patient()
    last = a_cocktail(patient)
    a_cocktail(patient, supersedes=last, now=NOW + timedelta(hours=1))
    entries = typed(("txa-50", "0.3")) | {"supersedes": str(last.pk)}

    page = client.post(new(patient), entries)

    assert page.status_code == 422
    assert "replaced in the meantime" in words(page)
    assert 'name="supersedes" value=' not in page.content.decode().replace('value=""', "")
    assert client.post(new(patient), entries | {"supersedes": ""}).status_code == 302


def test_the_list_and_the_page_say_what_was_replaced(client, doctor):
    patient = a_patient()
    first = a_cocktail(patient)
    second = a_cocktail(patient, supersedes=first, now=NOW + timedelta(hours=1))

    listed = words(client.get(reverse("composition:list", args=[patient.pk])))
    shown = words(client.get(reverse("composition:show", args=[patient.pk, first.pk])))

    assert "Replaced by a newer one" in listed
    assert "Current" in listed
    assert "Replaced by the cocktail of" in shown
    assert second.composed_by.display_name in listed


def test_a_cocktail_is_only_shown_under_its_own_patient(client, doctor):
    cocktail = a_cocktail(a_patient())

    page = client.get(reverse("composition:show", args=[a_patient().pk, cocktail.pk]))

    assert page.status_code == 404


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.NURSE, Role.MANAGER])
def test_only_a_physician_opens_the_composer(client, role):
    client.force_login(staff(role))
    patient = a_patient()

    assert client.get(new(patient)).status_code == 403
    assert client.post(new(patient), {}).status_code == 403
    assert client.post(reverse("composition:compute", args=[patient.pk]), {}).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.NURSE, 200), (Role.RECEPTIONIST, 403), (Role.MANAGER, 403)],
)
def test_cocktails_are_read_by_those_who_treat(client, role, status):
    patient = a_patient()
    cocktail = a_cocktail(patient)
    client.force_login(staff(role))

    assert client.get(reverse("composition:list", args=[patient.pk])).status_code == status
    shown = client.get(reverse("composition:show", args=[patient.pk, cocktail.pk]))
    assert shown.status_code == status


def test_a_patient_who_does_not_exist_is_not_found(client, doctor):
    assert client.get(new(physician())).status_code == 404


@pytest.mark.django_db
def test_a_product_is_offered_with_its_strength_once():
    known, bare = a_product("txa-50"), a_product("txa-100")
    # A name of the clinic's own, in which 100 is no strength.
    bare.name_en = bare.name_tr = "Tranexamic acid 2100 mg/ml"
    field = ProductField()

    field.offer([known, bare], with_strength=True)

    (_group, offered) = [*field.choices][1]  # type: ignore[misc]
    assert [line for _key, line in offered] == [
        known.name,
        f"100 mg/ml · {bare.name}",
    ]
    assert "50 mg/ml" in known.name
