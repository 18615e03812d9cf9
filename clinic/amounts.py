"""Amounts as people type them. A comma and a dot both mean the decimal mark; what could be read in
two ways is refused, because between 1.250 and 1250 lies a thousandfold dose."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _

_PLAIN = re.compile(r"([0-9]{0,9})(?:([.,])([0-9]{0,9}))?")


def plain(amount: Decimal) -> Decimal:
    """The same amount without trailing zeros and without an exponent: 0.400 -> 0.4, 2E+1 -> 20."""
    return Decimal(f"{amount.normalize():f}")


def amount_typed(text: str) -> Decimal:
    """Read one typed amount. Raises ValidationError with words when it is not clear which is meant."""
    typed = re.sub(r"\s", "", text)
    if "," in typed and "." in typed:
        raise ValidationError(
            _(
                "“%(typed)s” can be read in two ways. Write it with one decimal mark, like %(like)s."
            ),
            code="ambiguous",
            params={"typed": text.strip(), "like": number_format(Decimal("0.4"))},
        )
    match = _PLAIN.fullmatch(typed)
    if match is None or not (match[1] or match[3]):
        raise ValidationError(
            _("“%(typed)s” is not an amount. Write digits only, like %(like)s."),
            code="invalid",
            params={"typed": text.strip(), "like": number_format(Decimal("0.4"))},
        )
    whole, mark, part = match[1] or "0", match[2], match[3] or ""
    thousands = mark is not None and mark != get_format("DECIMAL_SEPARATOR")
    if thousands and len(part) == 3 and int(whole) > 0:
        raise ValidationError(
            _("“%(typed)s” can be read in two ways: write %(small)s or %(large)s."),
            code="ambiguous",
            params={
                "typed": text.strip(),
                "small": number_format(plain(Decimal(f"{whole}.{part}"))),
                "large": f"{whole}{part}",
            },
        )
    return plain(Decimal(f"{whole}.{part or 0}"))


class AmountField(forms.CharField):
    """An amount that is never negative, with at most `decimal_places`; a Decimal when cleaned, never rounded."""

    def __init__(
        self,
        *,
        decimal_places: int = 3,
        max_value: Decimal,
        allows_zero: bool = False,
        **kwargs: Any,
    ) -> None:
        self.decimal_places = decimal_places
        self.max_value = max_value
        self.allows_zero = allows_zero
        super().__init__(max_length=20, **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        """What was typed stays as typed; a stored amount is written the reader's way."""
        return number_format(plain(value)) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        amount = amount_typed(text)
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.decimal_places:
            raise ValidationError(
                _("“%(typed)s” has more than %(places)s decimals; nothing is rounded silently."),
                code="too_exact",
                params={"typed": text.strip(), "places": self.decimal_places},
            )
        if amount > self.max_value:
            raise ValidationError(
                _("%(amount)s is more than is possible here (%(most)s at most)."),
                code="too_large",
                params={"amount": number_format(amount), "most": number_format(self.max_value)},
            )
        if amount == 0 and not self.allows_zero:
            raise ValidationError(_("Write an amount above 0."), code="too_small")
        return amount
