"""What a keyboard-wedge scanner types: the text of a GS1 DataMatrix or GS1-128 code. Pure.

Application identifiers and their lengths are those of the GS1 General Specifications; the day "00"
of an expiry means the last day of its month. Text that is no GS1 code is a lot number somebody typed.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from clinic.refusals import Refused
from cocktails.stock import terms

SEPARATOR = "\x1d"  # FNC1 within a code, as scanners type it
_PREFIXES = ("]d2", "]C1", "]Q3", "]e0")
_PARENTHESISED = re.compile(r"\(([0-9]{2,4})\)")
# Without a prefix only a product number of fourteen digits, followed by another part, is a code.
_BARE = re.compile(r"01[0-9]{14}(?:1[017]|21|\x1d)")
# Identifier -> number of digits; what is not listed here ends with a separator.
_FIXED = {
    "00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2,
}  # fmt: skip
_VARIABLE = {
    "10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "250": 30,
    "710": 20, "711": 20, "712": 20, "713": 20, "714": 20, "715": 20,
}  # fmt: skip


class UnreadableCode(Refused):
    status = 422
    code = "unreadable_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What one code says; what it does not hold is empty."""

    gtin: str = ""
    lot: str = ""
    serial: str = ""
    expires_on: date | None = None
    made_on: date | None = None


def read_code(text: str) -> Scanned | None:
    """Read the text of a GS1 code; None when it is none. Raises UnreadableCode with words."""
    # Not strip(): the separator counts as white space there.
    text = text.strip(" \t\r\n")
    prefix = next((each for each in _PREFIXES if text.startswith(each)), "")
    if prefix:
        parts = _parts(text[len(prefix) :].lstrip(SEPARATOR))
    elif _PARENTHESISED.match(text):
        parts = _parenthesised(text)
    elif SEPARATOR in text or _BARE.match(text):
        parts = _parts(text.lstrip(SEPARATOR))
    else:
        return None
    return Scanned(
        gtin=_gtin(parts.get("01", "")),
        lot=parts.get("10", ""),
        serial=parts.get("21", ""),
        expires_on=_day("17", parts.get("17", "")),
        made_on=_day("11", parts.get("11", "")),
    )


def has_right_check_digit(gtin: str) -> bool:
    """Whether the last digit of a GTIN follows from the others (weights 3 and 1 from the right)."""
    if not (gtin.isascii() and gtin.isdigit()) or len(gtin) not in {8, 12, 13, 14}:
        return False
    digits = [int(each) for each in reversed(gtin)]
    weighed = sum(each * (3 if place % 2 else 1) for place, each in enumerate(digits))
    return weighed % 10 == 0


def as_fourteen(gtin: str) -> str:
    """The same product number with the leading zeros that make it fourteen digits."""
    return gtin.rjust(14, "0") if gtin else ""


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    while text:
        name = next((text[:n] for n in (2, 3) if text[:n] in _FIXED | _VARIABLE), None)
        if name is None:
            raise _unreadable(terms.UNKNOWN_PART % {"part": text[:4]})
        rest = text[len(name) :]
        if name in _FIXED:
            value, text = rest[: _FIXED[name]], rest[_FIXED[name] :].lstrip(SEPARATOR)
        else:
            value, _mark, text = rest.partition(SEPARATOR)
        parts[name] = _checked(name, value)
    return parts


def _parenthesised(text: str) -> dict[str, str]:
    """The form that is printed beneath a code: (01)...(17)...(10)..."""
    _before, *found = _PARENTHESISED.split(text)
    parts: dict[str, str] = {}
    for name, value in zip(found[::2], found[1::2], strict=True):
        if name not in _FIXED | _VARIABLE:
            raise _unreadable(terms.UNKNOWN_PART % {"part": f"({name})"})
        if len(value.strip(" " + SEPARATOR)) > _FIXED.get(name, 99):
            raise _unreadable(terms.PART_TOO_LONG % {"part": name})
        parts[name] = _checked(name, value.strip(" " + SEPARATOR))
    return parts


def _checked(name: str, value: str) -> str:
    if name in _FIXED:
        if len(value) < _FIXED[name]:
            raise _unreadable(terms.CUT_OFF % {"part": name})
        if not (value.isascii() and value.isdigit()):
            raise _unreadable(terms.NOT_DIGITS % {"part": name})
    elif not value:
        raise _unreadable(terms.CUT_OFF % {"part": name})
    elif len(value) > _VARIABLE[name]:
        raise _unreadable(terms.PART_TOO_LONG % {"part": name})
    return value


def _gtin(gtin: str) -> str:
    if gtin and not has_right_check_digit(gtin):
        raise _unreadable(terms.WRONG_CHECK_DIGIT % {"gtin": gtin})
    return gtin


def _day(name: str, digits: str) -> date | None:
    if not digits:
        return None
    year, month, day = 2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as fault:
        raise _unreadable(terms.NO_SUCH_DAY % {"part": name}) from fault


def _unreadable(why: str) -> UnreadableCode:
    return UnreadableCode(terms.NOT_A_CODE % {"why": why})
