"""Calculations as lines of JSON in, results as lines of JSON out: one line for every line.

Pure. A line that cannot be read is answered by an error that never repeats what it says. A line
that is longer than any calculation is read away in pieces, so memory does not grow with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from clinic.management.calculation import mixtures, scores
from clinic.management.calculation.reading import Unreadable
from clinic.refusals import Refused
from patients.screening.batch import as_line, parse_json

LONGEST_LINE = 1024 * 1024
LONGEST_ID = 1000
_PIECE = 64 * 1024
_BYTE_ORDER_MARK = "\ufeff"

KINDS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "cocktail": mixtures.answer,
    "masi": scores.answer_masi,
    "change": scores.answer_change,
    "ita": scores.answer_ita,
    "contrast": scores.answer_contrast,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One answered line. `broken`: there was nothing in it that could be calculated."""

    text: bytes
    broken: bool = False


def answer_stream(stream: BinaryIO) -> Iterator[Line]:
    first = True
    while raw := stream.readline(LONGEST_LINE + 1):
        if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            _read_away(stream)
            yield _broken(None, "the line is too long")
        else:
            yield answer_line(raw, first=first)
        first = False


def answer_line(raw: bytes, *, first: bool = False) -> Line:
    try:
        text = raw.decode("utf-8")
        request = parse_json(text.removeprefix(_BYTE_ORDER_MARK) if first else text)
    except (ValueError, RecursionError):
        return _broken(None, "not JSON")
    if not isinstance(request, dict):
        return _broken(None, "not an object")
    request_id = request.get("id")
    if not _is_readable_id(request_id):
        return _broken(None, "no readable id")
    try:
        kind, result = _answer(request)
    except (Unreadable, Refused) as refusal:
        return _broken(request_id, str(refusal))
    return Line(as_line({"id": request_id, "kind": kind, "result": result}))


def _answer(request: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    kind, entered = request.get("kind"), request.get("input")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unreadable(f"kind is one of {', '.join(KINDS)}")
    if not isinstance(entered, dict):
        raise Unreadable("input is not an object")
    return kind, KINDS[kind](entered)


def _is_readable_id(request_id: object) -> bool:
    if isinstance(request_id, str):
        return 0 < len(request_id) <= LONGEST_ID
    if isinstance(request_id, bool) or not isinstance(request_id, int):
        return False
    return abs(request_id) < 10**LONGEST_ID


def _broken(request_id: object, reason: str) -> Line:
    return Line(as_line({"id": request_id, "error": reason}), broken=True)


def _read_away(stream: BinaryIO) -> None:
    while (piece := stream.readline(_PIECE)) and not piece.endswith(b"\n"):
        pass
