"""What scanners type: the same code in each of its forms, and what cannot be read."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cocktails.stock import gs1
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


# Digits that are none to a scanner, and what marks the parts of a code: text without them is hardly
# ever taken for a code, and nothing of the reading would be tried.
NEARLY_DIGITS = "0123456789²٣½"
PARTS = st.sampled_from(["01", "10", "17", "11", "21", "240", "00", "99", "(01)", "(17)", "(10)"])
VALUES = st.one_of(
    st.just(GTIN),
    st.just("270331"),
    st.text(alphabet=NEARLY_DIGITS, min_size=6, max_size=6),
    st.text(alphabet=NEARLY_DIGITS + "AZ-/ \x1d", max_size=24),
)
NEARLY_CODES = st.builds(
    lambda prefix, parts: prefix + "".join(name + value + mark for name, value, mark in parts),
    st.sampled_from(["", "]d2", "]C1", "\x1d", f"01{GTIN}"]),
    st.lists(st.tuples(PARTS, VALUES, st.sampled_from(["", "\x1d"])), max_size=5),
)
ANYTHING = st.one_of(NEARLY_CODES, st.text(alphabet=st.characters(codec="utf-8"), max_size=60))


def check_reading(text):
    """It is read, it is no code, or it is refused: and what is read stood there."""
    try:
        said = read_code(text)
    except UnreadableCode:
        return
    if said is None:
        return
    assert said.gtin == "" or has_right_check_digit(said.gtin)
    assert all(each in text for each in (said.gtin, said.lot, said.serial))
    for day in (said.expires_on, said.made_on):
        assert day is None or f"{day:%y%m}" in text


@given(ANYTHING)
def test_nothing_that_is_typed_breaks_the_reading(text):
    check_reading(text)


@pytest.mark.parametrize("text", [f"01{GTIN}17²70331", f"01{GTIN}1727½331", f"]d201{GTIN}17270"])
def test_without_the_check_of_a_part_the_reading_breaks(text, monkeypatch):
    """The negative control: what the law above would find."""
    check_reading(text)
    monkeypatch.setattr(gs1, "_checked", lambda _name, value: value)
    with pytest.raises(ValueError, match="int"):
        check_reading(text)


@given(st.integers(0, 10**13 - 1), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, by):
    body = f"{number:013}"
    right = next(body + str(d) for d in range(10) if has_right_check_digit(body + str(d)))
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert not has_right_check_digit(wrong)
