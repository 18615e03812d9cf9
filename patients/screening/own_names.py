"""Names that the clinic itself has settled, beside the shipped ones.

Pure. What the shipped tables recognise they recognise as before; the clinic's names only add what
they stand for, and explain what would stay unread. So a name of the clinic's can never hide a
substance that the tables know. A name that points to something this version of the data does not
know explains nothing: its text is held again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patients.screening.facts import MedicineRow
from patients.screening.matching import (
    AllergyMatcher,
    AllergyRead,
    MedicineMatcher,
    Named,
    NameIndex,
    Recognised,
    Unread,
    Words,
    words_of,
)
from patients.screening.terms import OTHER

# The key of a stored request under which the names stand that were used for its verdict.
CLINIC_NAMES = "clinic_names"
# What a name stands for: per product, the rows of the medicine table that it may be.
Products = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class OwnMedicine:
    """`name`: folded words. No product: a substance without bearing on mesotherapy."""

    name: str
    products: Products = ()


@dataclass(frozen=True, slots=True)
class OwnAllergen:
    """An allergen by its groups or by the medicine it is; else by its category alone."""

    name: str
    groups: tuple[str, ...] = ()
    products: Products = ()
    category: str = ""


@dataclass(frozen=True)
class ClinicNames:
    medicines: tuple[OwnMedicine, ...] = ()
    allergens: tuple[OwnAllergen, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.medicines or self.allergens)

    def only(self, medicines: Iterable[str], allergens: Iterable[str]) -> "ClinicNames":
        """Return the names that were used, to be stored with the verdict."""
        taken, stated = frozenset(medicines), frozenset(allergens)
        return ClinicNames(
            tuple(one for one in self.medicines if one.name in taken),
            tuple(one for one in self.allergens if one.name in stated),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "medications": [
                {"name": one.name, "products": [list(inns) for inns in one.products]}
                for one in self.medicines
            ],
            "allergies": [
                {
                    "name": one.name,
                    "groups": list(one.groups),
                    "products": [list(inns) for inns in one.products],
                    "category": one.category,
                }
                for one in self.allergens
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ClinicNames":
        return cls(
            tuple(
                OwnMedicine(one["name"], products_in(one["products"]))
                for one in stored.get("medications", ())
            ),
            tuple(
                OwnAllergen(
                    one["name"],
                    tuple(one["groups"]),
                    products_in(one["products"]),
                    one["category"],
                )
                for one in stored.get("allergies", ())
            ),
        )


def products_in(stored: Iterable[Sequence[str]]) -> Products:
    return tuple(tuple(inns) for inns in stored)


@dataclass(frozen=True)
class _Meaning:
    """A name of the clinic's against one version of the data."""

    name: str
    products: tuple[tuple[MedicineRow, ...], ...]
    groups: frozenset[str]
    category: str
    # Everything it stands for is known to this version.
    is_whole: bool

    @property
    def names_something(self) -> bool:
        return bool(self.products or self.groups)


def products_of_table(matcher: MedicineMatcher) -> dict[str, MedicineRow]:
    """Every substance of the table by its name; plain words for a class are none."""
    rows: dict[str, MedicineRow] = {}
    for entries in matcher.index.by_first_word.values():
        for _words, meanings in entries:
            rows.update((m.row.inn, m.row) for m in meanings if m.row is not None and not m.lay)
    return rows


def _meaning(
    one: OwnMedicine | OwnAllergen, rows: Mapping[str, MedicineRow], groups: frozenset[str]
) -> _Meaning:
    products = tuple(
        tuple(rows[inn] for inn in inns if inn in rows) for inns in one.products if inns
    )
    named = one.groups if isinstance(one, OwnAllergen) else ()
    wanted = {inn for inns in one.products for inn in inns}
    return _Meaning(
        name=one.name,
        products=tuple(found for found in products if found),
        groups=frozenset(named) & groups,
        category=_category(one),
        is_whole=wanted <= rows.keys() and groups.issuperset(named),
    )


def _category(one: OwnMedicine | OwnAllergen) -> str:
    if isinstance(one, OwnMedicine) or one.groups or one.products:
        return ""
    return one.category or OTHER


def _index(
    names: Iterable[OwnMedicine | OwnAllergen],
    rows: Mapping[str, MedicineRow],
    groups: frozenset[str],
) -> NameIndex[_Meaning]:
    return NameIndex.of((one.name, _meaning(one, rows, groups)) for one in names)


