"""`manage.py demo`: a clinic worth looking at, made through the real actions."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from clinic.management.demo import bulk, story
from clinic.management.demo.beside import side_by_side
from clinic.staff.demo_logins import DEMO_LOGINS
from patients.records.models import Patient

SMALL = 60
# Beyond this the real actions would take hours; rows are loaded in bulk under the same constraints.
MOST_BY_ACTIONS = 300


class Command(BaseCommand):
    help = "Fill an empty clinic with invented patients. Does nothing where patients exist."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, default=SMALL)
        parser.add_argument(
            "--years", type=float, default=0.5, help="how far back the bulk load goes"
        )
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["logins"]:
            for login in DEMO_LOGINS:
                self.stdout.write(f"{login.role:13} {login.email:28} {login.password}")
            return
        count = options["patients"]
        if count < 1:
            raise CommandError("A demo clinic has at least one patient.")
        if Patient.objects.exists():
            self.stderr.write("There are patients already; nothing was added.")
            return
        now = timezone.localtime(timezone.now())
        by_actions = SMALL if count > MOST_BY_ACTIONS else count
        with tqdm(total=count, unit=" patients", file=self.stderr, disable=None) as progress:
            story.prepare(now=now)
            side_by_side(by_actions, options["seed"], now, progress.update)
            story.conclude(now=now, seed=options["seed"])
            if count > by_actions:
                bulk.load(
                    count=count - by_actions,
                    years=options["years"],
                    seed=options["seed"],
                    now=now,
                    step=progress.update,
                )
        self.stderr.write(f"{count} patients.")
