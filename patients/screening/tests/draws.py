"""What is drawn for the laws: by Hypothesis, which finds the smallest example, or plainly by lot.

Hypothesis keeps a record of every draw; of a request with some seventy draws that costs five times
the screening. A run of 100,000 draws by lot from the same choices, and names the seed of a breach.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[Any], Any]
_OFTEN = 0.5


class Choices:
    """Something that can be drawn either way."""

    def __init__(self, strategy: st.SearchStrategy[Any], by_lot: Callable[[Random], Any]) -> None:
        self.strategy = strategy
        self.by_lot = by_lot

    def map(self, change: Callable[[Any], Any]) -> "Choices":
        return Choices(self.strategy.map(change), lambda lot: change(self.by_lot(lot)))


def lot_of(lot: Random) -> Draw:
    return lambda choices: choices.by_lot(lot)


def one_of(values: Sequence[Any]) -> Choices:
    return Choices(st.sampled_from(values), lambda lot: lot.choice(values))


def yes_or_no() -> Choices:
    return Choices(st.booleans(), lambda lot: lot.random() < _OFTEN)


def some_of(choices: Choices, *, at_least: int = 0, at_most: int = 8) -> Choices:
    return Choices(
        st.lists(choices.strategy, min_size=at_least, max_size=at_most),
        lambda lot: [choices.by_lot(lot) for _ in range(lot.randint(at_least, at_most))],
    )


def with_fields(needed: Mapping[str, Choices], optional: Mapping[str, Choices]) -> Choices:
    def by_lot(lot: Random) -> dict[str, Any]:
        given = {name: choices.by_lot(lot) for name, choices in needed.items()}
        return given | {
            name: choices.by_lot(lot) for name, choices in optional.items() if lot.random() < _OFTEN
        }

    return Choices(
        st.fixed_dictionaries(
            {name: choices.strategy for name, choices in needed.items()},
            optional={name: choices.strategy for name, choices in optional.items()},
        ),
        by_lot,
    )


def drawn(make: Callable[..., Any], *given: Any) -> Choices:
    """What `make(draw, *given)` puts together."""
    composed = st.composite(lambda draw: make(lambda choices: draw(choices.strategy), *given))()
    return Choices(composed, lambda lot: make(lot_of(lot), *given))


def json_by_lot(lot: Random, *, words: Choices, names: Choices, depth: int = 0) -> Any:
    """A JSON value, at most three levels deep."""
    match lot.randrange(6 if depth > 2 else 8):
        case 0:
            return None
        case 1:
            return lot.random() < _OFTEN
        case 2:
            return lot.choice([0, 1, -1, lot.randint(-999, 999), lot.getrandbits(80)])
        case 3:
            return lot.choice([0.5, -0.0, 1e300, 1e-300, lot.uniform(-1e6, 1e6)])
        case 4:
            return "".join(chr(_letter(lot)) for _ in range(lot.randint(0, 8)))
        case 5:
            return words.by_lot(lot)
        case 6:
            inside = range(lot.randint(0, 3))
            return [json_by_lot(lot, words=words, names=names, depth=depth + 1) for _ in inside]
        case _:
            inside = range(lot.randint(0, 3))
            return {
                names.by_lot(lot): json_by_lot(lot, words=words, names=names, depth=depth + 1)
                for _ in inside
            }


def _letter(lot: Random) -> int:
    """A code point that text may have: no half of a pair."""
    code = lot.randrange(lot.choice([0x80, 0x180, 0x3000, 0x110000]))
    return code if not 0xD800 <= code < 0xE000 else code - 0xD800
