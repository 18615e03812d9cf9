"""What a verdict lets through: booking ahead, and the signature under a session.

Pure. Booking (ruling 3): what is asked on the day, and a cocktail or step that nobody chose yet,
is listed and does not hold; a finding with a date is bookable from that date; every other hold and
refuse blocks a treatment appointment. Signing (ruling 2): nothing absolute, unanswered or
unrecognised is left, every finding that needs a reason has one, every caution was seen. The
verdict itself is never changed by either.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from patients.screening.rule_set import RuleSet
from patients.screening.rules import Finding, Response
from patients.screening.terms import Asked, Severity

# A reason that is shorter says nothing to the colleague who reads it (screening.md, severities).
SHORTEST_REASON = 20

# Rule and target of a finding: what an override or a tick is about.
FindingKey = tuple[str, str | None]

_PLAN_NOT_CHOSEN = re.compile(r"steps\..+|cocktail|cocktail\.\d+\.(?:mg|product_excipients)")


class Open(StrEnum):
    """Why something still stands in the way."""

    FAULT = "fault"
    ABSOLUTE = "absolute"
    WAIT = "wait"
    REASON = "reason"
    TICK = "tick"
    UNANSWERED = "unanswered"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that is still open: a finding, a code, or a text that nobody recognised."""

    why: Open
    finding: Finding | None = None
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class BookingView:
    """Whether a treatment can be booked, from which day, and what is left for the day itself."""

    blocks_booking: bool
    earliest_on: date | None
    reasons: tuple[OpenItem, ...]
    asked_on_the_day: tuple[str, ...]

    def may_book_on(self, day: date) -> bool:
        return not self.blocks_booking and (self.earliest_on is None or day >= self.earliest_on)


def key_of(finding: Finding) -> FindingKey:
    return finding.rule, finding.target


def about(finding: Finding) -> str:
    """Return what names a finding as it stands: its weight, and what fired it.

    Another medicine under the same rule is another question to the physician. The day on which it
    clears is left out, because it moves with the day.
    """
    said = [
        finding.rule,
        finding.target,
        finding.severity.value,
        sorted((key, sorted(values)) for key, values in finding.because.items()),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def booking_view(
    response: Response, *, rule_set: RuleSet, overridden: Set[FindingKey] = frozenset()
) -> BookingView:
    """Say what a response means for a treatment appointment. A consultation needs no asking.

    `overridden`: findings that the physician has already decided on in writing.
    """
    reasons = [OpenItem(Open.FAULT)] if response.fault else []
    waits: list[date] = []
    for finding in response.findings:
        if is_overridden(finding, overridden, rule_set):
            continue
        if finding.severity is Severity.TEMPORARY and finding.clears_on is not None:
            waits.append(finding.clears_on)
        elif finding.severity is not Severity.CAUTION:
            reasons.append(OpenItem(_WHY[finding.severity], finding))
    later = [code for code in response.unanswered if left_for_the_day(code, rule_set)]
    reasons += [
        OpenItem(Open.UNANSWERED, code=code) for code in response.unanswered if code not in later
    ]
    reasons += unrecognised_items(response)
    return BookingView(
        blocks_booking=bool(reasons),
        earliest_on=max(waits, default=None),
        reasons=tuple(reasons),
        asked_on_the_day=tuple(later),
    )


_WHY = {
    Severity.ABSOLUTE: Open.ABSOLUTE,
    Severity.TEMPORARY: Open.WAIT,
    Severity.RELATIVE: Open.REASON,
    Severity.CAUTION: Open.TICK,
}


def left_for_the_day(code: str, rule_set: RuleSet) -> bool:
    if _PLAN_NOT_CHOSEN.fullmatch(code):
        return True
    question = rule_set.questions.get(code)
    return question is not None and question.asked is Asked.EACH_SESSION


def unrecognised_items(response: Response) -> list[OpenItem]:
    return [
        OpenItem(Open.UNRECOGNISED, code=gap.field, text=gap.text) for gap in response.unrecognised
    ]


def is_overridden(finding: Finding, overridden: Set[FindingKey], rule_set: RuleSet) -> bool:
    allowed = rule_set.rule(finding.rule).may_be_overridden(finding.severity)
    return allowed and key_of(finding) in overridden


def is_reason(text: str) -> bool:
    return len(" ".join(text.split())) >= SHORTEST_REASON


def may_sign(
    response: Response,
    *,
    rule_set: RuleSet,
    overrides: Mapping[FindingKey, str],
    ticks: Set[FindingKey],
) -> tuple[OpenItem, ...]:
    """Return what is still open before a session can be signed; nothing: it may be.

    `overrides`: finding -> the physician's written reason; `ticks`: the cautions that were seen.
    """
    written = frozenset(key for key, reason in overrides.items() if is_reason(reason))
    still_open = [OpenItem(Open.FAULT)] if response.fault else []
    for finding in response.findings:
        if finding.severity is Severity.CAUTION:
            if key_of(finding) not in ticks:
                still_open.append(OpenItem(Open.TICK, finding))
        elif not is_overridden(finding, written, rule_set):
            still_open.append(OpenItem(_what_is_missing(finding, rule_set), finding))
    still_open += [OpenItem(Open.UNANSWERED, code=code) for code in response.unanswered]
    return (*still_open, *unrecognised_items(response))


def _what_is_missing(finding: Finding, rule_set: RuleSet) -> Open:
    if rule_set.rule(finding.rule).may_be_overridden(finding.severity):
        return Open.REASON
    return _WHY[finding.severity]
