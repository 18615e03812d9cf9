"""What stands in the way, in one line each, for whoever reads it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from patients.intake.by_medicine import unsettled_medicines
from patients.intake.words import question_words
from patients.screening.gates import Open, OpenItem
from patients.screening.labels import table_words
from patients.screening.own_names import CLINIC_NAMES, ClinicNames
from patients.screening.rule_set import RuleSet
from patients.screening.rules import medicines_asked_about


def words_of_open_item(
    item: OpenItem, rule_set: RuleSet, request: Mapping[str, Any] | None = None
) -> str:
    """One open point in the reader's language. `request`: of the verdict, for names of medicines."""
    language = get_language() or "en"
    if item.why is Open.FAULT:
        return _("Screening could not be computed. The physician checks the answers.")
    if item.why is Open.UNANSWERED:
        return _("Not answered: %(what)s") % {
            "what": words_of_question(item.code, request or {}, rule_set)
        }
    if item.why is Open.UNRECOGNISED:
        return _("Not recognised: “%(text)s”") % {"text": item.text}
    assert item.finding is not None  # every other reason is a finding
    title = rule_set.rule(item.finding.rule).title.to(language)
    if item.why is Open.ABSOLUTE:
        return _("Not possible: %(rule)s") % {"rule": title}
    if item.why is Open.WAIT:
        return _("Not before it has cleared: %(rule)s") % {"rule": title}
    if item.why is Open.REASON:
        return _("The physician's written reason is missing: %(rule)s") % {"rule": title}
    return _("Not ticked as seen: %(rule)s") % {"rule": title}


def ingredient_words(ingredient: str, rule_set: RuleSet, language: str) -> str:
    known = rule_set.ingredients.ingredients.get(ingredient)
    label = known.label if known else None
    label = label or rule_set.vocabulary.excipients.get(ingredient)
    return label.to(language) if label else table_words(ingredient, language)


def words_of_question(code: str, request: Mapping[str, Any], rule_set: RuleSet) -> str:
    """A question by its words, and by the medicines for which nobody has said yes or no."""
    words = words_of_code(code, rule_set)
    question = rule_set.questions.get(code)
    if question is None or not question.per_medicine or "on" not in request:
        return words
    if names := request.get(CLINIC_NAMES):
        rule_set = rule_set.with_names(ClinicNames.from_json(names))
    about = medicines_asked_about(question, request, rule_set=rule_set)
    said = request.get("answers", {}).get(code)
    return question_words(words, unsettled_medicines(said, about))


def words_of_code(code: str, rule_set: RuleSet) -> str:
    """A question by its words; parts of a list ("cocktail.0.mg") by the words of the list."""
    language = get_language() or "en"
    for name in (code, code.partition(".")[0]):
        question = rule_set.questions.get(name)
        if question is not None:
            return question.text.to(language)
    return code
