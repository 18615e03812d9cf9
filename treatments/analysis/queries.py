"""Reads of what the physician saw, and how the score moved since the first time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.records.models import Patient
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.rules import Change, change
from treatments.analysis.terms import Response, ScorePart, ScoreRegion


def analyses(patient: Patient) -> QuerySet[SkinAnalysis]:
    """The patient's analyses, the latest first."""
    return (
        SkinAnalysis.objects.filter(patient=patient)
        .select_related("analysed_by")
        .prefetch_related("spots")
    )


def analysis(analysis_id: UUID) -> SkinAnalysis:
    return (
        SkinAnalysis.objects.select_related("analysed_by", "patient")
        .prefetch_related("spots")
        .get(pk=analysis_id)
    )


def analysis_of(patient: Patient, analysis_id: UUID) -> SkinAnalysis:
    return analyses(patient).get(pk=analysis_id)


def latest_analysis(patient: Patient) -> SkinAnalysis | None:
    return analyses(patient).first()


def baseline_analysis(patient: Patient) -> SkinAnalysis | None:
    """The first analysis with a score: what every later score is compared with."""
    return (
        analyses(patient).filter(mmasi__isnull=False).order_by("analysed_on", "recorded_at").first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A change of the score for reading: arrow, sign and percent, and the word of its class."""

    change: Change

    @property
    def arrow(self) -> str:
        fall = self.change.fall_percent or Decimal(0)
        return "↓" if fall > 0 else "↑" if fall < 0 else "→"

    @property
    def percent(self) -> str:
        fall = self.change.fall_percent or Decimal(0)
        sign = "−" if fall > 0 else "+" if fall < 0 else ""
        return _("%(sign)s%(percent)s%%") % {"sign": sign, "percent": number_format(abs(fall))}

    @property
    def label(self) -> str:
        response = self.change.response
        if response is None:
            return ""
        if response is Response.NONE and (self.change.fall_percent or 0) < 0:
            return _("Rose")
        return str(response.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One analysis in the course of a patient."""

    analysis: SkinAnalysis
    is_baseline: bool
    change: ShownChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRegion:
    """The entries of one region, for reading."""

    label: str
    area: int
    darkness: int
    homogeneity: int


def course(patient: Patient) -> list[Examined]:
    """Every analysis, the latest first, each with its change from the first score."""
    found = list(analyses(patient))
    scored = [each for each in reversed(found) if each.mmasi is not None]
    baseline = scored[0] if scored else None
    return [_examined(each, baseline) for each in found]


def examined(analysis: SkinAnalysis) -> Examined:
    """One analysis with its change from the first score of the same patient."""
    return _examined(analysis, baseline_analysis(analysis.patient))


def scored_regions(analysis: SkinAnalysis) -> Sequence[ScoredRegion]:
    parts = analysis.score_parts
    if not parts:
        return []
    return [
        ScoredRegion(
            label=str(region.label),
            area=parts[region][ScorePart.AREA],
            darkness=parts[region][ScorePart.DARKNESS],
            homogeneity=parts[region][ScorePart.HOMOGENEITY],
        )
        for region in ScoreRegion
    ]


def _examined(analysis: SkinAnalysis, baseline: SkinAnalysis | None) -> Examined:
    is_baseline = baseline is not None and analysis.pk == baseline.pk
    moved = None
    if baseline and not is_baseline and analysis.mmasi is not None and baseline.mmasi is not None:
        moved = change(baseline.mmasi, analysis.mmasi)
    return Examined(
        analysis=analysis,
        is_baseline=is_baseline,
        change=ShownChange(change=moved) if moved and moved.fall_percent is not None else None,
    )
