"""What a patient said, as it is read back to them before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from patients.intake.by_medicine import said_of
from patients.intake.page_queries import IntakePage
from patients.intake.terms import UNKNOWN, YES, Listed, MedicationStatus
from patients.intake.words import answer_words, question_words, region_words
from patients.phone_intake.drafts import Said
from patients.phone_intake.forms import NONE_WORDS, SEVERITY_WORDS, STATUS_WORDS
from patients.phone_intake.rules import HARMLESS
from patients.rulebook.queries import rules_in_force
from patients.screening.readable import read_date


@dataclass(frozen=True)
class StepAsRead:
    """One page: what was told, what was answered no, what is in the list, what is still open."""

    page: IntakePage
    title: str
    told: list[tuple[str, str]]
    quiet: list[str]
    list_title: str | Promise
    entries: list[str]
    about_list: str
    open_rows: list[tuple[str, str]]


def steps_as_read(steps: Sequence[IntakePage], said: Said) -> list[StepAsRead]:
    return [_as_read(step, said) for step in steps]


def _as_read(page: IntakePage, said: Said) -> StepAsRead:
    rule_set, language = rules_in_force(), get_language() or "en"
    told: list[tuple[str, str]] = []
    quiet: list[str] = []
    for question in page.questions:
        value, text = said.answers.get(question.code), question.text.to(language)
        if about := page.medicines.get(question.code):
            value = said_of(value, about) or None
        if value is None:
            continue
        if value in HARMLESS:
            quiet.append(text)
        else:
            told.append((text, answer_words(question, value, rule_set=rule_set)))
    listed = page.listed
    return StepAsRead(
        page=page,
        title=page.section.title.to(language),
        told=told,
        quiet=quiet,
        list_title=listed.label if listed else "",
        entries=[entry_words(listed, entry) for entry in said.of(listed)] if listed else [],
        about_list=list_words(listed, said) if listed else "",
        open_rows=[
            (
                "list" if code == (listed and listed.value) else f"id_{code}",
                question_words(
                    rule_set.question(code).text.to(language), page.open_medicines(code)
                ),
            )
            for code in page.open_codes
        ],
    )


def list_words(listed: Listed, said: Said) -> str:
    """What was said about the list as a whole, where it has no lines."""
    if said.of(listed):
        return ""
    match said.answers.get(listed.none_code):
        case value if value == YES:
            return str(NONE_WORDS[listed])
        case value if value == UNKNOWN:
            return _("Don't know")
        case _other:
            return ""


def entry_words(listed: Listed, entry: Mapping[str, Any], *, own_words: bool = True) -> str:
    """A line of a list in one sentence: "Coraspin 100 mg (I take it regularly, since 1.3.2026)".

    `own_words`: as the patient says it; staff read it in the third person.
    """
    match listed:
        case Listed.MEDICATIONS:
            status = entry["status"]
            words = STATUS_WORDS if own_words else dict(MedicationStatus.choices)
            parts = [str(words.get(status, status))]
            if entry.get("last_taken"):
                parts.append(_("last taken %(day)s") % {"day": _day(entry["last_taken"])})
            if entry.get("since"):
                parts.append(_("since %(day)s") % {"day": _day(entry["since"])})
            return _with(entry["text"], parts)
        case Listed.ALLERGIES:
            severity = SEVERITY_WORDS.get(entry["severity"], entry["severity"])
            return _with(entry["text"], [str(severity), entry.get("reaction", "")])
        case Listed.PROCEDURES:
            return _with(kind_words(entry["kind"]), [_day(entry["done_on"]), _where(entry)])


def kind_words(kind: str) -> str:
    kinds = rules_in_force().vocabulary.procedures
    return kinds[kind].label.to(get_language() or "en") if kind in kinds else kind


def _where(entry: Mapping[str, Any]) -> str:
    regions = dict(region_words(rules_in_force(), get_language() or "en", elsewhere=True))
    return ", ".join(str(regions.get(region, region)) for region in entry.get("regions", ()))


def _with(text: str, parts: Sequence[str]) -> str:
    said = ", ".join(part for part in parts if part)
    return f"{text} ({said})" if said else text


def _day(text: str) -> str:
    day = read_date(text)
    return date_format(day, "SHORT_DATE_FORMAT") if day else text
