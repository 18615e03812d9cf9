"""From a lot to everybody who received it: one indexed table, never the text of the records."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from cocktails.catalogue.models import Product
from cocktails.stock.models import Lot, OpenedVial
from cocktails.stock.queries import LotOnShelf, LotWithVials, lot_with_vials
from cocktails.stock.rules import number_key
from cocktails.stock.terms import MovementKind
from patients.records.models import Patient
from treatments.plans.models import PlannedSession
from treatments.sessions.models import SessionDraft, SessionDraw

# Of a patient: who it is, and how to reach them.
NAMED_BY = ("full_name", "born_on", "phone", "email", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """One signed session in which the lot was in the syringe."""

    draw: SessionDraw
    patient: Patient
    session_id: UUID
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One patient with every session that the lot was part of."""

    patient: Patient
    sessions: Sequence[Treated]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFrom:
    """One session that was drawn from a vial."""

    session_id: UUID
    patient: Patient
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VialUse:
    """One opened vial and the sessions that were drawn from it."""

    vial: OpenedVial
    sessions: Sequence[DrawnFrom]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything that one lot of one product reached."""

    product: Product
    number: str
    on_shelf: LotOnShelf | None  # None: known from records alone
    reached: Sequence[Reached]
    drafts: Sequence[SessionDraft]
    vials: Sequence[VialUse]

    @property
    def session_count(self) -> int:
        return sum(len(each.sessions) for each in self.reached)


def draws_of(product_id: UUID, number: str) -> QuerySet[SessionDraw]:
    """Every draw of this product under this lot number, taken from the stock or written by hand."""
    return SessionDraw.objects.filter(lot_key=number_key(number), product_id=product_id)


def trace_of_lot(lot_id: UUID) -> Trace:
    """Raises Lot.DoesNotExist."""
    found = lot_with_vials(pk=lot_id)
    if found is None:
        raise Lot.DoesNotExist
    lot = found.on_shelf.lot
    return _trace(lot.product, lot.number, found)


def trace_of_number(product_id: UUID, number: str) -> Trace:
    """The trace of a number that stands in records, whether or not the stock knows it."""
    found = lot_with_vials(product_id=product_id, number_key=number_key(number))
    if found is not None:
        return _trace(found.on_shelf.lot.product, number, found)
    product = Product.objects.select_related("ingredient").get(pk=product_id)
    return _trace(product, number, None)


def _trace(product: Product, number: str, found: LotWithVials | None) -> Trace:
    reached = _reached(product, number)
    return Trace(
        product=product,
        number=number,
        on_shelf=found.on_shelf if found else None,
        reached=reached,
        drafts=_open_drafts(product, number),
        vials=_vials(found.vials, reached) if found else (),
    )


def _reached(product: Product, number: str) -> list[Reached]:
    draws = (
        draws_of(product.pk, number)
        .select_related("signed_session__patient")
        # What the page and the notices say, and no more: a lot reaches hundreds of sessions, and
        # of each the record alone is a text of many kilobytes.
        .only(
            *(f"signed_session__{name}" for name in ("planned_session_id", "ended_at")),
            *(f"signed_session__patient__{name}" for name in NAMED_BY),
        )
        .order_by("-signed_session__ended_at")
    )
    found: dict[UUID, list[Treated]] = {}
    seen: set[UUID] = set()
    for draw in draws:
        signed = draw.signed_session
        if signed.pk in seen:  # the same lot twice in one syringe is one session
            continue
        seen.add(signed.pk)
        found.setdefault(signed.patient_id, []).append(
            Treated(
                draw=draw,
                patient=signed.patient,
                session_id=signed.planned_session_id,
                ended_at=signed.ended_at,
            )
        )
    return [Reached(patient=each[0].patient, sessions=each) for each in found.values()]


def _open_drafts(product: Product, number: str) -> list[SessionDraft]:
    """Records that name the lot and are not signed: perhaps given, perhaps only prepared."""
    written = {number, number_key(number)}
    named = Q(pk__in=())
    for each in written:
        named |= Q(lots__contains=[{"lot": each}])
    drafts = (
        SessionDraft.objects.filter(named, planned_session__signed__isnull=True)
        .select_related("planned_session__plan__patient", "planned_session__plan__cocktail")
        .prefetch_related("planned_session__plan__cocktail__portions")
        .order_by("-started_at")
    )
    return [each for each in drafts if _is_of(each, product, number)]


def _is_of(draft: SessionDraft, product: Product, number: str) -> bool:
    """Whether it is this product that has this number: two makers may use the same one."""
    cocktail = draft.planned_session.plan.cocktail
    if cocktail is None:
        return False
    products: dict[int, UUID | None] = {
        each.position: each.product_id for each in cocktail.portions.all()
    }
    products[0] = cocktail.diluent_id
    return any(
        products.get(entry["portion"]) == product.pk
        and number_key(entry["lot"]) == number_key(number)
        for entry in draft.lots
    )


def _vials(vials: Iterable[OpenedVial], reached: Iterable[Reached]) -> list[VialUse]:
    drawn = {
        vial.pk: [
            each.session_id
            for each in vial.movements.all()
            if each.kind == MovementKind.DRAWN and each.session_id is not None
        ]
        for vial in vials
    }
    # Whoever drew from a vial of the lot received the lot: their sessions were read already.
    sessions = {
        one.session_id: DrawnFrom(
            session_id=one.session_id, patient=one.patient, ended_at=one.ended_at
        )
        for each in reached
        for one in each.sessions
    }
    missing = {one for ids in drawn.values() for one in ids} - sessions.keys()
    if missing:
        sessions |= _known_to_the_stock_alone(missing)
    return [
        VialUse(vial=vial, sessions=[sessions[one] for one in drawn[vial.pk] if one in sessions])
        for vial in vials
    ]


def _known_to_the_stock_alone(session_ids: Collection[UUID]) -> dict[UUID, DrawnFrom]:
    """Sessions that the ledger names and no record does: a trace leaves nobody out."""
    rows = PlannedSession.objects.select_related("plan__patient")
    return {
        pk: DrawnFrom(session_id=pk, patient=session.plan.patient, ended_at=None)
        for pk, session in rows.in_bulk(session_ids).items()
    }


def numbers_like(text: str) -> list[tuple[Product, str, Lot | None]]:
    """The products that have a lot of this number, in the stock or in a record."""
    key = number_key(text)
    lots = {
        each.product_id: each
        for each in Lot.objects.filter(number_key=key).select_related("product__ingredient")
    }
    drawn = (
        SessionDraw.objects.filter(lot_key=key)
        .order_by("product_id")
        .distinct("product_id")
        .select_related("product__ingredient")
    )
    found: dict[UUID, tuple[Product, str, Lot | None]] = {
        product_id: (lot.product, lot.number, lot) for product_id, lot in lots.items()
    }
    for each in drawn:
        found.setdefault(each.product_id, (each.product, each.lot_number, None))
    return sorted(found.values(), key=lambda one: one[0].name)
