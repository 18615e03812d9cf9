"""The words by which the engine recognises what codes have named.

Pure. The engine reads names, as a patient would write them: a product that only its code explains
("Yaz 28 Day Pack") is handed over by the substances in it, and the record's own words stay beside.
"""

from collections.abc import Mapping

from patients.importing.products import Contents
from patients.screening.rule_set import RuleSet
from patients.screening.terms import DRUG

LONGEST = 200
# An allergen group -> a name that the engine reads as exactly this group.
_GROUP_NAMES: Mapping[str, str] = {
    "amide_anaesthetic": "lidocaine", "ester_anaesthetic": "procaine", "avian_protein": "egg",
    "salicylate": "aspirin", "sulfonamide_antibiotic": "sulfonamide", "insect_venom": "bee venom",
    "animal": "animal hair", "contrast_medium": "contrast medium", "food_other": "tree nuts",
    "iodine_povidone": "povidone iodine", "lactose": "milk", "dust_mite": "dust mite",
    "mould": "mould", "adhesive": "adhesive",
}  # fmt: skip


def medicine_text(shown: str, contents: Contents, rule_set: RuleSet) -> str:
    """Return the record's words where the engine reads them alike, else the substances."""
    text = " ".join(shown.split())[:LONGEST]
    read = rule_set.recognise_medication(text)
    found = {row.inn for rows in read.products for row in rows}
    if read.complete and found == set(contents.inns):
        return text
    if contents.complete:
        return " + ".join(contents.inns)[:LONGEST]
    # Not all of it is understood: what is, counts; the rest still holds the patient.
    understood = ", ".join(inn for inn in contents.inns if inn not in found)
    return f"{text}, {understood}"[:LONGEST] if understood else text


def allergy_text(shown: str, groups: frozenset[str], rule_set: RuleSet) -> str:
    """Return words that name exactly these allergen groups, and the record's own where they do."""
    text = " ".join(shown.split())[:LONGEST]
    read = rule_set.recognise_allergy(text)
    if (read.complete and read.groups == groups) or not groups:
        return text
    if groups == {"other_drug"}:
        return text
    names = (_GROUP_NAMES.get(group, group.replace("_", " ")) for group in sorted(groups))
    return " + ".join(names)[:LONGEST]


def is_drug(groups: frozenset[str]) -> bool:
    return DRUG in groups
