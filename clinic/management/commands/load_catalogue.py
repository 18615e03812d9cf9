"""Bring the clinic's ingredients and products up to the shipped data."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cocktails.catalogue import actions


class Command(BaseCommand):
    help = (
        "Load the shipped ingredients and products. What the clinic changed itself is kept; "
        "running it again changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = actions.load_catalogue(by="load_catalogue", now=timezone.now())
        self.stdout.write(
            f"Catalogue {loaded.version}: {loaded.added} added, {loaded.updated} updated, "
            f"{loaded.unchanged} unchanged, {loaded.kept} kept as the clinic changed them."
        )
