"""A table of patients brought in with every check, and the same rows copied without any."""

import csv
import io
from datetime import date
from pathlib import Path
from random import Random
from uuid import uuid4

from django.db import connection, transaction

from clinic.management.benchmark.measuring import Work
from clinic.management.benchmark.sized import Sized
from clinic.management.demo.people import Person, people
from patients.importing.actions import bring_in_files
from patients.importing.files import units
from patients.importing.models import ImportedIdentity
from patients.records.models import Patient

ROWS = 1000
COLUMNS = (
    "id", "number", "full_name", "born_on", "sex", "phone", "email", "language", "reminders",
    "registered_at", "search_key", "sort_key",
)  # fmt: skip


class NotImported(Exception):
    """Not every row of the table came in."""


def bring_in(sized: Sized, folder: Path) -> Work:
    """Both are undone at the end of each round: the clinic stays as large as it is."""
    crowd = people(ROWS, random=Random(99), today=date(2020, 1, 1))  # noqa: S311
    path = folder / "patients.csv"
    path.write_text(_table(crowd), encoding="utf-8")
    (unit,) = units([path])
    copied = _rows(crowd, sized)

    def ours() -> None:
        with transaction.atomic():
            # Whoever has the name and birth date of a patient here is linked, and came as well.
            before = ImportedIdentity.objects.count()
            bring_in_files(unit=unit, on=sized.now.date(), by="benchmark", now=sized.now)
            came = ImportedIdentity.objects.count() - before
            transaction.set_rollback(True)
        if came != ROWS:
            raise NotImported(f"{came} of {ROWS} rows came in")

    def limit() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY patients_patient ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (email, phone))",
                io.StringIO(copied),
            )
            transaction.set_rollback(True)

    return Work("import", ours, limit, goal=5.0, rounds=3, count=ROWS)


def _table(crowd: list[Person]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["id", "full name", "birth date", "sex", "phone", "email"])
    for number, each in enumerate(crowd):
        table.writerow(
            [f"M{number}", each.full_name, each.born_on.isoformat(), each.sex, each.phone,
             f"import{number}@demo.example"]
        )  # fmt: skip
    return text.getvalue()


def _rows(crowd: list[Person], sized: Sized) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    for number, each in enumerate(crowd, start=50_000_000):
        patient = Patient(
            number=number, full_name=each.full_name, born_on=each.born_on, phone=each.phone
        )
        patient.set_keys()
        table.writerow(
            [uuid4(), number, each.full_name, each.born_on, each.sex, each.phone, "", each.language,
             "paper", sized.now.isoformat(), patient.search_key, patient.sort_key]
        )  # fmt: skip
    return text.getvalue()
