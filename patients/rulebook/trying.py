"""What a draft would do, made ready for the page that asks whether to put it in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.clinic_names.queries import with_names_in_force
from patients.rulebook import hooks, shipped
from patients.rulebook.composing import OwnRules, compose
from patients.rulebook.queries import rules_in_force
from patients.rulebook.terms import MOST_COURSES_TRIED
from patients.rulebook.trial import Effect, Shift, effect_on, try_on_cases
from patients.screening.rule_set import RuleSet
from patients.screening.terms import Scope, Severity

SEVERITY_WORDS: Mapping[str, str | Promise] = {
    Severity.ABSOLUTE.value: gettext_lazy("Absolute"),
    Severity.TEMPORARY.value: gettext_lazy("Temporary"),
    Severity.RELATIVE.value: gettext_lazy("Relative"),
    Severity.CAUTION.value: gettext_lazy("Caution"),
}
SCOPE_WORDS: Mapping[str, str | Promise] = {
    Scope.PROCEDURE.value: gettext_lazy("The whole treatment"),
    Scope.AREA.value: gettext_lazy("A region"),
    Scope.INGREDIENT.value: gettext_lazy("An ingredient"),
    Scope.STEP.value: gettext_lazy("A step"),
}


@dataclass(frozen=True)
class ShownEffect:
    """One request before and after. `link_to`: the patient, where it is an open course."""

    title: str
    before: str
    after: str
    lines: list[str]
    is_milder: bool
    changes_the_verdict: bool
    link_to: UUID | None = None


@dataclass(frozen=True)
class Trial:
    """A draft that was tried. Of the open courses at most some hundred are tried on a page."""

    cases: list[ShownEffect]
    case_count: int
    courses: list[ShownEffect]
    courses_tried: int
    course_count: int
    switched_off: list[str]

    @property
    def is_milder(self) -> bool:
        return bool(self.switched_off) or any(
            each.is_milder for each in (*self.cases, *self.courses)
        )

    @property
    def milder_cases(self) -> list[ShownEffect]:
        return [each for each in self.cases if each.is_milder]

    @property
    def other_cases(self) -> list[ShownEffect]:
        return [each for each in self.cases if not each.is_milder]

    @property
    def touches_nothing(self) -> bool:
        return not self.cases and not self.courses


def try_out(draft: OwnRules) -> Trial:
    """Screen the worked cases and the newest open courses by the rules in force and by the draft."""
    before, after = rules_in_force(), with_names_in_force(compose(draft, version=""))
    cases = shipped.worked_cases(draft.base)
    tried = try_on_cases(cases, before=before, after=after)
    courses = list(_courses(before, after))
    found = hooks.open_courses(0)
    return Trial(
        cases=[
            _shown(f"{each.id} {each.title}".strip(), each.effect, before, after) for each in tried
        ],
        case_count=len(cases),
        courses=[shown for shown in courses if shown is not None],
        courses_tried=len(courses),
        course_count=sum(each.count for each in found),
        switched_off=[rule_title(each, before) for each in _gone(before, after)],
    )


def _gone(before: RuleSet, after: RuleSet) -> list[str]:
    """Rules that hold now and would not hold any more."""
    kept = {rule.id for rule in after.rules}
    return [rule.id for rule in before.rules if rule.id not in kept]


def _courses(before: RuleSet, after: RuleSet) -> Iterator[ShownEffect | None]:
    for found in hooks.open_courses(MOST_COURSES_TRIED):
        for course in found.courses:
            effect = effect_on(course.request, before=before, after=after)
            yield (
                _shown(course.patient_name, effect, before, after, course.patient_id)
                if effect is not None
                else None
            )


def _shown(
    title: str, effect: Effect, before: RuleSet, after: RuleSet, link_to: UUID | None = None
) -> ShownEffect:
    return ShownEffect(
        title=title,
        before=effect.before.value,
        after=effect.after.value,
        lines=list(dict.fromkeys(effect_lines(effect, before, after))),
        is_milder=effect.is_milder,
        changes_the_verdict=effect.changes_the_verdict,
        link_to=link_to,
    )


def effect_lines(effect: Effect, before: RuleSet, after: RuleSet) -> Iterator[str]:
    """What is different, one thing a line, in the reader's language."""
    for shift in effect.shifts:
        yield _shift(shift, before, after)
    for code in effect.asked_now:
        yield _("To be answered now: %(question)s") % {"question": _question(code, after)}
    for code in effect.asked_no_more:
        yield _("No longer to be answered: %(question)s") % {"question": _question(code, before)}
    if effect.fault:
        yield _("The rules fail on this case: everyone like it would be held.")


def _shift(shift: Shift, before: RuleSet, after: RuleSet) -> str:
    words = {
        "rule": rule_title(shift.rule, after, before),
        "before": _weight(shift.before),
        "after": _weight(shift.after),
        "day": date_format(shift.day_after, "SHORT_DATE_FORMAT") if shift.day_after else "",
    }
    if shift.before is None:
        return _("New: %(rule)s (%(after)s)") % words
    if shift.after is None:
        return _("Gone: %(rule)s (%(before)s)") % words
    if shift.before is not shift.after:
        return _("%(rule)s: %(before)s becomes %(after)s") % words
    if shift.day_after:
        return _("%(rule)s: clears on %(day)s") % words
    return _("%(rule)s: no day on which it clears") % words


def _weight(severity: Severity | None) -> str:
    return str(SEVERITY_WORDS[severity.value]) if severity else ""


def rule_title(rule_id: str, *sets: RuleSet) -> str:
    language = get_language() or "en"
    for rule_set in sets:
        for rule in rule_set.rules:
            if rule.id == rule_id:
                return rule.title.to(language)
    return rule_id


def _question(code: str, rule_set: RuleSet) -> str:
    question = rule_set.questions.get(code)
    return question.text.to(get_language() or "en") if question else code
