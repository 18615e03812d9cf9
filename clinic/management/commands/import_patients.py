"""Bring patients of another system in: tables, FHIR bundles, bulk exports (docs/rules/importing.md)."""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.timezone import localdate

from patients.importing.actions import bring_in_files
from patients.importing.files import Unit, persons_of, units
from patients.importing.outline import Reader, as_json
from patients.importing.refusals import ImportFailed, NobodyThere
from patients.screening.rule_files import load_rule_set


class Command(BaseCommand):
    help = "Imports patients from CSV, XLSX, FHIR R4 bundles and NDJSON. A file is imported whole or not at all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be, change nothing"
        )
        parser.add_argument("--json", action="store_true", help="one JSON line per patient")
        parser.add_argument(
            "--on", type=_day, metavar="DATE", help="the day on which everything is read (today)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or localdate()
        if options["json"] and not options["dry_run"]:
            raise CommandError("--json goes with --dry-run", returncode=2)
        try:
            work = units(options["files"])
        except ImportFailed as failed:
            raise CommandError(f"{failed}", returncode=1) from failed
        done = [self.one(unit, on, options, alone=len(work) == 1) for unit in work]
        if not all(done):
            sys.exit(1)

    def one(self, unit: Unit, on: date, options: dict[str, Any], *, alone: bool) -> bool:
        try:
            if options["dry_run"]:
                self.tell(unit, on, as_lines=options["json"])
            else:
                self.bring_in(unit, on)
        except NobodyThere as nobody:
            # An export puts hospitals and staff beside the patients: nothing is missing then.
            self.stderr.write(f"{unit.name}: {nobody.problem}")
            return not alone
        except ImportFailed as failed:
            self.stderr.write(f"{failed.file or unit.name}: {failed}")
            return False
        return True

    def tell(self, unit: Unit, on: date, *, as_lines: bool) -> None:
        # Needs no database: the shipped clinical data, the newest version.
        reader = _reader()
        counts: dict[str, int] = {}
        output = sys.stdout
        with persons_of(unit) as persons:
            for person in persons:
                outline = reader.outline(person, on)
                response = reader.verdict(outline)
                counts[response.verdict.value] = counts.get(response.verdict.value, 0) + 1
                if as_lines:
                    line = json.dumps(as_json(outline, response), ensure_ascii=False)
                    output.write(line + "\n")
        if not as_lines:
            told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
            self.stdout.write(f"{unit.name}: {sum(counts.values())} patients ({told})")

    def bring_in(self, unit: Unit, on: date) -> None:
        done = bring_in_files(unit=unit, on=on, by="import_patients", now=timezone.now())
        counts = done.counts
        self.stdout.write(
            f"{unit.name}: {done.total} patients, {counts.get('new', 0)} new,"
            f" {counts.get('facts', 0)} facts new or changed"
        )


@cache
def _reader() -> Reader:
    return Reader(load_rule_set())


def _day(text: str) -> date:
    return date.fromisoformat(text)
