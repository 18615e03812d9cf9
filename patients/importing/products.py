"""Which substances a coded or written product contains: codes first, then the name.

Pure. Names follow the grammar of RxNorm: `12 HR Oxycodone Hydrochloride 15 MG Extended Release Oral
Tablet`, `A 1 MG / B 2 MG Oral Tablet [Brand]`, `Yaz 28 Day Pack`. The form decides between two rows
of one substance (a cream is not a tablet). Where code and text disagree, both count.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from clinic.folding import fold
from patients.importing.code_tables import (
    medicine_classes,
    medicine_codes,
    medicine_names,
    medicine_rows,
)
from patients.importing.coded import Concept
from patients.importing.terms import System
from patients.screening.facts import MedicineRow
from patients.screening.matching import MedicineMatcher, MedicineName, Named, NameIndex, words_of
from patients.screening.name_tables import CLASS_ROW, medicine_row
from patients.screening.own_names import MedicinesOfClinic
from patients.screening.rule_set import RuleSet

_BRAND = re.compile(r"\[([^\]]*)\]")
_BETWEEN_PARTS = re.compile(r"\s+/\s+|(?<=[a-z])\s*/\s*(?=[a-z])|\s+\+\s+|(?<=[a-z])-(?=ethinyl)")
_PER_UNIT = re.compile(
    r"(?<=[a-z0-9])\s*/\s*(?:\d+\s*)?(?:ml|l|hr|actuat|mg|mcg|g|day|24\s*hr|h)\b"
)
_INERT = re.compile(r"/?\s*\d*\s*\(inert[^)]*\)")
_PACKING = re.compile(r"[{}]|\bpack\b\s*$|\d+\s*\(")
_SAME_PART = {"aspirin": "acetylsalicylic acid"}
_STRENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*mg\b")
_SMALL_ASPIRIN_MG = Decimal(100)
_LARGE_METHOTREXATE_MG = Decimal(250)

# Part of a dose form -> the word in the brackets of a row's name.
_FORMS: tuple[tuple[str, str], ...] = (
    ("auto-injector", "auto-injector"),
    ("intrauterine", "intrauterine system"),
    ("drug implant", "implant"),
    ("implant", "implant"),
    ("vaginal ring", "vaginal ring"),
    ("vaginal system", "vaginal ring"),
    ("transdermal", "patch"),
    ("patch", "patch"),
    ("ophthalmic", "eye drops"),
    ("eye", "eye drops"),
    ("nasal", "nasal"),
    ("mucosal", "mucosal"),
    ("inhal", "inhaled"),
    ("actuat", "inhaled"),
    ("nebuli", "inhaled"),
    ("metered dose", "inhaled"),
    ("topical", "topical"),
    ("cream", "topical"),
    ("ointment", "topical"),
    ("lotion", "topical"),
    ("foam", "topical"),
    ("shampoo", "topical"),
    ("inject", "injection"),
    ("syringe", "injection"),
    ("cartridge", "injection"),
    ("oral", "oral"),
    ("tablet", "oral"),
    ("capsule", "oral"),
    ("day pack", "oral"),
    ("gel", "topical"),
)
# What a bracket means where the form says less than the bracket does.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "injection": ("injection", "systemic", "monthly injection", "oral or injection", "oral"),
    "auto-injector": ("auto-injector", "injection"),
    "oral": ("oral", "systemic", "low dose", "emergency", "progestogen only", "sequential"),
    "topical": ("topical", "topical gel"),
    "eye drops": ("eye drops", "eye drops / lash"),
    "patch": ("patch",),
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a product contains. `complete`: nothing in its name was left unexplained."""

    rows: tuple[MedicineRow, ...]
    complete: bool

    @property
    def inns(self) -> tuple[str, ...]:
        return tuple(row.inn for row in self.rows)


