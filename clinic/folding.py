"""One way to make text comparable: search keys, medicine names, allergy names.

Turkish has two i's, and Python's lower() makes two code points of "İ". Databases differ in their
collations, so nothing that is searched or sorted depends on one: both keys are computed here.
"""

import unicodedata
from string import ascii_lowercase, ascii_uppercase

_DOTLESS = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
_ASCII_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_TURKISH_ORDER = {
    ord(letter): rank
    for rank, letter in enumerate("abcçdefgğhıijklmnoöpqrsştuüvwxyz", start=ord("a"))
}
_FIRST_MARK = "\u0300"  # no letter below it is a mark


def fold(text: str) -> str:
    """Return `text` without case, diacritics and the difference between the two i's.

    "Işık" -> "isik", "KUMADİN" -> "kumadin". Any white space becomes one space.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text).translate(_DOTLESS).lower()
    letters = unicodedata.normalize("NFD", plain)
    bare = [one for one in letters if one < _FIRST_MARK or not unicodedata.combining(one)]
    return " ".join("".join(bare).replace("ı", "i").split())


def fold_address(email: str) -> str:
    """Return an e-mail address with its ASCII letters small and no other letter changed.

    "Ilgın@Example.ORG" -> "ilgın@example.org": two addresses that differ in more than the case of
    a to z may be two people's.
    """
    return email.strip().translate(_ASCII_SMALL)


def turkish_sort_key(text: str) -> str:
    """Return a key whose code-point order is the Turkish alphabet's (c < ç < d, ı < i)."""
    lowered = unicodedata.normalize("NFC", text).replace("I", "ı").replace("İ", "i").lower().split()
    return " ".join(lowered).translate(_TURKISH_ORDER)
