"""Reads of suspicious spots: what blocks an area, and what a result has cleared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language

from patients.intake.models import Answer
from patients.intake.terms import NO, UNKNOWN, Occasion
from patients.lesions.models import LesionReferral, LesionReport, LesionResult
from patients.lesions.rules import EVERYWHERE, Change, Result
from patients.lesions.rules import blocked_regions as rules_blocked
from patients.lesions.rules import cleared_regions as rules_cleared
from patients.lesions.terms import RED_FLAG_CODES
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force


@dataclass(frozen=True, slots=True)
class Spots:
    """Regions that wait for a result, and those that a recorded result has cleared."""

    blocked: list[str]
    cleared: list[str]


def spots(patient: Patient, on: date) -> Spots:
    """Both from one reading."""
    results, changes = _results(patient, on), list(_changes(patient, on))
    return Spots(
        blocked=sorted(rules_blocked(results, changes)),
        cleared=sorted(rules_cleared(results, changes)),
    )


def cleared_regions(patient: Patient, on: date) -> list[str]:
    """The regions that a recorded result has cleared, with no change named since."""
    return spots(patient, on).cleared


def blocked_regions(patient: Patient, on: date) -> list[str]:
    """The regions that wait for a result."""
    return spots(patient, on).blocked


def reports(patient: Patient) -> list[LesionReport]:
    return list(LesionReport.objects.filter(patient=patient).select_related("reported_by"))


def referrals(patient: Patient) -> list[LesionReferral]:
    return list(LesionReferral.objects.filter(patient=patient).select_related("recorded_by"))


def results(patient: Patient) -> list[LesionResult]:
    return list(LesionResult.objects.filter(patient=patient).select_related("recorded_by"))


def has_history(patient: Patient) -> bool:
    return any(
        table._default_manager.filter(patient=patient).exists()
        for table in (LesionReport, LesionReferral, LesionResult)
    )


def region_words(regions: Iterable[str]) -> list[str]:
    language = get_language() or "en"
    labels = rules_in_force().vocabulary.regions
    return [labels[each].to(language) if each in labels else each for each in regions]


def _results(patient: Patient, on: date) -> list[Result]:
    return [
        Result(frozenset(each.regions), each.examined_on, each.recorded_at, each.clears)
        for each in LesionResult.objects.filter(patient=patient, examined_on__lte=on)
    ]


def _changes(patient: Patient, on: date) -> Iterator[Change]:
    """Every time a change was named. The door confirms what stands without saying it anew, so what
    was said there counts by its own report.
    """
    for report in LesionReport.objects.filter(patient=patient, reported_on__lte=on):
        yield Change(frozenset(report.regions), report.reported_on, report.reported_at)
    said = Answer.objects.filter(patient=patient, code__in=RED_FLAG_CODES, answered_on__lte=on)
    for answer in said.exclude(occasion=Occasion.SESSION):
        if regions := regions_named(answer.value):
            yield Change(regions, answer.answered_on, answer.answered_at)


def regions_named(value: Any) -> frozenset[str]:
    """The regions in which an answer names a change; a plain yes means all of them."""
    if isinstance(value, list):
        return frozenset(str(each) for each in value)
    return frozenset() if value in (NO, UNKNOWN, None) else frozenset({EVERYWHERE})