def _own_in(
    words: Words, own: NameIndex[_Meaning], shipped: NameIndex[Any]
) -> list[Named[_Meaning]]:
    """Return the clinic's names in a text. Inside a longer shipped name there is none."""
    found = own.all_in(words)
    if not found:
        return []
    longer = shipped.all_in(words)
    return [name for name in found if not any(_is_inside(name, other) for other in longer)]


def _is_inside(name: Named[Any], other: Named[Any]) -> bool:
    return (
        len(other.words) > len(name.words)
        and other.start <= name.start
        and name.start + len(name.words) <= other.start + len(other.words)
    )


def _still_unread(
    unread: Iterable[Unread], own: Sequence[Named[_Meaning]], matcher: MedicineMatcher
) -> tuple[Unread, ...]:
    return tuple(gap for gap in unread if not _explains(gap, own, matcher))


def _explains(gap: Unread, own: Sequence[Named[_Meaning]], matcher: MedicineMatcher) -> bool:
    """Whether a stretch is understood by the clinic's names.

    A named substance explains its stretch as a shipped name does. A name "without bearing" explains
    nothing but itself: another unknown word beside it may be the one that matters.
    """
    inside = [name for name in own if name.start in gap]
    meanings = [meaning for name in inside for meaning in name.meanings]
    if not meanings or not all(meaning.is_whole for meaning in meanings):
        return False
    if any(meaning.names_something for meaning in meanings):
        return True
    covered = {name.start + at for name in inside for at in range(len(name.words))}
    return all(
        gap.start + at in covered or matcher.words.is_filler(word)
        for at, word in enumerate(gap.words)
    )


@dataclass(frozen=True)
class MedicinesOfClinic:
    """The shipped matcher, and what the clinic's own names add to it."""

    shipped: MedicineMatcher
    own: NameIndex[_Meaning]

    @classmethod
    def of(
        cls, matcher: "MedicineMatcher | MedicinesOfClinic", names: Iterable[OwnMedicine]
    ) -> "MedicinesOfClinic":
        shipped = matcher.shipped if isinstance(matcher, MedicinesOfClinic) else matcher
        return cls(shipped, _index(names, products_of_table(shipped), frozenset()))

    def recognise(self, text: str) -> Recognised:
        words = words_of(text)
        read = self.shipped.recognise_words(words)
        own = _own_in(words, self.own, self.shipped.index)
        if not own:
            return read
        meanings = [meaning for name in own for meaning in name.meanings]
        unread = _still_unread(read.unread, own, self.shipped)
        return Recognised(
            products=read.products + tuple(rows for one in meanings for rows in one.products),
            complete=not unread,
            unread=unread,
            own=tuple(one.name for one in meanings),
        )


@dataclass(frozen=True)
class AllergiesOfClinic:
    shipped: AllergyMatcher
    own: NameIndex[_Meaning]

    @classmethod
    def of(
        cls,
        matcher: "AllergyMatcher | AllergiesOfClinic",
        names: Iterable[OwnAllergen],
        groups: frozenset[str],
    ) -> "AllergiesOfClinic":
        shipped = matcher.shipped if isinstance(matcher, AllergiesOfClinic) else matcher
        return cls(shipped, _index(names, products_of_table(shipped.medicines), groups))

    def recognise(self, text: str) -> AllergyRead:
        words = words_of(text)
        read = self.shipped.recognise_words(words)
        own = _own_in(words, self.own, self.shipped.index)
        if not own:
            return read
        unread = _still_unread(read.unread, own, self.shipped.medicines)
        groups, categories = set(read.groups), set(read.categories)
        if read.unread and not unread:
            # "Other" stood for what was not understood; it stays where a group is of that kind.
            categories.discard(OTHER)
            categories.update(self.shipped.category_of.get(group, OTHER) for group in groups)
        for meaning in (one for name in own for one in name.meanings):
            groups |= meaning.groups
            self.shipped.add_medicines(meaning.products, groups, categories)
            categories.update(self.shipped.category_of.get(g, OTHER) for g in meaning.groups)
            categories.update(filter(None, [meaning.category]))
        return AllergyRead(
            groups=frozenset(groups),
            categories=frozenset(categories),
            complete=not unread,
            unread=unread,
            own=tuple(one.name for name in own for one in name.meanings),
        )
