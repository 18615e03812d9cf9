"""What stands on the mix sheet and on the label of the syringe."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from django.utils.timezone import make_aware
from django.utils.translation import get_language

from clinic.amounts import plain
from cocktails.catalogue.queries import ingredient_facts
from cocktails.composition.queries import mixture_of
from treatments.plans.models import PlannedSession
from treatments.preparing import terms
from treatments.preparing.refusals import NotPrepared
from treatments.preparing.rules import initials, use_before
from treatments.sessions.models import SessionDraft
from treatments.sessions.prepared import PreparedPortion, prepared_portions
from treatments.sessions.queries import draft_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One product, in the order of the cocktail; the diluent last."""

    place: int
    prepared: PreparedPortion
    ml: Decimal
    mg_per_ml: Decimal | None  # in the mixture; None for the diluent


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    session: PlannedSession
    prepared_at: datetime
    prepared_by: str
    use_before: datetime
    initials: str
    birth_year: int
    total_ml: Decimal
    lines: Sequence[Line]
    doses: Sequence[tuple[str, Decimal]]  # ingredient, mg/ml in the syringe


def session_numbered(session_id: UUID) -> PlannedSession:
    """The session of a code on a label."""
    return PlannedSession.objects.select_related("plan").get(pk=session_id)


def mix_of(session: PlannedSession) -> Mix:
    """Raises NotPrepared while nobody has said that the mixture is made."""
    draft, cocktail = draft_of(session), session.plan.cocktail
    if draft is None or cocktail is None or draft.prepared_at is None:
        raise NotPrepared(terms.NOT_PREPARED)
    prepared = prepared_portions(cocktail, draft)
    mixture = mixture_of(cocktail)
    facts = ingredient_facts([each.ingredient for each in mixture.doses])
    patient = session.plan.patient
    final = {each.ingredient: each.final_mg_per_ml for each in mixture.doses}
    return Mix(
        session=session,
        prepared_at=draft.prepared_at,
        prepared_by=_name(draft),
        use_before=use_before(draft.prepared_at, terms.MINUTES_TO_USE, map(_end, prepared)),
        initials=initials(patient.full_name),
        birth_year=patient.born_on.year,
        total_ml=plain(mixture.total_ml),
        lines=[
            Line(
                place=place,
                prepared=each,
                ml=plain(each.drawn_ml),
                mg_per_ml=None if each.is_diluent else final[each.product.ingredient_id],
            )
            for place, each in enumerate(prepared, start=1)
        ],
        doses=[
            (facts[each.ingredient].name(get_language() or "en"), plain(each.final_mg_per_ml))
            for each in mixture.doses
        ],
    )


def _name(draft: SessionDraft) -> str:
    return draft.prepared_by.display_name if draft.prepared_by else ""


def _end(each: PreparedPortion) -> datetime | None:
    """When this product ends: its opened vial's time, or the last minute of its lot."""
    if each.on_shelf is None:
        return None
    last = make_aware(datetime.combine(each.on_shelf.lot.expires_on, time(23, 59)))
    vial = each.on_shelf.state.vial_use_before
    return last if vial is None else min(last, vial)
