"""`manage.py screen_again`: every open course by the rules in force, without waiting for the worker."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patients.rulebook import actions
from patients.rulebook.queries import version_in_force

BATCH = 200


class Command(BaseCommand):
    help = (
        "Screens the patients whose open course has no verdict under the rules in force. "
        "Running it twice does nothing twice. Exit status 1 when a patient could not be screened."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=1_000_000, help="stop after so many")

    def handle(self, *args: Any, **options: Any) -> None:
        actions.begin_with_shipped(by="screen_again", now=timezone.now())
        began, tried, stuck, left = perf_counter(), list[UUID](), 0, True
        while left and len(tried) < options["most"]:
            caught = actions.screen_those_behind(
                by="screen_again",
                now=timezone.now(),
                most=min(BATCH, options["most"] - len(tried)),
                without=tried,
            )
            tried += caught.tried
            stuck += caught.stuck
            left = caught.left
        screened = len(tried) - stuck
        each = f", {1000 * (perf_counter() - began) / len(tried):.0f} ms each" if tried else ""
        self.stdout.write(
            f"{screened} patients screened again by version {version_in_force()}{each}"
        )
        if stuck:
            raise CommandError(f"{stuck} patients could not be screened; see the log.")
