"""The composer's page: regions, what is wanted, rules tied to an ingredient, what differs."""

import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import translation

from clinic.tests.builders import NOW, physician
from cocktails.catalogue.queries import all_facts
from cocktails.composition import hooks, queries
from cocktails.composition.actions import MixtureRefused
from cocktails.composition.hooks import Given, Tolerance
from cocktails.composition.models import Cocktail
from cocktails.composition.queries import assess
from cocktails.composition.rules import Place
from cocktails.composition.tied_rules import Tied, objections_of
from cocktails.tests.builders import a_catalogue, a_cocktail, a_product
from patients.rulebook.queries import rules_in_force
from patients.tests.builders import a_healthy_patient, a_patient

pytestmark = pytest.mark.django_db

CHEEKS = [
    Place(region="cheek_left", points=20, ml_per_point=Decimal("0.05")),
    Place(region="cheek_right", points=10, ml_per_point=Decimal("0.04")),
]


@pytest.fixture
def doctor(client):
    a_catalogue()
    member = physician(language="en")
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return member


@pytest.fixture
def hooked():
    """Register a listener for this test alone."""
    added = []

    def register(hook, answer):
        def listener(*_args):
            return answer

        hook.register(listener)
        added.append((hook, listener))

    yield register
    for hook, listener in added:
        hook._listeners.remove(listener)


def words(page):
    text = re.sub(r"<[^>]+>", " ", page.content.decode()).replace("\u202f", " ")
    return " ".join(text.replace("&#8239;", " ").replace("&#x27;", "'").split())


def typed(portions, places=(("", "40", "0.05"),), **fields):
    entries = {
        "portions-TOTAL_FORMS": str(len(portions)),
        "portions-INITIAL_FORMS": "0",
        "places-TOTAL_FORMS": str(len(places)),
        "places-INITIAL_FORMS": "0",
        "diluent": str(a_product("saline-5").pk),
    }
    for row, (code, drawn_ml, mg_per_ml) in enumerate(portions):
        entries[f"portions-{row}-product"] = str(a_product(code).pk)
        entries[f"portions-{row}-drawn_ml"] = drawn_ml
        entries[f"portions-{row}-mg_per_ml"] = mg_per_ml
    for row, (region, points, ml) in enumerate(places):
        entries[f"places-{row}-region"] = region
        entries[f"places-{row}-points"] = points
        entries[f"places-{row}-ml_per_point"] = ml
    return entries | fields


def new(patient):
    return reverse("composition:new", args=[patient.pk])


def computed(client, patient, entries):
    address = reverse("composition:compute", args=[patient.pk])
    return client.post(address, entries, headers={"hx-request": "true"})


# --- regions, totals, concentrations ----------------------------------------------------------


def test_regions_are_kept_and_add_up():
    patient = a_patient()
    cocktail = queries.cocktail(a_cocktail(patient, places=CHEEKS, points=None).pk)

    assert (cocktail.points, cocktail.ml_per_point) == (30, None)
    assert queries.places_of(cocktail) == CHEEKS
    assert str(queries.mixture_of(cocktail).injected_ml) == "1.4"


def test_one_volume_in_every_region_is_the_volume_of_the_cocktail():
    cocktail = a_cocktail(a_patient(), places=CHEEKS[:1], points=None, ml_per_point=None)

    assert (cocktail.points, cocktail.ml_per_point) == (20, Decimal("0.05"))


def test_what_each_region_gets_is_said_while_typing(client, doctor):
    page = computed(
        client,
        a_patient(),
        typed(
            [("txa-50", "0.4", "")],
            places=[("cheek_left", "20", "0.05"), ("cheek_right", "10", "0.04")],
            diluent_ml="4.6",
        ),
    )

    said = words(page)
    assert "Left cheek 20 x 0.05 = 1 ml Tranexamic acid (TXA) 4 mg" in said
    assert "Right cheek 10 x 0.04 = 0.4 ml Tranexamic acid (TXA) 1.6 mg" in said
    assert "5.6 mg" in said


def test_what_is_wanted_is_worked_out_and_kept_as_what_is_drawn(client, doctor):
    patient = a_patient()
    entries = typed([("txa-100", "", "4")], total_ml="5")

    assert "Diluted with 4.8 ml" in words(computed(client, patient, entries))
    assert client.post(new(patient), entries).status_code == 302

    cocktail = Cocktail.objects.get()
    assert [each.ml for each in cocktail.portions.all()] == [Decimal("0.2")]
    assert cocktail.poured_ml == Decimal("4.8")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"portions-0-drawn_ml": "", "portions-0-mg_per_ml": "4"}, "needs the total volume"),
        ({"portions-0-drawn_ml": "6", "total_ml": "5"}, "more than the total"),
        ({"portions-0-mg_per_ml": "4000"}, "more than is possible"),
        ({"diluent_ml": "1", "total_ml": "5"}, "not 5 ml"),
        ({"syringe_ml": "2.5", "diluent_ml": "4.6"}, "the syringe holds 2.5 ml"),
        ({"syringe_ml": "7"}, "valid choice"),
        ({"places-0-region": "moon"}, "valid choice"),
        ({"places-0-points": "", "places-0-region": "nose"}, "required"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_kept_as_typed(client, doctor, entries, said):
    page = client.post(new(a_patient()), typed([("txa-50", "0.4", "")]) | entries)

    assert page.status_code == 422
    assert said in words(page)
    assert not Cocktail.objects.exists()


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([("nose", "1", "0.05"), ("nose", "1", "0.05")], "stands twice"),
        ([("nose", "1", "0.05"), ("", "1", "0.05")], "choose a region in each"),
    ],
)
def test_a_region_stands_once_and_each_line_has_one(client, doctor, places, said):
    page = client.post(
        new(a_patient()), typed([("txa-50", "0.4", "")], places=places, diluent_ml="4")
    )

    assert page.status_code == 422
    assert said in words(page)


