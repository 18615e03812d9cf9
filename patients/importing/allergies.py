"""Which allergen an imported allergy names, and what says that there is none.

Pure. "No known allergies" is an answer and no allergy; "no known drug allergies" answers only that,
so the list as a whole stays open. An allergy that names nothing holds the patient.
"""

from dataclasses import dataclass

from clinic.folding import fold
from patients.importing.code_tables import NONE_AT_ALL, UNNAMED, allergy_codes, allergy_names
from patients.importing.coded import Concept
from patients.importing.products import ProductNames
from patients.importing.terms import System
from patients.screening.rule_set import RuleSet

_ABOUT = (
    "allergy to ", "allergic to ", "allergic reaction to ", "intolerance to ", "hypersensitivity to ",
    "adverse reaction to ",
)  # fmt: skip
_AFTER = (" allergy", " intolerance", " (substance)", " (organism)", " (disorder)", " (finding)")
_NONE_TEXTS = frozenset(
    fold(text)
    for text in (
        "no known allergies", "no known allergy", "no allergies", "none known", "nka", "nkma",
        "none", "no known medical allergies", "denies allergies", "bilinen alerjisi yok",
        "alerjisi yok", "alerji yok", "bilinen alerji yok", "yok",
    )
)  # fmt: skip
_NONE_PARTLY = ("no known ", "nkda", "no drug allerg", "ilaç alerjisi yok")


@dataclass(frozen=True, slots=True)
class AllergyMeaning:
    """`none`: there is no allergy at all. `partly_none`: none of one kind, which answers nothing."""

    groups: frozenset[str]
    known: bool
    none: bool = False
    partly_none: bool = False


def allergy_meaning(
    substance: Concept, *, rule_set: RuleSet, names: ProductNames
) -> AllergyMeaning:
    listed = _listed(substance)
    if listed is not None:
        if any(group.startswith(f"{NONE_AT_ALL}_") for group in listed):
            return AllergyMeaning(frozenset(), known=True, partly_none=True)
        if NONE_AT_ALL in listed:
            return AllergyMeaning(frozenset(), known=True, none=True)
        if UNNAMED not in listed:
            groups = frozenset(listed)
            return AllergyMeaning(
                groups | _otherwise_named(substance, groups, rule_set), known=True
            )
    texts = [substance.text, *(coding.display for coding in substance.codings)]
    for text in dict.fromkeys(filter(None, texts)):
        folded = fold(text).rstrip(".")
        if folded in _NONE_TEXTS:
            return AllergyMeaning(frozenset(), known=True, none=True)
        if folded.startswith(tuple(map(fold, _NONE_PARTLY))):
            return AllergyMeaning(frozenset(), known=True, partly_none=True)
        read = rule_set.recognise_allergy(bare_allergen(text))
        if read.groups and read.complete:
            return AllergyMeaning(read.groups, known=True)
    return _as_medicine(substance, rule_set, names)


def _otherwise_named(
    substance: Concept, groups: frozenset[str], rule_set: RuleSet
) -> frozenset[str]:
    """Where the words name another allergen than the code does, both count: nobody knows which."""
    named: set[str] = set()
    for coding in substance.codings:
        read = rule_set.recognise_allergy(bare_allergen(coding.display))
        if read.complete and read.groups and not read.groups & groups:
            named |= read.groups
    return frozenset(named)


def _listed(substance: Concept) -> tuple[str, ...] | None:
    for coding in substance.in_system(System.SNOMED):
        if coding.code in allergy_codes():
            return allergy_codes()[coding.code]
    for text in (substance.text, *(coding.display for coding in substance.codings)):
        if text and fold(text) in allergy_names():
            return allergy_names()[fold(text)]
    return None


def _as_medicine(substance: Concept, rule_set: RuleSet, names: ProductNames) -> AllergyMeaning:
    bare = Concept(substance.codings, bare_allergen(substance.text))
    contents = names.contents(bare)
    if not contents.complete:
        return AllergyMeaning(frozenset(), known=False)
    groups: set[str] = set()
    for row in contents.rows:
        read = rule_set.recognise_allergy(row.inn)
        groups.update(read.groups)
    return AllergyMeaning(frozenset(groups) or frozenset({"other_drug"}), known=True)


def bare_allergen(text: str) -> str:
    """Return what the allergy is to: "Allergy to tree pollen" -> "tree pollen"."""
    bare = text.strip()
    for start in _ABOUT:
        if bare.lower().startswith(start):
            bare = bare[len(start) :]
    for end in _AFTER:
        if bare.lower().endswith(end):
            bare = bare[: -len(end)]
    return bare.strip()
