"""What signed sessions tell whoever composes the next cocktail."""

import json
from fractions import Fraction

import pytest
from django.utils import translation

from cocktails.composition import hooks
from treatments.sessions import for_composer
from treatments.sessions.tests.builders import a_course, a_signed_session
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db


def test_only_what_was_signed_counts_for_the_course():
    plan = a_course()
    assert for_composer.given_in_course(plan.patient) == []

    signed = a_signed_session(plan)

    (given,) = for_composer.given_in_course(plan.patient)
    assert (given.ingredient, given.sessions) == ("niacinamide", 1)
    # 20 mg of niacinamide in 3 ml; what was injected is in the record.
    record = json.loads(signed.record)
    injected = sum((Fraction(each["ml"]) for each in record["regions"]), Fraction(0))
    assert abs(Fraction(given.mg) - 20 * injected / 3) < Fraction(1, 1_000_000)


def test_how_the_last_session_was_borne_is_told_in_the_readers_language():
    plan = a_course()
    assert for_composer.last_tolerance(plan.patient) is None
    a_signed_session(plan)

    with translation.override("en"):
        told = for_composer.last_tolerance(plan.patient)

    assert told is not None
    assert told.pain is not None
    assert "None" not in told.reactions


def test_the_composer_hears_of_the_course_and_of_the_kinds_of_spot():
    plan = a_set_plan()

    assert hooks.cocktail_of_course(plan.patient) == [plan.cocktail_id]
    assert ("melasma", "Melasma") in [each for some in hooks.spot_types() for each in some]
