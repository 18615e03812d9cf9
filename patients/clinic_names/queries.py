"""Reads of the clinic's own names: those in force for the matching, and those to be looked through."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max

from clinic.folding import fold
from clinic.once import once
from patients.clinic_names.hooks import ListedText, rule_set_in_force, texts_listed
from patients.clinic_names.models import NameChange
from patients.clinic_names.rules import proposed_name
from patients.clinic_names.terms import NAMES, NameList
from patients.screening.matching import NameIndex, words_of
from patients.screening.own_names import (
    ClinicNames,
    OwnAllergen,
    OwnMedicine,
    products_in,
)
from patients.screening.rule_set import RuleSet

# What was read last, with the state of the table it was read from. Rows are only ever added, so
# their number and the newest id tell every other state apart, also one that was rolled back.
_Newest = tuple[int, int | None]
_read_last: tuple[_Newest, ClinicNames] = ((0, None), ClinicNames())
_combined_last: tuple[RuleSet, ClinicNames, RuleSet] | None = None


def names_in_force() -> ClinicNames:
    """The names that the clinic has settled. One small query for each stretch of work."""
    return once(NAMES, _names_in_force)


def _names_in_force() -> ClinicNames:
    global _read_last
    seen = NameChange.objects.aggregate(count=Count("pk"), newest=Max("pk"))
    state = (seen["count"], seen["newest"])
    last_state, names = _read_last
    if state != last_state:
        names = _clinic_names(settled_names())
        _read_last = (state, names)
    return names


def with_names_in_force(rule_set: RuleSet) -> RuleSet:
    """The rule set with the clinic's names; the same object as long as neither has changed."""
    global _combined_last
    names = names_in_force()
    last = _combined_last
    if last is not None and last[0] is rule_set and last[1] is names:
        return last[2]
    combined = rule_set.with_names(names)
    _combined_last = (rule_set, names, combined)
    return combined


def _clinic_names(settled: Iterable[NameChange]) -> ClinicNames:
    medicines, allergens = [], []
    for one in settled:
        products = products_in(one.products)
        if one.listed == NameList.MEDICATIONS:
            medicines.append(OwnMedicine(one.name, products))
        else:
            allergens.append(OwnAllergen(one.name, tuple(one.groups), products, one.category))
    return ClinicNames(tuple(medicines), tuple(allergens))


def settled_names(text: str = "") -> list[NameChange]:
    """The names in force, by their spelling; with `text`, those that hold it."""
    latest = (
        NameChange.objects.order_by("listed", "name", "-pk")
        .distinct("listed", "name")
        .select_related("changed_by")
    )
    wanted = fold(text).strip()
    found = [one for one in latest if one.in_force]
    return sorted(
        (one for one in found if wanted in one.name or wanted in fold(one.written)),
        key=lambda one: (one.name, one.listed),
    )


def name_change(change_id: int) -> NameChange:
    return NameChange.objects.select_related("changed_by").get(pk=change_id)


def latest_of(listed: str, name: str) -> NameChange | None:
    return NameChange.objects.filter(listed=listed, name=name).order_by("-pk").first()


def history_of(listed: str, name: str) -> list[NameChange]:
    return list(
        NameChange.objects.filter(listed=listed, name=name)
        .order_by("-pk")
        .select_related("changed_by")
    )


def rule_set_now() -> RuleSet:
    return rule_set_in_force()[0]


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """A stretch of a patient's text that nothing explains, and the name it would be settled as."""

    listed: NameList
    text: str
    name: str


def unread_parts(patient_id: UUID) -> list[UnreadPart]:
    """What is not recognised on the lists of one patient, each stretch once."""
    rule_set = rule_set_now()
    found = (part for one in _texts(patient_id) for part in _parts(one, rule_set))
    return list(dict.fromkeys(found))


def _texts(patient_id: UUID | None) -> list[ListedText]:
    return [one for texts in texts_listed(patient_id) for one in texts]


def _parts(one: ListedText, rule_set: RuleSet) -> list[UnreadPart]:
    is_medicine = one.listed == NameList.MEDICATIONS
    recognise = rule_set.recognise_medication if is_medicine else rule_set.recognise_allergy
    is_filler = rule_set.shipped_medicines.words.is_filler
    return [
        UnreadPart(NameList(one.listed), one.text, proposed_name(gap.words, is_filler))
        for gap in recognise(one.text).unread
    ]


@dataclass(frozen=True, slots=True)
class OpenName:
    """A name that holds patients until it is settled."""

    listed: NameList
    name: str
    text: str
    patient_ids: frozenset[UUID]

    @property
    def somebody(self) -> UUID:
        """A patient on whose page it can be settled."""
        return min(self.patient_ids)


def open_names() -> list[OpenName]:
    """What is not recognised in the whole clinic, what holds most patients first."""
    rule_set = rule_set_now()
    patients: dict[tuple[str, str], set[UUID]] = {}
    first: dict[tuple[str, str], UnreadPart] = {}
    read: dict[tuple[str, str], list[UnreadPart]] = {}
    for one in _texts(None):
        key = (one.listed, one.text)
        if key not in read:
            read[key] = _parts(one, rule_set)
        for part in read[key]:
            name = (part.listed, part.name)
            first.setdefault(name, part)
            patients.setdefault(name, set()).add(one.patient_id)
    found = [
        OpenName(part.listed, part.name, part.text, frozenset(patients[name]))
        for name, part in first.items()
    ]
    return sorted(found, key=lambda one: (-len(one.patient_ids), one.name))


@dataclass(frozen=True, slots=True)
class SettledName:
    """A name in force, and how many patients have it on a list."""

    change: NameChange
    patient_count: int


def with_patients(changes: Iterable[NameChange]) -> list[SettledName]:
    shown = list(changes)
    found = patients_of_names([(one.listed, one.name) for one in shown])
    return [SettledName(one, len(found[one.listed, one.name])) for one in shown]


def patients_with(listed: str, name: str) -> list[UUID]:
    """Whose standing texts hold the name, whether it is in force or not."""
    return sorted(patients_of_names([(listed, name)])[listed, name])


def patients_of_names(
    names: Iterable[tuple[str, str]],
) -> Mapping[tuple[str, str], set[UUID]]:
    found: dict[tuple[str, str], set[UUID]] = {key: set() for key in names}
    indexes = {
        listed: NameIndex.of((name, name) for where, name in found if where == listed)
        for listed in NameList.values
    }
    in_text: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in _texts(None):
        key = (one.listed, one.text)
        if key not in in_text:
            named = indexes[one.listed].all_in(words_of(one.text))
            in_text[key] = tuple(name for each in named for name in each.meanings)
        for name in in_text[key]:
            found[one.listed, name].add(one.patient_id)
    return found
