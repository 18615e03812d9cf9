"""What the rules make of a text on a list, in words: for whoever writes it down and whoever reads it.

A name that looks like what was typed is offered as a question, never taken.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from patients.intake.terms import Listed
from patients.screening.facts import MedicineRow
from patients.screening.labels import allergen_words, medicine_words
from patients.screening.matching import Unread, words_of
from patients.screening.rule_set import RuleSet

MOST_SUGGESTED = 5
MOST_OFFERED = 8
SHORTEST_TYPED = 2
# Where one product may end and the next begin. A sign between two digits belongs to the number.
_ENDS = re.compile(r"((?<!\d)[+,;/&]|[+,;/&](?!\d)|[+;&]|\n|\b(?:ve|and|artı)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Near:
    """A known name that looks like a stretch of the text, and the text with it in its place."""

    name: str
    whole_text: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """A stretch that nothing known explains, as it was written."""

    text: str
    near: tuple[Near, ...]


@dataclass(frozen=True)
class Recognition:
    """`names`: one line per product or allergen; `notes`: names that the clinic has settled."""

    names: tuple[str, ...]
    notes: tuple[str, ...]
    unread: tuple[NotRead, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A name that may be picked, what it is, and the text with it as its last product."""

    name: str
    means: str
    whole_text: str


def recognition_of(listed: Listed, text: str, *, rule_set: RuleSet) -> Recognition:
    language = get_language() or "en"
    if listed == Listed.MEDICATIONS:
        taken = rule_set.recognise_medication(text)
        names = [_product(rows, language) for rows in taken.products]
        harmless = {one.name for one in rule_set.clinic_names.medicines if not one.products}
        return Recognition(
            names=tuple(dict.fromkeys(names)),
            notes=_without_bearing(taken.own, harmless),
            unread=_unread(text, taken.unread, rule_set.suggest_medications),
            is_complete=taken.complete,
        )
    stated = rule_set.recognise_allergy(text)
    harmless = {
        one.name for one in rule_set.clinic_names.allergens if not one.groups and not one.products
    }
    return Recognition(
        names=tuple(sorted(allergen_words(group, language) for group in stated.groups)),
        notes=_without_bearing(stated.own, harmless),
        unread=_unread(text, stated.unread, rule_set.suggest_allergens),
        is_complete=stated.complete,
    )


def offered_names(listed: Listed, text: str, *, rule_set: RuleSet) -> list[Offered]:
    """Known names like the product that is being typed: the last one of the text."""
    *before, last = _pieces(text)
    if len(last.strip()) < SHORTEST_TYPED:
        return []
    lead = "".join(before) + last[: len(last) - len(last.lstrip())]
    suggest = _suggest(listed, rule_set)
    return [
        Offered(name, _means(listed, name, rule_set), lead + name)
        for name in suggest(last, MOST_OFFERED)
    ]


def _means(listed: Listed, name: str, rule_set: RuleSet) -> str:
    read = recognition_of(listed, name, rule_set=rule_set)
    return "; ".join((*read.names, *read.notes))


def _suggest(listed: Listed, rule_set: RuleSet) -> Callable[[str, int], tuple[str, ...]]:
    if listed == Listed.MEDICATIONS:
        return rule_set.suggest_medications
    return rule_set.suggest_allergens


def _product(rows: Iterable[MedicineRow], language: str) -> str:
    """One product; a name that several substances bear is shown with each of them."""
    words = list(dict.fromkeys(medicine_words(row, language) for row in rows))
    if len(words) == 1:
        return words[0]
    return _("%(first)s, or %(others)s") % {"first": words[0], "others": "; ".join(words[1:])}


def _without_bearing(own: Iterable[str], harmless: set[str]) -> tuple[str, ...]:
    return tuple(
        _("%(name)s: without bearing, settled by the physician") % {"name": name}
        for name in own
        if name in harmless
    )


def _unread(
    text: str, unread: Iterable[Unread], suggest: Callable[[str, int], tuple[str, ...]]
) -> tuple[NotRead, ...]:
    return tuple(_not_read(text, gap, suggest) for gap in unread)


def _not_read(text: str, gap: Unread, suggest: Callable[[str, int], tuple[str, ...]]) -> NotRead:
    pieces = _pieces(text)
    at = next((n for n, piece in enumerate(pieces) if words_of(piece) == gap.words), None)
    written = pieces[at].strip() if at is not None else " ".join(gap.words)
    return NotRead(
        written or text.strip(),
        tuple(Near(name, _with(pieces, at, name)) for name in _alike(gap.words, suggest)),
    )


def _alike(words: tuple[str, ...], suggest: Callable[[str, int], tuple[str, ...]]) -> list[str]:
    """Names like the whole stretch, else like one of its longer words: "kumadn sabah"."""
    found = list(suggest(" ".join(words), MOST_SUGGESTED))
    for word in words:
        if len(found) < MOST_SUGGESTED and len(word) > SHORTEST_TYPED + 1 and len(words) > 1:
            found += suggest(word, 2)
    return list(dict.fromkeys(found))[:MOST_SUGGESTED]


def _with(pieces: list[str], at: int | None, name: str) -> str:
    if at is None:
        return name
    piece = pieces[at]
    lead = piece[: len(piece) - len(piece.lstrip())]
    trail = piece[len(piece.rstrip()) :]
    return "".join([*pieces[:at], lead, name, trail, *pieces[at + 1 :]])


def _pieces(text: str) -> list[str]:
    """The products of a text and the separators between them, in order; joined they are the text."""
    return list(_split(text)) or [""]


def _split(text: str) -> Iterator[str]:
    yield from _ENDS.split(text)
