"""What a change of the rules would do, before it does it: to the worked cases and to open courses.

Pure. Both sides are computed now from the same request, so that whatever differs comes from the
rules alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from patients.screening.rule_set import RuleSet
from patients.screening.rules import Finding, Response, screen_safely
from patients.screening.terms import Severity, Verdict

# From nearest to the treatment to farthest from it.
_STRICTER = (Verdict.CLEAR, Verdict.CAUTION, Verdict.HOLD, Verdict.REFUSE)


@dataclass(frozen=True, slots=True)
class Shift:
    """One finding that comes, goes, or weighs differently. None: it is not there."""

    rule: str
    target: str
    before: Severity | None
    after: Severity | None
    day_before: date | None = None
    day_after: date | None = None

    @property
    def is_milder(self) -> bool:
        if self.after is None:
            return True
        if self.before is None or self.after.rank > self.before.rank:
            return False
        if self.after.rank < self.before.rank:
            return True
        # The same weight: to be cleared earlier, or on a day where none was known, is milder.
        return self.day_after is not None and (
            self.day_before is None or self.day_after < self.day_before
        )


@dataclass(frozen=True)
class Effect:
    """What a change makes of one request."""

    before: Verdict
    after: Verdict
    shifts: tuple[Shift, ...]
    asked_now: tuple[str, ...]
    asked_no_more: tuple[str, ...]
    fault: bool

    @property
    def is_milder(self) -> bool:
        nearer = _STRICTER.index(self.after) < _STRICTER.index(self.before)
        return nearer or bool(self.asked_no_more) or any(each.is_milder for each in self.shifts)

    @property
    def changes_the_verdict(self) -> bool:
        return self.before is not self.after

    @property
    def rules(self) -> list[str]:
        return list(dict.fromkeys(each.rule for each in self.shifts))


@dataclass(frozen=True)
class TriedCase:
    """One worked case that the change touches."""

    id: str
    title: str
    effect: Effect


def effect_on(request: Mapping[str, Any], *, before: RuleSet, after: RuleSet) -> Effect | None:
    """Return what changes for one request, or None where nothing does."""
    return difference(
        screen_safely(request, rule_set=before), screen_safely(request, rule_set=after)
    )


def difference(before: Response, after: Response) -> Effect | None:
    was = {(each.rule, each.target): each for each in before.findings}
    now = {(each.rule, each.target): each for each in after.findings}
    shifts = tuple(
        _shift(key, was.get(key), now.get(key))
        for key in dict.fromkeys([*was, *now])
        if _weight(was.get(key)) != _weight(now.get(key))
    )
    asked_now = tuple(code for code in after.unanswered if code not in before.unanswered)
    no_more = tuple(code for code in before.unanswered if code not in after.unanswered)
    if not (shifts or asked_now or no_more or before.verdict is not after.verdict):
        return None
    return Effect(before.verdict, after.verdict, shifts, asked_now, no_more, after.fault)


def _weight(finding: Finding | None) -> tuple[Severity, date | None] | None:
    return (finding.severity, finding.clears_on) if finding else None


def _shift(key: tuple[str, str | None], was: Finding | None, now: Finding | None) -> Shift:
    rule, target = key
    return Shift(
        rule=rule,
        target=target or "",
        before=was.severity if was else None,
        after=now.severity if now else None,
        day_before=was.clears_on if was else None,
        day_after=now.clears_on if now else None,
    )


def try_on_cases(
    cases: Iterable[Mapping[str, Any]], *, before: RuleSet, after: RuleSet
) -> list[TriedCase]:
    """The worked cases whose verdict, findings or open questions the change touches."""
    tried = []
    for case in cases:
        effect = effect_on(case["request"], before=before, after=after)
        if effect is not None:
            tried.append(TriedCase(str(case.get("id", "")), case.get("title", ""), effect))
    return tried
