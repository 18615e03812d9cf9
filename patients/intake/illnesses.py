"""Illnesses in somebody's own words: those that have a name, and that one more has none yet.

Pure. A "don't know" beside names is one item of the list, so that it adds to what was told and
never writes over it: a named illness goes on refusing while the other one holds.
"""

from collections.abc import Iterable
from typing import Any

from patients.intake.terms import UNKNOWN


def named_illnesses(said: Any) -> list[str]:
    return [text for text in said if text != UNKNOWN] if isinstance(said, list) else []


def lacks_a_name(said: Any) -> bool:
    return isinstance(said, list) and UNKNOWN in said


def with_one_unnamed(names: Iterable[str]) -> Any:
    """These, and one of which nobody knows the name."""
    known = list(names)
    return [*known, UNKNOWN] if known else UNKNOWN


def added_to(told: Any, said: Any) -> Any:
    """What was told before with what is said now: a name is added, and nothing is taken back."""
    names = dict.fromkeys([*named_illnesses(told), *named_illnesses(said)])
    if said == UNKNOWN or lacks_a_name(said):
        return with_one_unnamed(names)
    return list(names) or said
