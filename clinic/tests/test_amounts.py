"""What a typed amount means, in both languages."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from clinic.amounts import AmountField, amount_typed, plain


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("typed", ["0,4", "0.4", ".4", ",4", " 0,40 ", "00.400"])
def test_comma_and_dot_both_mark_the_decimals(typed, language):
    with override(language):
        assert amount_typed(typed) == Decimal("0.4")


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("typed", ["1.000,5", "1,000.5", "1,5.2", "1..5", "1,2,3"])
def test_two_marks_are_refused(typed, language):
    with override(language), pytest.raises(ValidationError):
        amount_typed(typed)


def test_what_could_be_a_thousand_is_refused_with_both_readings():
    with override("tr"), pytest.raises(ValidationError) as refusal:
        amount_typed("1.250")
    assert refusal.value.params == {"typed": "1.250", "small": "1,25", "large": "1250"}
    with override("en"), pytest.raises(ValidationError):
        amount_typed("1,250")


def test_three_decimals_behind_the_mark_of_the_language_are_decimals():
    with override("tr"):
        assert amount_typed("1,250") == Decimal("1.25")
        assert amount_typed("0.125") == Decimal("0.125")
    with override("en"):
        assert amount_typed("1.250") == Decimal("1.25")


@pytest.mark.parametrize("typed", ["", ".", "-1", "+1", "1e3", "NaN", "١", "5 ml", "1/2"])
def test_what_is_no_amount_is_refused(typed):
    with override("tr"), pytest.raises(ValidationError):
        amount_typed(typed)


@given(st.decimals(min_value=0, max_value=999, places=2))
def test_every_amount_is_read_back_as_it_was_written(amount):
    with override("tr"):
        field = AmountField(max_value=Decimal(1000), allows_zero=True)
        assert field.clean(field.prepare_value(amount)) == amount


def test_the_field_never_rounds_and_knows_its_limits():
    field = AmountField(max_value=Decimal(100))
    for refused in ["0.0005", "100.1", "0"]:
        with pytest.raises(ValidationError):
            field.clean(refused)
    assert field.clean("100") == Decimal(100)
    assert AmountField(max_value=Decimal(1), allows_zero=True).clean("0") == 0


def test_a_field_left_empty_is_nothing_and_not_zero():
    assert AmountField(max_value=Decimal(1), required=False).clean("") is None


def test_plain_amounts_have_no_trailing_zeros_and_no_exponent():
    assert [str(plain(Decimal(each))) for each in ("0.400", "2E+1", "20", "0")] == [
        "0.4", "20", "20", "0"
    ]  # fmt: skip
