"""A running course goes on with the newest mixture of its patient."""

from datetime import datetime

from clinic.audit.actions import Actor, record
from cocktails.composition.models import Cocktail
from treatments.plans import hooks, queries, verdicts
from treatments.plans.changing import lock_plan


def follow_cocktail(cocktail: Cocktail, by: Actor, now: datetime) -> None:
    """Listens to `cocktail_composed`: what is signed keeps its mixture, what comes has the new one.

    The course is screened again with it; the rows are locked (`verdicts.lock_before_change`).
    """
    running = queries.running_plan(cocktail.patient)
    if running is None:
        return
    plan = lock_plan(running.pk)
    was, plan.cocktail = plan.cocktail_id, cocktail
    plan.save(update_fields=["cocktail"])
    record(
        verb="plan.cocktail",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        was=str(was or ""),
        became=str(cocktail.pk),
    )
    hooks.mixture_changed(plan, by, now)
    verdicts.follow_patient(plan.patient, by, now)
