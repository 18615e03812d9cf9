"""The first sheet of an XLSX file, row by row, without loading it.

A workbook is a zip of XML files. What it claims to unpack to is looked at before anything is
unpacked; what it really unpacks to is counted while it is read.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from django.utils.translation import gettext_lazy as _

from patients.importing.refusals import FileTooLarge, ImportFailed, UnknownFile

LARGEST_UNPACKED = 400 * 1024 * 1024
# Sheets of plain numbers shrink far; a hundred times more than that is made to do harm.
MOST_SHRUNK = 300
_SMALL = 10 * 1024 * 1024
_MOST_TEXTS = 2_000_000
_CHUNK = 64 * 1024
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile(r"[A-Z]+")
# Day 60 of the calendar of workbooks is a 29 February 1900 that never was.
_DAY_ZERO = date(1899, 12, 30)
FORMULA, ERROR = "\0formula", "\0error"

Cells = list[str]


def looks_like_a_workbook(first: bytes) -> bool:
    return first.startswith(b"PK\x03\x04")


def sheet_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    """Yield (row number, cells). A formula or an error is the mark `FORMULA` or `ERROR`."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            texts = _shared_texts(archive)
            yield from _rows(archive, _first_sheet(archive), texts)
    except (zipfile.BadZipFile, ParseError, KeyError, EOFError, RuntimeError) as broken:
        raise UnknownFile(_("This workbook is damaged and cannot be read.")) from broken


def day_of_serial(number: int) -> date | None:
    """Return the day that a workbook stores as a number."""
    return _DAY_ZERO + timedelta(days=number) if 1 <= number <= 2_958_465 else None


def _check_size(archive: zipfile.ZipFile) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    packed = sum(part.compress_size for part in archive.infolist())
    bomb = unpacked > _SMALL and unpacked > packed * MOST_SHRUNK
    if bomb or unpacked > LARGEST_UNPACKED:
        raise FileTooLarge(_("This workbook unpacks to far more than it may."))


class _Counted:
    """Reads a part of the archive and refuses what is longer than it said."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self.stream = stream
        self.left = limit

    def read(self, size: int = _CHUNK) -> bytes:
        chunk = self.stream.read(size)
        self.left -= len(chunk)
        if self.left < 0:
            raise FileTooLarge(_("This workbook unpacks to far more than it may."))
        return chunk


def _elements(archive: zipfile.ZipFile, name: str, *tags: str) -> Iterator[Element]:
    """Yield finished elements of these tags; everything read is let go again."""
    wanted = {f"{_MAIN}{tag}" for tag in tags}
    parser: Any = XMLPullParser(("start", "end"))
    depth: list[Element] = []
    with archive.open(name) as raw:
        stream = _Counted(raw, LARGEST_UNPACKED)
        while chunk := stream.read():
            if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                raise UnknownFile(_("This workbook is damaged and cannot be read."))
            parser.feed(chunk)
            for event, element in _events(parser):
                if event == "start":
                    depth.append(element)
                    continue
                depth.pop()
                if element.tag in wanted:
                    yield element
                    element.clear()
                    if depth:
                        depth[-1].remove(element)


def _events(parser: Any) -> Iterator[tuple[str, Element]]:
    yield from parser.read_events()


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist():
        return []
    texts: list[str] = []
    for element in _elements(archive, name, "si"):
        texts.append(_text_in(element))
        if len(texts) > _MOST_TEXTS:
            raise FileTooLarge(_("This workbook holds more texts than can be read."))
    return texts


def _text_in(element: Element) -> str:
    parts = element.iter(f"{_MAIN}t")
    return "".join(part.text or "" for part in parts)


def _first_sheet(archive: zipfile.ZipFile) -> str:
    sheets = sorted(
        (name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
        key=lambda name: int(re.sub(r"\D", "", name)),
    )
    if not sheets:
        raise UnknownFile(_("There is no sheet in this workbook."))
    return sheets[0]


def _rows(archive: zipfile.ZipFile, sheet: str, texts: list[str]) -> Iterator[tuple[int, Cells]]:
    number = 0
    for row in _elements(archive, sheet, "row"):
        number = int(row.get("r") or number + 1)
        cells: Cells = []
        for cell in row.iter(f"{_MAIN}c"):
            at = _column_of(cell.get("r") or "", len(cells))
            if at > 200:
                raise ImportFailed(_("This row has too many columns."))
            cells.extend([""] * (at - len(cells)))
            cells.append(_value(cell, texts))
        yield number, cells


def _column_of(reference: str, otherwise: int) -> int:
    match = _COLUMN.match(reference)
    if not match or len(match.group()) > 3:
        return otherwise
    at = 0
    for letter in match.group():
        at = at * 26 + ord(letter) - ord("A") + 1
    return max(at - 1, otherwise)


def _value(cell: Element, texts: list[str]) -> str:
    if cell.find(f"{_MAIN}f") is not None:
        return FORMULA
    kind = cell.get("t")
    if kind == "e":
        return ERROR
    if kind == "inlineStr":
        return _text_in(cell)
    value = cell.find(f"{_MAIN}v")
    raw = (value.text or "") if value is not None else ""
    if kind == "s":
        index = int(raw) if raw.isdigit() else -1
        return texts[index] if 0 <= index < len(texts) else ERROR
    return _plain_number(raw) if kind in (None, "n") else raw


def _plain_number(raw: str) -> str:
    """Write 5.32123456E9 as 5321234560: telephone numbers are often kept as numbers."""
    try:
        number = float(raw)
    except ValueError:
        return raw
    return str(int(number)) if number.is_integer() and abs(number) < 10**15 else raw
