"""The ledger: every change is a row, the balance is their sum, and nothing goes below zero."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum
from django.utils import translation

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.stock import actions, queries
from cocktails.stock.models import Lot, OpenedVial, StockMovement
from cocktails.stock.refusals import CannotDraw, NotAllowed, NotNow, WrongEntry
from cocktails.stock.rules import Moment
from cocktails.stock.terms import MovementKind as Kind
from cocktails.stock.tests.builders import IN_A_YEAR, a_lot, a_vial_product
from cocktails.tests.builders import a_product

pytestmark = pytest.mark.django_db
MOMENT = Moment(on=NOW.date(), at=NOW, until=NOW)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def nurse():
    return clinic.nurse()


def balance(lot):
    """What the column says, which must be what the ledger says."""
    lot.refresh_from_db()
    assert lot.balance_ml == lot.movements.aggregate(ml=Sum("ml"))["ml"]
    return lot.balance_ml


def kinds(lot):
    return [each.kind for each in lot.movements.order_by("pk")]


def draw(lot, ml, nurse, *, session=None, now=NOW, moment=MOMENT):
    actions.draw_lots(
        wanted=[actions.ToDraw(lot_id=lot.pk, ml=Decimal(ml))],
        session_id=session or uuid4(),
        moment=moment,
        by=nurse,
        now=now,
    )


def test_a_delivery_is_a_row_and_the_next_one_of_the_lot_too(nurse):
    lot = a_lot(units=3, supplier="Depo", by=nurse)
    again = a_lot(units=2, number=" a-1 ", by=nurse)

    assert again.pk == lot.pk
    assert balance(lot) == 5 * lot.unit_ml
    assert lot.movements.get(units=3).supplier == "Depo"


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": " "},
        {"number": "x" * 41},
        {"units": 0},
        {"units": 10_001},
        {"expires_on": NOW.date() - timedelta(days=1)},
    ],
)
def test_an_impossible_delivery_leaves_nothing(nurse, wrong):
    with pytest.raises(WrongEntry):
        a_lot(**wrong, by=nurse)
    assert not Lot.objects.exists()


def test_one_lot_has_one_expiry(nurse):
    a_lot(by=nurse)
    with pytest.raises(WrongEntry, match="expiry"):
        a_lot(expires_on=IN_A_YEAR + timedelta(days=1), by=nurse)


def test_a_code_is_learned_and_belongs_to_one_product(nurse):
    a_lot(gtin="9506000134352", by=nurse)
    assert queries.product_of_code("09506000134352") == a_product("txa-50")
    with pytest.raises(WrongEntry, match="known as"):
        a_lot("txa-100", "B-1", gtin="09506000134352", by=nurse)


def test_an_ampoule_that_is_drawn_from_is_gone(nurse):
    lot, session = a_lot(units=2, by=nurse), uuid4()

    draw(lot, "0.4", nurse, session=session)

    assert balance(lot) == lot.unit_ml
    assert kinds(lot) == [Kind.RECEIVED, Kind.DRAWN, Kind.DISCARDED]
    assert {each.session_id for each in lot.movements.exclude(kind=Kind.RECEIVED)} == {session}


def test_a_vial_is_opened_by_the_first_draw_and_closed_by_the_last(nurse):
    product = a_vial_product()
    lot = a_lot(product, units=2, by=nurse)
    unit = lot.unit_ml

    draw(lot, unit - 1, nurse)
    vial = OpenedVial.objects.get()
    assert vial.use_before == NOW + timedelta(hours=24)
    assert queries.lot(lot.pk).vial_left == 1
    draw(lot, "1.5", nurse)

    assert balance(lot) == unit - Decimal("0.5")
    assert [bool(each.closed_at) for each in lot.vials.order_by("opened_at", "closed_at")] == [
        True,
        False,
    ]


def test_a_vial_past_its_time_is_discarded_before_anything_is_drawn(nurse):
    lot = a_lot(a_vial_product(), units=2, by=nurse)
    draw(lot, "1", nurse)
    later = NOW + timedelta(hours=25)
    moment = Moment(on=later.date(), at=later, until=later)

    with pytest.raises(CannotDraw, match="Discard its remainder"):
        draw(lot, "1", nurse, now=later, moment=moment)
    actions.discard_vial(lot_id=lot.pk, reason="", by=nurse, now=later)
    draw(lot, "1", nurse, now=later, moment=moment)

    assert balance(lot) == lot.unit_ml - 1


def test_a_draw_of_two_lots_is_all_or_nothing(nurse):
    rich, poor = a_lot(by=nurse), a_lot("txa-100", "B-1", units=1, by=nurse)
    before = StockMovement.objects.count()

    with pytest.raises(CannotDraw) as refusal:
        actions.draw_lots(
            wanted=[
                actions.ToDraw(lot_id=rich.pk, ml=Decimal(1)),
                actions.ToDraw(lot_id=poor.pk, ml=Decimal(1000)),
            ],
            session_id=uuid4(),
            moment=MOMENT,
            by=nurse,
            now=NOW,
        )
    assert "B-1" in str(refusal.value)
    assert StockMovement.objects.count() == before


def test_a_count_that_agrees_needs_no_words_and_one_that_differs_does(nurse):
    lot = a_lot(units=4, by=nurse)
    counted = {"lot_id": lot.pk, "vial_ml": None, "by": nurse, "now": NOW}

    actions.count_lot(units=4, reason="", **counted)
    with pytest.raises(WrongEntry, match="why"):
        actions.count_lot(units=3, reason=" ", **counted)
    actions.count_lot(units=3, reason="one was broken", **counted)

    assert balance(lot) == 3 * lot.unit_ml
    assert kinds(lot) == [Kind.RECEIVED, Kind.COUNTED, Kind.CORRECTED]


def test_an_opened_vial_is_counted_beside_the_closed_ones(nurse):
    lot = a_lot(a_vial_product(), units=3, by=nurse)
    actions.open_vial(lot_id=lot.pk, by=nurse, now=NOW)

    actions.count_lot(
        lot_id=lot.pk, units=1, vial_ml=Decimal("0.5"), reason="spilled", by=nurse, now=NOW
    )

    assert balance(lot) == lot.unit_ml + Decimal("0.5")
    one = queries.lot(lot.pk)
    assert (one.units, one.vial_left) == (1, Decimal("0.5"))
    with pytest.raises(NotNow):
        actions.open_vial(lot_id=lot.pk, by=nurse, now=NOW)


def test_a_recall_stops_drawing_until_it_is_taken_back(nurse):
    lot, manager = a_lot(by=nurse), clinic.manager()
    facts: Any = {"lot_id": lot.pk, "by": manager, "now": NOW, "reason": "letter of the maker"}

    actions.recall_lot(**facts)
    with pytest.raises(NotNow):
        actions.recall_lot(**facts)
    with pytest.raises(CannotDraw, match="recalled"):
        draw(lot, "1", nurse)
    assert queries.lots_to_draw([lot.product_id], NOW) == {}
    actions.release_lot(**facts)
    draw(lot, "1", nurse)

    assert kinds(lot)[1:3] == [Kind.RECALLED, Kind.RELEASED]


def test_who_may_do_what(nurse):
    lot = a_lot(by=nurse)
    with pytest.raises(NotAllowed):
        a_lot(number="B", by=clinic.receptionist())
    with pytest.raises(NotAllowed):
        actions.recall_lot(lot_id=lot.pk, reason="because", by=nurse, now=NOW)
    with pytest.raises(NotAllowed):
        actions.discard_units(
            lot_id=lot.pk, units=1, reason="because", by=clinic.manager(), now=NOW
        )


def test_lots_are_offered_first_expiring_first(nurse):
    late = a_lot(number="LATE", by=nurse)
    early = a_lot(number="EARLY", expires_on=NOW.date(), by=nurse)
    a_lot(number="EMPTY", units=1, by=nurse)
    actions.discard_units(
        lot_id=Lot.objects.get(number="EMPTY").pk, units=1, reason="broken", by=nurse, now=NOW
    )

    offered = queries.lots_to_draw([late.product_id], NOW)[late.product_id]
    assert [each.lot for each in offered] == [early, late]
    tomorrow = queries.lots_to_draw([late.product_id], NOW + timedelta(days=1))
    assert [each.lot for each in tomorrow[late.product_id]] == [late]


def test_the_database_lets_no_balance_fall_below_zero(nurse):
    lot = a_lot(units=1, by=nurse)
    row = {"lot": lot, "kind": Kind.DRAWN, "ml": -lot.unit_ml - 1, "at": NOW, "by": nurse}
    with pytest.raises(IntegrityError, match="lot_never_below_zero"), transaction.atomic():
        StockMovement.objects.create(**row)
    # The negative control: without the trigger that moves the balance, the row is written.
    with pgtrigger.ignore("cocktails.StockMovement:moves_the_balance"):
        StockMovement.objects.create(**row)
    assert StockMovement.objects.aggregate(ml=Sum("ml"))["ml"] == -1


def test_the_ledger_is_only_ever_added_to(nurse):
    a_lot(by=nurse)
    for harm in (
        lambda: StockMovement.objects.update(ml=1),
        lambda: StockMovement.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            harm()
    with pgtrigger.ignore():  # the negative control
        StockMovement.objects.update(reason="rewritten")
    assert StockMovement.objects.get().reason == "rewritten"


def test_the_stock_page_costs_the_same_for_one_lot_and_for_twenty(
    nurse, django_assert_max_num_queries
):
    a_lot(by=nurse)
    with django_assert_max_num_queries(6):
        queries.stock(NOW)
    for number in range(20):
        a_lot(number=f"N{number}", by=nurse)
    with django_assert_max_num_queries(6):
        assert sum(len(line.lots) for line in queries.stock(NOW)) == 21


def test_low_stock_and_expiry_are_pointed_at(nurse):
    lot = a_lot(units=3, expires_on=NOW.date() + timedelta(days=30), by=nurse)
    actions.set_least_stock(product=lot.product, units=4, by=nurse, now=NOW)
    look = [notice.value for notice, _what in queries.needing_a_look(queries.stock(NOW), NOW)]
    assert look == ["expires_soon", "low"]
    a_lot(number="B", units=1, by=nurse)
    look = [notice.value for notice, _what in queries.needing_a_look(queries.stock(NOW), NOW)]
    assert look == ["expires_soon"]
