"""Health records in FHIR files: which kind of file it is, and its resources one by one."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import ijson
from django.utils.translation import gettext_lazy as _

from patients.importing.fhir import READ_TYPES, Resource, UnreadableRecord
from patients.importing.refusals import FileTooLarge, ImportFailed, UnknownFile
from patients.importing.spool import Spool, TwoPatientsWithOneId, UnkeepableLetters
from patients.importing.streams import LONGEST_LINE, GuardedReader, bounded_lines

_BUNDLE = "Bundle"
_FIRST_LOOK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    resource: Resource
    place: str
    full_url: str = ""


def is_json(first: bytes) -> bool:
    return first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def entries(path: Path) -> Iterator[Entry]:
    """Yield every resource of a Bundle, an NDJSON file or a single resource."""
    with path.open("rb") as stream:
        if _is_line_per_resource(stream):
            yield from _of_lines(stream)
        elif _is_one_resource(stream):
            yield _of_whole(stream)
        else:
            _after_mark(stream)
            yield from _of_bundle(stream)


def stands_for_itself(path: Path) -> bool:
    """Whether a file is a bundle. Lines of a bulk export and single records belong together."""
    with path.open("rb") as stream:
        return not (_is_line_per_resource(stream) or _is_one_resource(stream))


def _is_one_resource(stream: BinaryIO) -> bool:
    """Whether the file is one record over several lines."""
    _after_mark(stream)
    kind = None
    try:
        for prefix, event, value in ijson.parse(GuardedReader(stream), use_float=True):
            if prefix == "resourceType" and event == "string":
                kind = value
                break
            if prefix == "entry" or (prefix == "" and event == "start_array"):
                break
    except (ijson.JSONError, UnicodeDecodeError, ImportFailed):
        pass
    stream.seek(0)
    return kind in READ_TYPES


def _of_whole(stream: BinaryIO) -> Entry:
    text = stream.read(LONGEST_LINE + 1)
    if len(text) > LONGEST_LINE:
        raise FileTooLarge(_("This record is too large."))
    try:
        return Entry(json.loads(text.decode("utf-8-sig")), "")
    except (ValueError, RecursionError):
        raise ImportFailed(_("The file is damaged here: this is not JSON.")) from None


def _after_mark(stream: BinaryIO) -> None:
    """Step over the mark that some programs write at the beginning of a text."""
    stream.seek(0)
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)


def _is_line_per_resource(stream: BinaryIO) -> bool:
    first = stream.readline(_FIRST_LOOK)
    more = stream.read(64)
    stream.seek(0)
    try:
        resource = json.loads(first.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    # A bundle that stands on one line is still one bundle, unless another line follows it.
    return isinstance(resource, dict) and (resource.get("resourceType") != _BUNDLE or is_json(more))


def _of_lines(stream: BinaryIO) -> Iterator[Entry]:
    words = str(_("Line %(number)s"))
    for number, line in bounded_lines(stream):
        if not line.strip():
            continue
        place = words % {"number": f"{number:,}"}
        try:
            resource = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError):
            raise ImportFailed(_("This line is not JSON."), row=place) from None
        if not isinstance(resource, dict):
            raise ImportFailed(_("This line is not a record."), row=place)
        if resource.get("resourceType") == _BUNDLE:
            yield from _of_small_bundle(resource, place)
        else:
            yield Entry(resource, place)


def _of_small_bundle(bundle: Resource, place: str) -> Iterator[Entry]:
    for entry in bundle.get("entry") or ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield Entry(entry["resource"], place, str(entry.get("fullUrl") or ""))


def _of_bundle(stream: BinaryIO) -> Iterator[Entry]:
    _check_bundle(stream)
    reader = GuardedReader(stream)
    words = str(_("Entry %(number)s"))
    number = 0
    try:
        for entry in ijson.items(reader, "entry.item", use_float=True):
            number += 1
            reader.entry_done()
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                place = words % {"number": f"{number:,}"}
                yield Entry(resource, place, str(entry.get("fullUrl") or ""))
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as broken:
        if isinstance(broken, UnreadableRecord | TwoPatientsWithOneId):
            raise
        place = str(_("Entry %(number)s") % {"number": f"{number + 1:,}"})
        raise ImportFailed(_("The file is damaged here: this is not JSON."), row=place) from None


def _check_bundle(stream: BinaryIO) -> None:
    """Refuse what is no Bundle before anything of it is kept."""
    kind = None
    reader = GuardedReader(stream)
    try:
        for prefix, event, value in ijson.parse(reader, use_float=True):
            if prefix == "resourceType" and event == "string":
                kind = value
                break
            if prefix == "entry" or (prefix == "" and event == "start_array"):
                break
    except (ijson.JSONError, UnicodeDecodeError):
        raise UnknownFile(_("This file is neither a table nor a health record.")) from None
    finally:
        _after_mark(stream)
    if kind not in (None, _BUNDLE):
        raise UnknownFile(_("This file holds one record, not a bundle of them."))


def spool_records(path: Path, spool: Spool) -> None:
    """Put all resources of a file into the spool. Refusals name the entry and the field."""
    for entry in entries(path):
        try:
            spool.add(entry.resource, place=entry.place, full_url=entry.full_url)
        except UnreadableRecord as wrong:
            raise ImportFailed(
                _("“%(said)s” is not a date.") % {"said": wrong.said},
                row=entry.place, column=wrong.field, said=wrong.said,
            ) from wrong  # fmt: skip
        except (UnkeepableLetters, UnicodeEncodeError) as odd:
            raise ImportFailed(_("These letters cannot be read."), row=entry.place) from odd
        except TwoPatientsWithOneId as twice:
            raise ImportFailed(
                _("Two patients have the same id."), row=entry.place, column="id", said=twice.key
            ) from twice
