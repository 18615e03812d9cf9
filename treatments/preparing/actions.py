"""Saying that the mixture is made: from then on it has a time until which it is used."""

from datetime import datetime

from django.db import transaction

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from treatments.plans.models import PlannedSession
from treatments.preparing import terms
from treatments.preparing.refusals import NotPrepared
from treatments.sessions.actions import check_open
from treatments.sessions.models import SessionDraft
from treatments.sessions.prepared import lot_problems, moment_of, prepared_portions
from treatments.sessions.queries import day_of, signed_of
from treatments.sessions.terms import Missing


@transaction.atomic
def prepare_mixture(*, planned_session: PlannedSession, by: StaffMember, now: datetime) -> None:
    """Write down when and by whom. Every product has its lot and a strength that was read."""
    draft = (
        SessionDraft.objects.select_for_update(no_key=True, of=("self",))
        .filter(planned_session=planned_session)
        .first()
    )
    if draft is None or signed_of(planned_session) is not None:
        raise NotPrepared(terms.NOT_OPEN)
    check_open(planned_session, now)
    prepared = prepared_portions(planned_session.plan.cocktail, draft)
    if not prepared:
        raise NotPrepared(terms.NOTHING_TO_PREPARE)
    missing = lot_problems(prepared, moment_of(draft, day_of(planned_session)))
    if not all(each.lot for each in prepared if each.needs_lot):
        missing.append(str(Missing.LOT.label))
    if not all(each.strength_seen for each in prepared):
        missing.append(str(Missing.STRENGTH.label))
    if missing:
        raise NotPrepared(terms.NOT_YET % {"what": " ".join(missing)})
    draft.prepared_at, draft.prepared_by = now, by
    draft.save(update_fields=["prepared_at", "prepared_by"])
    record(
        verb="session.prepared",
        subject=draft,
        by=by,
        now=now,
        patient_id=planned_session.plan.patient_id,
    )
