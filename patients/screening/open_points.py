"""What a verdict still asks for: by the page on which it is asked, in the reader's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.intake.page_queries import CLINIC_SECTION
from patients.intake.terms import UNKNOWN, Listed
from patients.screening.rule_set import RuleSet
from patients.screening.words import ingredient_words, words_of_question

Word = str | Promise

# What is not asked at the intake but found or written down elsewhere.
ANALYSIS, IDENTITY = "analysis", "identity"
_ELSEWHERE: Mapping[str, str] = {"phototype": ANALYSIS, "age": IDENTITY, "sex": IDENTITY}
_TITLES: Mapping[str, Word] = {
    ANALYSIS: gettext_lazy("Skin analysis"),
    IDENTITY: gettext_lazy("Personal details"),
}
# "medications.2.last_taken": which entry of which list lacks what.
_ENTRY = re.compile(r"(medications|procedures|cocktail)\.(\d+)\.(\w+)")


@dataclass(frozen=True)
class OpenPoint:
    code: str
    words: str


@dataclass(frozen=True)
class OpenGroup:
    """What is unanswered, by the page on which it is asked.

    `page`: a section of the intake, the skin analysis, or the personal details.
    """

    title: Word
    page: str
    points: list[OpenPoint]

    @property
    def anchor(self) -> str:
        code = self.points[0].code.partition(".")[0]
        return "list" if code in Listed.values else f"id_{code}"


def open_groups(codes: list[str], request: Mapping[str, Any], rule_set: RuleSet) -> list[OpenGroup]:
    language = get_language() or "en"
    by_section: dict[str, list[OpenPoint]] = {}
    for code in codes:
        point = OpenPoint(code, words_of_open(code, request, rule_set))
        by_section.setdefault(_section(code, rule_set), []).append(point)
    titles = {section.key: section.title.to(language) for section in rule_set.sections}
    ordered = [key for key in titles if key in by_section]
    ordered += [key for key in by_section if key not in titles]
    return [
        OpenGroup(titles.get(key) or _TITLES.get(key, key), key, by_section[key]) for key in ordered
    ]


def _section(code: str, rule_set: RuleSet) -> str:
    if code in _ELSEWHERE:
        return _ELSEWHERE[code]
    question = rule_set.questions.get(code) or rule_set.questions.get(code.partition(".")[0])
    return question.section if question else CLINIC_SECTION


def words_of_open(code: str, request: Mapping[str, Any], rule_set: RuleSet) -> str:
    entry = _ENTRY.fullmatch(code)
    if entry is None:
        words = words_of_question(code, request, rule_set)
        if request.get("answers", {}).get(code) == UNKNOWN:
            return _("%(question)s Answered: don't know.") % {"question": words}
        return words
    listed, number, missing = entry.groups()
    lines = request.get(listed, [])
    line = lines[int(number)] if int(number) < len(lines) else {}
    name = _entry_words(listed, line, rule_set)
    words = {
        "last_taken": _("%(name)s: when was the last dose?"),
        "on": _("%(name)s: on which day?"),
        "mg": _("%(name)s: the dose"),
        "product_excipients": _("%(name)s: what the leaflet lists beside the substance"),
    }.get(missing, "%(name)s")
    return words % {"name": name}


def _entry_words(listed: str, line: Mapping[str, Any], rule_set: RuleSet) -> str:
    language = get_language() or "en"
    if listed == "cocktail":
        return ingredient_words(str(line.get("ingredient") or ""), rule_set, language)
    if listed == "procedures":
        kind = rule_set.vocabulary.procedures.get(str(line.get("kind")))
        return kind.label.to(language) if kind else str(line.get("kind") or "")
    return str(line.get("text") or "")


def field_words(name: str) -> Word:
    words: Mapping[str, Word] = {
        "medications": _("Medicine"),
        "allergies": _("Allergy"),
        "conditions": _("Illness"),
    }
    return words.get(name, name)
