"""What was said, as it is read back: lists with what the rules recognise, answers page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from patients.intake import queries
from patients.intake.by_medicine import is_no_for_each, said_of
from patients.intake.models import ListedAllergy, ListedMedication, ListedProcedure
from patients.intake.page_queries import IntakePage
from patients.intake.recognition import Recognition, recognition_of
from patients.intake.terms import NO, YES, Listed
from patients.intake.words import answer_words, question_words, region_words
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force

# Answers that nobody needs to look at twice: "nothing of this".
QUIET = (NO, "none", "negative")


@dataclass(frozen=True)
class ShownEntry:
    """A line of a list as it is read, with what the rules make of it."""

    id: UUID
    text: str
    detail: ListedMedication | ListedAllergy | ListedProcedure
    recognition: Recognition | None
    where: str


def entries_of(listed: Listed | None, patient: Patient) -> list[ShownEntry]:
    if listed is None:
        return []
    rule_set = rules_in_force()
    match listed:
        case Listed.MEDICATIONS:
            return [
                ShownEntry(
                    one.pk, one.text, one, recognition_of(listed, one.text, rule_set=rule_set), ""
                )
                for one in queries.medications(patient)
            ]
        case Listed.ALLERGIES:
            return [
                ShownEntry(
                    one.pk, one.text, one, recognition_of(listed, one.text, rule_set=rule_set), ""
                )
                for one in queries.allergies(patient)
            ]
        case Listed.PROCEDURES:
            language = get_language() or "en"
            regions = dict(region_words(rule_set, language, elsewhere=True))
            kinds = rule_set.vocabulary.procedures
            return [
                ShownEntry(
                    one.pk,
                    kinds[one.kind].label.to(language) if one.kind in kinds else one.kind,
                    one,
                    None,
                    ", ".join(str(regions.get(region, region)) for region in one.regions),
                )
                for one in queries.procedures(patient)
            ]


def list_question(listed: Listed | None) -> str:
    if listed is None:
        return ""
    return rules_in_force().question(listed.value).text.to(get_language() or "en")


@dataclass(frozen=True)
class Summary:
    """One page of the intake as the check page shows it."""

    page: IntakePage
    title: str
    may_ask: bool
    open_rows: list[tuple[str, str]]
    told_rows: list[tuple[str, str, str]]
    quiet_rows: list[tuple[str, str, str]]
    entries: list[ShownEntry]
    none_listed: bool


def summary_of(page: IntakePage, patient: Patient, may_ask: bool) -> Summary:
    rule_set, language = rules_in_force(), get_language() or "en"
    told: list[tuple[str, str, str]] = []
    quiet: list[tuple[str, str, str]] = []
    for question in page.questions:
        value = _value(question.code, page)
        if value is not None:
            row = (
                question.code,
                question.text.to(language),
                answer_words(question, value, rule_set=rule_set),
            )
            (quiet if value in QUIET or is_no_for_each(value) else told).append(row)
    return Summary(
        page=page,
        title=page.section.title.to(language),
        may_ask=may_ask,
        open_rows=[
            (
                code,
                question_words(
                    rule_set.question(code).text.to(language), page.open_medicines(code)
                ),
            )
            for code in page.open_codes
        ],
        told_rows=told if may_ask else [],
        quiet_rows=quiet if may_ask else [],
        entries=entries_of(page.listed, patient),
        none_listed=_none_listed(page.listed, page.answers),
    )


def _value(code: str, page: IntakePage) -> Any:
    """What was said, of the medicines that the question is still about."""
    value = page.answers.get(code)
    if code in page.medicines:
        return said_of(value, page.medicines[code]) or None
    return value


def _none_listed(listed: Listed | None, answers: Mapping[str, Any]) -> bool:
    return listed is not None and answers.get(listed.none_code) == YES
