"""Known names that look like what someone is typing. Offered to a person, never taken for a match.

Pure; section 5.8 of the screening contract.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from patients.screening.matching import words_of


@dataclass(frozen=True)
class Suggestions:
    """Known names that look like a text. They are shown to a person; they never clear a text."""

    names: tuple[str, ...]
    shown: Mapping[str, str]
    by_pair: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str]) -> "Suggestions":
        shown: dict[str, str] = {}
        for name in names:
            shown.setdefault(" ".join(words_of(name)), name)
        folded = tuple(sorted(key for key in shown if key))
        by_pair: dict[str, list[int]] = {}
        for at, name in enumerate(folded):
            for pair in _letter_pairs(name):
                by_pair.setdefault(pair, []).append(at)
        return cls(folded, shown, {pair: tuple(at) for pair, at in by_pair.items()})

    def near(self, text: str, limit: int, *, least_likeness: float = 0.72) -> tuple[str, ...]:
        """Return known names that begin like `text` or differ from it by a letter or two."""
        wanted = " ".join(words_of(text))
        if len(wanted) < 2:
            return ()
        shared: dict[int, int] = {}
        for pair in _letter_pairs(wanted):
            for at in self.by_pair.get(pair, ()):
                shared[at] = shared.get(at, 0) + 1
        likely = sorted(shared, key=lambda at: (-shared[at], at))[:120]
        scored = []
        for at in likely:
            name = self.names[at]
            likeness = SequenceMatcher(None, wanted, name, autojunk=False).ratio()
            begins = name.startswith(wanted)
            if begins or likeness >= least_likeness:
                scored.append((not begins, -likeness, name))
        return tuple(self.shown[name] for _, _, name in sorted(scored)[:limit])


def _letter_pairs(name: str) -> frozenset[str]:
    padded = f" {name}"
    return frozenset(padded[at : at + 2] for at in range(len(padded) - 1))


SHORTEST_ALIKE = 5


@dataclass(frozen=True)
class Likeness:
    """Whether a word is a known name with one letter more, less, or another, or two changed places."""

    names: frozenset[str]
    nearly: frozenset[str]  # the names, and each with one letter less

    @classmethod
    def of(cls, names: Iterable[str]) -> "Likeness":
        known = frozenset(names)
        long_enough = [name for name in known if len(name) >= SHORTEST_ALIKE]
        return cls(known, frozenset(each for name in long_enough for each in _or_one_less(name)))

    def is_near(self, word: str) -> bool:
        """`word`: folded. A name itself is no near miss."""
        if len(word) < SHORTEST_ALIKE or word in self.names:
            return False
        return not self.nearly.isdisjoint(_or_one_less(word))


def _or_one_less(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
