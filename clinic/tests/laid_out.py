"""Clinics that many tests begin with, laid out once by the real actions and then copied row by row.

A course that is booked, re-screened and signed takes half a thousand statements. It is built at the
start of the test run, before any test plants a fault, and copied into the empty clinic of a test that
asks for just that. Whoever wants anything else, or has something in its clinic, gets it built.

Tests that change how a clinic comes to be may have it laid out their way too: see `ways`.
"""

import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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
    rows: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    returned: dict[str, bytes] = field(default_factory=dict)

    def prepare(self, way: str, empty: dict[str, set[str]]) -> None:
        self.returned[way] = pickle.dumps(self.build())
        self.rows[way] = {}
        for table in empty:
            if added := [line for line in lines_of(table) if line not in empty[table]]:
                self.rows[way][table] = added

    def copy(self, way: str) -> Any:
        with connection.cursor() as cursor, pgtrigger.ignore():
            for table, lines in self.rows[way].items():
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', StringIO("".join(lines)))
        return pickle.loads(self.returned[way])


AS_IT_IS = ""
_wanted: list[Layout] = []
# The name of a way in which clinics are laid out, and what is changed meanwhile.
ways: dict[str, Callable[[], AbstractContextManager[object]]] = {AS_IT_IS: nullcontext}
# The way of the clinics that are copied now. A test that plants something before it builds has
# none: see `built_anew` in conftest.py.
copied: dict[str, str | None] = {"way": None}


def laid_out(build: Callable[P, R]) -> Callable[P, R]:
    """A builder whose plain result (asked for without words, in an empty clinic) is copied."""
    layout = Layout(build)
    _wanted.append(layout)

    @wraps(build)
    def lay_out(*args: P.args, **words: P.kwargs) -> R:
        way = copied["way"]
        if args or words or way is None or not _in_an_empty_clinic():
            return build(*args, **words)
        result: R = layout.copy(way)
        return result

    return lay_out


def lay_out_all() -> None:
    """Build each of them, and leave the database as it was."""
    for way, changed in ways.items():
        for layout in _wanted:
            with translation.override("en"), changed(), transaction.atomic():
                layout.prepare(way, {table: set(lines_of(table)) for table in tables()})
                transaction.set_rollback(True)
    copied["way"] = AS_IT_IS


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
