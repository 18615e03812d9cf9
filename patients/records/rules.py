"""What a patient's identity may look like: names, birth dates, telephone numbers.

Pure. The numbers are conventions of this clinic (docs/rules/patient-records.md): nobody is older
than 120 years, a telephone number has 7 to 15 digits (ITU-T E.164), and a number without a country
code is Turkish.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from clinic.folding import fold
from clinic.refusals import Refused
from patients.records.terms import (
    BORN_IN_FUTURE,
    INVISIBLE_CHARACTERS,
    NAME_MISSING,
    PHONE_HAS_LETTERS,
    PHONE_HAS_SIGNS,
    PHONE_NOT_INTERNATIONAL,
    PHONE_NOT_TURKISH,
    TOO_OLD,
)

OLDEST_AGE = 120
LONGEST_NAME = 120
TURKEY = "+90"
TURKISH_NATIONAL_DIGITS = 10
FEWEST_DIGITS, MOST_DIGITS = 7, 15

_PHONE_SIGNS = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]")
# Cc: control, line breaks among them. Cf: format, such as zero-width and bidi signs. Cs, Co, Cn:
# nothing that a keyboard writes. Zl, Zp: line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class UnreadableIdentity(Refused):
    """A name, date or number that cannot be what it claims to be."""

    status = 422
    code = "unreadable_identity"


def check_visible(text: str) -> None:
    """Refuse control, bidi and zero-width characters: two names must not look the same."""
    # What is printable has none of them: the letters of most texts need no look one by one.
    if not text.isprintable() and any(unicodedata.category(one) in _INVISIBLE for one in text):
        raise UnreadableIdentity(INVISIBLE_CHARACTERS)


def tidy_name(text: str) -> str:
    """Return a name with single spaces. Refuses invisible characters and names without a letter."""
    check_visible(text)
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(letter.isalpha() for letter in name):
        raise UnreadableIdentity(NAME_MISSING)
    return name


def check_birth_date(born_on: date, *, today: date) -> None:
    if born_on > today:
        raise UnreadableIdentity(BORN_IN_FUTURE)
    if completed_years(born_on, today) > OLDEST_AGE:
        raise UnreadableIdentity(TOO_OLD)


def completed_years(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def normal_phone(text: str) -> str:
    """Return a telephone number as +905321234567; an empty text stays empty.

    A number without a country code is Turkish: 0532 123 45 67, 532 123 45 67. A foreign number
    begins with + or 00.
    """
    check_visible(text)
    number = _PHONE_SIGNS.sub("", unicodedata.normalize("NFKC", text))
    if not number:
        return ""
    if number.startswith("00"):
        number = f"+{number[2:]}"
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        has_letters = any(letter.isalpha() for letter in digits)
        raise UnreadableIdentity(PHONE_HAS_LETTERS if has_letters else PHONE_HAS_SIGNS)
    return _international(digits) if number.startswith("+") else _turkish(digits)


def _international(digits: str) -> str:
    if digits.startswith("90"):
        return _turkish(digits[2:])
    if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS or digits.startswith("0"):
        raise UnreadableIdentity(PHONE_NOT_INTERNATIONAL)
    return f"+{digits}"


def _turkish(digits: str) -> str:
    if len(digits) == TURKISH_NATIONAL_DIGITS + 2 and digits.startswith("90"):
        digits = digits[2:]
    national = digits.removeprefix("0")
    # 900 numbers are paid for by whoever calls; numbers of people and offices begin with 2 to 5.
    if len(national) != TURKISH_NATIONAL_DIGITS or national[0] not in "2345":
        raise UnreadableIdentity(PHONE_NOT_TURKISH)
    return f"{TURKEY}{national}"


def can_be_texted(phone: str) -> bool:
    """Whether a short message can reach this stored number: in Turkey mobile numbers begin with 5."""
    return phone.startswith(f"{TURKEY}5") if phone.startswith(TURKEY) else phone.startswith("+")


def search_key(*, folded_name: str, phone: str, number: int, email: str) -> str:
    """Return the text in which a patient is looked for. It begins with the name."""
    digits = phone.removeprefix("+")
    if not digits.isdigit():
        digits = "".join(letter for letter in phone if letter.isdigit())
    parts = (folded_name, digits, str(number), fold(email))
    return " ".join(part for part in parts if part)


def phone_for_reading(number: str) -> str:
    """Return a stored number with gaps: 0532 123 45 67; foreign numbers as they are."""
    national = number.removeprefix(TURKEY)
    if national == number or len(national) != TURKISH_NATIONAL_DIGITS:
        return number
    return f"0{national[:3]} {national[3:6]} {national[6:8]} {national[8:]}"


class Named(Protocol):
    full_name: str
    born_on: date


Known = TypeVar("Known", bound=Named)


def same_person(known: Iterable[Known], *, full_name: str, born_on: date) -> list[Known]:
    """Those of `known` who share the folded name and the birth date."""
    wanted = fold(full_name)
    return [one for one in known if one.born_on == born_on and fold(one.full_name) == wanted]
