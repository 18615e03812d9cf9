"""Writing persons in bulk: few statements for many, and every fact beside where it came from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import connection
from django.utils.timezone import localdate

from clinic.audit.actions import Actor
from patients.importing.coded import ImportedPerson
from patients.importing.following import Follower, facts_there
from patients.importing.matching import Known, Matcher
from patients.importing.merging import facts_of
from patients.importing.models import ImportedFact, PatientImport
from patients.importing.new_rows import NewRows
from patients.importing.outline import Outline, Reader
from patients.intake.hooks import answers_changed
from patients.records.models import Patient


def in_batches(persons: Iterable[ImportedPerson], size: int) -> Iterator[list[ImportedPerson]]:
    rest = iter(persons)
    while batch := list(islice(rest, size)):
        yield batch


class Writer:
    """Brings persons in, a batch at a time, inside the caller's transaction."""

    def __init__(
        self, reader: Reader, an_import: PatientImport, *, by: Actor, now: datetime
    ) -> None:
        self.reader = reader
        self.an_import = an_import
        self.by = by
        self.now = now
        today = localdate(now)
        self.matcher = Matcher(today)
        self.follower = Follower(an_import, by=by, now=now, today=today)
        self.new = NewRows(an_import, by=by, now=now, today=today)

    def would_do(self, batch: Sequence[ImportedPerson]) -> Counter[str]:
        """Count what `write` would do, without doing it."""
        counts: Counter[str] = Counter()
        for known in self.matcher.matched(batch):
            outline = self.reader.outline(known.person, self.an_import.on)
            counts["patients"] += 1
            counts["deceased"] += known.person.had_died(self.an_import.on)
            counts["new" if known.is_new else "known"] += 1
            counts[f"verdict_{self.reader.verdict_word(outline)}"] += 1
            counts["unread_medicines"] += sum(
                not line.contents.complete for line in outline.listed_medicines()
            )
            counts["unread_illnesses"] += len(outline.unread_conditions)
        return counts

    def write(self, batch: Sequence[ImportedPerson]) -> Counter[str]:
        matched = self.matcher.matched(batch)
        counts = Counter(patients=len(matched))
        self._open_files([known for known in matched if known.is_new], counts)
        for known in matched:
            if known.row is not None:
                counts["corrected"] += self.follower.correct(known)
        told: dict[Patient, None] = {}
        for part in each_file_once(matched):
            told |= self._write_facts(part, counts)
            self.new.write()
        for patient in told:
            answers_changed(patient=patient, by=self.by, now=self.now)
        return counts

    def _open_files(self, strangers: Sequence[Known], counts: Counter[str]) -> None:
        numbers = _next_numbers(len(strangers))
        for known, number in zip(strangers, numbers, strict=True):
            self.new.open_file(known, number=number)
        counts["new"] += len(strangers)

    def _write_facts(self, matched: Sequence[Known], counts: Counter[str]) -> dict[Patient, None]:
        """Return those who had a file here and of whom something is new."""
        there = facts_there([known.patient for known in matched if known.patient is not None])
        told: dict[Patient, None] = {}
        for known in matched:
            outline = self.reader.outline(known.person, self.an_import.on)
            verdict = self.reader.verdict_word(outline)
            counts[f"verdict_{verdict}"] += 1
            changed = self._merge(known, outline, there.get(known.file, {}))
            counts["facts"] += changed
            counts["deceased"] += known.person.had_died(self.an_import.on)
            if known.row is None:
                counts["linked"] += not known.is_new
                self.new.identity(known, verdict)
            if changed and known.patient is not None:
                told[known.patient] = None
        return told

    def _merge(
        self, known: Known, outline: Outline, there: Mapping[tuple[str, str], ImportedFact]
    ) -> int:
        """Add what is new, follow what has changed; return how many facts that were."""
        changed = 0
        for fact in facts_of(outline):
            row = there.get((fact.kind, fact.key))
            if row is None:
                self.new.fact(known, fact)
                changed += 1
            else:
                changed += self.follower.hear(row, fact, system=known.identity[0])
        return changed


def each_file_once(matched: Sequence[Known]) -> list[list[Known]]:
    """Part them so that nobody comes twice in one part.

    Two systems may know one person; the second is then held against what the first has brought.
    """
    parts: list[list[Known]] = []
    met: Counter[UUID] = Counter()
    for known in matched:
        if met[known.file] == len(parts):
            parts.append([])
        parts[met[known.file]].append(known)
        met[known.file] += 1
    return parts


def _next_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patient_number') FROM generate_series(1, %s)", [count])
        return [int(number) for (number,) in cursor.fetchall()]
