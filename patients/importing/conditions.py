"""Which questions an imported illness answers, and which illnesses a physician has to read.

Pure. The code comes first (SNOMED CT, ICD-10), then the name, then the words in it. An illness that
is over answers only what is asked about the past ("have you ever had a clot"). What nobody knows is
never harmless: it stays unrecognised and holds the patient until a physician has read it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from clinic.folding import fold
from patients.importing.code_tables import (
    ConditionEntry,
    condition_codes,
    condition_names,
    condition_words,
    icd_prefixes,
)
from patients.importing.coded import Concept
from patients.importing.terms import ConditionState, System

_PAST_ONLY = frozenset(
    {
        "clot_history", "seizure_history", "cancer_past", "melanoma_ever", "bleeding_disorder",
        "thrombophilia", "af_or_valve", "anaphylaxis_ever", "diabetes", "kidney", "transplant",
        "immune_weak", "connective_tissue_disease", "koebner_disease", "keloid", "porphyria",
        "g6pd_deficiency", "wilson_disease", "iron_overload", "myasthenia", "kidney_stones",
        "conduction_disease", "migraine_aura", "vision", "high_blood_pressure",
    }
)  # fmt: skip
_CANCER_NOW, _CANCER_PAST = "cancer_now", "cancer_past"

Answers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an illness says: answers, nothing that matters here, or something to be read."""

    answers: Answers
    known: bool


_HARMLESS = Meaning((), known=True)
_TO_BE_READ = Meaning((), known=False)


def meaning_of(condition: Concept, state: ConditionState) -> Meaning:
    active = state is ConditionState.ACTIVE
    found = [*_by_code(condition, active), *_by_icd(condition, active)]
    if not found:
        found = [_by_name(name, active) for name in _names(condition)]
    answers = tuple(dict.fromkeys(pair for meaning in found for pair in meaning.answers))
    known = any(meaning.known for meaning in found)
    # Whatever is over, and answers nothing about the past, holds nobody.
    return Meaning(answers, known=known or bool(answers) or not (active or found))


def _names(condition: Concept) -> list[str]:
    texts = [condition.text, *(coding.display for coding in condition.codings)]
    return list(dict.fromkeys(text for text in texts if text))


def _of_entry(entry: ConditionEntry, active: bool) -> Meaning:
    if active:
        return Meaning(entry.active, known=not entry.read)
    return Meaning(entry.past, known=not entry.read_past)


def _by_code(condition: Concept, active: bool) -> Iterable[Meaning]:
    for coding in condition.in_system(System.SNOMED):
        entry = condition_codes().get(coding.code)
        if entry is not None:
            yield _of_entry(entry, active)


def _by_icd(condition: Concept, active: bool) -> Iterable[Meaning]:
    for coding in condition.in_system(System.ICD10):
        code = coding.code.upper()
        for prefix, now, past in icd_prefixes():
            if code.startswith(prefix):
                yield Meaning(now if active else past, known=True)
                break


def _by_name(name: str, active: bool) -> Meaning:
    folded = fold(name)
    entry = condition_names().get(folded) or condition_names().get(folded.rpartition(" (")[0])
    if entry is not None:
        return _of_entry(entry, active)
    for words in condition_words():
        if any(word in folded for word in words.words):
            if words.read:
                return _TO_BE_READ
            return Meaning(words.answers if active else _past(words.answers), known=True)
    return _TO_BE_READ if active else _HARMLESS


def _past(answers: Answers) -> Answers:
    kept = [pair for pair in answers if pair[0] in _PAST_ONLY]
    if any(code == _CANCER_NOW for code, _ in answers):
        kept.append((_CANCER_PAST, "yes"))
    return tuple(kept)