class ProductNames:
    """The names of a rule set, and those that only codes and foreign records use."""

    def __init__(self, matcher: MedicineMatcher) -> None:
        self.matcher = matcher
        known = _rows_of(matcher)
        extra = {inn: medicine_row(row) for inn, row in medicine_rows().items()}
        self.rows: dict[str, MedicineRow] = {**extra, **known}
        self.classes = {inn: row for inn, row in known.items() if inn.startswith(CLASS_ROW)}
        self.mixtures = self._mixtures()
        self.index = NameIndex.of(self._names(known))
        self.siblings = self._siblings()
        # Names of a substance, not of a product: only they leave the form open.
        self.generic = {words_of(base) for base in self.siblings} | {
            words_of(name) for name, _ in medicine_names() if name[0].islower()
        }
        self.by_atc: dict[str, list[MedicineRow]] = {}
        for inn, row in self.rows.items():
            if row.atc and not inn.startswith(CLASS_ROW):
                self.by_atc.setdefault(row.atc.upper(), []).append(row)
        self._seen: dict[Concept, Contents] = {}

    def _names(self, known: Mapping[str, MedicineRow]) -> Iterable[tuple[str, MedicineRow]]:
        for entries in self.matcher.index.by_first_word.values():
            for words, meanings in entries:
                for meaning in meanings:
                    if meaning.row is not None and not meaning.lay:
                        yield " ".join(words), meaning.row
        for inn, row in self.rows.items():
            if inn not in known:
                yield inn, row
        for name, inn in medicine_names():
            if inn in self.rows:
                yield name, self.rows[inn]
        alone = {fold(_base(inn)) for inn in self.rows} | {
            fold(name) for name, _ in medicine_names()
        }
        alone.update(self.matcher.index.names())
        for parts, rows in self.mixtures.items():
            for part in parts - alone:
                for row in rows:
                    yield part, row
        for inn, row in self.rows.items():
            base = _base(inn)
            if base != inn and "+" not in base and not inn.startswith(CLASS_ROW):
                yield base, row

    def _siblings(self) -> dict[str, tuple[MedicineRow, ...]]:
        found: dict[str, list[MedicineRow]] = {}
        for inn, row in self.rows.items():
            if not inn.startswith(CLASS_ROW):
                found.setdefault(_base(inn), []).append(row)
        return {base: tuple(rows) for base, rows in found.items()}

    def _mixtures(self) -> dict[frozenset[str], tuple[MedicineRow, ...]]:
        found: dict[frozenset[str], list[MedicineRow]] = {}
        for inn, row in self.rows.items():
            parts = [part.strip() for part in _base(inn).split(" + ")]
            if len(parts) > 1:
                key = frozenset(_SAME_PART.get(part, part) for part in map(fold, parts))
                found.setdefault(key, []).append(row)
        return {parts: tuple(rows) for parts, rows in found.items()}

    # -- reading

    def contents(self, medicine: Concept) -> Contents:
        """Return what a product contains. The same product is read once."""
        if medicine not in self._seen:
            self._seen[medicine] = self._read(medicine)
        return self._seen[medicine]

    def _read(self, medicine: Concept) -> Contents:
        by_code = self._by_codes(medicine)
        texts = list(dict.fromkeys([medicine.text, *(c.display for c in medicine.codings)]))
        by_text = [self.named(text) for text in texts if text]
        understood = [found for found in by_text if found.rows]
        if not by_code:
            complete = [found for found in understood if found.complete]
            return _union(complete or understood or [self._by_class(medicine)])
        strangers = [
            found for found in understood if _bases(found.rows).isdisjoint(_bases(by_code.rows))
        ]
        return _union([by_code, *(found for found in strangers if found.complete)])

    def _by_codes(self, medicine: Concept) -> Contents | None:
        for coding in medicine.codings:
            name = medicine_codes().get((coding.system, coding.code))
            if name:
                found = self.named(name)
                if found.rows:
                    return found
        for coding in medicine.in_system(System.ATC):
            rows = self.by_atc.get(coding.code.upper(), [])
            if rows:
                return self._fitting_atc(rows, medicine)
        return None

    def _fitting_atc(self, rows: Sequence[MedicineRow], medicine: Concept) -> Contents:
        """One ATC code can stand for a cream and a tablet: the words decide, else both count."""
        named = {row.inn for row in self.named(medicine.shown).rows} if medicine.shown else set()
        fitting = tuple(row for row in rows if row.inn in named)
        return Contents(fitting or tuple(rows), complete=True)

    def _by_class(self, medicine: Concept) -> Contents:
        for coding in medicine.in_system(System.ATC):
            for prefix, class_row in medicine_classes():
                if coding.code.upper().startswith(prefix) and class_row in self.classes:
                    return Contents((self.classes[class_row],), complete=False)
        return Contents((), complete=False)

    def named(self, text: str) -> Contents:
        """Read a product's name. Everyday words that are brands count: this is no everyday text."""
        plain = text.lower()
        brands = " ".join(_BRAND.findall(plain))
        plain = _PER_UNIT.sub("", _BRAND.sub(" ", plain))
        form = _form(f"{plain} {brands}")
        plain = _PACKING.sub(" ", _INERT.sub(" ", plain))
        groups = [self._part(part, form) for part in _BETWEEN_PARTS.split(plain) if part.strip()]
        found = [row for rows in groups for row in rows]
        combined = self._combined(groups, form)
        branded = self._part(brands, form) if brands else ()
        if branded and _bases(branded) >= _bases(combined):
            return Contents(branded, complete=True)
        if found and all(groups):
            return Contents(combined, complete=True)
        if branded:
            return Contents(tuple(dict.fromkeys([*branded, *found])), complete=True)
        patient_words = self.matcher.recognise(text)
        if patient_words.complete and not found:
            rows = tuple(dict.fromkeys(row for rows in patient_words.products for row in rows))
            return Contents(rows, complete=bool(rows))
        return Contents(tuple(dict.fromkeys(found)), complete=False)

    def _part(self, part: str, form: str) -> tuple[MedicineRow, ...]:
        """The rows of one ingredient: several names in it are its salt, or one product."""
        chosen: list[MedicineRow] = []
        for name in self.index.all_in(words_of(part)):
            chosen.extend(self._fitting(name, form, part))
        real = [row for row in chosen if "mineral" not in row.groups]
        return tuple(dict.fromkeys(real or chosen))

    def _fitting(self, name: Named[MedicineRow], form: str, part: str) -> tuple[MedicineRow, ...]:
        meanings = name.meanings
        bases = {_base(row.inn) for row in meanings}
        if len(bases) > 1:
            return tuple(meanings)
        candidates = tuple(meanings)
        if name.words in self.generic:
            candidates = self.siblings.get(next(iter(bases)), candidates)
        named_in_full = [row for row in meanings if _base(row.inn) == row.inn]
        if len(candidates) == 1 or (named_in_full and not form):
            return tuple(named_in_full) or candidates
        by_strength = _by_strength(candidates, part)
        if by_strength:
            return by_strength
        wanted = _ALSO.get(form, (form,)) if form else ()
        for bracket in wanted:
            fitting = tuple(row for row in candidates if _bracket(row.inn) == bracket)
            if fitting:
                return fitting
        unmarked = tuple(row for row in candidates if _base(row.inn) == row.inn)
        if unmarked:
            return unmarked
        # A brand names its form by itself (Mirena); a bare substance without a form is all of them.
        return tuple(meanings)

    def _combined(
        self, groups: Sequence[tuple[MedicineRow, ...]], form: str
    ) -> tuple[MedicineRow, ...]:
        rows = tuple(dict.fromkeys(row for group in groups for row in group))
        parts = {fold(part) for row in rows for part in _base(row.inn).split(" + ")}
        names = frozenset(_SAME_PART.get(part, part) for part in parts)
        mixed = self.mixtures.get(names) if len(groups) > 1 else None
        if not mixed:
            return rows
        wanted = () if form in ("oral", "") else _ALSO.get(form, (form,))
        fitting = tuple(row for row in mixed if _bracket(row.inn) in wanted)
        plain = tuple(row for row in mixed if _base(row.inn) == row.inn)
        return fitting[:1] or plain[:1] or mixed


