"""From a lot to everybody who received it: one indexed table, never the text of the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from cocktails.catalogue.models import Product
from cocktails.stock.models import Lot, OpenedVial
from cocktails.stock.queries import LotOnShelf
from cocktails.stock.queries import lot as lot_on_shelf
from cocktails.stock.rules import number_key
from cocktails.stock.terms import MovementKind
from patients.records.models import Patient
from treatments.plans.models import PlannedSession
from treatments.sessions.models import SessionDraft, SessionDraw


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """One signed session in which the lot was in the syringe."""

    draw: SessionDraw
    patient: Patient
    session: PlannedSession
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One patient with every session that the lot was part of."""

    patient: Patient
    sessions: Sequence[Treated]


@dataclass(frozen=True, slots=True, kw_only=True)
class VialUse:
    """One opened vial and the sessions that were drawn from it."""

    vial: OpenedVial
    sessions: Sequence[PlannedSession]


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
    one = lot_on_shelf(lot_id)
    return _trace(one.lot.product, one.lot.number, one)


def trace_of_number(product_id: UUID, number: str) -> Trace:
    """The trace of a number that stands in records, whether or not the stock knows it."""
    product = Product.objects.select_related("ingredient").get(pk=product_id)
    lot = Lot.objects.filter(product=product, number_key=number_key(number)).first()
    return _trace(product, number, lot_on_shelf(lot.pk) if lot else None)


def _trace(product: Product, number: str, on_shelf: LotOnShelf | None) -> Trace:
    return Trace(
        product=product,
        number=number,
        on_shelf=on_shelf,
        reached=_reached(product, number),
        drafts=_open_drafts(product, number),
        vials=_vials(on_shelf.lot) if on_shelf else (),
    )


def _reached(product: Product, number: str) -> list[Reached]:
    draws = (
        draws_of(product.pk, number)
        .select_related("signed_session__planned_session", "signed_session__patient")
        # Nothing of a record is read: a text of many kilobytes, for every session.
        .defer("signed_session__record")
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
                session=signed.planned_session,
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


def _vials(lot: Lot) -> list[VialUse]:
    vials = list(lot.vials.prefetch_related("movements").order_by("-opened_at"))
    of_vial = {
        vial.pk: [
            each.session_id for each in vial.movements.all() if each.kind == MovementKind.DRAWN
        ]
        for vial in vials
    }
    wanted = {one for ids in of_vial.values() for one in ids if one is not None}
    sessions = PlannedSession.objects.select_related("plan__patient", "signed").defer(
        "signed__record"
    )
    found = sessions.in_bulk(wanted)
    return [
        VialUse(
            vial=vial,
            sessions=[found[one] for one in of_vial[vial.pk] if one is not None and one in found],
        )
        for vial in vials
    ]


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
