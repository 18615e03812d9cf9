"""The short form of the day: what its lines say about the questions behind them.

Pure. Which line speaks for which code is data (`rescreen.json` of the rule set). A line about
today that is answered no is an explicit no to each code it names. A line about what is new
confirms what stands and never writes no over it. Two things a no never does, on any line:
it does not erase a day on which something happened, and it does not say when something healed
that was there last time: that is asked.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from patients.screening.rule_set import Question, RescreenLine, RuleSet
from patients.screening.rules import applying_codes
from patients.screening.terms import CONDITIONS, NO, UNKNOWN, YES, Asked, Kind


@dataclass(frozen=True, slots=True)
class DayAnswers:
    """What the ticked lines come to.

    `answers`: code -> value that holds today. `confirmed`: lists beside `answers` (medications,
    allergies, procedures) that stand as they are. `to_ask`: codes that need their full question.
    """

    answers: Mapping[str, Any]
    confirmed: tuple[str, ...]
    to_ask: tuple[str, ...]


def lines_due(request: Mapping[str, Any], *, rule_set: RuleSet) -> tuple[RescreenLine, ...]:
    """Return the lines that speak for at least one question that applies to this patient."""
    applying = applying_codes(request, rule_set=rule_set)
    return tuple(line for line in rule_set.rescreen.lines if not applying.isdisjoint(line.covers))


def separate_due(request: Mapping[str, Any], *, rule_set: RuleSet) -> tuple[Question, ...]:
    """Return the questions of the day with a field of their own: measures, plan, consent."""
    applying = applying_codes(request, rule_set=rule_set)
    return tuple(rule_set.question(code) for code in rule_set.rescreen.separate if code in applying)


def answers_from_rescreen(
    ticks: Mapping[str, str],
    standing: Mapping[str, Any],
    *,
    rule_set: RuleSet,
    applying: Set[str] | None = None,
) -> DayAnswers:
    """Turn ticked lines into answers of the day.

    `ticks`: line id -> "yes" or "no"; a line that is missing or says anything else was not
    answered, and neither were its codes. `standing`: the answers that held until today.
    `applying`: the codes that apply to this patient; others are neither answered no nor asked.
    """
    answers: dict[str, Any] = {}
    confirmed: list[str] = []
    to_ask: list[str] = []
    for line in rule_set.rescreen.lines:
        tick = ticks.get(line.id)
        for code in line.covers:
            question = rule_set.question(code)
            asked = applying is None or code in applying
            answer = _said_by(line, tick, question, standing, asked=asked)
            if answer is not None:
                answers[code] = answer
            beside = question.field is not None and code != CONDITIONS
            if tick == NO and not line.about_today and beside:
                confirmed.append(code)
            elif asked and (tick == YES or (tick == NO and answer is None)):
                to_ask.append(code)
    return DayAnswers(answers, tuple(confirmed), tuple(to_ask))


def _said_by(
    line: RescreenLine,
    tick: str | None,
    question: Question,
    standing: Mapping[str, Any],
    *,
    asked: bool,
) -> Any:
    """Return the answer that a ticked line gives to one code; None: it gives none."""
    stands = standing.get(question.code)
    if line.about_today and asked:
        return _no_today(line, question, standing) if tick == NO else None
    if tick == NO:
        return stands if is_said(stands) and not _lacks_a_name(stands) else None
    # What was there before the new is still there until it is asked in full. A list of illnesses
    # says nothing of the new one: until that is named, nothing was said today.
    keeps = tick == YES and question.code != CONDITIONS
    return stands if keeps and is_state(question, stands) else None


def _no_today(line: RescreenLine, question: Question, standing: Mapping[str, Any]) -> object:
    """Return what a no of today says of one code; None: it says nothing, ask."""
    stands = standing.get(question.code)
    if question.kind is Kind.DATE and is_state(question, stands):
        return stands
    was_there = line.open_after.get(question.code)
    if was_there and is_state_or_unsaid(was_there, standing):
        return None
    return NO


def is_state_or_unsaid(code: str, standing: Mapping[str, Any]) -> bool:
    return standing.get(code) not in (NO, [])


def is_said(answer: object) -> bool:
    return answer is not None and answer != UNKNOWN


def _lacks_a_name(answer: object) -> bool:
    """Whether one of the illnesses that were told has no name yet."""
    return isinstance(answer, list) and UNKNOWN in answer


def is_state(question: Question, answer: object) -> bool:
    """Whether a standing answer says that something is, or was, the case."""
    if not is_said(answer) or answer == NO or answer == []:
        return False
    if isinstance(answer, Mapping):  # one answer for each medicine
        return YES in answer.values()
    harmless_choice = question.kind is Kind.CHOICE and answer == "none"
    return not harmless_choice


def without_doubt(
    answers: Mapping[str, Any],
    standing: Mapping[str, Any],
    *,
    said_today: Set[str],
    rule_set: RuleSet,
) -> dict[str, Any]:
    """Return the answers to write down: a "don't know" takes back no yes.

    What is left out stands as it did and was not said today: it holds the session. A date or a
    choice that was said at the door itself (`said_today`) may be doubted there.
    """
    return {
        code: _beside_doubt(answer, standing.get(code))
        for code, answer in answers.items()
        if answer != UNKNOWN or not _outlasts_doubt(code, standing, said_today, rule_set)
    }


def _outlasts_doubt(
    code: str, standing: Mapping[str, Any], said_today: Set[str], rule_set: RuleSet
) -> bool:
    question, stands = rule_set.questions.get(code), standing.get(code)
    # A list of illnesses must say that one of them has no name yet; no list is its own question.
    if question is None or code == CONDITIONS or not is_state(question, stands):
        return False
    if question.kind in (Kind.YES_NO, Kind.LIST):
        return True
    return question.kind in (Kind.DATE, Kind.CHOICE) and code not in said_today


def _beside_doubt(answer: Any, stands: Any) -> Any:
    """One answer for each medicine: the yes of a medicine outlasts a doubt about it."""
    if not isinstance(answer, Mapping) or not isinstance(stands, Mapping):
        return answer
    return {
        name: YES if said == UNKNOWN and stands.get(name) == YES else said
        for name, said in answer.items()
    }


def codes_of_the_day(rule_set: RuleSet) -> frozenset[str]:
    """Return every code that must be given again before a session."""
    return frozenset(
        question.code
        for question in rule_set.questions.values()
        if question.asked is not Asked.INTAKE
    )
