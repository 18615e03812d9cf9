"""`manage.py soak NAME`: one reliability test in full size, at most 45 minutes, 8 with --quick."""

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from clinic.management.soak.guard import check_ours, mark_as_ours
from clinic.management.soak.report import Found
from clinic.management.soak.surroundings import on_own_servers

NAMES = ("booking", "messages")


class Command(BaseCommand):
    help = (
        "Run a reliability test in full size on servers of its own, and leave nothing running. "
        "The last line is `N passed, N failed`."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--quick", action="store_true", help="smaller sizes, within 8 minutes")
        parser.add_argument("--out", help="write the figures as JSON to this file")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(2**31)
        if options["inside"]:
            sys.exit(self.run(options["name"], seed, options["quick"], options["out"]))
        words = [options["name"], "--seed", str(seed)]
        words += ["--quick"] if options["quick"] else []
        words += ["--out", str(Path(options["out"]).absolute())] if options["out"] else []
        sys.exit(on_own_servers(words))

    def run(self, name: str, seed: int, quick: bool, out: str | None) -> int:
        """The tests themselves, in the program that sees only the servers made for them."""
        from clinic.management.soak import booking, messages

        soaks = {"booking": booking.run, "messages": messages.run}
        found = Found(self.tell, seed)
        self.tell(f"soak {name}{' --quick' if quick else ''}  seed {seed}")
        mark_as_ours()
        check_ours()
        soaks[name](found, seed=seed, quick=quick, address=os.environ["CLINIC_SOAK_URL"])
        if out:
            found.write(Path(out), name=name, quick=quick)
        self.tell(found.last_line)
        return 1 if found.failed else 0

    def tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
