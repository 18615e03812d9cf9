"""Reads of adverse events: of a session, of a patient, and how many there are on one lot."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from cocktails.catalogue.models import Product
from cocktails.stock.models import Lot
from patients.records.models import Patient
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LotInCluster:
    """One lot that a patient received and after which several things were reported."""

    draw: SessionDraw
    count: int


def lots_in_cluster(patient: Patient) -> list[LotInCluster]:
    """The lots of this patient's sessions that must be looked at together, each once."""
    found = clusters()
    draws: dict[LotKey, SessionDraw] = {}
    rows = SessionDraw.objects.filter(
        signed_session__patient=patient, signed_session__adverse_events__isnull=False
    )
    for each in rows.select_related("product__ingredient", "lot").order_by("product", "pk"):
        draws.setdefault((each.product_id, each.lot_key), each)
    return [
        LotInCluster(draw=draw, count=found[lot]) for lot, draw in draws.items() if lot in found
    ]


def wait_for_lots(signed: SignedSession) -> None:
    """Queue at the products of a session: of two events at once, the later one sees both."""
    products = signed.draws.values("product")
    list(Product.objects.select_for_update(no_key=True).filter(pk__in=products).order_by("pk"))


def completes_a_cluster(event: AdverseEvent) -> bool:
    """Whether a lot became a cluster by this very event; with a further one it already was."""
    own = set(event.signed_session.draws.values_list("product_id", "lot_key"))
    counts = clusters(event.signed_session)
    return any(counts.get(lot) == CLUSTER_OF for lot in own)


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
