"""The marker row without which no soak touches a database."""

import os

from django.db import connection

NAMED_IN = "CLINIC_SOAK_TOKEN"  # the variable that holds the token of this run


class NotOurs(Exception):
    """This database was not made for a soak: nothing in it is changed."""


def mark_as_ours() -> None:
    """Only in a database without patients, right after its tables were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM patients_patient)")
        if cursor.fetchone()[0]:
            raise NotOurs("There are patients in this database.")
        cursor.execute("CREATE TABLE soak_here (token text PRIMARY KEY)")
        cursor.execute("INSERT INTO soak_here VALUES (%s)", [os.environ[NAMED_IN]])


def check_ours() -> None:
    """Raise NotOurs unless the row carries the token of the run that made this server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('soak_here') IS NOT NULL")
        marked = cursor.fetchone()[0]
        if marked:
            cursor.execute("SELECT token FROM soak_here")
            marked = [row[0] for row in cursor.fetchall()] == [os.environ.get(NAMED_IN)]
    if not marked:
        raise NotOurs("This database was not made for a soak.")
