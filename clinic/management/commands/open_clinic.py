"""`manage.py open_clinic`: the first rooms and opening hours of a real clinic."""

import argparse
from datetime import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.hours import actions
from clinic.refusals import Refused
from patients.rulebook.actions import begin_with_shipped

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours(text: str) -> tuple[time, time]:
    opens, _dash, closes = text.partition("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def days(text: str) -> range:
    first, _dash, last = text.partition("-")
    return range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)


class Command(BaseCommand):
    help = "Set up rooms and weekly opening hours. Run again to add rooms or change hours."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--rooms", default="", help='comma-separated names: "Oda 1,Oda 2"')
        parser.add_argument("--hours", type=hours, required=True, help="09:00-18:00")
        parser.add_argument("--days", type=days, required=True, help="mon-fri")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            for name in filter(None, (part.strip() for part in options["rooms"].split(","))):
                actions.add_room(name=name, by="open_clinic", now=now)
            for weekday in options["days"]:
                actions.set_opening_hours(
                    weekday=weekday, spans=[options["hours"]], by="open_clinic", now=now
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        # From here on a newer version of the clinical data is offered, and never simply there.
        begin_with_shipped(by="open_clinic", now=now)
        self.stdout.write("The clinic is open.")
