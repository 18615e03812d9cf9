"""What may follow what when a patient answers on their own phone, and how an answer stands to the record.

Pure. The states and the days a link opens are conventions of this clinic (docs/rules/phone-intake.md).
"""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Any

from clinic.folding import fold
from clinic.refusals import Refused
from patients.intake.by_medicine import is_no_for_each
from patients.intake.terms import NO
from patients.phone_intake.terms import Comparison, IntakeState
from patients.screening.rescreen import is_state
from patients.screening.rule_set import Question

S = IntakeState

# Long enough for a weekend, short enough that a lost mail is soon worth nothing [C].
LINK_OPENS_FOR = timedelta(days=7)
# More than anybody takes; a bound for what a page behind a link may write.
MOST_ENTRIES = 40
# A "no" in the words of the questions that have a choice for it.
HARMLESS = (NO, "none")

TRANSITIONS: Mapping[S, AbstractSet[S]] = {
    S.ASKED: {S.SUBMITTED, S.WITHDRAWN},
    S.SUBMITTED: {S.REVIEWED},
    S.REVIEWED: set(),
    S.WITHDRAWN: set(),
}


class IntakeIsElsewhere(Refused):
    """The intake is no longer in the state in which this may be done."""

    status = 409
    code = "intake_is_elsewhere"


def may_become(current: str, wanted: S) -> bool:
    return wanted in TRANSITIONS[S(current)]


def compare(
    said: Any, standing: Any, *, question: Question | None, is_recordable: bool
) -> Comparison:
    """How an answer stands to the record. `standing` None: nothing stands there."""
    if question is None or not is_recordable:
        return Comparison.NOT_ASKED_ANY_MORE
    if question.per_medicine and standing == NO:
        standing = None  # said when the question named no medicine: it is asked anew
    if standing is None:
        harmless = said in HARMLESS or is_no_for_each(said)
        return Comparison.NEW_NO if harmless else Comparison.NEW
    return Comparison.SAME if _plain(said) == _plain(standing) else Comparison.DIFFERS


def is_weaker(said: Any, standing: Any, *, question: Question) -> bool:
    """Whether `said` would take back something that stands: a no or "don't know" over a yes."""
    return is_state(question, standing) and not is_state(question, said)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {fold(name): answer for name, answer in value.items()}
    return sorted(value) if isinstance(value, list) else value


# What one button may accept for all: it changes nothing, or says no where nothing was said.
QUIET = frozenset({Comparison.SAME, Comparison.NEW_NO})


def content_of(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """A line of a list as plain values. What was left empty has no key: nobody said it."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in cleaned.items()
        if value is not None
    }


def progress(open_by_step: Collection[int]) -> tuple[int, int]:
    """(steps without an open question, all steps)."""
    return sum(not count for count in open_by_step), len(open_by_step)