_LAST: list[tuple[MedicineMatcher, ProductNames]] = []


def product_names(rule_set: RuleSet) -> ProductNames:
    """The names of a rule set. Those of the last one asked for are kept: they take a while."""
    matcher = rule_set.shipped_medicines
    for known, names in _LAST:
        if known is matcher:
            return names
    names = ProductNames(matcher)
    _LAST[:] = [(matcher, names)]
    return names


def _rows_of(matcher: MedicineMatcher) -> dict[str, MedicineRow]:
    found: dict[str, MedicineRow] = {}
    for entries in matcher.index.by_first_word.values():
        for _, meanings in entries:
            found |= {m.row.inn: m.row for m in meanings if m.row is not None}
    return found


def with_added_names(rule_set: RuleSet) -> RuleSet:
    """A rule set that also knows the added substances, where its own table lacks them."""
    matcher = rule_set.medicines
    known = _rows_of(rule_set.shipped_medicines)
    missing = {inn: row for inn, row in medicine_rows().items() if inn not in known}
    if not missing or isinstance(matcher, MedicinesOfClinic):
        return rule_set
    names: list[tuple[str, MedicineName]] = [
        (" ".join(words), meaning)
        for entries in matcher.index.by_first_word.values()
        for words, meanings in entries
        for meaning in meanings
    ]
    names += [(inn, MedicineName(medicine_row(row), lay=False)) for inn, row in missing.items()]
    return replace(rule_set, medicines=MedicineMatcher(NameIndex.of(names), matcher.words))


def _base(inn: str) -> str:
    return inn.partition(" (")[0]


def _bracket(inn: str) -> str:
    return inn.partition(" (")[2].rstrip(")")


def _bases(rows: Iterable[MedicineRow]) -> frozenset[str]:
    return frozenset(part for row in rows for part in _base(row.inn).split(" + "))


def _form(plain: str) -> str:
    return next((form for part, form in _FORMS if part in plain), "")


def _by_strength(candidates: Sequence[MedicineRow], part: str) -> tuple[MedicineRow, ...]:
    match = _STRENGTH.search(part)
    if not match:
        return ()
    try:
        strength = Decimal(match.group(1))
    except InvalidOperation:
        return ()
    limits = {
        "acetylsalicylic acid": ("low dose", "analgesic dose", _SMALL_ASPIRIN_MG),
        "methotrexate": ("low dose", "high dose", _LARGE_METHOTREXATE_MG),
    }
    if _base(candidates[0].inn) not in limits:
        return ()
    small, large, limit = limits[_base(candidates[0].inn)]
    wanted = small if strength <= limit else large
    return tuple(row for row in candidates if _bracket(row.inn) == wanted)


def _union(found: Sequence[Contents]) -> Contents:
    rows = tuple(dict.fromkeys(row for contents in found for row in contents.rows))
    return Contents(rows, complete=bool(rows) and any(contents.complete for contents in found))
