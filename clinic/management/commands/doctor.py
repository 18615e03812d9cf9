"""`manage.py doctor`: is everything configured, reachable, complete and safe?"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic.dashboard.examination import examine


class Command(BaseCommand):
    help = "Say in plain words what is configured, reachable, missing or unsafe. Exit status 1 when something is wrong."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        remarks = examine(timezone.now())
        for remark in remarks:
            mark = self.style.ERROR("WRONG") if remark.wrong else self.style.SUCCESS("ok   ")
            self.stdout.write(f"{mark} {remark.subject:10} {remark.words}")
        wrong = sum(remark.wrong for remark in remarks)
        if wrong:
            self.stdout.write(f"\n{wrong} of {len(remarks)} points are wrong.")
            raise SystemExit(1)
        self.stdout.write("\nEverything is in order.")
