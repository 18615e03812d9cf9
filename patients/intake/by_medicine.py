"""One answer for each medicine: what was said of each, and of which nothing was said yet.

Pure. Such an answer is a table of the medicine, as it is written in the list, and yes, no or
unknown (docs/rules/intake.md). A plain yes, of a time when the question named nothing, counts for
every medicine; a plain no for none: nobody can tell which medicine it was about.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2s
from typing import Any

from clinic.folding import fold
from patients.intake.terms import NO, UNKNOWN, YES

# More medicines than anybody takes; a bound for what one answer may hold.
MOST_MEDICINES = 60
LONGEST_NAME = 200


def says_by_medicine(value: Any) -> bool:
    """Whether a value is a table of medicines with yes, no or unknown."""
    return (
        isinstance(value, Mapping)
        and 0 < len(value) <= MOST_MEDICINES
        and all(isinstance(name, str) and 0 < len(name) <= LONGEST_NAME for name in value)
        and all(answer in (YES, NO, UNKNOWN) for answer in value.values())
    )


def said_of(value: Any, medicines: Sequence[str]) -> dict[str, str]:
    """What the answer says of these medicines. One of which it says nothing is not in it."""
    if value == YES:
        return dict.fromkeys(medicines, YES)
    if not isinstance(value, Mapping):
        return {}
    said = {fold(name): answer for name, answer in value.items()}
    return {name: said[fold(name)] for name in medicines if fold(name) in said}


def open_medicines(value: Any, medicines: Sequence[str]) -> tuple[str, ...]:
    """The medicines of which nothing was said. "Don't know" was said; the verdict still waits."""
    said = said_of(value, medicines)
    return tuple(name for name in medicines if name not in said)


def unsettled_medicines(value: Any, medicines: Sequence[str]) -> tuple[str, ...]:
    """The medicines for which nobody said yes or no: these hold the verdict."""
    said = said_of(value, medicines)
    return tuple(name for name in medicines if said.get(name) not in (YES, NO))


def of_those_listed(value: Any, listed: Iterable[str]) -> Any:
    """The answer without the medicines that are no longer in the list; None: nothing is left."""
    if not isinstance(value, Mapping):
        return None if value == NO else value
    known = {fold(text) for text in listed}
    return {name: answer for name, answer in value.items() if fold(name) in known} or None


def is_no_for_each(value: Any) -> bool:
    return isinstance(value, Mapping) and all(answer == NO for answer in value.values())


def field_name(code: str, medicine: str) -> str:
    """The name of the field of one medicine. It stays with the medicine when the list changes."""
    return f"{code}__{blake2s(fold(medicine).encode(), digest_size=6).hexdigest()}"


def field_names(code: str, medicines: Mapping[str, Sequence[str]]) -> list[str]:
    """The fields of a question: one of its own, or one for each medicine that it is about."""
    return [field_name(code, name) for name in medicines.get(code, ())] or [code]
