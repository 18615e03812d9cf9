"""A database of our own on the server that is given: made, filled, dropped. No other is touched."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection, connections

PREFIX = "mesoderm_measured_"


class NotOurs(Exception):
    """The database does not carry our mark: nothing in it is changed or dropped."""


@contextmanager
def own_database() -> Iterator[str]:
    """Make an empty database with all tables and turn every connection to it; drop it at the end."""
    name = PREFIX + secrets.token_hex(6)
    usual = connection.settings_dict["NAME"]
    usual_options = dict(connection.settings_dict.get("OPTIONS", {}))
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        _turn_to(name)
        # Loading in bulk takes longer than a page may.
        connection.settings_dict["OPTIONS"] = usual_options | {"options": "-c lock_timeout=60s"}
        call_command("migrate", verbosity=0, interactive=False)
        mark(name)
        yield name
    finally:
        if connection.settings_dict["NAME"] == name:
            check_marked(name)
            _turn_to(usual)
            connection.settings_dict["OPTIONS"] = usual_options
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def mark(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE measured_here (name text PRIMARY KEY)")
        cursor.execute("INSERT INTO measured_here VALUES (%s)", [name])


def check_marked(name: str) -> None:
    """Raise NotOurs unless this connection leads to the database that we made and marked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        here = cursor.fetchone()[0]
        cursor.execute("SELECT to_regclass('measured_here') IS NOT NULL")
        marked = cursor.fetchone()[0]
        if marked:
            cursor.execute("SELECT count(*) FROM measured_here WHERE name = %s", [name])
            marked = cursor.fetchone()[0] == 1
    if here != name or not name.startswith(PREFIX) or not marked:
        raise NotOurs(f"{here} was not made for measuring.")


def _turn_to(name: Any) -> None:
    connections.close_all()
    for each in connections.all():
        each.settings_dict["NAME"] = name
