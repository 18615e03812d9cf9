"""What is wrong with a condition, in words for the physician who wrote it.

The engine says it in the words of its language; here each complaint gets a sentence, the place
where it is, and the known words that look like what was typed.
"""

import difflib
import re
from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.screening.tokens import WhenError
from patients.screening.when import Words

Sentence = str | Promise

_KINDS: Mapping[str, Sentence] = {
    "allergen group": gettext_lazy("“%(word)s” is not an allergen group."),
    "allergen category": gettext_lazy("“%(word)s” is not a category of allergens."),
    "ingredient": gettext_lazy("“%(word)s” is not an ingredient of the catalogue."),
    "region": gettext_lazy("“%(word)s” is not a region."),
    "procedure": gettext_lazy("“%(word)s” is not a kind of skin treatment."),
    "step": gettext_lazy("“%(word)s” is not a step of a session."),
    "question": gettext_lazy("“%(word)s” is not the code of a question."),
    "choice of this question": gettext_lazy("“%(word)s” is not a choice of this question."),
    "target": gettext_lazy("“%(word)s” is not something that can be tested one by one."),
}
_SENTENCES: tuple[tuple[str, Sentence], ...] = (
    (r"cannot read '(?P<word>.*)'", gettext_lazy("“%(word)s” cannot be read.")),
    (r"the condition ends too early", gettext_lazy("Something is missing at the end.")),
    (
        r"expected '(?P<wanted>.*)', found '(?P<word>the end|the end.*)'",
        gettext_lazy("“%(wanted)s” is missing at the end."),
    ),
    (
        r"expected '(?P<wanted>.*)', found '(?P<word>.*)'",
        gettext_lazy("Here “%(wanted)s” is expected, not “%(word)s”."),
    ),
    (
        r"expected a name, found '(?P<word>.*)'",
        gettext_lazy("Here a word of the list below is expected, not “%(word)s”."),
    ),
    (
        r"expected a whole number, found '(?P<word>.*)'",
        gettext_lazy("Here a whole number is expected, not “%(word)s”."),
    ),
    (
        r"expected a comparison, found '(?P<word>.*)'",
        gettext_lazy(
            "After a question stands what it is compared with, like “= yes” or “>= 30”; "
            "here stands “%(word)s”."
        ),
    ),
    (
        r"(?P<word>.*) needs the target (?P<wanted>\S+)",
        gettext_lazy("%(word)s works only in a case that is tested for each %(wanted)s."),
    ),
    (
        r"did not expect '(?P<word>.*)'",
        gettext_lazy("“%(word)s” is one word too many, or “and” or “or” is missing before it."),
    ),
    (r"too many brackets", gettext_lazy("There are too many brackets inside each other.")),
    (
        r"'(?P<word>.*)' is not a question with a list of regions",
        gettext_lazy("“%(word)s” is not a question that is answered with regions."),
    ),
    (
        r"a procedure is compared",
        gettext_lazy("A skin treatment is compared by “< days” or by “>= 0” (at any time)."),
    ),
    (
        r"'(?P<word>.*)' is not a time of a medicine",
        gettext_lazy(
            "“%(word)s” is not a time of a medicine: regular, irregular, stopped, last < days, "
            "since >= days."
        ),
    ),
    (
        r"'(?P<word>.*)' does not select medicines",
        gettext_lazy("Medicines are selected by group, effect, inn or route, not by “%(word)s”."),
    ),
    (
        r"only numbers and choices can be compared",
        gettext_lazy("This question cannot be compared like this: only numbers and choices can."),
    ),
    (r"a number is compared with a number", gettext_lazy("A number is compared with a number.")),
    (
        r"'(?P<word>.*)' compares numbers only",
        gettext_lazy("“%(word)s” compares numbers only; here “=” or “!=” is possible."),
    ),
    (
        r"'(?P<word>.*)' is not a question about a date",
        gettext_lazy("“%(word)s” is not a question that is answered with a date."),
    ),
    (
        r"'(?P<word>.*)' does not say when a finding clears",
        gettext_lazy(
            "“%(word)s” does not say when it clears: today + days, last_dose + days, gap_end, or "
            "a question about a date + days."
        ),
    ),
    (
        r"'(?P<word>.*)' is not a date to count from",
        gettext_lazy("“%(word)s” is not a date from which days can be counted."),
    ),
)
# The question whose choice stands next: "keloid = ".
_COMPARED = re.compile(r"(\w+)\s*!?=\s*$")
_NOT_KNOWN = re.compile(r"'(?P<word>.*)' is not a known (?P<kind>.+)")


def in_words(error: WhenError, text: str, words: Words) -> str:
    """The complaint as a sentence, with its place and what may have been meant."""
    said = _sentence(str(error))
    near = _meant(str(error), words, text[: error.position or 0])
    parts = {"what": said, "place": _place(error, text), "near": ", ".join(near)}
    if near and parts["place"]:
        return _("%(what)s %(place)s Known words like it: %(near)s.") % parts
    if near:
        return _("%(what)s Known words like it: %(near)s.") % parts
    return _("%(what)s %(place)s") % parts if parts["place"] else said


def _sentence(complaint: str) -> str:
    unknown = _NOT_KNOWN.search(complaint)
    if unknown:
        kind = _KINDS.get(unknown["kind"], gettext_lazy("“%(word)s” is not possible here."))
        return str(kind) % {"word": unknown["word"]}
    for pattern, sentence in _SENTENCES:
        found = re.search(pattern, complaint)
        if found:
            named = {key: word.strip() for key, word in found.groupdict().items()}
            return str(sentence) % named if named else str(sentence)
    return complaint


def _place(error: WhenError, text: str) -> str:
    if error.position is None:
        return ""
    before = text[: error.position].rstrip()
    if not before:
        return _("It stands at the beginning.")
    return _("It stands at character %(number)d, after “%(before)s”.") % {
        "number": error.position + 1,
        "before": before[-30:],
    }


def _meant(complaint: str, words: Words, before: str) -> list[str]:
    unknown = _NOT_KNOWN.search(complaint)
    if not unknown:
        return []
    kind = unknown["kind"]
    known = sorted(_KNOWN[kind](words)) if kind in _KNOWN else _names_for(kind, words, before)
    near = difflib.get_close_matches(unknown["word"], known, n=4, cutoff=0.5)
    part = [each for each in known if unknown["word"] and unknown["word"] in each]
    found = list(dict.fromkeys([*near, *part]))[:6]
    return found or (known if len(known) <= 12 else [])


_KNOWN: Mapping[str, Callable[[Words], frozenset[str]]] = {
    "question": lambda words: frozenset(words.kinds),
    "allergen group": lambda words: words.allergen_groups,
    "allergen category": lambda words: words.allergen_categories,
    "ingredient": lambda words: words.ingredients,
    "region": lambda words: words.regions,
    "procedure": lambda words: words.procedures,
}


def _names_for(kind: str, words: Words, before: str) -> list[str]:
    """What may stand where a choice of one question, or a name of a medicine, was expected."""
    compared = _COMPARED.search(before)
    if compared and compared[1] in words.choices:
        return sorted(words.choices[compared[1]])
    thing, of, code = kind.partition(" of ")
    if of and thing == "choice" and code in words.choices:
        return sorted(words.choices[code])
    if of and code == "a medicine" and thing in words.medicine_names:
        return sorted(words.medicine_names[thing])
    return []
