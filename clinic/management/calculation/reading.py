"""Reads the values of a calculation: exact, of a size that a clinic can have, or refused in words.

Pure. A message names the entry and never what stood in it.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

# Longer numbers are no amounts; exponents and digits within these cost no time and no memory.
MOST_DIGITS = 30
_AMOUNT = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?|[+-]?\.[0-9]{1,30}", re.ASCII)


class Unreadable(ValueError):
    """An entry that is missing or cannot be read."""


def amount(entered: Mapping[str, Any], name: str) -> Decimal:
    """The exact decimal under `name`, written as text or as a number of JSON."""
    if name not in entered:
        raise Unreadable(f"{name} is missing")
    value = entered[name]
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**MOST_DIGITS:
        return Decimal(value)
    if isinstance(value, Decimal) and _is_of_a_clinic(value):
        return value
    raise Unreadable(f"{name} is not an amount")


def amount_or_nothing(entered: Mapping[str, Any], name: str) -> Decimal | None:
    return None if entered.get(name) is None else amount(entered, name)


def whole_number(entered: Mapping[str, Any], name: str) -> int:
    number = amount(entered, name)
    if number != number.to_integral_value():
        raise Unreadable(f"{name} is not a whole number")
    return int(number)


def word(entered: Mapping[str, Any], name: str) -> str:
    value = entered.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is not a name")
    return value


def words(entered: Mapping[str, Any], name: str) -> list[str] | None:
    value = entered.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unreadable(f"{name} is not a list of names")
    return value


def object_in(entered: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = entered.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def object_or_nothing(entered: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    return None if entered.get(name) is None else object_in(entered, name)


def objects_in(entered: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = entered.get(name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Unreadable(f"{name} is not a list of objects")
    return value


def _is_of_a_clinic(value: Decimal) -> bool:
    return (
        value.is_finite()
        and len(value.as_tuple().digits) <= 2 * MOST_DIGITS
        and (value == 0 or abs(value.adjusted()) <= MOST_DIGITS)
    )
