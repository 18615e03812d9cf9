"""Clinics that many tests begin with, laid out once by the real actions and then copied row by row.

A course that is booked, re-screened and signed takes half a thousand statements. It is built at the
start of the test run, before any test plants a fault, and copied into the empty clinic of a test that
asks for just that. Whoever wants anything else, or has something in its clinic, gets it built.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from io import StringIO
from typing import Any, ParamSpec, TypeVar

import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Layout:
    """What building it added: the lines of each table, and what the builder returned."""

    build: Callable[[], Any]
    rows: dict[str, list[str]] = field(default_factory=dict)
    returned: bytes = b""

    def prepare(self, empty: dict[str, set[str]]) -> None:
        self.returned = pickle.dumps(self.build())
        for table in empty:
            if added := [line for line in lines_of(table) if line not in empty[table]]:
                self.rows[table] = added

    def copy(self) -> Any:
        with connection.cursor() as cursor, pgtrigger.ignore():
            for table, lines in self.rows.items():
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', StringIO("".join(lines)))
        return pickle.loads(self.returned)


_wanted: list[Layout] = []
# What a test that plants something before it builds turns off: see `built_anew` in conftest.py.
copying = {"on": False}


def laid_out(build: Callable[P, R]) -> Callable[P, R]:
    """A builder whose plain result (asked for without words, in an empty clinic) is copied."""
    layout = Layout(build)
    _wanted.append(layout)

    @wraps(build)
    def lay_out(*args: P.args, **words: P.kwargs) -> R:
        if args or words or not copying["on"] or not _in_an_empty_clinic():
            return build(*args, **words)
        result: R = layout.copy()
        return result

    return lay_out


def lay_out_all() -> None:
    """Build each of them, and leave the database as it was."""
    with translation.override("en"):
        for layout in _wanted:
            with transaction.atomic():
                layout.prepare({table: set(lines_of(table)) for table in tables()})
                transaction.set_rollback(True)
    copying["on"] = True


def _in_an_empty_clinic() -> bool:
    """And one that is thrown away: what is to be committed is done for real."""
    if not connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM clinic_staffmember) OR EXISTS (SELECT FROM patients_patient)"
            " OR EXISTS (SELECT FROM clinic_room) OR EXISTS (SELECT FROM clinic_openinghours)"
            " OR EXISTS (SELECT FROM cocktails_ingredient)"
        )
        return not cursor.fetchone()[0]


def tables() -> list[str]:
    return sorted(
        {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
        & set(connection.introspection.table_names())
    )


def lines_of(table: str) -> list[str]:
    text = StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" TO STDOUT', text)
    return text.getvalue().splitlines(keepends=True)
