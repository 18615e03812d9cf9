"""The transaction of bulk work, which may take longer than a page may."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def long_transaction() -> Iterator[None]:
    """A transaction that the database does not end because a statement, or a pause, takes long.

    A page has ten seconds for a statement and fifteen between two of them (settings.py), so that a
    lost one keeps nobody waiting. Who reads a file of a gigabyte, or loads ten years, needs more.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
            )
        yield
