"""Words that several pages about the rules share."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.rulebook.terms import Part
from patients.screening.terms import Override

Word = str | Promise

PART_WORDS: Mapping[str, Word] = {
    Part.RULES: gettext_lazy("Rule"),
    Part.QUESTIONS: gettext_lazy("Question"),
    Part.DURATIONS: gettext_lazy("Durations"),
    Part.NOTICE: gettext_lazy("Emergency notice"),
    Part.SHIPPED: gettext_lazy("Shipped version"),
}


def who_may(may: str) -> Word:
    return {
        Override.NONE.value: _("nobody may override it"),
        Override.REASON.value: _("the physician may, with a written reason"),
        Override.TICK.value: _("the physician ticks it as seen"),
    }[may]


def words_of(entry: Mapping[str, Any], english: str, turkish: str) -> str:
    is_turkish = (get_language() or "en").split("-")[0] == "tr"
    text: str = (entry.get(turkish) if is_turkish else "") or entry.get(english, "")
    return text
