"""What a patient's words name: medicines, allergens, illnesses. Recognised or not, never guessed.

Pure; section 5 of the screening contract. A text is folded, cut into words and separators, and
searched from the left for the longest known name. What is left over decides whether the text is
understood; a near miss is offered as a suggestion and never taken for a match.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from clinic.folding import fold
from patients.screening.facts import MedicineRow
from patients.screening.terms import DRUG, OTHER, OTHER_DRUG

SEPARATOR = "+"
NO_ROUTE: frozenset[str] = frozenset()
_SEPARATING_SIGNS = frozenset("+,;/&")
_SEPARATING_WORDS = frozenset({"ve", "and", "arti"})
_INSIDE_NUMBERS = frozenset(".,/")

Words = tuple[str, ...]
Meaning = TypeVar("Meaning")


def fold_lines(text: str) -> str:
    """Fold, but keep line breaks as a separator: each line may name its own product.

    Signs that nobody sees (a soft hyphen) do not cut a name in two, of which the rest is another one.
    """
    return f" {SEPARATOR} ".join(fold(_visible(line)) for line in text.splitlines())


def _visible(line: str) -> str:
    if line.isascii():
        return line
    return "".join(letter for letter in line if unicodedata.category(letter) != "Cf")


def words_of(text: str) -> Words:
    """Return the words of a text, with `SEPARATOR` wherever one product may end."""
    folded = fold_lines(text)
    found: list[str] = []
    word: list[str] = []

    def end_word() -> None:
        if word:
            whole = "".join(word)
            found.append(SEPARATOR if whole in _SEPARATING_WORDS else whole)
            word.clear()

    for at, letter in enumerate(folded):
        if letter.isalnum() or (letter in _INSIDE_NUMBERS and _between_digits(folded, at)):
            word.append(letter)
        else:
            end_word()
            if letter in _SEPARATING_SIGNS:
                found.append(SEPARATOR)
    end_word()
    return tuple(_single_separators(found))


def _between_digits(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit()


def _single_separators(tokens: Iterable[str]) -> Iterator[str]:
    pending = started = False
    for token in tokens:
        if token == SEPARATOR:
            pending = started
            continue
        if pending:
            yield SEPARATOR
        pending, started = False, True
        yield token


@dataclass(frozen=True, slots=True)
class Named(Generic[Meaning]):
    """One name found in a text: which words, and all that it can mean."""

    words: Words
    start: int
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True)
class NameIndex(Generic[Meaning]):
    """All known names, by their first word, longest first."""

    by_first_word: Mapping[str, tuple[tuple[Words, tuple[Meaning, ...]], ...]]

    @classmethod
    def of(cls, names: Iterable[tuple[str, Meaning]]) -> "NameIndex[Meaning]":
        meanings: dict[Words, list[Meaning]] = {}
        for name, meaning in names:
            words = words_of(name)
            known = meanings.setdefault(words, []) if words else []
            if meaning not in known:
                known.append(meaning)
        by_first: dict[str, list[tuple[Words, tuple[Meaning, ...]]]] = {}
        for words in sorted(meanings, key=len, reverse=True):
            by_first.setdefault(words[0], []).append((words, tuple(meanings[words])))
        return cls({first: tuple(entries) for first, entries in by_first.items()})

    def longest_at(self, words: Words, at: int) -> Named[Meaning] | None:
        for name, meanings in self.by_first_word.get(words[at], ()):
            if words[at : at + len(name)] == name:
                return Named(name, at, meanings)
        return None

    def all_in(self, words: Words) -> list[Named[Meaning]]:
        found = []
        at = 0
        while at < len(words):
            named = self.longest_at(words, at)
            if named:
                found.append(named)
            at += len(named.words) if named else 1
        return found

    def names(self) -> Iterator[str]:
        for entries in self.by_first_word.values():
            for words, _ in entries:
                yield " ".join(words)


@dataclass(frozen=True, slots=True)
class Segment(Generic[Meaning]):
    """What stands between two separators: its words, the names in it, and the words beside."""

    words: Words
    named: tuple[Named[Meaning], ...]
    beside: Words

    def beside_name(self, index: int) -> Iterator[str]:
        """Yield every word of the segment that is not part of the name with this index."""
        yield from self.beside
        for at, other in enumerate(self.named):
            if at != index:
                yield from other.words


def segments(
    words: Words, named: Sequence[Named[Meaning]]
) -> Iterator[tuple[int, Segment[Meaning]]]:
    """Cut at the separators that are not inside a name; yield each segment with its start."""
    starts = {name.start: name for name in named}
    inside: list[Named[Meaning]] = []
    beside: list[str] = []
    at = start = 0
    while at < len(words):
        if at in starts:
            inside.append(starts[at])
            at += len(starts[at].words)
        elif words[at] == SEPARATOR:
            yield start, Segment(words[start:at], tuple(inside), tuple(beside))
            inside, beside = [], []
            at += 1
            start = at
        else:
            beside.append(words[at])
            at += 1
    yield start, Segment(words[start:at], tuple(inside), tuple(beside))


@dataclass(frozen=True)
class MatchingWords:
    """The word lists of the vocabulary that steer recognition."""

    filler: frozenset[str]
    common: frozenset[str]
    routes: Mapping[str, frozenset[str]]
    # Whether what stands beside a known name may be another medicine (since version 2).
    reads_beside: bool = False

    def is_filler(self, word: str) -> bool:
        return word in self.filler or _is_number(word) or self._is_dose(word)

    def _is_dose(self, word: str) -> bool:
        """Whether the word is digits and fillers written together: 5mg, 2x1."""
        if not any(letter.isdigit() for letter in word):
            return False
        longest = max(map(len, self.filler), default=0)
        reachable = {0}
        for start in range(len(word)):
            if start not in reachable:
                continue
            if word[start].isdigit() or word[start] in _INSIDE_NUMBERS:
                reachable.add(start + 1)
            ends = range(start + 1, min(start + longest, len(word)) + 1)
            reachable.update(end for end in ends if word[start:end] in self.filler)
        return len(word) in reachable

    def routes_named(self, words: Words) -> frozenset[str]:
        return frozenset(
            route for route, names in self.routes.items() if not names.isdisjoint(words)
        )


def _is_number(word: str) -> bool:
    return all(letter.isdigit() or letter in _INSIDE_NUMBERS for letter in word)


@dataclass(frozen=True, slots=True)
class MedicineName:
    """What an alias stands for: a row, or (lay terms) a class row or a question."""

    row: MedicineRow | None
    lay: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """A stretch of a text that nothing known explains, and at which word it starts."""

    start: int
    words: Words

    def __contains__(self, at: int) -> bool:
        return self.start <= at < self.start + len(self.words)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What one text names. `products` has one tuple of possible rows per product.

    `own`: the clinic's own names in it (own_names.py).
    """

    products: tuple[tuple[MedicineRow, ...], ...]
    complete: bool
    unread: tuple[Unread, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class MedicineMatcher:
    index: NameIndex[MedicineName]
    words: MatchingWords
    # Whether a word is nearly the name of a medicine.
    resembles: Callable[[str], bool] = lambda _word: False

    def recognise(self, text: str) -> Recognised:
        return self.recognise_words(words_of(text))

    def recognise_words(self, words: Words) -> Recognised:
        named = self.index.all_in(words)
        products: list[tuple[MedicineRow, ...]] = []
        unread: list[Unread] = []
        anything = False
        for start, segment in segments(words, named):
            understood, rows = self._read_segment(segment)
            products.extend(rows)
            anything = anything or bool(segment.named)
            if not understood:
                unread.append(Unread(start, segment.words))
        if not anything and not unread:
            unread.append(Unread(0, words))
        return Recognised(tuple(products), not unread, tuple(unread))

    def _read_segment(
        self, segment: Segment[MedicineName]
    ) -> tuple[bool, list[tuple[MedicineRow, ...]]]:
        if not segment.named:
            return all(self.words.is_filler(word) for word in segment.words), []
        counting = counting_names(segment, self.words)
        if not counting:
            return False, []
        products = [name for name in counting if not _is_lay(name)]
        routes = self.words.routes_named(segment.words)
        rows = [self._rows(name, routes) for name in (products or counting)]
        understood = bool(products) and not self._hides_another(segment, products)
        return understood, [row for row in rows if row]

    def _hides_another(
        self, segment: Segment[MedicineName], products: Sequence[Named[MedicineName]]
    ) -> bool:
        """Whether what stands beside the products may be one more: "Parol Karum", "Parol kumadinn"."""
        if not self.words.reads_beside:
            return False
        told = {
            group for name in products for row in self._rows(name, NO_ROUTE) for group in row.groups
        }
        for name in segment.named:
            if name in products:
                continue
            rows = self._rows(name, NO_ROUTE)
            # "kan sulandırıcı Coumadin": the plain word only says what the product is.
            if rows and not any(told & row.groups for row in rows):
                return True
        return any(
            self.resembles(word) for word in segment.beside if not self.words.is_filler(word)
        )

    def _rows(self, name: Named[MedicineName], routes: frozenset[str]) -> tuple[MedicineRow, ...]:
        rows = tuple(meaning.row for meaning in name.meanings if meaning.row is not None)
        fitting = tuple(row for row in rows if row.route in routes)
        return fitting or rows


def _is_lay(name: Named[MedicineName]) -> bool:
    return all(meaning.lay for meaning in name.meanings)


def counting_names(segment: Segment[Meaning], words: MatchingWords) -> list[Named[Meaning]]:
    """Return the names of a segment that count: everyday words only where nothing else is said."""
    plain = [name for name in segment.named if not _is_common(name, words)]
    if plain:
        return plain
    return [
        name
        for at, name in enumerate(segment.named)
        if all(words.is_filler(word) for word in segment.beside_name(at))
    ]


def _is_common(name: Named[Meaning], words: MatchingWords) -> bool:
    return len(name.words) == 1 and name.words[0] in words.common


@dataclass(frozen=True, slots=True)
class AllergyRead:
    groups: frozenset[str]
    categories: frozenset[str]
    complete: bool
    unread: tuple[Unread, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class AllergyMatcher:
    index: NameIndex[str]
    words: MatchingWords
    # Knows products only: a lay term for a class says nothing about an allergen.
    medicines: MedicineMatcher
    category_of: Mapping[str, str]
    groups_of_medicine: Callable[[MedicineRow], frozenset[str] | None]

    def recognise(self, text: str) -> AllergyRead:
        return self.recognise_words(words_of(text))

    def recognise_words(self, words: Words) -> AllergyRead:
        named = self.index.all_in(words)
        groups: set[str] = set()
        categories: set[str] = set()
        unread: list[Unread] = []
        anything = False
        for start, run in self._runs(words, named):
            if isinstance(run, Segment):
                counting = counting_names(run, self.words)
                groups.update(group for name in counting for group in name.meanings)
                if not counting:
                    unread.append(Unread(start, run.words))
                anything = True
            else:
                found = self.medicines.recognise_words(run)
                self.add_medicines(found.products, groups, categories)
                only_filler = all(w == SEPARATOR or self.words.is_filler(w) for w in run)
                if not only_filler:
                    unread += (Unread(start + gap.start, gap.words) for gap in found.unread)
                    anything = True
        if not anything:
            unread.append(Unread(0, words))
        categories.update(self.category_of.get(group, OTHER) for group in groups)
        if unread:
            categories.add(OTHER)
        return AllergyRead(frozenset(groups), frozenset(categories), not unread, tuple(unread))

    def _runs(
        self, words: Words, named: Sequence[Named[str]]
    ) -> Iterator[tuple[int, Segment[str] | Words]]:
        """Yield segments with an allergen, and between them whole stretches without one.

        A stretch stays whole, so that a medicine whose name holds a separator is still found.
        """
        open_from: int | None = None
        end = 0
        for start, segment in segments(words, named):
            if segment.named:
                if open_from is not None:
                    yield open_from, words[open_from:end]
                    open_from = None
                yield start, segment
            elif open_from is None:
                open_from = start
            end = start + len(segment.words)
        if open_from is not None:
            yield open_from, words[open_from:end]

    def add_medicines(
        self,
        products: Iterable[tuple[MedicineRow, ...]],
        groups: set[str],
        categories: set[str],
    ) -> None:
        for rows in products:
            for row in rows:
                row_groups = self.groups_of_medicine(row)
                groups.update({OTHER_DRUG} if row_groups is None else row_groups)
                if not row_groups:
                    categories.add(DRUG)
