"""A stored verdict in the reader's words: findings with what fired them, and what is still open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.clinic_names.terms import NameList
from patients.intake.words import answer_words
from patients.screening.gates import left_for_the_day
from patients.screening.labels import (
    allergen_words,
    medicine_words,
    source_words,
    substance_words,
)
from patients.screening.models import FindingDecision, Purpose, Screening
from patients.screening.open_points import (
    OpenGroup,
    OpenPoint,
    field_words,
    open_groups,
    words_of_open,
)
from patients.screening.own_names import CLINIC_NAMES, ClinicNames
from patients.screening.queries import (
    decisions_for,
    open_items,
    response_of,
    rules_behind,
    view_for_booking,
)
from patients.screening.readable import read_date
from patients.screening.rule_set import Rule, RuleSet
from patients.screening.rules import Finding, Response, screen_safely
from patients.screening.terms import Scope, Severity, Verdict
from patients.screening.words import ingredient_words, words_of_code

Word = str | Promise

SEVERITY_WORDS: Mapping[Severity, Word] = {
    Severity.ABSOLUTE: gettext_lazy("Absolute"),
    Severity.TEMPORARY: gettext_lazy("Temporary"),
    Severity.RELATIVE: gettext_lazy("Relative"),
    Severity.CAUTION: gettext_lazy("Caution"),
}
_CONFIDENCE: Mapping[str, Word] = {
    "high": gettext_lazy("high"),
    "moderate": gettext_lazy("moderate"),
    "low": gettext_lazy("low"),
}
_BECAUSE: Mapping[str, Word] = {
    "medication": gettext_lazy("Medicine"),
    "inn": gettext_lazy("Substance"),
    "allergy": gettext_lazy("Allergy"),
    "procedure": gettext_lazy("Skin treatment"),
    "on": gettext_lazy("Day"),
    "ingredient": gettext_lazy("In the cocktail"),
    "measured": gettext_lazy("Measured"),
}
_RULE_ID = re.compile(r"R-[A-Z][A-Z0-9-]+")
_MARK = re.compile(r"\s*\[(?:V|C|K-\w+)(?:[^\]]*)\]")


@dataclass(frozen=True)
class ShownFinding:
    """One finding as the physician reads it."""

    rule: str
    target: str
    severity: Severity
    label: Word
    colour: Verdict
    title: str
    where: str
    because: list[tuple[Word, str]]
    note: str
    clears: str
    source: str
    confidence: Word
    who: Word
    may_be_overridden: bool
    decision: FindingDecision | None

    @property
    def key(self) -> str:
        return f"{self.rule}|{self.target}"

    @property
    def is_caution(self) -> bool:
        return self.severity is Severity.CAUTION

    @property
    def is_undecided(self) -> bool:
        return self.decision is None and (self.is_caution or self.may_be_overridden)


@dataclass(frozen=True)
class RecordedAllergy:
    """An allergy as it was written down, and what it is; a cocktail need not hold it."""

    text: str
    severity: str
    groups: str


@dataclass(frozen=True)
class Explained:
    """A verdict as a page shows it. `rules_verdict` is the stored one; it never changes."""

    verdict: Verdict
    rules_verdict: Verdict
    headline: Word
    sub: str
    fault: bool
    findings: list[ShownFinding]
    # What holds as soon as a region is chosen, while none is; once for each rule.
    by_region: list[ShownFinding]
    unanswered: list[OpenGroup]
    chosen_later: list[OpenPoint]
    unrecognised: list[tuple[Word, str]]
    allergies: list[RecordedAllergy]
    # Of what is not recognised, names that the physician may settle for the whole clinic.
    has_names_to_settle: bool

    @property
    def unticked(self) -> list[ShownFinding]:
        return [one for one in self.findings if one.is_caution and one.decision is None]

    @property
    def is_held_back(self) -> bool:
        """Whether the rules say more than the banner: something is chosen or asked later."""
        return self.rules_verdict is not self.verdict


def explained(screening: Screening) -> Explained:
    rule_set = rules_behind(screening)
    response = response_of(screening)
    made = decisions_for(screening)
    decisions = {(one.rule, one.target): one for one in made}
    findings = [
        _finding(finding, decisions.get((finding.rule, finding.target or "")), screening, rule_set)
        for finding in response.findings
    ]
    ahead = screening.purpose == Purpose.BOOKING
    later = [code for code in response.unanswered if ahead and left_for_the_day(code, rule_set)]
    now = [code for code in response.unanswered if code not in later]
    verdict = _verdict_ahead(screening, response, made) if ahead else response.verdict
    wherever = _wherever(screening, response, rule_set)
    by_region = [] if wherever is response else _by_region(screening, wherever, rule_set)
    if verdict in (Verdict.CLEAR, Verdict.CAUTION) and (wherever.fault or _holding(by_region)):
        verdict = Verdict.HOLD
    headline, sub = _headline(screening, wherever, verdict, [*findings, *by_region], len(now))
    return Explained(
        verdict=verdict,
        rules_verdict=response.verdict,
        headline=headline,
        sub=sub,
        fault=wherever.fault,
        findings=findings,
        by_region=by_region,
        unanswered=open_groups(now, screening.request, rule_set),
        chosen_later=[
            OpenPoint(code, words_of_open(code, screening.request, rule_set)) for code in later
        ],
        unrecognised=[(field_words(gap.field), gap.text) for gap in response.unrecognised],
        allergies=_recorded_allergies(screening.request, rule_set),
        has_names_to_settle=any(gap.field in NameList.values for gap in response.unrecognised),
    )


def _verdict_ahead(
    screening: Screening, response: Response, made: Sequence[FindingDecision]
) -> Verdict:
    """The verdict without what is only chosen or asked on the day of the session (ruling 3)."""
    if response.verdict is Verdict.REFUSE:
        return Verdict.REFUSE
    view = view_for_booking(screening, made)
    if view.blocks_booking or view.earliest_on is not None:
        return Verdict.HOLD
    return Verdict.CAUTION if response.findings else Verdict.CLEAR


def _headline(
    screening: Screening,
    response: Response,
    verdict: Verdict,
    findings: list[ShownFinding],
    open_count: int,
) -> tuple[Word, str]:
    if response.fault:
        return (
            _("Screening could not be computed"),
            _("Nothing is cleared. Check the answers by hand and tell whoever runs the system."),
        )
    if verdict is Verdict.REFUSE:
        first = next(one for one in findings if one.colour is Verdict.REFUSE)
        return (
            _("No treatment: %(why)s") % {"why": first.title},
            _("No reason overrides this. What would clear it stands below."),
        )
    if verdict is Verdict.HOLD:
        return _held(screening, response, findings, open_count)
    if verdict is Verdict.CAUTION:
        return (
            _("Treatment is possible with care"),
            _("Read what is below and tick each line as seen."),
        )
    if screening.purpose == Purpose.SESSION:
        return _("Nothing stands against the session of today"), ""
    return (
        _("Nothing stands against booking a treatment"),
        _("On the day of the session the short questions are asked again."),
    )


def _held(
    screening: Screening, response: Response, findings: list[ShownFinding], open_count: int
) -> tuple[Word, str]:
    if screening.purpose == Purpose.SESSION and not open_items(screening):
        return (
            _("Held by the rules, decided by the physician"),
            _("Every finding is decided in writing: the session can be signed."),
        )
    holding = _holding(findings)
    if response.earliest_on and holding:
        headline = _("Not before %(day)s") % {"day": _day(response.earliest_on)}
        return headline, _("On that day the patient is screened again: %(why)s") % {
            "why": "; ".join(one.title for one in holding)
        }
    if holding:
        return (
            _("Held: %(why)s") % {"why": "; ".join(dict.fromkeys(one.title for one in holding))},
            "",
        )
    if response.unrecognised:
        return (
            _("Held: something written down is not recognised"),
            _("Name the substance, or ask the patient again."),
        )
    headline = _("Not asked completely (%(count)d open)") % {"count": open_count}
    if findings:
        return headline, _("What was found stands below. An open question never counts as a no.")
    return (
        headline,
        _("No contraindication in what was answered. An open question never counts as a no."),
    )


# -- findings ---------------------------------------------------------------------------------


def _holding(findings: Sequence[ShownFinding]) -> list[ShownFinding]:
    return [one for one in findings if one.colour is not Verdict.CAUTION and not one.decision]


def _wherever(screening: Screening, response: Response, rule_set: RuleSet) -> Response:
    """The answer of the rules for every region, while none is planned: nobody reads past a yes.

    Nothing of it is stored: the verdict itself is about what is planned.
    """
    if response.fault or screening.request.get("area"):
        return response
    regions = list(rule_set.vocabulary.regions)
    return screen_safely({**screening.request, "area": regions}, rule_set=rule_set)


def _by_region(screening: Screening, wherever: Response, rule_set: RuleSet) -> list[ShownFinding]:
    """Its findings about regions, one for each rule, with the places where it is not all of them."""
    language = get_language() or "en"
    found: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in wherever.findings:
        if finding.scope is Scope.AREA:
            found.setdefault((finding.rule, finding.severity), []).append(finding)
    return [
        replace(
            _finding(same[0], None, screening, rule_set),
            where=""
            if len(same) == len(rule_set.vocabulary.regions)
            else ", ".join(_where(each, rule_set, language) for each in same),
        )
        for same in found.values()
    ]


def _finding(
    finding: Finding, decision: FindingDecision | None, screening: Screening, rule_set: RuleSet
) -> ShownFinding:
    language = get_language() or "en"
    rule = rule_set.rule(finding.rule)
    may = rule.may_be_overridden(finding.severity)
    return ShownFinding(
        rule=finding.rule,
        target=finding.target or "",
        severity=finding.severity,
        label=SEVERITY_WORDS[finding.severity],
        colour=_colour(finding),
        title=rule.title.to(language),
        where=_where(finding, rule_set, language),
        because=_because(finding, screening.request, rule_set),
        note=_note(rule, rule_set, language),
        clears=_clears(finding, rule, language),
        source=source_words(rule.source, language),
        confidence=_CONFIDENCE.get(rule.confidence, rule.confidence),
        who=_who(finding, may_be_overridden=may),
        may_be_overridden=may,
        decision=decision,
    )


def _note(rule: Rule, rule_set: RuleSet, language: str) -> str:
    """The note as people read it: other rules by their words, without the marks of its sources."""
    known = {each.id: each.title.to(language) for each in rule_set.rules}
    named = _RULE_ID.sub(lambda found: f"“{known.get(found[0], found[0])}”", rule.note.to(language))
    return _MARK.sub("", named)


def _colour(finding: Finding) -> Verdict:
    if finding.severity is Severity.ABSOLUTE and finding.scope is Scope.PROCEDURE:
        return Verdict.REFUSE
    return Verdict.CAUTION if finding.severity is Severity.CAUTION else Verdict.HOLD


def _who(finding: Finding, *, may_be_overridden: bool) -> Word:
    if finding.severity is Severity.CAUTION:
        return _("The physician ticks it as seen.")
    if may_be_overridden:
        return _("The physician may go on with a written reason.")
    if finding.severity is Severity.TEMPORARY:
        return _("Nobody may go on before it has cleared.")
    if finding.scope is Scope.PROCEDURE:
        return _("Nobody may override it.")
    return _("Nobody may override it: the plan changes.")


def _where(finding: Finding, rule_set: RuleSet, language: str) -> str:
    target = finding.target
    if target is None:
        return ""
    if target in rule_set.vocabulary.regions:
        return rule_set.vocabulary.regions[target].to(language)
    if finding.scope is Scope.STEP:
        return words_of_code(f"steps.{target}", rule_set)
    return " + ".join(ingredient_words(name, rule_set, language) for name in target.split("+"))


def _clears(finding: Finding, rule: Rule, language: str) -> str:
    words = rule.clears.to(language)
    if finding.clears_on is None:
        return words
    day = _("From %(day)s on.") % {"day": _day(finding.clears_on)}
    return f"{day} {words}".strip()


def _because(
    finding: Finding, request: Mapping[str, Any], rule_set: RuleSet
) -> list[tuple[Word, str]]:
    rows: list[tuple[Word, str]] = []
    for key, values in finding.because.items():
        if key == "answer":
            rows += [_answer(code, request, rule_set) for code in values]
        else:
            words = [_value(key, value, rule_set) for value in values]
            rows.append((_BECAUSE.get(key, key), ", ".join(words)))
    return rows


def _answer(code: str, request: Mapping[str, Any], rule_set: RuleSet) -> tuple[Word, str]:
    question = rule_set.questions.get(code)
    given = request.get("answers", {}).get(code, request.get(code))
    if question is None or question.field is not None or given is None:
        return words_of_code(code, rule_set), ""
    return words_of_code(code, rule_set), answer_words(question, given, rule_set=rule_set)


def _value(key: str, value: str, rule_set: RuleSet) -> str:
    language = get_language() or "en"
    if key == "procedure" and value in rule_set.vocabulary.procedures:
        return rule_set.vocabulary.procedures[value].label.to(language)
    if key == "on" and (day := read_date(value)):
        return _day(day)
    if key == "ingredient":
        return ingredient_words(value, rule_set, language)
    if key == "inn":
        row = rule_set.substances.get(value)
        return medicine_words(row, language) if row else substance_words(value, language)
    return value


def _recorded_allergies(request: Mapping[str, Any], rule_set: RuleSet) -> list[RecordedAllergy]:
    stated = request.get("allergies", [])
    if not stated:
        return []
    language = get_language() or "en"
    if names := request.get(CLINIC_NAMES):
        rule_set = rule_set.with_names(ClinicNames.from_json(names))
    severities = rule_set.vocabulary.severities
    return [
        RecordedAllergy(
            text=entry["text"],
            severity=severities[entry["severity"]].to(language)
            if entry.get("severity") in severities
            else "",
            groups=", ".join(
                sorted(
                    allergen_words(group, language)
                    for group in rule_set.recognise_allergy(entry["text"]).groups
                )
            ),
        )
        for entry in stated
    ]


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
