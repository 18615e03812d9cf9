"""What a change on the shelf does to open courses: their patients are screened again."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from clinic.audit.actions import Actor
from patients.rulebook.actions import owe_screening
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import RUNNING


def follow_substances(*, ingredients: Collection[str], by: Actor, now: datetime) -> None:
    """Whoever has a running course with one of these substances in its cocktail is to be screened
    again: the verdict before the change counts for nothing.
    """
    concerned = (
        TreatmentPlan.objects.filter(state__in=RUNNING)
        .filter(
            Q(cocktail__portions__product__ingredient__in=ingredients)
            | Q(cocktail__diluent__ingredient__in=ingredients)
        )
        .values_list("patient_id", flat=True)
    )
    owe_screening(patients=concerned, now=now)
