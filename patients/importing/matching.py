"""Who is who: the persons of a file, and the files here that they belong to."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from clinic.folding import fold
from patients.importing.coded import ImportedPerson
from patients.importing.merging import identity_of, particulars
from patients.importing.models import ImportedIdentity
from patients.importing.refusals import ImportFailed
from patients.records.models import Patient
from patients.records.rules import UnreadableIdentity, check_birth_date

_IDENTITIES = """
    SELECT id FROM patients_importedidentity
    WHERE (system, value) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
_NAMESAKES = """
    SELECT patient.id FROM patients_patient patient
    JOIN unnest(%s::text[], %s::date[]) AS wanted (name, born_on)
    ON patient.born_on = wanted.born_on AND starts_with(patient.search_key, wanted.name)
"""


@dataclass(slots=True)
class Known:
    """A person of the file; and its file here, where it has one."""

    person: ImportedPerson
    identity: tuple[str, str]
    fields: Mapping[str, Any]
    folded_name: str
    patient_id: UUID | None = None
    patient: Patient | None = None
    row: ImportedIdentity | None = None

    def found(self, patient: Patient) -> None:
        self.patient, self.patient_id = patient, patient.pk

    @property
    def is_new(self) -> bool:
        return self.patient is None

    @property
    def file(self) -> UUID:
        assert self.patient_id is not None  # the writer opens a file for whoever has none
        return self.patient_id


class Matcher:
    """Finds the persons of an import again, a batch at a time; refuses one who comes twice."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._seen: set[int] = set()

    def matched(self, batch: Sequence[ImportedPerson]) -> list[Known]:
        found = [self._known(person) for person in batch]
        rows = {(row.system, row.value): row for row in _rows_there(found)}
        for known in found:
            known.row = rows.get(known.identity)
            if known.row is not None:
                known.found(known.row.patient)
        _find_by_name([known for known in found if known.row is None])
        return found

    def _known(self, person: ImportedPerson) -> Known:
        identity = identity_of(person)
        # A digest per person is all that is kept: the whole file may have any length.
        digest = hash(identity)
        if digest in self._seen:
            raise ImportFailed(
                _("This patient is in the file twice."), row=person.place, column="identifier"
            )
        self._seen.add(digest)
        fields = self._fields(person)
        return Known(person, identity, fields, fold(fields["full_name"]))

    def _fields(self, person: ImportedPerson) -> dict[str, Any]:
        column = "birth date"
        if person.born is None:
            raise ImportFailed(_("The birth date is missing."), row=person.place, column=column)
        try:
            check_birth_date(person.born, today=self._today)
            column = "name"
            return particulars(person)
        except UnreadableIdentity as refused:
            raise ImportFailed(refused, row=person.place, column=column) from refused


def _rows_there(batch: Sequence[Known]) -> Sequence[ImportedIdentity]:
    there = _ids(_IDENTITIES, [known.identity for known in batch])
    if not there:
        return ()
    return list(ImportedIdentity.objects.filter(pk__in=there).select_related("patient"))


def _ids(statement: str, pairs: Sequence[tuple[str, str]]) -> list[Any]:
    """Ask by all pairs at once."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [[one for one, _ in pairs], [other for _, other in pairs]])
        return [row[0] for row in cursor.fetchall()]


def _find_by_name(strangers: Sequence[Known]) -> None:
    """Somebody with this name and birth date has a file already: it is the same person."""
    wanted = {(known.folded_name, known.fields["born_on"]) for known in strangers}
    files = {(fold(file.full_name), file.born_on): file for file in _namesakes(wanted)}
    if not files:
        return
    taken = set(
        ImportedIdentity.objects.filter(patient__in=files.values())
        .values_list("patient_id", "system")
    )  # fmt: skip
    for known in strangers:
        here = files.get((known.folded_name, known.fields["born_on"]))
        # The same system knows that file by another number: two people of one name.
        if here is not None and (here.pk, known.identity[0]) not in taken:
            known.found(here)
            taken.add((here.pk, known.identity[0]))


def _namesakes(wanted: Set[tuple[str, date]]) -> Sequence[Patient]:
    """Files of these names and birth dates, and a few whose name goes on; the oldest file last."""
    # A search key begins with the folded name (Patient.set_keys).
    there = _ids(_NAMESAKES, [(f"{name} ", str(born)) for name, born in wanted])
    return list(Patient.objects.filter(pk__in=there).order_by("-number")) if there else ()
