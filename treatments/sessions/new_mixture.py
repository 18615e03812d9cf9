"""What another mixture does to records that were begun with the one before."""

from datetime import datetime

from django.db.models import F

from clinic.audit.actions import Actor
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import SessionDraft


def forget_lots(plan: TreatmentPlan, by: Actor, now: datetime) -> None:
    """Listens to `mixture_changed`. Lots, the strength that was read and the preparing belong to the
    ampoules of the mixture before; an open page of the record is told that it is out of date.
    """
    drafts = SessionDraft.objects.filter(planned_session__plan=plan)
    drafts.filter(planned_session__signed__isnull=True).update(
        lots=[], prepared_at=None, prepared_by=None, version=F("version") + 1
    )
