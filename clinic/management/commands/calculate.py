"""Calculate in bulk: JSON lines on standard input, JSON lines on standard output."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from clinic.management.calculation.lines import answer_stream


class Command(BaseCommand):
    help = "Calculates one mixture or score per line (docs/rules/doses.md). Stores nothing."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        broken = False
        output = sys.stdout.buffer
        for line in answer_stream(sys.stdin.buffer):
            output.write(line.text)
            output.flush()
            broken = broken or line.broken
        if broken:
            sys.exit(1)
