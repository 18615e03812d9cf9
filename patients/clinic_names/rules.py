"""Which texts may be remembered as a name of the clinic's, and as what.

Pure. A name is remembered for every patient, so what says nothing ("don't know"), what is a plain
word for many things ("blood thinner", "blue pill"), and what is too short to be a name is never
remembered: there the entry of the one patient is corrected. See docs/rules/clinic-names.md.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from clinic.refusals import Refused
from patients.clinic_names.terms import (
    CHOOSE_CATEGORY,
    CHOOSE_GROUPS,
    CHOOSE_KNOWN_GROUPS,
    NAME_LENGTH,
    NAMES_NOTHING,
    ONE_PRODUCT,
    PLAIN_WORD,
    REASON_TOO_SHORT,
    RECOGNISED_ALREADY,
)
from patients.screening.matching import SEPARATOR, words_of

SHORTEST_REASON = 20
SHORTEST_NAME = 3
LONGEST_NAME = 80

_WORDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(words)
    for kind, words in json.loads(
        (Path(__file__).parent / "empty_words.json").read_text(encoding="utf-8")
    ).items()
}
# Folded words. "yok", "none"; "bilmiyorum", "unsure"; "alerji", "drug"; "blue", "heart".
_DENIALS, _DOUBTS = _WORDS["denials"], _WORDS["doubts"]
_SAYS_ONLY_THAT, _DESCRIBES = _WORDS["says_only_that"], _WORDS["describes"]


class NameNotRememberable(Refused):
    """A text that must not be remembered for every patient."""

    status = 422
    code = "not_a_name"


class MeaningIncomplete(Refused):
    """The physician has not said all that has to be said."""

    status = 422
    code = "meaning_incomplete"


def denies(text: str) -> bool:
    """Whether a text only says that there is nothing: "yok", "-", "none", "no known allergies"."""
    words = _words(text)
    return words <= _DENIALS | _SAYS_ONLY_THAT and (not words or bool(words & _DENIALS))


def says_nothing(text: str) -> bool:
    """Whether a text names no thing at all: a denial, a doubt, "allergic constitution"."""
    return _words(text) <= _DENIALS | _DOUBTS | _SAYS_ONLY_THAT


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in words_of(text) if word != SEPARATOR)


def proposed_name(words: Sequence[str], is_filler: Callable[[str], bool]) -> str:
    """Return a stretch of text without the doses and schedules around it."""
    kept = list(words)
    while kept and is_filler(kept[-1]):
        kept.pop()
    while kept and is_filler(kept[0]):
        kept.pop(0)
    return " ".join(kept)


def check_name(
    name: str,
    *,
    is_filler: Callable[[str], bool],
    is_plain_word: Callable[[str], bool],
    is_known: Callable[[str], bool],
) -> str:
    """Return the folded name that is remembered. Raises NameNotRememberable.

    `is_plain_word`: the tables know the text as a word for a class, not for a product.
    `is_known`: the tables recognise the whole text already.
    """
    words = words_of(name)
    folded = " ".join(words)
    if SEPARATOR in words:
        raise NameNotRememberable(ONE_PRODUCT)
    if says_nothing(name) or all(is_filler(word) for word in words):
        raise NameNotRememberable(NAMES_NOTHING)
    if is_plain_word(name) or set(words) <= _DESCRIBES | _SAYS_ONLY_THAT | _DENIALS | _DOUBTS:
        raise NameNotRememberable(PLAIN_WORD)
    if is_known(name):
        raise NameNotRememberable(RECOGNISED_ALREADY)
    letters = sum(letter.isalpha() for letter in folded)
    if letters < SHORTEST_NAME or len(folded) > LONGEST_NAME:
        raise NameNotRememberable(NAME_LENGTH % {"low": SHORTEST_NAME, "high": LONGEST_NAME})
    return folded


def check_reason(reason: str, *, needed: bool) -> str:
    """Return the reason in one line. Without bearing on the treatment takes a written one."""
    reason = " ".join(reason.split())
    if needed and len(reason) < SHORTEST_REASON:
        raise MeaningIncomplete(REASON_TOO_SHORT % {"count": SHORTEST_REASON})
    return reason


def check_groups(groups: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    if not groups:
        raise MeaningIncomplete(CHOOSE_GROUPS)
    if not set(groups) <= set(known):
        raise MeaningIncomplete(CHOOSE_KNOWN_GROUPS)
    return tuple(sorted(set(groups)))


def check_category(category: str, known: Collection[str]) -> str:
    if category not in known:
        raise MeaningIncomplete(CHOOSE_CATEGORY)
    return category
