"""What signed sessions tell whoever composes the next cocktail: what was given, how it was borne."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from clinic.hours.queries import local_date
from cocktails.composition.hooks import Given, Tolerance
from cocktails.composition.rules import shown
from patients.records.models import Patient
from treatments.analysis.terms import SpotType
from treatments.plans.queries import running_plan
from treatments.sessions.models import SignedSession
from treatments.sessions.terms import Reaction


def given_in_course(patient: Patient) -> list[Given]:
    """mg per ingredient over the signed sessions of the running course, from the records alone."""
    plan = running_plan(patient)
    if plan is None:
        return []
    total: dict[str, Fraction] = {}
    sessions: dict[str, int] = {}
    signed = SignedSession.objects.filter(planned_session__plan=plan).order_by("signed_at")
    for record in signed.values_list("record", flat=True):
        for ingredient, mg in _given(json.loads(record)).items():
            total[ingredient] = total.get(ingredient, Fraction(0)) + mg
            sessions[ingredient] = sessions.get(ingredient, 0) + 1
    return [
        Given(ingredient=ingredient, mg=shown(mg), sessions=sessions[ingredient])
        for ingredient, mg in total.items()
    ]


def last_tolerance(patient: Patient) -> Tolerance | None:
    signed = SignedSession.objects.filter(patient=patient).order_by("-signed_at", "-pk").first()
    if signed is None:
        return None
    record = json.loads(signed.record)
    return Tolerance(
        on=local_date(datetime.fromisoformat(record["ended_at"])),
        reactions=tuple(
            str(Reaction(each).label)
            for each in record["reactions"]
            if each in Reaction.values and each != Reaction.NONE
        ),
        pain=record["pain"],
        note=record["note"],
    )


def cocktail_of_course(patient: Patient) -> UUID | None:
    plan = running_plan(patient)
    return plan.cocktail_id if plan else None


def spot_types() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in SpotType.choices]


def _given(record: Mapping[str, Any]) -> dict[str, Fraction]:
    """What one session gave: what was drawn, by the share of the mixture that was injected."""
    cocktail = record["cocktail"]
    if cocktail is None or not Fraction(Decimal(str(cocktail["total_ml"]))):
        return {}
    injected = sum((Fraction(Decimal(str(each["ml"]))) for each in record["regions"]), Fraction(0))
    share = injected / Fraction(Decimal(str(cocktail["total_ml"])))
    return {
        each["ingredient"]: Fraction(Decimal(str(each["drawn_mg"]))) * share
        for each in cocktail["doses"]
    }
