"""What other rules made of a patient's verdict: what came, what went, and why.

The verdict under the rules before is compared with the first one under the rules now. Both are
stored, so what is shown is what was so; why it differs comes from the rulebook.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from patients.rulebook.queries import Reason, Reasons, clot_notice, reasons_between
from patients.rulebook.terms import CLOT_SIGNS
from patients.rulebook.trial import Effect, Shift, difference
from patients.rulebook.trying import SEVERITY_WORDS
from patients.screening.models import Screening
from patients.screening.queries import response_of, rules_behind
from patients.screening.rule_set import RuleSet
from patients.screening.words import words_of_code

# So long the page unfolds by itself what new rules changed; later it is one line to open.
NEWS_FOR = timedelta(days=30)
MOST_UNFOLDED = 3
KNOWN_VERSION = r"^[0-9]"


@dataclass(frozen=True)
class ShownShift:
    """One thing that is different, with the reasons that were written down for it."""

    words: str
    reasons: list[Reason]


@dataclass(frozen=True)
class RulesChanged:
    """A patient screened again under other rules. No shift: nothing changed for this patient."""

    before: Screening
    first: Screening
    shifts: list[ShownShift]
    said_something_new: bool
    is_news: bool

    @property
    def unfolds(self) -> bool:
        """A short list stands open; a long one would push the findings out of sight."""
        return self.is_news and 0 < len(self.shifts) <= MOST_UNFOLDED


def changed_by_rules(screening: Screening) -> RulesChanged | None:
    """What the rules of this verdict changed against those before; None: there were none before."""
    if not _is_known(screening.rule_set_version):
        return None
    same = Screening.objects.filter(
        patient=screening.patient_id,
        purpose=screening.purpose,
        rule_set_version__regex=KNOWN_VERSION,
    )
    first = (
        same.filter(rule_set_version=screening.rule_set_version)
        .order_by("screened_at", "pk")
        .first()
    )
    if first is None:
        return None
    before = (
        same.filter(screened_at__lte=first.screened_at)
        .exclude(rule_set_version=screening.rule_set_version)
        .order_by("-screened_at", "-pk")
        .first()
    )
    if before is None:
        return None
    effect = difference(response_of(before), response_of(first))
    return RulesChanged(
        before=before,
        first=first,
        shifts=list(_shifts(effect, before, first)) if effect else [],
        said_something_new=_said(before, first) != _said(first, before),
        is_news=timezone.now() - first.screened_at < NEWS_FOR,
    )


def _is_known(version: str) -> bool:
    """A verdict of no rules (they could not be read, so it held) compares with nothing."""
    return re.match(KNOWN_VERSION, version) is not None


def emergency_notice(screening: Screening) -> str:
    """The clinic's notice where the verdict has signs of an acute clot; empty where it has not."""
    findings = screening.response.get("findings", [])
    if any(each["rule"] == CLOT_SIGNS for each in findings):
        return clot_notice(get_language() or "en")
    return ""


def _said(screening: Screening, other: Screening) -> dict[str, object]:
    """What was answered and planned, without the day, as far as both rule sets ask for it."""
    shared = rules_behind(screening).questions.keys() & rules_behind(other).questions.keys()
    said = {key: value for key, value in screening.request.items() if key != "on"}
    answers = screening.request.get("answers", {})
    return said | {"answers": {code: answers[code] for code in answers.keys() & shared}}


def _shifts(effect: Effect, before: Screening, first: Screening) -> Iterator[ShownShift]:
    older, newer = rules_behind(before), rules_behind(first)
    reasons = reasons_between(
        before.rule_set_version, first.rule_set_version, language=get_language() or "en"
    )
    said: dict[str, list[Reason]] = {}
    for shift in effect.shifts:
        said.setdefault(_words(shift, older, newer), _why(shift.rule, older, newer, reasons))
    for code in effect.asked_now:
        words = _("To be answered now: %(question)s") % {"question": words_of_code(code, newer)}
        said.setdefault(words, reasons.questions.get(code, []))
    for code in effect.asked_no_more:
        words = _("No longer to be answered: %(question)s") % {
            "question": words_of_code(code, older)
        }
        said.setdefault(words, reasons.questions.get(code, []))
    for words, why in said.items():
        yield ShownShift(words, list(dict.fromkeys(why)))


def _why(rule: str, older: RuleSet, newer: RuleSet, reasons: Reasons) -> list[Reason]:
    """Why a finding differs: what was written about its rule, else about its questions."""
    if rule in reasons.rules:
        return reasons.rules[rule]
    codes = [
        code for each in (*older.rules, *newer.rules) if each.id == rule for code in each.codes
    ]
    about_questions = [one for code in codes for one in reasons.questions.get(code, [])]
    return about_questions or reasons.other


def _words(shift: Shift, older: RuleSet, newer: RuleSet) -> str:
    language = get_language() or "en"
    holder = newer if any(rule.id == shift.rule for rule in newer.rules) else older
    words = {
        "rule": holder.rule(shift.rule).title.to(language),
        "before": SEVERITY_WORDS[shift.before.value] if shift.before else "",
        "after": SEVERITY_WORDS[shift.after.value] if shift.after else "",
    }
    if shift.before is None:
        return _("New: %(rule)s (%(after)s)") % words
    if shift.after is None:
        return _("Gone: %(rule)s (%(before)s)") % words
    if shift.before is shift.after:
        return _("%(rule)s: it clears on another day") % words
    return _("%(rule)s: %(before)s becomes %(after)s") % words
