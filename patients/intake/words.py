"""Answers, regions, medicine and allergy groups in words, for whoever reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.intake.terms import CONDITIONS, NO, UNKNOWN, YES
from patients.screening.facts import MedicineRow
from patients.screening.readable import read_date
from patients.screening.rule_set import Question, RuleSet
from patients.screening.terms import ELSEWHERE, Kind

Word = str | Promise


def choice_words(question: Question, language: str) -> list[tuple[str, Word]]:
    """The choices of a question with their words in `language`."""
    labels = question.labels
    return [
        (key, labels[key].to(language) if key in labels else key.replace("_", " "))
        for key in question.choices
    ]


def region_words(
    rule_set: RuleSet, language: str, *, elsewhere: bool = False
) -> list[tuple[str, Word]]:
    regions: list[tuple[str, Word]] = [
        (key, label.to(language)) for key, label in rule_set.vocabulary.regions.items()
    ]
    if elsewhere:
        regions.append((ELSEWHERE, rule_set.vocabulary.elsewhere.to(language)))
    return regions


def answer_words(question: Question, value: Any, *, rule_set: RuleSet) -> str:
    """An answer as a person says it."""
    if value == UNKNOWN:
        return str(_("Don't know"))
    if question.kind is Kind.CHOICE:
        return str(dict(choice_words(question, get_language() or "en")).get(value, value))
    if value == YES:
        return str(_("Yes"))
    if value == NO:
        return str(_("No"))
    if isinstance(value, list):
        return ", ".join(_item_words(question, item, rule_set) for item in value)
    if question.kind is Kind.DATE:
        return _day_words(value)
    return f"{value} {question.unit}".strip()


def _item_words(question: Question, item: Any, rule_set: RuleSet) -> str:
    if question.code == CONDITIONS:
        return str(item)
    language = get_language() or "en"
    known = (
        region_words(rule_set, language, elsewhere=True)
        if question.about_regions
        else choice_words(question, language)
    )
    return str(dict(known).get(item, item))


def _day_words(value: Any) -> str:
    day = value if isinstance(value, date) else read_date(value)
    return date_format(day, "SHORT_DATE_FORMAT") if day else str(value)


@dataclass(frozen=True)
class Recognition:
    """What the rules make of a text: the substances or allergens in it, and whether all is known."""

    names: tuple[str, ...]
    is_complete: bool


def recognised_medicine(text: str, *, rule_set: RuleSet) -> Recognition:
    named = rule_set.recognise_medication(text)
    rows = {row.inn: row for rows in named.products for row in rows}
    return Recognition(tuple(_medicine(row) for row in rows.values()), named.complete)


def recognised_allergen(text: str, *, rule_set: RuleSet) -> Recognition:
    named = rule_set.recognise_allergy(text)
    return Recognition(
        tuple(sorted(_words_of(group, ALLERGY_GROUPS) for group in named.groups)), named.complete
    )


def _medicine(row: MedicineRow) -> str:
    substance = row.inn.removeprefix("class:").replace("_", " ")
    groups = [str(word) for group, word in MEDICINE_GROUPS.items() if group in row.groups]
    return f"{substance} ({', '.join(groups)})" if groups else substance


def _words_of(group: str, known: Mapping[str, Word]) -> str:
    return str(known.get(group, group.replace("_", " ")))


def joined(words: Iterable[Any]) -> str:
    return ", ".join(str(word) for word in words)


# The groups that rules ask for, in words. Others are shown by the name of the substance alone.
MEDICINE_GROUPS: Mapping[str, Word] = {
    "anticoagulant": _("blood thinner"),
    "antiplatelet": _("blood thinner (platelets)"),
    "aspirin": _("aspirin"),
    "thrombolytic": _("dissolves clots"),
    "clotting_factor": _("clotting factor"),
    "antifibrinolytic": _("stops bleeding"),
    "nsaid": _("painkiller that thins the blood"),
    "supplement_bleeding": _("supplement that thins the blood"),
    "antidepressant": _("antidepressant"),
    "antipsychotic": _("antipsychotic"),
    "antiepileptic": _("against seizures"),
    "antineoplastic": _("cancer medicine"),
    "immunosuppressant": _("weakens the immune system"),
    "biologic": _("biologic"),
    "corticosteroid_systemic": _("cortisone"),
    "corticosteroid_topical": _("cortisone cream"),
    "retinoid_systemic": _("vitamin A tablet"),
    "retinoid_topical": _("vitamin A cream"),
    "antibiotic": _("antibiotic"),
    "hormonal_combined_contraceptive": _("birth control with oestrogen"),
    "hormonal_progestogen": _("progestogen"),
    "hormonal_oestrogen": _("oestrogen"),
    "hormonal_serm": _("hormone blocker"),
    "hormonal_antiandrogen": _("hormone blocker"),
    "fertility_treatment": _("fertility medicine"),
    "antidiabetic": _("diabetes medicine"),
    "insulin": _("insulin"),
    "beta_blocker": _("beta blocker"),
    "antiarrhythmic": _("heart rhythm medicine"),
    "diuretic": _("water tablet"),
    "antimalarial": _("antimalarial"),
    "local_anaesthetic_amide": _("local anaesthetic"),
    "local_anaesthetic_ester": _("local anaesthetic"),
    "depigmenting_topical": _("bleaching cream"),
    "supplement": _("supplement"),
    "vitamin": _("vitamin"),
}

ALLERGY_GROUPS: Mapping[str, Word] = {
    "adhesive": _("plaster adhesive"),
    "alpha_lipoic_acid": _("alpha lipoic acid"),
    "amide_anaesthetic": _("local anaesthetics of the lidocaine kind"),
    "animal": _("animals"),
    "ascorbic_acid": _("vitamin C"),
    "avian_protein": _("bird protein, egg"),
    "azelaic_acid": _("azelaic acid"),
    "b_complex": _("B vitamins"),
    "benzyl_alcohol": _("benzyl alcohol"),
    "biotin": _("biotin"),
    "cephalosporin": _("cephalosporins"),
    "chlorhexidine": _("chlorhexidine"),
    "cobalt": _("cobalt"),
    "compositae": _("daisy family"),
    "contrast_medium": _("contrast medium"),
    "copper": _("copper"),
    "coumarin": _("coumarin"),
    "detergent": _("detergents"),
    "dexpanthenol": _("dexpanthenol"),
    "dust_mite": _("dust mites"),
    "ester_anaesthetic": _("local anaesthetics of the procaine kind"),
    "fava_bean": _("fava bean"),
    "fish": _("fish"),
    "food_other": _("a food that no product contains"),
    "fragrance": _("fragrance"),
    "glutathione": _("glutathione"),
    "hyaluronic_acid": _("hyaluronic acid"),
    "hydroquinone": _("hydroquinone"),
    "idebenone": _("idebenone"),
    "insect_venom": _("insect stings"),
    "iodine_povidone": _("iodine antiseptic"),
    "kojic_acid": _("kojic acid"),
    "lactose": _("lactose"),
    "latex": _("latex"),
    "mould": _("mould"),
    "nickel": _("nickel"),
    "nsaid": _("painkillers of the ibuprofen kind"),
    "octenidine": _("octenidine"),
    "other_drug": _("another medicine"),
    "paba": _("PABA"),
    "paraben": _("parabens"),
    "peanut": _("peanut"),
    "penicillin": _("penicillins"),
    "plant_extract": _("plant extracts"),
    "pollen": _("pollen"),
    "polysorbate": _("polysorbate"),
    "protamine": _("protamine"),
    "resorcinol": _("resorcinol"),
    "resveratrol": _("resveratrol"),
    "salicylate": _("aspirin and salicylates"),
    "selenium": _("selenium"),
    "sesame": _("sesame"),
    "shellfish": _("shellfish"),
    "soy": _("soy"),
    "streptococcal_protein": _("streptococcal protein"),
    "sulfite": _("sulfites"),
    "sulfonamide_antibiotic": _("sulfonamide antibiotics"),
    "tranexamic_acid": _("tranexamic acid"),
    "vitamin_e": _("vitamin E"),
    "zinc": _("zinc"),
}
