"""Requests as lines of JSON in, responses as lines of JSON out: one line for every line.

Pure. A line that cannot be read is answered by an error that never repeats what it says.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from patients.screening.reading import UnreadableRequest, read_day
from patients.screening.rule_set import RuleSet
from patients.screening.rules import screen_safely

# Python refuses to read longer ones; as a value they are unreadable, not a reason to stop.
_LONGEST_WHOLE_NUMBER = 4000
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    """One answered line. `broken`: there was no request in it; `fault`: the engine failed."""

    text: bytes
    broken: bool = False
    fault: bool = False


class _BrokenLine(ValueError):
    def __init__(self, reason: str, request_id: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.request_id = request_id


def answer_lines(lines: Iterable[bytes], rule_set: RuleSet) -> Iterator[Line]:
    for number, raw in enumerate(lines, start=1):
        try:
            request = parse_request(raw, first=number == 1)
        except _BrokenLine as broken:
            error = {"id": broken.request_id, "line": number, "error": broken.reason}
            yield Line(as_line(error), broken=True)
        else:
            response = screen_safely(request, rule_set=rule_set)
            yield Line(as_line(response.as_json()), fault=response.fault)


def parse_request(raw: bytes, *, first: bool = False) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8")
        request = parse_json(text.removeprefix(_BYTE_ORDER_MARK) if first else text)
    except (ValueError, RecursionError):
        raise _BrokenLine("not JSON") from None
    if not isinstance(request, dict):
        raise _BrokenLine("not an object")
    request_id = request.get("id")
    whole_number = isinstance(request_id, int) and not isinstance(request_id, bool)
    if not (whole_number or (isinstance(request_id, str) and request_id)):
        raise _BrokenLine("no readable id")
    try:
        read_day(request)
    except UnreadableRequest:
        raise _BrokenLine("no readable day", request_id) from None
    return request


def parse_json(text: str) -> Any:
    """Parse JSON with exact numbers. NaN and Infinity are not JSON."""
    return json.loads(text, parse_float=_decimal, parse_int=_whole_number, parse_constant=_not_json)


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def _whole_number(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONGEST_WHOLE_NUMBER else Decimal(digits)


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def as_line(answer: dict[str, Any]) -> bytes:
    try:
        return _dump(answer, ensure_ascii=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        # Half of a surrogate pair is legal in JSON and not in UTF-8: escaped, it is both.
        return _dump(answer, ensure_ascii=True).encode("ascii") + b"\n"


def _dump(answer: dict[str, Any], *, ensure_ascii: bool) -> str:
    return json.dumps(answer, ensure_ascii=ensure_ascii, separators=(",", ":"))
