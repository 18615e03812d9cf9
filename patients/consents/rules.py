"""What a consent is worth: signatures, states, and the plain text that people read. Pure.

The five kinds are independent of each other (docs/rules/consents.md): no function here takes more
than one of them. The limits of a drawn signature are conventions of this clinic [C]: a name drawn
slowly is some hundred points, so 4,000 are never in the way, and they bound what is stored.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from clinic.folding import fold
from clinic.refusals import Refused
from patients.consents import terms
from patients.consents.terms import Decision, State

# The drawing field in its own units, whatever the screen; see static/js/signature.js.
WIDTH, HEIGHT = 1000, 320
MOST_STROKES = 200
MOST_POINTS = 4000
MOST_CHARACTERS = 60_000
# Shorter than a tenth of the field is a slip of the hand, not a name.
SHORTEST_LINE = 100

SHORTEST_TEXT, LONGEST_TEXT = 200, 20_000
PLACEHOLDERS = ("clinic", "phone", "emergency", "abroad")

Strokes = list[list[list[int]]]


class SignatureRefused(Refused):
    """What was sent as a signature is none."""

    status = 422
    code = "signature"


class TextRefused(Refused):
    """A text that cannot be shown to patients."""

    status = 422
    code = "consent_text"


class PaperRefused(Refused):
    """What was signed on paper and cannot be written down as the decision that holds."""

    status = 422
    code = "paper"


def check_not_overtaken(
    signed_on: date, *, decided: date | None, planned: date | None, written: date | None
) -> None:
    """Refuse a paper of before: what was decided, planned or written since it does not say."""
    overtaken_by = (
        (decided, terms.DECIDED_SINCE),
        (planned, terms.PLANNED_SINCE),
        (written, terms.WRITTEN_SINCE),
    )
    for day, words in overtaken_by:
        if day and signed_on < day:
            raise PaperRefused(words % {"date": terms.day_in_words(day)})


def read_signature(sent: str) -> Strokes:
    """Return the strokes of a drawn signature; [] where nothing was drawn.

    `sent`: JSON, strokes of [x, y] whole numbers inside the field. Nothing else is let through, so
    that what is stored can be drawn again without looking at it.
    """
    if not sent:
        return []
    if len(sent) > MOST_CHARACTERS:
        raise SignatureRefused(terms.SIGNATURE_TOO_LARGE)
    try:
        strokes = json.loads(sent)
    except (ValueError, RecursionError):
        raise SignatureRefused(terms.SIGNATURE_UNREADABLE) from None
    if not isinstance(strokes, list) or not all(_is_stroke(stroke) for stroke in strokes):
        raise SignatureRefused(terms.SIGNATURE_UNREADABLE)
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        raise SignatureRefused(terms.SIGNATURE_TOO_LARGE)
    if strokes and _length(strokes) < SHORTEST_LINE:
        raise SignatureRefused(terms.SIGNATURE_MISSING)
    return strokes


def _is_stroke(stroke: object) -> bool:
    return isinstance(stroke, list) and bool(stroke) and all(_is_point(point) for point in stroke)


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(type(part) is int for part in point)  # a bool is an int to isinstance
        and 0 <= point[0] <= WIDTH
        and 0 <= point[1] <= HEIGHT
    )


def _length(strokes: Strokes) -> float:
    return sum(
        ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        for stroke in strokes
        for (x1, y1), (x2, y2) in pairwise(stroke)
    )


def svg_path(strokes: Strokes) -> str:
    """Return the `d` of an SVG path; a stroke of one point is a dot."""
    drawn = []
    for (x, y), *rest in strokes:
        drawn.append(f"M{x} {y}" + "".join(f"L{x} {y}" for x, y in rest or [[x, y]]))
    return "".join(drawn)


def is_name_of(typed: str, full_name: str) -> bool:
    """Whether somebody typed this name, with or without Turkish letters."""
    return bool(fold(typed).split()) and fold(typed).split() == fold(full_name).split()


def fingerprint(*parts: Collection[str]) -> str:
    """Return what changes when one of the parts changes; the order inside a part means nothing."""
    return hashlib.sha256(
        json.dumps([sorted(set(part)) for part in parts], separators=(",", ":")).encode()
    ).hexdigest()


def state_of(decision: Decision | None, *, consented_to: str = "", now_planned: str = "") -> State:
    """Where a consent stands after its latest decision.

    A consent, and a refusal, are about what was planned then: when that changes it is asked anew.
    A withdrawal stands until the consent is given again.
    """
    if decision is None:
        return State.NOT_ASKED
    if decision is Decision.WITHDRAWN or consented_to == now_planned:
        return State(decision.value)
    return State.TO_RENEW if decision is Decision.GIVEN else State.NOT_ASKED


def digest(text: str, lines: Sequence[str]) -> str:
    """Return the SHA-256 of exactly what was shown: the text, and the lines about this patient."""
    shown = json.dumps([text, list(lines)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(shown.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a text: `kind` is title, heading, paragraph or list."""

    kind: str
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """Return a plain text as what a page draws: "# " title, "## " heading, "- " points of a list."""
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        found += _blocks_of(lines)
    return found


def _blocks_of(lines: Iterable[str]) -> list[Block]:
    found: list[Block] = []
    for line in lines:
        kind, words = _read_line(line)
        if found and found[-1].kind == kind and kind == "list":
            found[-1] = Block(kind, (*found[-1].lines, words))
        elif found and found[-1].kind == kind == "paragraph":
            found[-1] = Block(kind, (f"{found[-1].lines[0]} {words}",))
        else:
            found.append(Block(kind, (words,)))
    return found


def _read_line(line: str) -> tuple[str, str]:
    for mark, kind in (("## ", "heading"), ("# ", "title"), ("- ", "list")):
        if line.startswith(mark):
            return kind, line.removeprefix(mark).strip()
    return "paragraph", line


def title_of(text: str) -> str:
    return next((block.lines[0] for block in blocks(text) if block.kind == "title"), "")


def check_text(text: str) -> None:
    """Refuse a clinic's own text that has no title, no substance, or a gap nobody fills."""
    if len(text) > LONGEST_TEXT:
        raise TextRefused(terms.TEXT_TOO_LONG % {"count": LONGEST_TEXT})
    if not text.startswith("# ") or not title_of(text):
        raise TextRefused(terms.TITLE_MISSING)
    if len(text) < SHORTEST_TEXT:
        raise TextRefused(terms.TEXT_TOO_SHORT)
    for name in re.findall(r"\{([^{}]*)\}", text):
        if name not in PLACEHOLDERS:
            known = ", ".join("{" + each + "}" for each in PLACEHOLDERS)
            raise TextRefused(
                terms.UNKNOWN_PLACEHOLDER % {"name": "{" + name + "}", "known": known}
            )


def filled_in(text: str, values: Mapping[str, Any]) -> str:
    """Return the text with {clinic}, {phone} and the like; never str.format, which reads attributes."""
    return re.sub(
        r"\{(" + "|".join(PLACEHOLDERS) + r")\}",
        lambda match: str(values.get(match[1], "")),
        text,
    )


def next_edition(version: str) -> str:
    """Return the number of the clinic's next edition: 1 -> 1.1 -> 1.2."""
    shipped, _dot, edition = version.partition(".")
    return f"{shipped}.{int(edition or 0) + 1}"
