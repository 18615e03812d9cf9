"""Answers and regions in words, for whoever reads them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.intake.terms import CONDITIONS, NO, UNKNOWN, YES
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


def question_words(text: str, medicines: Sequence[str] = ()) -> str:
    """A question with the names of the medicines it is about, where it is about some."""
    if not medicines:
        return text
    return str(_("%(medicine)s: %(question)s")) % {
        "medicine": ", ".join(medicines),
        "question": text,
    }


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
    if isinstance(value, Mapping):
        return "; ".join(
            str(_("%(medicine)s: %(answer)s"))
            % {"medicine": name, "answer": answer_words(question, said, rule_set=rule_set)}
            for name, said in sorted(value.items())  # the database keeps no order
        )
    if isinstance(value, list):
        return ", ".join(_item_words(question, item, rule_set) for item in value)
    if question.kind is Kind.DATE:
        return _day_words(value)
    return f"{value} {question.unit}".strip()


def _item_words(question: Question, item: Any, rule_set: RuleSet) -> str:
    if question.code == CONDITIONS:
        return str(_("one whose name is not known yet") if item == UNKNOWN else item)
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


def joined(words: Iterable[Any]) -> str:
    return ", ".join(str(word) for word in words)
