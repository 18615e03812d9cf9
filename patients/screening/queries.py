"""Reads of verdicts: the newest one, what it lets through, and what still stands in the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from patients.intake.queries import allergies, last_changes_at, standing_answers
from patients.lesions.terms import RED_FLAG_CODES
from patients.records.models import Patient
from patients.rulebook.queries import rule_set_of, rules_in_force
from patients.screening.gates import (
    BookingView,
    FindingKey,
    OpenItem,
    about,
    booking_view,
    is_overridden,
    may_sign,
)
from patients.screening.models import FindingDecision, Purpose, Screening
from patients.screening.reading import Unrecognised
from patients.screening.rule_files import load_rule_set
from patients.screening.rule_set import RuleSet
from patients.screening.rules import Finding, Response
from patients.screening.terms import Scope, Severity, Verdict
from patients.screening.words import words_of_open_item


@dataclass(frozen=True, slots=True)
class BookingBlock:
    """Whether a treatment may be booked, from which day, and why not, in words."""

    blocks: bool
    earliest_on: date | None
    reasons: list[str]


def latest_screening(
    patient: Patient, purpose: Purpose, on: date | None = None
) -> Screening | None:
    """The newest verdict, of one day where `on` is given."""
    screenings = Screening.objects.filter(patient=patient, purpose=purpose)
    if on is not None:
        screenings = screenings.filter(on=on)
    return screenings.order_by("-screened_at", "-pk").first()


def screening(screening_id: UUID) -> Screening:
    return Screening.objects.select_related("patient").get(pk=screening_id)


def screening_of_patient(patient_id: UUID, screening_id: UUID) -> Screening:
    """A verdict of a session, under its own patient only."""
    return Screening.objects.select_related("patient").get(
        pk=screening_id, patient_id=patient_id, purpose=Purpose.SESSION
    )


def is_newest_of_its_day(screening: Screening) -> bool:
    newest = latest_screening(screening.patient, Purpose(screening.purpose), on=screening.on)
    return newest is None or newest.pk == screening.pk


def rules_about_lesions(screening: Screening) -> set[str]:
    """The rules among the findings that a result of an examination clears."""
    return {
        finding.rule
        for finding in response_of(screening).findings
        if not set(RED_FLAG_CODES).isdisjoint(finding.because.get("answer", ()))
    }


def rules_behind(screening: Screening) -> RuleSet:
    """The rules under which a verdict was given, not those of today.

    A verdict of no rules, because they could not be read, has nothing to look up in them.
    """
    if not screening.rule_set_version.strip("-"):
        return load_rule_set()
    return rule_set_of(screening.rule_set_version)


def response_of(screening: Screening) -> Response:
    """A stored verdict as the engine gave it."""
    stored: Mapping[str, Any] = screening.response
    return Response(
        id=stored["id"],
        verdict=Verdict(stored["verdict"]),
        findings=tuple(_finding(each) for each in stored["findings"]),
        unanswered=tuple(stored["unanswered"]),
        unrecognised=tuple(
            Unrecognised(gap["field"], gap["text"]) for gap in stored["unrecognised"]
        ),
        earliest_on=_day(stored.get("earliest_on")),
        rule_set_version=screening.rule_set_version,
        fault=bool(stored.get("fault")),
    )


def decisions_on(patient: Patient, day: date) -> list[FindingDecision]:
    """What physicians decided about findings of that day."""
    return list(
        FindingDecision.objects.filter(patient=patient, decided_on=day).select_related("decided_by")
    )


def decisions_for(screening: Screening) -> list[FindingDecision]:
    """The decisions that count for a verdict: those about a finding that still stands as it stood.

    For the signature: those of the day. For booking ahead: also earlier ones, as long as nothing
    was said since; the day of the session has its own verdict and asks for its own decision.
    """
    if screening.purpose != Purpose.SESSION:
        return decisions_ahead([screening])[screening.pk]
    made = decisions_on(screening.patient, screening.on)
    return _about_what_stands(made, screening)


def decisions_ahead(screenings: Sequence[Screening]) -> dict[UUID, list[FindingDecision]]:
    """Verdict for booking -> the decisions that count for it: two statements for a whole board."""
    made: dict[UUID, list[FindingDecision]] = {}
    whose = {each.patient_id for each in screenings}
    for decision in (
        FindingDecision.objects.filter(patient__in=whose)
        .select_related("decided_by")
        .order_by("decided_at")
    ):
        made.setdefault(decision.patient_id, []).append(decision)
    changed_at = last_changes_at(list(made)) if made else {}
    return {
        screening.pk: _about_what_stands(
            [
                each
                for each in made.get(screening.patient_id, ())
                if _still_counts(each, screening, changed_at.get(screening.patient_id))
            ],
            screening,
        )
        for screening in screenings
    }


def _still_counts(
    decision: FindingDecision, screening: Screening, changed_at: datetime | None
) -> bool:
    if decision.decided_on > screening.on:
        return False
    return (
        changed_at is None
        or decision.decided_at >= changed_at
        or decision.decided_on == screening.on
    )


def _about_what_stands(
    made: Iterable[FindingDecision], screening: Screening
) -> list[FindingDecision]:
    standing = {about(finding) for finding in response_of(screening).findings}
    return [each for each in made if each.about in standing]


def open_items(screening: Screening) -> tuple[OpenItem, ...]:
    """What stands between this verdict and a signature (ruling 2)."""
    overrides: dict[FindingKey, str] = {}
    ticks: set[FindingKey] = set()
    for decision in decisions_for(screening):
        key = (decision.rule, decision.target or None)
        if decision.severity == Severity.CAUTION:
            ticks.add(key)
        else:
            overrides[key] = decision.reason
    return may_sign(
        response_of(screening), rule_set=rules_behind(screening), overrides=overrides, ticks=ticks
    )


def what_blocks_signing(screening: Screening) -> list[str]:
    """The same in words for the treatment room; empty: it may be signed."""
    rule_set = rules_behind(screening)
    return [words_of_open_item(item, rule_set, screening.request) for item in open_items(screening)]


def view_for_booking(
    screening: Screening, decisions: Iterable[FindingDecision] | None = None
) -> BookingView:
    """What the verdict lets the desk book (ruling 3). `decisions`: those that count, where known."""
    overridden = {
        (decision.rule, decision.target or None)
        for decision in (decisions_for(screening) if decisions is None else decisions)
        if decision.severity != Severity.CAUTION
    }
    return booking_view(
        response_of(screening), rule_set=rules_behind(screening), overridden=overridden
    )


def wait_from_the_door(ahead: Screening) -> date | None:
    """Until when the last re-screen lets no session be, by what only that day's answers said.

    `ahead`: the verdict for booking. An answer of the day does not hold on the next one, so that
    verdict knows nothing of it; the day on which it clears still stands.
    """
    # Of the latest day, not the one given last: a record of an earlier day may be finished late.
    at_the_door = (
        Screening.objects.filter(patient=ahead.patient, purpose=Purpose.SESSION)
        .order_by("-on", "-screened_at", "-pk")
        .first()
    )
    if at_the_door is None or at_the_door.on >= ahead.on:
        return None
    rule_set = rules_behind(at_the_door)
    overridden = {
        (decision.rule, decision.target or None)
        for decision in decisions_for(at_the_door)
        if decision.severity != Severity.CAUTION
    }
    waiting = [
        finding
        for finding in response_of(at_the_door).findings
        if finding.severity is Severity.TEMPORARY
        and finding.clears_on is not None
        and finding.clears_on > ahead.on
        and not is_overridden(finding, overridden, rule_set)
    ]
    if not waiting:
        return None
    standing = standing_answers(ahead.patient, ahead.on)
    forgotten = [
        finding.clears_on
        for finding in waiting
        if any(code not in standing for code in _asked_for(finding, rule_set))
    ]
    return max((day for day in forgotten if day is not None), default=None)


def _asked_for(finding: Finding, rule_set: RuleSet) -> list[str]:
    """The questions whose answers fired a finding; lists and the plan are read anew each time."""
    said = [*finding.because.get("answer", ()), *finding.because.get("measured", ())]
    codes = {word for text in said for word in (text, text.partition(" ")[0])}
    return sorted(codes & set(rule_set.questions))


def booking_block(screening: Screening) -> BookingBlock:
    view = view_for_booking(screening)
    rule_set = rules_behind(screening)
    return BookingBlock(
        blocks=view.blocks_booking,
        earliest_on=view.earliest_on,
        reasons=[words_of_open_item(item, rule_set, screening.request) for item in view.reasons],
    )


def allergy_groups(patient: Patient, on: date | None = None) -> frozenset[str]:
    """The allergen groups that the patient's words name, and those reacted to before.

    Reactions to antiseptic, gloves or numbing cream count as section 5 of the contract says.
    """
    rule_set = rules_in_force()
    stated = {
        group
        for entry in allergies(patient)
        for group in rule_set.recognise_allergy(entry.text).groups
    }
    reactions = standing_answers(patient, on or localdate()).get("antiseptic_reaction")
    reacted_to = reactions if isinstance(reactions, list) else []
    known = rule_set.vocabulary.reaction_groups
    return frozenset(stated).union(*(known.get(each, frozenset()) for each in reacted_to))


def _finding(stored: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=stored["rule"],
        severity=Severity(stored["severity"]),
        scope=Scope(stored["scope"]),
        target=stored.get("target"),
        because={
            key: tuple(value) if isinstance(value, list) else (value,)
            for key, value in stored["because"].items()
        },
        clears_on=_day(stored.get("clears_on")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
