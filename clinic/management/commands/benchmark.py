"""`manage.py benchmark`: how fast the clinic is, held against the least that each work could cost."""

import argparse
import json
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import translation

from clinic.management.benchmark import booking, bringing_in, letters, paper, reading, report, sized
from clinic.management.benchmark.database import own_database
from clinic.management.benchmark.measuring import Work, equals, is_quiet, measure
from clinic.management.benchmark.sized import Sized

WORKS = (
    "free_slots", "book_one", "book_course", "day_page", "week_page", "search", "patient_page",
    "today_board", "aftercare_pdf", "due_messages", "import",
)  # fmt: skip
SIZES = (1_000, 10_000, 100_000)
QUICK_SIZES = SIZES[:2]


class Command(BaseCommand):
    help = (
        "Measure clinics of 1,000, 10,000 and 100,000 appointments, in a database of its own. "
        "`ratio` is our cost by the limit's, lower is better; `growth` is the cost by that of the "
        "size before. A `!` marks a goal that is not met. p95 is shown, never judged."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 appointments")
        parser.add_argument("--json", action="store_true", help="JSON instead of the table")
        parser.add_argument("--only", action="append", choices=WORKS, metavar="WORK", default=[])
        parser.add_argument("--sizes", help="other numbers of appointments: 1000,5000")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        self.began = time.monotonic()
        names = options["only"] or WORKS
        sizes: tuple[int, ...] = QUICK_SIZES if options["quick"] else SIZES
        if options["sizes"]:
            sizes = tuple(int(size) for size in options["sizes"].split(","))
        random = Random(options["seed"])  # noqa: S311  (reproducible)
        rows: list[dict[str, Any]] = []
        with ExitStack() as open_until_the_end:
            folder = Path(
                open_until_the_end.enter_context(
                    tempfile.TemporaryDirectory(prefix="mesoderm-measured-")
                )
            )
            for each in surroundings(folder):
                open_until_the_end.enter_context(each)
            self.tell("an empty database of its own")
            open_until_the_end.enter_context(own_database())
            self.tell(f"seed {options['seed']}")
            clinic = sized.begin(seed=options["seed"], tell=self.tell)
            if "due_messages" in names:
                open_until_the_end.enter_context(letters.mail_server())
            machine = report.machine()
            machine["equals"] = self.calibrate(clinic, random)
            for size in sizes:
                clinic.grow(size, self.tell)
                rows += self.measured(clinic, names, size, folder, rows, random)
        found = {"machine": machine, "commit": report.commit(), "rows": rows}
        self.stdout.write(json.dumps(found, indent=1) if options["json"] else report.table(rows))

    def calibrate(self, clinic: Sized, random: Random) -> float:
        """Hold one work against itself, and say when the machine is too busy to judge."""
        ratio = equals(reading.free_slots(clinic).limit, random=random)
        if not is_quiet(ratio):
            self.stderr.write(
                f"NOTE: the same work against itself gave {ratio:.2f}, not 0.9 to 1.1: this machine "
                "is doing other things. The ratios below are not worth judging."
            )
        return round(ratio, 2)

    def measured(
        self,
        clinic: Sized,
        names: Collection[str],
        size: int,
        folder: Path,
        earlier: list[dict[str, Any]],
        random: Random,
    ) -> list[dict[str, Any]]:
        works = [work for work in all_works(clinic, folder) if work.name in names]
        statements = {work.name: count_statements(work) for work in works}
        self.tell(f"measuring at {size:,}")
        found = []
        for each in measure(works, random=random, tell=lambda _line: None):
            row = each.row(size=size, growth=None, statements=statements[each.work.name])
            row["growth"] = growth(row, earlier)
            found.append(row)
        return sorted(found, key=lambda row: WORKS.index(row["work"]))

    def tell(self, line: str) -> None:
        self.stderr.write(f"  {time.monotonic() - self.began:6.1f} s  {line}")


def surroundings(folder: Path) -> Iterator[Any]:
    """What is switched off, or put elsewhere, while measuring."""
    yield override_settings(
        MEDIA_ROOT=folder / "media",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    )
    yield reading.measurable()
    yield translation.override("en")


def all_works(clinic: Sized, folder: Path) -> list[Work]:
    return [
        reading.free_slots(clinic),
        reading.search(clinic),
        *reading.pages(clinic),
        booking.book_one(clinic),
        booking.book_a_course(clinic),
        paper.aftercare_pdf(),
        letters.due_messages(clinic),
        bringing_in.bring_in(clinic, folder),
    ]


def count_statements(work: Work) -> int:
    """Statements of one call in this thread; the clients of a herd are counted by the tests."""
    with CaptureQueriesContext(connection) as asked:
        (work.once or work.ours)()
    work.after()
    return len(asked)


def growth(row: dict[str, Any], earlier: list[dict[str, Any]]) -> float | None:
    """How many times more it costs than at the size before."""
    before = [each for each in earlier if each["work"] == row["work"]]
    if not before:
        return None
    if "per_s" in row:
        return round(before[-1]["per_s"] / row["per_s"], 2) if row["per_s"] else None
    return round(row["p50_ms"] / before[-1]["p50_ms"], 2)
