"""The words and signs of a `when`, taken one by one.

Pure. Whatever cannot be read is a WhenError with words for the person who wrote the rule.
"""

import re
from collections.abc import Sequence

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*")
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<sign>\.\.|<=|>=|!=|[=<>+(),;|])
    )""",
    re.VERBOSE | re.ASCII,
)
_WORDS_OF_LOGIC = frozenset({"or", "and", "not", "in", "has", "shares", "except", "contains"})


class WhenError(ValueError):
    """A `when` that cannot be read. The message says what was expected, for who wrote it.

    `position`: where in the text, counted from 0, as far as it is known.
    """

    position: int | None = None


def split(text: str) -> list[tuple[str, int]]:
    """Return the words and signs of a text, each with the position where it stands."""
    found = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            error = WhenError(f"cannot read {text[at : at + 20]!r}")
            error.position = len(text) - len(text[at:].lstrip())
            raise error
        token = match.group().strip()
        found.append((token, match.end() - len(token)))
        at = match.end()
    return found


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


class Tokens:
    """A `when` that is read from left to right, with the small readers that every part needs."""

    def __init__(self, text: str) -> None:
        found = split(text)
        self.tokens: Sequence[str] = [token for token, _ in found]
        self.starts: Sequence[int] = [start for _, start in found]
        self.length = len(text)
        self.at = 0

    def position_of(self, complaint: str) -> int:
        """Return where the word stands that a complaint names: the one taken last, or the next."""
        named = complaint.rpartition("found ")[2]
        at = self.at
        if (
            at
            and self.peek() not in _quoted(named)
            and self.tokens[at - 1].strip('"') in _quoted(named)
        ):
            at -= 1
        return self.starts[at] if at < len(self.starts) else self.length

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise WhenError("the condition ends too early")
        self.at += 1
        return token

    def took(self, token: str) -> bool:
        if self.peek() == token:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.took(token):
            raise WhenError(f"expected {token!r}, found {self.peek() or 'the end'!r}")

    def name(self) -> str:
        token = self.take()
        if not re.fullmatch(r"[A-Za-z_][\w.]*", token) or token in _WORDS_OF_LOGIC:
            raise WhenError(f"expected a name, found {token!r}")
        return token

    def known(self, name: str, names: frozenset[str], what: str) -> str:
        if name not in names:
            raise WhenError(f"{name!r} is not a known {what}")
        return name

    def whole_number(self) -> int:
        token = self.take()
        if not token.isdigit():
            raise WhenError(f"expected a whole number, found {token!r}")
        return int(token)

    def one_of_list(self, names: frozenset[str], what: str) -> frozenset[str]:
        """Read `(a, b, c)`."""
        self.expect("(")
        found = {self.known(self.name(), names, what)}
        while self.took(","):
            found.add(self.known(self.name(), names, what))
        self.expect(")")
        return frozenset(found)

    def alternatives(self, names: frozenset[str], what: str) -> frozenset[str]:
        """Read `a|b|"c d"`."""
        found = set()
        while True:
            token = self.take().strip('"')
            found.add(self.known(token, names, what))
            if not self.took("|"):
                return frozenset(found)
