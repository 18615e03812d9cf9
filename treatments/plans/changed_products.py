"""What a change on the shelf does to open courses: their cocktails are checked again."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from clinic.audit.actions import Actor
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import RUNNING
from treatments.plans.verdicts import follow_answers


def follow_substances(*, ingredients: Collection[str], by: Actor, now: datetime) -> None:
    """Screen again whoever has a running course with one of these substances in its cocktail."""
    concerned = (
        TreatmentPlan.objects.filter(state__in=RUNNING)
        .filter(
            Q(cocktail__portions__product__ingredient__in=ingredients)
            | Q(cocktail__diluent__ingredient__in=ingredients)
        )
        .distinct()
        .select_related("patient")
        .order_by("patient_id", "pk")
    )
    for plan in concerned:
        follow_answers(patient=plan.patient, by=by, now=now)
