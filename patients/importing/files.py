"""From files of any kind to persons: one unit of work per file, one for all of a bulk export."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from patients.importing.coded import ImportedPerson
from patients.importing.records import is_json, spool_records, stands_for_itself
from patients.importing.refusals import ImportFailed, NobodyThere, UnknownFile
from patients.importing.spool import Spool
from patients.importing.tables import Mapping, looks_like_a_workbook, persons_of_table

_FIRST_LOOK = 4096


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that are imported as a whole or not at all."""

    paths: tuple[Path, ...]
    records: bool

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self.paths)


def units(paths: Sequence[Path]) -> list[Unit]:
    """One unit per file; the lines of a bulk export belong together, whatever file they are in."""
    found: list[Unit] = []
    export: list[Path] = []
    for path in paths:
        first = _first_bytes(path)
        if looks_like_a_workbook(first) or not is_json(first):
            found.append(Unit((path,), records=False))
        elif path.suffix.lower() in (".json", "") and stands_for_itself(path):
            found.append(Unit((path,), records=True))
        else:
            export.append(path)
    if export:
        found.append(Unit(tuple(export), records=True))
    return found


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            first = stream.read(_FIRST_LOOK)
    except OSError as gone:
        raise UnknownFile(_("The file cannot be opened.")) from gone
    if not first.strip():
        raise UnknownFile(_("The file is empty."))
    return first


@contextmanager
def persons_of(unit: Unit, mapping: Mapping | None = None) -> Iterator[Iterator[ImportedPerson]]:
    """Give the persons of a unit, one at a time. Refuses the whole unit where one is unreadable."""
    if not unit.records:
        with _named(unit.paths[0]):
            yield persons_of_table(unit.paths[0], mapping)
        return
    with Spool() as spool:
        for path in unit.paths:
            with _named(path):
                spool_records(path, spool)
        if not spool.patients and not spool.pieces and spool.ignored:
            raise NobodyThere(_("There is no patient in this file."), file=unit.name)
        if not spool.patients:
            raise UnknownFile(_("There is no patient in this file."), file=unit.name)
        yield spool.persons()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except ImportFailed as failed:
        failed.file = failed.file or path.name
        raise
