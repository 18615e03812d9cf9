"""What scanners type: the same code in each of its forms, and what cannot be read."""

import contextlib
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cocktails.stock.gs1 import Scanned, UnreadableCode, has_right_check_digit, read_code

GTIN = "09506000134352"  # the example of the General Specifications
WHOLE = Scanned(
    gtin=GTIN, lot="AB-12/7", serial="99x", expires_on=date(2027, 3, 31), made_on=date(2025, 1, 2)
)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    "text",
    [
        f"]d201{GTIN}17270300" + "11250102" + "10AB-12/7\x1d2199x",
        f"01{GTIN}17270331" + "11250102" + "2199x\x1d10AB-12/7",
        f"\x1d01{GTIN}1125010210AB-12/7\x1d17270331" + "2199x\r\n",
        f"(01){GTIN}(17)270331(11)250102(10)AB-12/7(21)99x",
        f" (01) {GTIN} (10) AB-12/7 (17) 270331 (11) 250102 (21) 99x ",
    ],
)
def test_one_code_in_every_form(text):
    assert read_code(text) == WHOLE


@pytest.mark.parametrize("text", ["", "A-123", "2611A", "0112345", "TXA 26(11)", "950600013435"])
def test_a_typed_lot_number_is_no_code(text):
    assert read_code(text) is None


def test_day_zero_is_the_end_of_the_month():
    assert read_code(f"01{GTIN}17280200").expires_on == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0109506000134353" + "17270331", "last digit"),
        ("(01)09506000134351(10)A", "last digit"),
        (f"01{GTIN}1727033", "ends within"),
        (f"01{GTIN}17271399", "not a date"),
        (f"01{GTIN}17AB0331", "not made of digits"),
        (f"(01){GTIN}(99)A", "not known"),
        (f"01{GTIN}10" + "A" * 21, "too long"),
        (f"]d201{GTIN}10", "ends within"),
        ("]d2hello", "not known"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(text, words):
    with pytest.raises(UnreadableCode) as refusal:
        read_code(text)
    assert words in str(refusal.value)
    assert "Type the lot number" in str(refusal.value)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_nothing_that_is_typed_breaks_the_reading(text):
    with contextlib.suppress(UnreadableCode):
        read_code(text)


@given(st.integers(0, 10**13 - 1), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, by):
    body = f"{number:013}"
    right = next(body + str(d) for d in range(10) if has_right_check_digit(body + str(d)))
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert not has_right_check_digit(wrong)
