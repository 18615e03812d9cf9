"""A file of deliveries: read line by line, shown, and taken in whole or not at all."""

import csv
import hashlib
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.audit.actions import record
from clinic.folding import fold
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.catalogue.models import Product
from cocktails.stock import queries, terms
from cocktails.stock.actions import receive_lot
from cocktails.stock.gs1 import as_fourteen, has_right_check_digit, read_code
from cocktails.stock.models import DeliveryFile
from cocktails.stock.refusals import NotAllowed, TakenInAlready, WrongEntry

MOST_LINES = 500
MOST_BYTES = 256 * 1024
# The folded heading of a column -> what stands in it.
_HEADINGS: Mapping[str, str] = {
    "product": "product", "urun": "product", "code": "product", "kod": "product",
    "lot": "lot", "lot number": "lot", "lot no": "lot", "parti": "lot", "parti no": "lot",
    "expiry": "expiry", "expires": "expiry", "skt": "expiry", "son kullanma": "expiry",
    "son kullanma tarihi": "expiry", "units": "units", "quantity": "units", "adet": "units",
    "miktar": "units", "supplier": "supplier", "tedarikci": "supplier", "gtin": "gtin",
    "barcode": "gtin", "barkod": "gtin", "scan": "scan", "karekod": "scan", "datamatrix": "scan",
}  # fmt: skip
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_MONTH = re.compile(r"(?:(\d{1,2})[./-](\d{4})|(\d{4})-(\d{1,2}))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One line that can be taken in."""

    line: int
    product: Product
    number: str
    expires_on: date
    units: int
    supplier: str
    gtin: str


@dataclass(frozen=True, slots=True)
class BadLine:
    line: int
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class DeliveryRead:
    """A file as it was read: nothing of it is stored yet."""

    text: str
    good: list[Delivery] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def decoded(content: bytes) -> str:
    """The text of an uploaded file: UTF-8, or what a Turkish spreadsheet writes."""
    if len(content) > MOST_BYTES:
        raise WrongEntry(_("The file is too large: at most 500 lines at once."))
    for encoding in ("utf-8-sig", "cp1254"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise WrongEntry(_("The file is not a text table (CSV)."))


def read_deliveries(text: str, on: date) -> DeliveryRead:
    """Read every line; each bad one with its number and the reason."""
    rows = [row for row in _rows(text) if any(cell.strip() for _n, row_ in [row] for cell in row_)]
    if not rows:
        raise WrongEntry(_("The file is empty."))
    (_first, heading), *lines = rows
    columns = [_HEADINGS.get(fold(cell)) for cell in heading]
    known = set(columns)
    if "scan" not in known and not {"lot", "expiry"} <= known:
        raise WrongEntry(
            _("The first line must name the columns: product, lot, expiry, units, supplier.")
        )
    if "units" not in known:
        raise WrongEntry(_("There is no column “units” (adet)."))
    if len(lines) > MOST_LINES:
        raise WrongEntry(_("The file is too large: at most 500 lines at once."))
    return _read(text, columns, lines, on)


def _read(
    text: str, columns: Sequence[str | None], lines: Sequence[tuple[int, list[str]]], on: date
) -> DeliveryRead:
    read = DeliveryRead(text)
    shelf = _Shelf(queries.products_received(), queries.codes_known())
    expiries: dict[tuple[object, str], date] = {}
    for line, cells in lines:
        named = {
            name: cell.strip(" \t") for name, cell in zip(columns, cells, strict=False) if name
        }
        try:
            delivery = _delivery(line, named, shelf, on)
            key = (delivery.product.pk, queries.number_key(delivery.number))
            if expiries.setdefault(key, delivery.expires_on) != delivery.expires_on:
                raise WrongEntry(_("This lot stands in the file with another expiry too."))
        except Refused as refusal:
            read.bad.append(BadLine(line, str(refusal), " · ".join(cells)[:120]))
        else:
            read.good.append(delivery)
    _hold_against_record(read)
    return read


def _hold_against_record(read: DeliveryRead) -> None:
    """A lot that is on record with another expiry is a bad line, before anything is stored."""
    known = queries.lots_numbered([(each.product.pk, each.number) for each in read.good])
    for each in list(read.good):
        found = known.get((each.product.pk, queries.number_key(each.number)))
        if found is not None and found.lot.expires_on != each.expires_on:
            read.good.remove(each)
            why = str(terms.OTHER_EXPIRY) % {
                "lot": each.number,
                "expires": date_format(found.lot.expires_on, "SHORT_DATE_FORMAT"),
            }
            read.bad.append(BadLine(each.line, why, each.product.name))
    read.bad.sort(key=lambda each: each.line)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(";\t,", key=first.count)
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as fault:
        raise WrongEntry(_("The file is not a text table (CSV).")) from fault


class _Shelf:
    """Which product a cell means: by code, by either name, or by its GTIN."""

    def __init__(self, products: Sequence[Product], codes: Mapping[str, Product]) -> None:
        self.codes = codes
        self.by_name: dict[str, list[Product]] = {}
        for product in products:
            for name in {fold(each) for each in (product.code, product.name_en, product.name_tr)}:
                self.by_name.setdefault(name, []).append(product)

    def product(self, name: str, gtin: str) -> Product:
        known = self.codes.get(gtin)
        if name:
            found = self.by_name.get(fold(name), [])
            if len(found) != 1:
                why = _("“%(name)s” is no product of the catalogue.")
                if found:
                    why = _("“%(name)s” means several products. Write the code of one.")
                raise WrongEntry(why % {"name": name[:60]})
            if known is not None and known.pk != found[0].pk:
                raise WrongEntry(str(terms.KNOWN_FOR_OTHER) % {"gtin": gtin, "product": known.name})
            return found[0]
        if known is None:
            raise WrongEntry(_("No product is named, and its code is not known yet."))
        return known


def _delivery(line: int, named: Mapping[str, str], shelf: _Shelf, on: date) -> Delivery:
    scanned = read_code(named["scan"]) if named.get("scan") else None
    gtin = (scanned.gtin if scanned else "") or named.get("gtin", "")
    if gtin and not has_right_check_digit(gtin):
        raise WrongEntry(_("The product number %(gtin)s is wrong.") % {"gtin": gtin[:20]})
    number = " ".join((named.get("lot") or (scanned.lot if scanned else "")).split())
    if not number:
        raise WrongEntry(terms.NUMBER_NEEDED)
    if len(number) > terms.LONGEST_NUMBER:
        raise WrongEntry(terms.NUMBER_TOO_LONG % {"most": terms.LONGEST_NUMBER})
    expires_on = scanned.expires_on if scanned else None
    if named.get("expiry"):
        expires_on = day_typed(named["expiry"])
    if expires_on is None:
        raise WrongEntry(_("The expiry is missing."))
    if expires_on < on:
        raise WrongEntry(
            str(terms.EXPIRED_AT_RECEIPT)
            % {"expires": date_format(expires_on, "SHORT_DATE_FORMAT")}
        )
    units = named.get("units", "")
    if not (units.isascii() and units.isdigit() and 1 <= int(units[:9]) <= terms.MOST_UNITS):
        raise WrongEntry(terms.UNITS_NEEDED % {"most": terms.MOST_UNITS})
    return Delivery(
        line=line,
        product=shelf.product(named.get("product", ""), as_fourteen(gtin)),
        number=number,
        expires_on=expires_on,
        units=int(units),
        supplier=named.get("supplier", "")[:120],
        gtin=gtin,
    )


def day_typed(text: str) -> date:
    """31.12.2027, 2027-12-31; a month alone (12/2027, 2027-12) means its last day."""
    text = text.strip()
    try:
        if found := _DAY.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _MONTH.fullmatch(text):
            month, year = int(found[1] or found[4]), int(found[2] or found[3])
            return date(year, month, monthrange(year, month)[1])
        return date.fromisoformat(text)
    except ValueError as fault:
        raise WrongEntry(_("“%(typed)s” is not a date.") % {"typed": text[:20]}) from fault


@transaction.atomic
def take_in(*, text: str, on: date, by: StaffMember, now: datetime) -> DeliveryRead:
    """Receive every line of a file, or none of it. A file is taken in once."""
    if not by.may(Ability.KEEP_STOCK):
        raise NotAllowed(terms.NOT_ALLOWED)
    read = read_deliveries(text, on)
    if read.bad or not read.good:
        raise WrongEntry(
            _("Nothing was taken in: correct the lines that are named, and try again.")
        )
    if (before := queries.taken_in(read.sha256)) is not None:
        raise TakenInAlready(
            _("This file was taken in by %(who)s on %(date)s already.")
            % {"who": before.by.display_name, "date": date_format(before.at, "SHORT_DATE_FORMAT")}
        )
    kept = DeliveryFile.objects.create(sha256=read.sha256, rows=len(read.good), at=now, by=by)
    # In one order, so that two files at once wait for each other and not in a circle.
    for each in sorted(read.good, key=lambda one: (str(one.product.pk), one.line)):
        receive_lot(
            product=each.product,
            number=each.number,
            expires_on=each.expires_on,
            units=each.units,
            supplier=each.supplier,
            gtin=each.gtin,
            by=by,
            now=now,
        )
    record(verb="stock.file_taken_in", subject=kept, by=by, now=now, rows=len(read.good))
    return read
