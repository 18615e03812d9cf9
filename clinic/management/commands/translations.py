"""`manage.py translations update | check | compile`: the catalogues of the languages we speak."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import catalogs


class Command(BaseCommand):
    help = "Update, check or compile the translation catalogues."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("what", choices=["update", "check", "compile"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "update":
            for language in catalogs.languages():
                catalogs.update(language)
        if what == "compile":
            catalogs.compile_all()
            return
        found = [fault for language in catalogs.languages() for fault in catalogs.faults(language)]
        for fault in found:
            self.stderr.write(fault)
        if what == "check" and found:
            raise CommandError(f"{len(found)} texts are not translated.")
        self.stdout.write(f"{len(found)} texts are not translated.")
