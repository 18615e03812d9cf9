"""Tables of patients: CSV and XLSX, row by row. Which column is what, and what a row says.

The first row names the columns, in Turkish or English; the mapping page can correct the guess. A
list of medicines, allergies or illnesses stands in one cell, separated by semicolons.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from clinic.folding import fold
from patients.importing.checked import normal_phone, tidy_name
from patients.importing.coded import Concept, Illness, ImportedPerson, Intolerance, Order
from patients.importing.refusals import FileTooLarge, ImportFailed, UnknownFile
from patients.importing.streams import LONGEST_LINE, bounded_lines
from patients.importing.workbook import (
    ERROR,
    FORMULA,
    day_of_serial,
    looks_like_a_workbook,
    sheet_rows,
)
from patients.records.rules import UnreadableIdentity

__all__ = ["FIELDS", "Mapping", "guess", "looks_like_a_workbook", "persons_of_table", "table_of"]

# What a column can be -> the names by which it is known.
FIELDS: MappingOf[str, tuple[str, ...]] = {
    "identifier": (
        "id", "identifier", "patient id", "patient number", "file number", "record number", "mrn",
        "hasta no", "hasta numarası", "dosya no", "protokol no", "kayıt no", "no",
    ),
    "name": ("name", "full name", "patient name", "patient", "ad soyad", "adı soyadı", "isim", "hasta adı", "hasta"),
    "first_name": ("first name", "given name", "firstname", "ad", "adı"),
    "last_name": ("last name", "family name", "surname", "lastname", "soyad", "soyadı"),
    "birth_date": ("birth date", "birthdate", "date of birth", "dob", "born", "doğum tarihi", "d tarihi", "dogum"),
    "sex": ("sex", "gender", "cinsiyet", "cinsiyeti"),
    "phone": ("phone", "telephone", "mobile", "phone number", "telefon", "cep", "cep telefonu", "gsm", "tel"),
    "email": ("email", "e mail", "mail", "e posta", "eposta"),
    "language": ("language", "dil"),
    "medications": ("medications", "medicines", "drugs", "medication", "ilaçlar", "ilaç", "kullandığı ilaçlar"),
    "stopped_medications": ("stopped medications", "stopped medicines", "bıraktığı ilaçlar", "kesilen ilaçlar"),
    "allergies": ("allergies", "allergy", "alerjiler", "alerji", "alerjisi"),
    "conditions": ("conditions", "illnesses", "diagnoses", "problems", "hastalıklar", "tanılar", "tanı"),
}  # fmt: skip
IGNORED = ""
_NEEDED = ("birth_date",)
_SEXES = {
    "f": "F", "female": "F", "kadin": "F", "k": "F", "woman": "F", "bayan": "F",
    "m": "M", "male": "M", "erkek": "M", "e": "M", "man": "M", "bay": "M",
    "x": "X", "other": "X", "unknown": "X", "diger": "X", "belirtilmemis": "X", "": "X",
}  # fmt: skip
_DATE_ORDERS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4})"),
)
_DELIMITERS = (";", "\t", ",", "|")
_MOST_COLUMNS = 200
_LONGEST_CELL = 20_000

Mapping = MappingOf[str, str]
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """The head of a table, and what its columns are taken for."""

    headers: tuple[str, ...]
    mapping: Mapping
    first_rows: tuple[tuple[str, ...], ...]


def table_of(path: Path, mapping: Mapping | None = None, rows: int = 5) -> Table:
    """Look at the head of a table."""
    lines = _rows(path)
    headers = _headers(lines)
    first = [tuple(cells[: len(headers)]) for _, cells in _upto(lines, rows)]
    return Table(headers, dict(mapping) if mapping is not None else guess(headers), tuple(first))


def _upto(lines: Iterator[Row], count: int) -> Iterator[Row]:
    for _n, line in zip(range(count), lines, strict=False):
        yield line


def guess(headers: tuple[str, ...]) -> dict[str, str]:
    """Return header -> field. A header that is not known is left out of the import."""
    known = {_plain(name): field for field, names in FIELDS.items() for name in names}
    found: dict[str, str] = {}
    for header in headers:
        field = known.get(_plain(header), IGNORED)
        found[header] = field if field not in found.values() else IGNORED
    return found


def _plain(header: str) -> str:
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(header)).split())


def persons_of_table(path: Path, mapping: Mapping | None = None) -> Iterator[ImportedPerson]:
    """Yield one person per row. The first row that cannot be read refuses the table."""
    for _number, _cells, person in rows_with_persons(path, mapping):
        if isinstance(person, ImportFailed):
            raise person
        yield person


def rows_with_persons(
    path: Path, mapping: Mapping | None = None
) -> Iterator[tuple[int, list[str], ImportedPerson | ImportFailed]]:
    """Yield every row with the person in it, or with what is wrong with it."""
    lines = _rows(path)
    headers = _headers(lines)
    columns = _columns(headers, mapping if mapping is not None else guess(headers))
    place = str(_("Row %(number)s"))
    for number, cells in lines:
        if any(map(str.strip, cells)):
            try:
                yield number, cells, _person(number, cells, headers, columns, place)
            except ImportFailed as wrong:
                yield number, cells, wrong


def _headers(lines: Iterator[Row]) -> tuple[str, ...]:
    for _n, cells in lines:
        headers = tuple(" ".join(cell.split()) for cell in cells)
        if any(headers):
            if len(set(filter(None, headers))) != len(list(filter(None, headers))):
                raise UnknownFile(_("Two columns have the same name."))
            return headers
    raise UnknownFile(_("The file is empty."))


def _columns(headers: tuple[str, ...], mapping: Mapping) -> dict[str, int]:
    columns = {
        field: headers.index(header)
        for header, field in mapping.items()
        if field in FIELDS and header in headers
    }
    named = "name" in columns or {"first_name", "last_name"} <= set(columns)
    if not named or any(field not in columns for field in _NEEDED):
        raise UnknownFile(_("Say which columns hold the name and the birth date."))
    return columns


def _person(
    number: int,
    cells: list[str],
    headers: tuple[str, ...],
    columns: dict[str, int],
    place: str,
) -> ImportedPerson:
    row = _RowReader(number, cells, headers, columns)
    identifier = row.text("identifier")
    name = row.checked("name", tidy_name) if "name" in columns else row.two_names()
    born = row.birth_date()
    email = row.text("email")
    if email and ("@" not in email.strip("@") or " " in email or len(email) > 254):
        raise row.wrong("email", _("“%(said)s” is not an e-mail address.") % {"said": email})
    return ImportedPerson(
        identifier=identifier,
        name=name,
        born=born,
        sex=row.sex(),
        phone=row.checked("phone", normal_phone),
        email=email,
        language=row.text("language"),
        identifiers=(("", identifier),) if identifier else (),
        orders=(*row.medicines("medications", "active"), *row.medicines("stopped_medications", "stopped")),
        illnesses=tuple(
            Illness(Concept(text=text), "active", "confirmed") for text in row.listed("conditions")
        ),
        intolerances=tuple(
            Intolerance(Concept(text=text), "active", "confirmed") for text in row.listed("allergies")
        ),
        place=place % {"number": f"{number:,}"},
    )  # fmt: skip


class _RowReader:
    def __init__(
        self, number: int, cells: list[str], headers: tuple[str, ...], columns: dict[str, int]
    ) -> None:
        self.number = number
        self.cells = cells
        self.headers = headers
        self.columns = columns

    def wrong(self, field: str, problem: object) -> ImportFailed:
        header = self.headers[self.columns[field]] if field in self.columns else field
        return ImportFailed(
            problem, row=str(_("Row %(number)s") % {"number": f"{self.number:,}"}), column=header
        )

    def text(self, field: str) -> str:
        at = self.columns.get(field)
        if at is None or at >= len(self.cells):
            return ""
        said = self.cells[at].strip()
        if said == FORMULA:
            raise self.wrong(field, _("This cell is a formula. Save its value instead."))
        if said == ERROR:
            raise self.wrong(field, _("This cell shows an error."))
        if len(said) > _LONGEST_CELL:
            raise self.wrong(field, _("This text is too long."))
        if "\0" in said:
            raise self.wrong(field, _("The text contains characters that cannot be stored."))
        return said

    def checked(self, field: str, check: Callable[[str], str]) -> str:
        try:
            return check(self.text(field))
        except UnreadableIdentity as refused:
            raise self.wrong(field, refused) from refused

    def two_names(self) -> str:
        self.cells = [*self.cells]
        whole = f"{self.text('first_name')} {self.text('last_name')}"
        try:
            return tidy_name(whole)
        except UnreadableIdentity as refused:
            raise self.wrong("last_name", refused) from refused

    def birth_date(self) -> date:
        said = self.text("birth_date")
        born = read_day(said)
        if born is None:
            problem = _("“%(said)s” is not a date.") if said else _("The birth date is missing.")
            raise self.wrong("birth_date", problem % {"said": said} if said else problem)
        return born

    def sex(self) -> str:
        said = fold(self.text("sex"))
        if said not in _SEXES:
            raise self.wrong(
                "sex", _("“%(said)s” is none of F, M and X.") % {"said": self.text("sex")}
            )
        return _SEXES[said]

    def listed(self, field: str) -> list[str]:
        said = self.text(field)
        if not said:
            return []
        parts = re.split(r"[;\n]", said)
        return [text[:200] for text in (" ".join(part.split()) for part in parts) if text]

    def medicines(self, field: str, status: str) -> list[Order]:
        return [
            Order(key=f"{field}-{n}", medicine=Concept(text=text), status=status)
            for n, text in enumerate(self.listed(field))
        ]


@lru_cache(maxsize=40_000)  # about every birth date there is
def read_day(text: str) -> date | None:
    """Read 31.12.1990, 31/12/1990, 1990-12-31, or the number by which a workbook stores a day."""
    if text.isdigit():
        # Fewer digits would be a year as well, and a wrong age is worse than a question.
        return day_of_serial(int(text)) if 5 <= len(text) <= 6 else None
    for order in _DATE_ORDERS:
        match = order.fullmatch(text)
        if match:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


# -- the rows of a file


def _rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as stream:
        first = stream.read(4)
    return sheet_rows(path) if looks_like_a_workbook(first) else _csv_rows(path)


def _csv_rows(path: Path) -> Iterator[Row]:
    charset = charset_of(path)
    csv.field_size_limit(4 * 1024 * 1024)
    with path.open("rb") as stream:
        texts = _keepable(_texts(stream, charset))
        head = next(texts, "")
        delimiter = max(_DELIMITERS, key=head.count)
        reader = csv.reader(_chained(head, texts), delimiter=delimiter)
        try:
            for cells in reader:
                if len(cells) > _MOST_COLUMNS:
                    raise ImportFailed(
                        _("This row has too many columns."), row=str(reader.line_num)
                    )
                yield reader.line_num, cells
        except csv.Error as broken:
            place = str(_("Row %(number)s") % {"number": f"{reader.line_num:,}"})
            raise ImportFailed(_("This row cannot be read as a table."), row=place) from broken


def _keepable(texts: Iterator[str]) -> Iterator[str]:
    """The lines, as long as a database could keep them."""
    for number, line in enumerate(texts, start=1):
        if "\x00" in line:
            place = str(_("Row %(number)s") % {"number": f"{number:,}"})
            raise ImportFailed(_("These letters cannot be read."), row=place)
        yield line


def _chained(head: str, rest: Iterator[str]) -> Iterator[str]:
    yield head
    yield from rest


def _texts(stream: io.BufferedReader, charset: str) -> Iterator[str]:
    if charset.startswith("utf-16"):
        yield from _wide_texts(stream)
        return
    for number, line in bounded_lines(stream):
        try:
            yield line.decode("utf-8-sig" if number == 1 and charset == "utf-8" else charset)
        except UnicodeDecodeError as broken:
            place = str(_("Row %(number)s") % {"number": f"{number:,}"})
            raise ImportFailed(_("These letters cannot be read."), row=place) from broken


def _wide_texts(stream: io.BufferedReader) -> Iterator[str]:
    """The lines of a file that was saved as "Unicode text": two bytes a letter."""
    open_line = ""
    for text in codecs.iterdecode(iter(lambda: stream.read(1 << 16), b""), "utf-16"):
        *whole, open_line = (open_line + text).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(open_line) > LONGEST_LINE:
            raise FileTooLarge(_("A line of this file is too long."))
    if open_line:
        yield open_line


def charset_of(path: Path) -> str:
    """Return utf-8 where the whole file can be read so, else the charset of Turkish Windows."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        first = stream.read(2)
        if first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        stream.seek(0)
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1254"
    return "utf-8"
