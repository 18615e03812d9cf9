"""Which raw values can be read, and as what. Everything else is None: not an answer.

Pure. Dates are YYYY-MM-DD and never after the day they are read on; numbers are exact decimals.
"""

import re
from datetime import date
from decimal import Context, Decimal

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# No clinical number comes near; what is longer would only cost time and memory.
_LONGEST = 2000
# Wide enough that sums and products of readable numbers are never rounded.
EXACT = Context(prec=4 * _LONGEST + 100)


def read_date(value: object, *, latest: date | None = None) -> date | None:
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return None if latest is not None and day > latest else day


def read_number(value: object) -> Decimal | int | None:
    """Return a JSON number as an exact one; a binary float as the decimal that people see."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**_LONGEST else None
    if isinstance(value, float):
        value = Decimal(repr(value))
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    if value == 0:
        return 0
    too_long = len(value.as_tuple().digits) > _LONGEST or abs(value.adjusted()) > _LONGEST
    return None if too_long else value


def read_whole_number(value: object) -> int | None:
    number = read_number(value)
    return int(number) if number is not None and number == int(number) else None


def read_amount(value: object) -> Decimal | int | None:
    amount = read_number(value)
    return None if amount is None or amount < 0 else amount


def completed_years(since: date, on: date) -> int:
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))
