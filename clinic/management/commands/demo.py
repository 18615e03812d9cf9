"""`manage.py demo`: a clinic worth looking at, made through the real actions."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from clinic.management.demo import bulk, story
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
        with tqdm(total=count, unit=" patients", file=self.stderr, disable=None) as progress:
            with transaction.atomic():
                by_actions = min(count, SMALL if count > MOST_BY_ACTIONS else count)
                story.tell(count=by_actions, seed=options["seed"], now=now, step=progress.update)
            if count > by_actions:
                bulk.load(
                    count=count - by_actions,
                    years=options["years"],
                    seed=options["seed"],
                    now=now,
                    step=progress.update,
                )
        self.stderr.write(f"{count} patients.")
