"""Reads of adverse events: of a session, of a patient, and how many there are on one lot."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from cocktails.stock.models import Lot
from treatments.sessions.models import SessionDraw, SignedSession
from treatments.tracing.models import AdverseEvent, EventFollowUp
from treatments.tracing.terms import CLUSTER, CLUSTER_OF

# Product and key of the number: a number written by hand counts with the lot of the stock.
LotKey = tuple[UUID, str]


def event_of(patient_id: UUID, event_id: UUID) -> AdverseEvent:
    return _events().get(pk=event_id, patient_id=patient_id)


def events_on(product_id: UUID, lot_key: str) -> QuerySet[AdverseEvent]:
    """The events after sessions in which this lot was in the syringe, the latest first."""
    return (
        _events()
        .filter(signed_session__draws__product=product_id, signed_session__draws__lot_key=lot_key)
        .distinct()
        .order_by("-noted_at")
    )


def draws_of_session(signed: SignedSession) -> QuerySet[SessionDraw]:
    """The lots of a session, with what the stock knows of them."""
    return signed.draws.select_related("product__ingredient", "lot").order_by("position")


def clusters(signed: SignedSession | None = None) -> dict[LotKey, int]:
    """The lots with so many events that they must be looked at together, and how many."""
    rows = SessionDraw.objects.filter(signed_session__adverse_events__isnull=False)
    if signed is not None:
        own = signed.draws.values_list("lot_key", flat=True)
        rows = rows.filter(lot_key__in=list(own))
    events: dict[LotKey, set[UUID]] = defaultdict(set)
    for product_id, key, event_id in rows.values_list(
        "product_id", "lot_key", "signed_session__adverse_events__pk"
    ):
        events[product_id, key].add(event_id)
    return {lot: len(found) for lot, found in events.items() if len(found) >= CLUSTER_OF}


def cluster_words(count: int) -> str:
    return str(CLUSTER) % {"count": count}


def notices_of_lots(lot_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Listens to the stock's hook of the same name."""
    found = clusters()
    if not found:
        return {}
    lots = Lot.objects.filter(pk__in=lot_ids).values_list("pk", "product_id", "number_key")
    return {
        pk: [cluster_words(found[product_id, key])]
        for pk, product_id, key in lots
        if (product_id, key) in found
    }


def _events() -> QuerySet[AdverseEvent]:
    return (
        AdverseEvent.objects.select_related(
            "patient", "noted_by", "signed_session__planned_session__plan"
        )
        .defer("signed_session__record")
        .prefetch_related(
            Prefetch("follow_ups", queryset=EventFollowUp.objects.select_related("written_by"))
        )
    )
