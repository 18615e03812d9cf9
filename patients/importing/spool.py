"""A place on disk where the pieces of a record wait for each other.

A bulk export brings patients, orders and illnesses in separate files, in any order. The pieces go
into a temporary file, so that memory does not grow with the number of patients.
"""

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from patients.importing.coded import ImportedPerson
from patients.importing.fhir import (
    MEDICINE,
    PATIENT,
    Fact,
    Resource,
    key_of,
    medicine_keys,
    patient_reference,
    person_of,
    reduce,
)

_SCHEMA = """
create table patient (n integer primary key, key text unique, place text, fact text);
create table piece (n integer primary key, owner text, kind text, fact text);
create table medicine (key text primary key, fact text);
create table alias (alias text primary key, key text);
"""
_TOGETHER = 200


class UnkeepableLetters(Exception):
    """A record names a letter that can be written in JSON and kept nowhere."""


class TwoPatientsWithOneId(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Spool:
    """Collects resources and gives back persons, in the order in which they came."""

    def __init__(self) -> None:
        descriptor, self.path = tempfile.mkstemp(prefix="import-", suffix=".spool")
        os.close(descriptor)
        self.database = sqlite3.connect(self.path, isolation_level=None)
        self.database.executescript(
            "pragma journal_mode=off; pragma synchronous=off; pragma cache_size=-16000;"
            "pragma temp_store=file;" + _SCHEMA + "begin;"
        )
        self.patients = 0
        self.pieces = 0
        self.ignored = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()
        with suppress(FileNotFoundError):
            os.unlink(self.path)

    def add(self, resource: Resource, *, place: str, full_url: str = "") -> None:
        """Keep what the import reads of a resource. Raises UnreadableRecord."""
        fact = reduce(resource)
        kind = str(resource.get("resourceType"))
        if fact is None:
            self.ignored += 1
        elif kind == PATIENT:
            self._add_patient(resource, fact, place, full_url)
        elif kind == MEDICINE:
            for key in {key_of(resource.get("id")), key_of(full_url)} - {""}:
                self._write("insert or replace into medicine values (?, ?)", key, fact)
        else:
            self.pieces += 1
            self._write(
                "insert into piece (owner, kind, fact) values (?, ?, ?)",
                patient_reference(resource), kind, fact,
            )  # fmt: skip

    def _add_patient(self, resource: Resource, fact: Fact, place: str, full_url: str) -> None:
        key = str(resource.get("id") or key_of(full_url))
        try:
            self._write("insert into patient (key, place, fact) values (?, ?, ?)", key, place, fact)
        except sqlite3.IntegrityError as twice:
            raise TwoPatientsWithOneId(key) from twice
        self.patients += 1
        aliases = {key_of(full_url)} - {"", key}
        aliases |= {f"?{system}|{value}" for system, value in fact["identifiers"]}
        for alias in aliases:
            self.database.execute("insert or ignore into alias values (?, ?)", (alias, key))

    def _write(self, statement: str, *values: Any) -> None:
        kept = [
            json.dumps(v, separators=(",", ":"), ensure_ascii=False) if isinstance(v, dict) else v
            for v in values
        ]
        # JSON may name letters that no database keeps: NUL, and half of a pair (encoding it fails).
        if any(isinstance(v, str) and ("\x00" in v or "\\u0000" in v) for v in kept):
            raise UnkeepableLetters
        self.database.execute(statement, kept)

    def _settle(self) -> None:
        """Let references by identifier or by full address point to the patient's own id."""
        self.database.execute(
            "update piece set owner = (select key from alias where alias = owner)"
            " where owner in (select alias from alias)"
            " and owner not in (select key from patient)"
        )
        self.database.execute("create index if not exists piece_owner on piece (owner)")

    def persons(self) -> Iterator[ImportedPerson]:
        """Yield every person with all that refers to it."""
        self._settle()
        patients = self.database.execute("select key, place, fact from patient order by n")
        while batch := patients.fetchmany(_TOGETHER):
            for key, place, fact in batch:
                yield self._person(key, place, json.loads(fact))

    def _person(self, key: str, place: str, patient: Fact) -> ImportedPerson:
        rows = self.database.execute(
            "select kind, fact from piece where owner = ? order by n", (key,)
        )
        facts = [(str(kind), json.loads(fact)) for kind, fact in rows]
        medicines = {wanted: self._medicine(wanted) for wanted in medicine_keys(facts)}
        known = {name: fact for name, fact in medicines.items() if fact is not None}
        return person_of(key, patient, facts, known, place)

    def _medicine(self, key: str) -> Fact | None:
        row = self.database.execute("select fact from medicine where key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None
