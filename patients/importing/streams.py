"""Reading bytes with an upper limit on everything: lines, texts, entries."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from patients.importing.refusals import FileTooLarge

LONGEST_LINE = 4 * 1024 * 1024
LARGEST_ENTRY = 32 * 1024 * 1024
_LONGEST_TEXT = 8 * 1024 * 1024
# No record nests like this. The reader of JSON names the way to each value: its memory grows with the
# square of the depth, and thousands of open brackets end the process.
_DEEPEST = 500
# Nor has a record such numbers: beyond 4,300 digits Python refuses to read one, and the reader of JSON
# does not survive many of these refusals.
_LONGEST_NUMBER = 1000
_ENDLESS_NUMBER = re.compile(rb"[0-9]{%d}" % _LONGEST_NUMBER)


def bounded_lines(stream: BinaryIO, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines. A line without an end is refused before it fills the memory."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise FileTooLarge(
                _("This line is longer than %(limit)d MB.") % {"limit": longest // (1024 * 1024)},
                row=_line(number),
            )
        yield number, line


def _line(number: int) -> str:
    return str(_("Line %(number)s") % {"number": f"{number:,}"})


class GuardedReader:
    """A reader that refuses endless texts, endless entries and endless nesting while they are read."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.read_so_far = 0
        self._entry_began = 0
        self._without_quote = 0
        self._open = 0
        self._end_before = b""

    def entry_done(self) -> None:
        self._entry_began = self.read_so_far
        self._open = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self.stream.read(size)
        self.read_so_far += len(chunk)
        last = chunk.rfind(b'"')
        self._without_quote = len(chunk) - last if last >= 0 else self._without_quote + len(chunk)
        if (
            self._without_quote > _LONGEST_TEXT
            or self.read_so_far - self._entry_began > LARGEST_ENTRY
        ):
            raise FileTooLarge(_("One entry of this file is too large to be a record."))
        if _ENDLESS_NUMBER.search(self._end_before + chunk):
            raise FileTooLarge(_("One entry of this file is too large to be a record."))
        self._end_before = chunk[-_LONGEST_NUMBER:]
        # Brackets within texts count too: a record does not hold hundreds of them without their pair.
        self._open += sum(chunk.count(each) for each in (b"[", b"{"))
        self._open -= sum(chunk.count(each) for each in (b"]", b"}"))
        if self._open > _DEEPEST:
            raise FileTooLarge(_("One entry of this file is too large to be a record."))
        return chunk
