"""What may be drawn, and what an ampoule leaves over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocktails.stock.rules import (
    LotState,
    Moment,
    closed_units,
    number_key,
    used_first,
    why_not_drawn,
    withdraw,
)
from cocktails.stock.terms import LotProblem

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MOMENT = Moment(on=AT.date(), at=AT, until=AT + timedelta(minutes=30))
GOOD = LotState(expires_on=AT.date(), recalled_at=None, balance_ml=Decimal(10), unit_ml=Decimal(5))
VIAL = replace(
    GOOD, is_multi_dose=True, vial_left_ml=Decimal(2), vial_use_before=AT, balance_ml=Decimal(7)
)
ONE = Decimal(1)
amounts = st.decimals(min_value="0.001", max_value="50", places=3)


@pytest.mark.parametrize(
    ("lot", "ml", "problem"),
    [
        (GOOD, ONE, None),  # on the last day
        (GOOD, Decimal(10), None),  # the last of it
        (GOOD, Decimal("10.001"), LotProblem.TOO_LITTLE),
        (replace(GOOD, balance_ml=Decimal(0)), ONE, LotProblem.USED_UP),
        (replace(GOOD, expires_on=date(2026, 11, 22)), ONE, LotProblem.EXPIRED),
        (replace(GOOD, recalled_at=AT), ONE, LotProblem.RECALLED),
        (replace(GOOD, recalled_at=MOMENT.until), ONE, LotProblem.RECALLED),
        # Injected before the recall: the record must be able to say so.
        (replace(GOOD, recalled_at=MOMENT.until + timedelta(seconds=1)), ONE, None),
        (VIAL, ONE, None),  # until its very minute
        (replace(VIAL, vial_use_before=AT - timedelta(minutes=1)), ONE, LotProblem.VIAL_PAST),
        (replace(VIAL, vial_use_before=None), ONE, None),
    ],
)
def test_why_nothing_is_drawn(lot, ml, problem):
    assert why_not_drawn(lot, ml, MOMENT) is problem


def test_a_single_dose_ampoule_serves_one_session():
    taken = withdraw(GOOD, Decimal("0.4"))
    assert (taken.from_new_ml, taken.discarded_ml) == ((Decimal("0.4"),), Decimal("4.6"))
    assert withdraw(GOOD, Decimal("5.1")).discarded_ml == Decimal("4.9")


def test_an_opened_vial_is_emptied_before_the_next_one_is_opened():
    taken = withdraw(VIAL, Decimal(6))
    assert taken.from_open_ml == 2
    assert list(taken.from_new_ml) == [Decimal(4)]
    assert taken.discarded_ml == 0


@given(
    needed=amounts,
    unit=amounts,
    units=st.integers(1, 40),
    multi=st.booleans(),
    share=st.decimals(0, 1, places=2),
)
def test_what_is_drawn_is_what_is_needed_and_never_more_than_there_is(
    needed, unit, units, multi, share
):
    vial = (unit * share).quantize(Decimal("0.001")) if multi else None
    lot = replace(
        GOOD,
        unit_ml=unit,
        is_multi_dose=multi,
        vial_left_ml=vial,
        balance_ml=unit * units + (vial or 0),
    )
    if needed > lot.balance_ml:
        return
    taken = withdraw(lot, needed)
    drawn = taken.from_open_ml + sum(taken.from_new_ml)
    assert drawn == needed
    assert taken.discarded_ml >= 0
    assert drawn + taken.discarded_ml <= lot.balance_ml
    assert all(0 < each <= unit for each in taken.from_new_ml) or not multi


def test_order_of_use_and_closed_units():
    assert used_first(VIAL) == AT.date()
    assert closed_units(VIAL) == 1
    assert used_first(replace(GOOD, expires_on=date(2027, 1, 1))) == date(2027, 1, 1)


def test_two_ways_of_typing_one_number():
    assert number_key(" ab-12 7") == number_key("AB-127")
    assert number_key("ı1") != number_key("i1")  # no Turkish letter is folded into another
