"""The file of errors: every row that was refused, with the reason beside it, to correct and reuse."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from patients.importing.files import units
from patients.importing.refusals import ImportFailed
from patients.importing.tables import Mapping, rows_with_persons, table_of

MOST_ERRORS = 10_000
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


def write_errors(
    paths: Sequence[Path], first: ImportFailed, mapping: Mapping | None, target: Path
) -> int:
    """Write the rows that cannot be imported, and return how many there are."""
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream, delimiter=";")
        written = 0
        if [unit.records for unit in units(paths)] == [False]:
            written = _write_rows(paths[0], mapping, rows)
        if not written:
            rows.writerow([_("Where"), _("Field"), _("What is wrong")])
            rows.writerow([plain(first.row), plain(first.column), plain(str(first.problem))])
            written = 1
    return written


def _write_rows(path: Path, mapping: Mapping | None, rows: Any) -> int:
    written = 0
    try:
        table = table_of(path, mapping)
        rows.writerow(
            [_("Row"), _("Column"), _("What is wrong"), *(plain(name) for name in table.headers)]
        )
        for number, cells, person in rows_with_persons(path, mapping):
            if isinstance(person, ImportFailed):
                rows.writerow(
                    [number, plain(person.column), plain(str(person.problem)), *map(plain, cells)]
                )
                written += 1
                if written == MOST_ERRORS:
                    break
    except ImportFailed:
        # The table itself cannot be read any further: what was found so far stands in the file.
        return written
    return written


def plain(text: str) -> str:
    """A cell that a spreadsheet would run is written as text."""
    visible = text.replace("\0", "")
    return f"'{visible}" if visible.startswith(_ACTIVE) else visible