def test_a_row_for_another_region_comes_without_a_script(client, doctor):
    page = client.post(
        reverse("composition:compute", args=[a_patient().pk]),
        typed([("txa-50", "0.4", "")]) | {"add_place": "1"},
    )

    assert 'name="places-1-points"' in page.content.decode()


def test_the_strength_stands_large_with_the_others_on_the_shelf(client, doctor):
    said = words(computed(client, a_patient(), typed([("txa-50", "0.4", "")], diluent_ml="4.6")))

    assert "50 mg/ml label: 250 mg in 5 ml also on the shelf: 100 mg/ml" in said


# --- the rules that an ingredient brings ------------------------------------------------------


def found(patient, *codes):
    return assess(
        patient=patient,
        portions=[(a_product(code), Decimal("0.2")) for code in codes],
        diluent=a_product("saline-5"),
        diluent_ml=Decimal(4),
        points=10,
        ml_per_point=Decimal("0.05"),
        on=NOW.date(),
    ).objections


def test_a_rule_comes_with_its_ingredient_and_goes_with_it():
    patient = a_healthy_patient(answers={"seizure_history": "yes"})

    (finding,) = [each for each in found(patient, "txa-50") if each.rule == "R-TXA-SEIZURE"]

    assert finding.is_absolute
    assert finding.why
    assert finding.source
    assert finding.solve
    assert "R-TXA-SEIZURE" not in {each.rule for each in found(patient, "niacinamide-20")}
    with pytest.raises(MixtureRefused):
        a_cocktail(patient)
    assert a_cocktail(patient, portions=[("niacinamide-20", "0.2")])


def test_a_healthy_patient_brings_no_rule():
    assert {each.rule for each in found(a_healthy_patient(), "txa-50")} == set()


def test_what_only_a_physician_may_decide_holds_and_can_be_saved():
    patient = a_healthy_patient(answers={"g6pd_deficiency": "yes"})

    (finding,) = [each for each in found(patient, "vitamin-c-100") if each.rule == "R-G6PD-VITC"]

    assert (finding.verdict, finding.is_absolute) == ("hold", False)
    assert a_cocktail(patient, portions=[("vitamin-c-100", "0.2")])


def test_questions_that_the_mixture_opens_are_named():
    tied = Tied(findings=(), unanswered=("g6pd_deficiency",), rule_set=rules_in_force())

    with translation.override("tr"):
        (said,) = objections_of(tied, all_facts())

    assert (said.rule, said.verdict) == ("R-UNANSWERED", "hold")
    assert rules_in_force().questions["g6pd_deficiency"].text.to("tr") in said.what


# --- repeating --------------------------------------------------------------------------------


def test_a_repeated_cocktail_says_that_nothing_is_different_and_how_it_was_borne(
    client, doctor, hooked
):
    patient = a_patient()
    a_cocktail(patient, places=CHEEKS, points=None, syringe_ml=Decimal(5))
    hooked(
        hooks.last_tolerance,
        Tolerance(on=date(2026, 11, 1), reactions=("Redness",), pain=3, note="Left eyelid"),
    )
    hooked(hooks.given_in_course, [Given(ingredient="tranexamic_acid", mg=Decimal(16), sessions=2)])

    page = client.get(new(patient) + "?from=last")

    said = words(page)
    for each in ("Nothing is different", "Pain 3 of 10", "Redness", "Left eyelid", "16 mg"):
        assert each in said, each
    assert "21.6 mg" in said  # with this one
    assert re.search(r'value="2.5"', page.content.decode())


def test_exactly_what_differs_from_last_time_and_from_the_plan_is_said(client, doctor, hooked):
    patient = a_patient()
    planned = a_cocktail(patient, portions=[("txa-100", "0.2")])
    last = a_cocktail(patient, now=NOW + timedelta(days=1))
    hooked(hooks.cocktail_of_course, planned.pk)

    said = words(
        computed(
            client,
            patient,
            typed([("txa-50", "0.5", "")], diluent_ml="4.6", supersedes=str(last.pk)),
        )
    )

    against_last, against_plan = said.split("Against last time")[1].split("Against the plan")
    assert "Tranexamic acid 50 mg/ml ampoule 5 ml: 0.4 ml → 0.5 ml" in against_last
    assert "new:" not in against_last
    assert "left out: 0.2 ml" in against_plan
    assert "new: 0.5 ml" in against_plan


def test_a_course_without_a_cocktail_of_this_patient_is_not_compared(client, doctor, hooked):
    hooked(hooks.cocktail_of_course, UUID(int=1))
    entries = typed([("txa-50", "0.4", "")], diluent_ml="4.6")

    assert "Against" not in words(computed(client, a_patient(), entries))


def test_queries_of_the_page_do_not_grow_with_rows(client, doctor, django_assert_max_num_queries):
    patient = a_patient()
    few = typed([("txa-50", "0.1", "")], diluent_ml="4")
    many = typed(
        [(code, "0.1", "") for code in ("txa-50", "txa-100", "niacinamide-20", "biotin-5")],
        places=[(region, "1", "0.05") for region in ("nose", "chin", "neck")],
        diluent_ml="4",
    )
    a_cocktail(patient, portions=[("txa-50", "0.1"), ("biotin-5", "0.1")])
    computed(client, patient, few)  # what is read once per process
    counts = []
    for entries in (few, many):
        with django_assert_max_num_queries(80) as counted:
            computed(client, patient, entries)
        counts.append(len(counted))
    assert counts[0] == counts[1]
