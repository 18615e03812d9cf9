"""Many rows in one statement: PostgreSQL's COPY, with the defaults that the models give."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, models


class CopiedRows:
    """Rows of one table that wait to be written together.

    `fields` are given with each row, in this order; every other one has the default of its model,
    or of its table. A value is written as `str` writes it: a JSON field is given its text.
    """

    def __init__(self, model: type[models.Model], *fields: str) -> None:
        given = [model._meta.get_field(name) for name in fields]
        constant = [field for field in _own_columns(model) if field not in given]
        self._constant = tuple(_default_text(field) for field in constant)
        self._statement = _copy_statement(model, [*given, *constant])
        self._begin()

    def _begin(self) -> None:
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)
        self.count = 0

    def add(self, *values: Any) -> None:
        self._writer.writerow(values + self._constant)
        self.count += 1

    def write(self) -> None:
        """Write what waits, in the transaction that is open."""
        if not self.count:
            return
        self._text.seek(0)
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.copy_expert(self._statement, self._text)
        self._begin()


def _own_columns(model: type[models.Model]) -> Iterable[Any]:
    """The columns that COPY has to fill: the table fills the others itself."""
    for field in model._meta.concrete_fields:
        by_the_table = field.generated or field.has_db_default()
        if not by_the_table and not isinstance(field, models.AutoField):
            yield field


def _default_text(field: Any) -> Any:
    if field.unique or not (field.has_default() or field.null or field.empty_strings_allowed):
        raise ValueError(f"{field} has no default: give it with every row")
    default = field.get_default()
    return json.dumps(default) if isinstance(field, models.JSONField) else default


def _copy_statement(model: type[models.Model], fields: Iterable[Any]) -> str:
    name = connection.ops.quote_name
    columns = ", ".join(name(field.column) for field in fields)
    # What CSV leaves empty is an empty text where the column must have one, and else no value.
    texts = ", ".join(name(field.column) for field in fields if not field.null)
    return (
        f"COPY {name(model._meta.db_table)} ({columns}) FROM STDIN"
        f" WITH (FORMAT csv, FORCE_NOT_NULL ({texts}))"
    )
