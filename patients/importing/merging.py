"""What an import writes for one person, compared with what an earlier import has written.

Pure: an outline and the facts already there in, what is new and what has changed out. Nothing that
an earlier import brought is brought again, so what staff took out of a list stays out.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clinic.folding import fold
from patients.importing.checked import normal_phone, tidy_name
from patients.importing.coded import ImportedPerson
from patients.importing.outline import AllergyLine, ConditionLine, MedicineLine, Outline
from patients.importing.terms import ConditionState, Use
from patients.records.rules import UnreadableIdentity

LONGEST_TEXT = 300
_LANGUAGES = ("tr", "en")
# A record without an identifier is known by name and birth date.
BY_NAME = "name and birth date"
DECEASED = "deceased"
# Of who a patient is, what is followed when the record changes.
COMPARED = ("full_name", "sex", "phone", "email", "language")
MEDICINE, ALLERGY, CONDITION = "medicine", "allergy", "condition"


@dataclass(frozen=True)
class Fact:
    kind: str
    key: str
    text: str
    code: str
    state: str
    began: date | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    known: bool = True
    line: MedicineLine | AllergyLine | None = None


def identity_of(person: ImportedPerson) -> tuple[str, str]:
    """Return (system, value) by which this person is found again."""
    for system, value in person.identifiers:
        if value:
            return system[:200], value[:200]
    if person.identifier:
        return "", person.identifier[:200]
    return BY_NAME, f"{fold(person.name)} {person.born}"[:200]


def particulars(person: ImportedPerson, languages: tuple[str, ...] = _LANGUAGES) -> dict[str, Any]:
    """Return what the file of a patient is opened with. A number that cannot be one is left out."""
    try:
        phone = normal_phone(person.phone)
    except UnreadableIdentity:
        phone = ""
    language = person.language.lower()[:2]
    return {
        "full_name": tidy_name(person.name)[:120],
        "born_on": person.born,
        "sex": person.sex or "X",
        "phone": phone,
        "email": person.email[:254],
        "language": language if language in languages else languages[0],
    }


def as_said(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in COMPARED}


def facts_of(outline: Outline) -> list[Fact]:
    """Return every fact once; of two that say the same, the one that holds now counts."""
    found: dict[tuple[str, str], Fact] = {}
    for fact in _facts(outline):
        known = found.get((fact.kind, fact.key))
        if (
            known is None
            or (is_over(known.state) and not is_over(fact.state))
            or (known.state == fact.state and fact.answers)
        ):
            found[fact.kind, fact.key] = fact
    return list(found.values())


def is_over(state: str) -> bool:
    return state in (Use.STOPPED, ConditionState.RESOLVED)


def _facts(outline: Outline) -> Iterator[Fact]:
    for medicine in outline.listed_medicines():
        yield Fact(
            kind=MEDICINE,
            key=_key(medicine.engine_text),
            text=medicine.text[:LONGEST_TEXT],
            code=medicine.code[:60],
            state=medicine.use.value,
            began=medicine.order.starts or medicine.order.authored,
            line=medicine,
        )
    for allergy in outline.allergies:
        if not allergy.meaning.none and not allergy.meaning.partly_none:
            yield Fact(
                kind=ALLERGY,
                key=_key(allergy.code or allergy.text),
                text=allergy.text[:LONGEST_TEXT],
                code=allergy.code[:60],
                state=allergy.state.value,
                line=allergy,
            )
    for condition in outline.conditions:
        yield _condition(condition)
    if outline.person.had_died(outline.on):
        yield _death(outline.person.died)


def _death(died: str) -> Fact:
    """Held until a physician has read it: nobody treats, and a mistaken record can be put right."""
    return Fact(
        kind=CONDITION,
        key=DECEASED,
        text=f"Deceased {died}".removesuffix(" ?"),
        code="",
        state=ConditionState.ACTIVE.value,
        known=False,
    )


def _condition(condition: ConditionLine) -> Fact:
    return Fact(
        kind=CONDITION,
        key=_key(condition.code or condition.text),
        text=condition.text[:LONGEST_TEXT],
        code=condition.code[:60],
        state=condition.state.value,
        began=condition.began,
        answers=dict(condition.meaning.answers),
        known=condition.meaning.known,
    )


def _key(text: str) -> str:
    return hashlib.sha256(fold(text).encode()).hexdigest()
