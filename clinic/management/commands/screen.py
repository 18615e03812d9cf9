"""Screen requests in bulk: JSON lines on standard input, JSON lines on standard output."""

import json
import sys
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.screening.batch import answer_lines
from patients.screening.rule_files import (
    RuleSetError,
    load_rule_set,
    read_rules,
    shipped_versions,
)
from patients.screening.rule_set import RuleSet


class Command(BaseCommand):
    help = "Screens one request per line (docs/rules/screening.md). Stores nothing."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django gives every command a --version of its own; here it names the clinical data.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--version",
            dest="data_version",
            choices=shipped_versions(),
            default=shipped_versions()[-1],
            help="version of the clinical data (default: the newest)",
        )
        parser.add_argument(
            "--rules", type=Path, metavar="FILE", help="a clinic's own rules, as JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rule_set = load_rule_set(options["data_version"])
        if options["rules"]:
            rule_set = with_own_rules(rule_set, options["rules"])
        broken = 0
        output = sys.stdout.buffer
        for number, line in enumerate(answer_lines(sys.stdin.buffer, rule_set), start=1):
            output.write(line.text)
            output.flush()
            broken += line.broken
            if line.fault:
                self.stderr.write(f"line {number}: the engine failed, the answer is a hold")
        if broken:
            sys.exit(1)


def with_own_rules(rule_set: RuleSet, path: Path) -> RuleSet:
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read the rules: {error}", returncode=2) from error
    entries = document.get("rules") if isinstance(document, dict) else document
    try:
        return rule_set.with_rules(read_rules(entries, rule_set.words))
    except RuleSetError as error:
        raise CommandError(f"cannot use the rules: {error}", returncode=2) from error
