"""How long a short message is and what it says. Pure.

GSM 03.38 counts in septets: 160 in one message, 153 in each part of a longer one; a text with any
other letter is UCS-2 and counts in UTF-16 units: 70, or 67 in each part. The Turkish shift table is
not assumed: few gateways use it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
ALONE, IN_PARTS = 160, 153
ALONE_UCS2, IN_PARTS_UCS2 = 70, 67
_PLAIN = str.maketrans(
    {"ş": "s", "Ş": "S", "ğ": "g", "Ğ": "G", "ı": "i", "İ": "I", "ç": "c", "â": "a", "î": "i"}
    | {"û": "u", "Â": "A", "Î": "I", "Û": "U", "’": "'", "‘": "'", "“": '"', "”": '"'}
    | {"–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Size:
    """`units`: septets or UTF-16 units, those of an escape included."""

    is_gsm7: bool
    units: int
    segments: int

    def cost(self, of_one: Decimal) -> Decimal:
        return of_one * self.segments


def size_of(text: str) -> Size:
    is_gsm7 = all(letter in BASIC or letter in EXTENDED for letter in text)
    widths = [_width(letter, is_gsm7) for letter in text]
    units = sum(widths)
    alone, in_parts = (ALONE, IN_PARTS) if is_gsm7 else (ALONE_UCS2, IN_PARTS_UCS2)
    segments = 1 if 0 < units <= alone else _parts(widths, in_parts)
    return Size(is_gsm7=is_gsm7, units=units, segments=segments)


def _width(letter: str, is_gsm7: bool) -> int:
    if is_gsm7:
        return 2 if letter in EXTENDED else 1
    return 2 if ord(letter) > 0xFFFF else 1


def _parts(widths: Iterable[int], room: int) -> int:
    """A letter of two units is never cut in two."""
    parts, left = 0, 0
    for width in widths:
        if width > left:
            parts, left = parts + 1, room
        left -= width
    return parts


def fitted(text: str) -> str:
    """Return the text as written when it fits one segment so, else in the letters of GSM 03.38."""
    if size_of(text).segments <= 1:
        return text
    plain = text.translate(_PLAIN)
    return plain if size_of(plain).segments < size_of(text).segments else text


def short_words(subject: str, text: str, *, otherwise: str) -> str:
    """Clinic and time, which a subject says, and the first link of the letter.

    Without a link: `otherwise`, the number that can be called.
    """
    link = _ADDRESS.search(text)
    return fitted(f"{subject}\n{link.group() if link else otherwise}")
