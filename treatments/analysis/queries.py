"""Reads of what the physician saw, and how the score moved since the first time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.records.models import Patient
from treatments.analysis.map_pictures import PlacedMark, ShownView, placed, shown_views
from treatments.analysis.models import AnalysedSpot, InstrumentReading, SkinAnalysis
from treatments.analysis.rules import Change, SkinAngle, change, contrast, ita
from treatments.analysis.terms import (
    BodyRegion,
    ReadingKind,
    ReadOn,
    Response,
    ScorePart,
    ScoreRegion,
)


def analyses(patient: Patient) -> QuerySet[SkinAnalysis]:
    """The patient's analyses, the latest first."""
    return (
        SkinAnalysis.objects.filter(patient=patient)
        .select_related("analysed_by")
        .prefetch_related("spots", "readings")
    )


def analysis(analysis_id: UUID) -> SkinAnalysis:
    return (
        SkinAnalysis.objects.select_related("analysed_by", "patient")
        .prefetch_related("spots", "readings")
        .get(pk=analysis_id)
    )


def analysis_of(patient: Patient, analysis_id: UUID) -> SkinAnalysis:
    return analyses(patient).get(pk=analysis_id)


def copied_analysis(patient: Patient, asked: str) -> SkinAnalysis | None:
    """The analysis that a page began as a copy of, by its key in the form; None if it names none."""
    try:
        return analysis_of(patient, UUID(asked))
    except (ValueError, SkinAnalysis.DoesNotExist):
        return None


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
    homogeneity: int | None


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
            homogeneity=parts[region].get(ScorePart.HOMOGENEITY),
        )
        for region in ScoreRegion
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredContrast:
    """How much darker a spot is than the skin beside it, by one device in one region."""

    region: str
    device: str
    degrees: Decimal

    @property
    def region_label(self) -> str:
        return str(BodyRegion(self.region).label)


def measured_contrasts(analysis: SkinAnalysis) -> list[MeasuredContrast]:
    """Every pair of spot and normal skin read by one device; several readings are averaged first."""
    read: dict[tuple[str, str], dict[str, list[InstrumentReading]]] = {}
    for reading in analysis.readings.all():
        if reading.kind == ReadingKind.COLOUR:
            place = read.setdefault((reading.region, reading.device), {})
            place.setdefault(reading.read_on, []).append(reading)
    return [
        MeasuredContrast(
            region=region,
            device=device,
            degrees=contrast(_angle(on[ReadOn.NORMAL]), _angle(on[ReadOn.LESION])),
        )
        for (region, device), on in read.items()
        if ReadOn.NORMAL in on and ReadOn.LESION in on
    ]


def _angle(readings: Sequence[InstrumentReading]) -> SkinAngle:
    def mean(values: list[Decimal]) -> Decimal:
        return sum(values, Decimal(0)) / len(values)

    return ita(
        mean([each.lightness for each in readings if each.lightness is not None]),
        mean([each.b for each in readings if each.b is not None]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedSpot:
    """A spot with its marks as numbered on the map of the whole analysis."""

    spot: AnalysedSpot
    marks: list[PlacedMark]


def numbered_spots(analysis: SkinAnalysis) -> list[NumberedSpot]:
    numbered, first = [], 1
    for spot in analysis.spots.all():
        numbered.append(NumberedSpot(spot=spot, marks=placed(spot.marks, first=first)))
        first += len(spot.marks)
    return numbered


def shown_map(analysis: SkinAnalysis) -> list[ShownView]:
    """The map of an analysis: every chosen region filled, every mark numbered."""
    spots = numbered_spots(analysis)
    return shown_views(
        [region for each in spots for region in each.spot.regions],
        [mark for each in spots for mark in each.marks],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was: of which spot, what, and the words before and after."""

    spot: str
    what: str
    before: str
    after: str


def previous_analysis(analysis: SkinAnalysis) -> SkinAnalysis | None:
    """The one it was copied from, otherwise the patient's last one before it."""
    if analysis.copied_from_id:
        return analyses(analysis.patient).get(pk=analysis.copied_from_id)
    return (
        analyses(analysis.patient)
        .filter(
            Q(analysed_on__lt=analysis.analysed_on)
            | Q(analysed_on=analysis.analysed_on, recorded_at__lt=analysis.recorded_at)
        )
        .first()
    )


def differences(earlier: SkinAnalysis, later: SkinAnalysis) -> list[Difference]:
    """What changed between two analyses, spot by spot; spots of one type are paired in their order."""
    found: list[Difference] = []
    for before, after in _pairs(list(earlier.spots.all()), list(later.spots.all())):
        if before is None or after is None:
            spot = after or before
            words = (_("not seen"), _("seen")) if after else (_("seen"), _("no longer seen"))
            found.append(_difference(spot, _("Spot"), *words))
            continue
        found += [
            _difference(after, what, old or "–", new or "–")
            for what, old, new in _compared(before, after)
            if old != new
        ]
    if earlier.phototype != later.phototype:
        found.append(
            Difference(
                spot="",
                what=_("Phototype"),
                before=earlier.phototype_label,
                after=later.phototype_label,
            )
        )
    return found


def _difference(spot: AnalysedSpot | None, what: str, before: str, after: str) -> Difference:
    return Difference(spot=spot.type_label if spot else "", what=what, before=before, after=after)


def _pairs(
    earlier: list[AnalysedSpot], later: list[AnalysedSpot]
) -> Iterator[tuple[AnalysedSpot | None, AnalysedSpot | None]]:
    types = dict.fromkeys(each.spot_type for each in (*earlier, *later))
    for spot_type in types:
        before = [each for each in earlier if each.spot_type == spot_type]
        after = [each for each in later if each.spot_type == spot_type]
        yield from zip_longest(before, after)


def _compared(before: AnalysedSpot, after: AnalysedSpot) -> Iterator[tuple[str, str, str]]:
    yield _("Regions"), ", ".join(before.region_labels), ", ".join(after.region_labels)
    yield _("Depth"), before.depth_label, after.depth_label
    yield _("Under the Wood's lamp"), before.wood_label, after.wood_label
    yield _("Causes"), ", ".join(before.cause_words), ", ".join(after.cause_words)
    yield _("How many"), _number(before.count), _number(after.count)
    yield _("Largest, in mm"), _number(before.largest_mm), _number(after.largest_mm)
    yield _("Area, in cm²"), _number(before.area_cm2), _number(after.area_cm2)


def _number(value: Decimal | int | None) -> str:
    return "" if value is None else number_format(value)


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
