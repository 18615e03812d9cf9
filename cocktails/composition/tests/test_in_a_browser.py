"""How many clicks it costs to repeat the last cocktail, counted from the patient's chart; that it
answers while somebody types; and that nobody needs a script for it."""

from decimal import Decimal

import pytest

from clinic.tests import builders as clinic
from cocktails.composition.models import Cocktail
from cocktails.composition.rules import Place
from cocktails.tests.builders import a_cocktail, a_product
from patients.tests.builders import a_patient
from treatments.tests.journeys.desks import a_desk, browser

__all__ = ["a_desk", "browser"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLOW = pytest.mark.slow

MOST_FOR_THE_SAME = 2
MOST_FOR_ONE_OTHER = 8


@pytest.fixture
def member(db):
    return clinic.physician(language="en")


@pytest.fixture
def last(db):
    return a_cocktail(
        a_patient(),
        portions=[("txa-50", "0.4"), ("niacinamide-20", "1")],
        points=None,
        places=[
            Place(region="cheek_left", points=20, ml_per_point=Decimal("0.05")),
            Place(region="cheek_right", points=20, ml_per_point=Decimal("0.05")),
        ],
    )


def repeat(desk, patient):
    desk.open(f"/patients/{patient.pk}/")
    before = desk.clicks.count
    desk.click('main a[href$="?from=last"]')
    desk.page.wait_for_url("**from=last")
    return before


def save(desk, last):
    desk.click('button[form="composer"].btn-primary')
    desk.page.wait_for_url(f"**/patients/{last.patient_id}/cocktails/*-*/")
    return Cocktail.objects.get(supersedes=last)


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=SLOW)])
@pytest.mark.parametrize(
    ("width", "height"),
    [(1366, 768), pytest.param(1024, 768, marks=SLOW), pytest.param(390, 844, marks=SLOW)],
)
def test_the_same_again_costs_two_clicks(a_desk, last, width, height, scripts):
    desk = a_desk(width, height, scripts=scripts)
    before = repeat(desk, last.patient)
    assert desk.page.get_by_text("Nothing is different").count() == 1
    again = save(desk, last)

    assert desk.clicks.count - before <= MOST_FOR_THE_SAME
    assert [(each.product_id, each.drawn_ml) for each in again.portions.all()] == [
        (each.product_id, each.drawn_ml) for each in last.portions.all()
    ]
    assert [(each.region, each.points) for each in again.places.all()] == [
        ("cheek_left", 20),
        ("cheek_right", 20),
    ]


@pytest.mark.slow
def test_another_ingredient_costs_at_most_eight_clicks_and_is_named(a_desk, last):
    desk = a_desk()
    before = repeat(desk, last.patient)
    desk.page.select_option('select[name="portions-1-product"]', str(a_product("biotin-5").pk))
    desk.clicks.count += 2  # the list opened, one of it taken
    desk.page.locator(".mixture-comparison ins").first.wait_for()
    differences = desk.page.locator(".mixture-comparison li").all_inner_texts()
    # The strength beside the row is that of what is chosen now.
    assert "5" in desk.page.locator("#strength-portions-1 strong").inner_text()
    changed = save(desk, last)

    assert desk.clicks.count - before <= MOST_FOR_ONE_OTHER
    assert len(differences) == 2
    assert {each.product.code for each in changed.portions.all()} == {"txa-50", "biotin-5"}
