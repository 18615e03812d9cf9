"""The measures of a run of analyses, each followed by itself: what is not the same is never compared.

Area and count are followed by type of spot, and only where every spot of the type has the number;
contrast by region and device, from colour readings on the spot and on the skin beside it; contrast
on photographs by measured place, where a card or a calibrated camera makes the colours comparable.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from clinic.hours.queries import local_date
from treatments.analysis.models import AnalysedSpot, SkinAnalysis
from treatments.analysis.queries import measured_contrasts
from treatments.analysis.terms import BodyRegion, SpotType
from treatments.measuring.queries import Followed
from treatments.outcomes import terms
from treatments.outcomes.rules import Value
from treatments.outcomes.terms import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One measure over time, the earliest value first."""

    key: str
    values: Sequence[Value]

    @property
    def label(self) -> str:
        return self.label_of(self.key)

    @property
    def measure(self) -> Measure:
        return Measure(self.key.partition(":")[0])

    @staticmethod
    def label_of(key: str) -> str:
        """The words of a key: "area:solar_lentigo" is the area of solar lentigines."""
        measure, _colon, of = key.partition(":")
        if measure == Measure.AREA:
            return terms.AREA_OF % {"spot": SpotType(of).label}
        if measure == Measure.COUNT:
            return terms.COUNT_OF % {"spot": SpotType(of).label}
        if measure == Measure.PHOTO_CONTRAST:
            region, _view, _modality, place = of.split(":", 3)
            where = str(BodyRegion(region).label)
            return terms.PHOTO_CONTRAST_OF % {"place": f"{where}, {place}" if place else where}
        if measure == Measure.CONTRAST:
            region, _colon, device = of.partition(":")
            return terms.CONTRAST_OF % {"region": BodyRegion(region).label, "device": device}
        return str(Measure(measure).label)


def series_of(analyses: Iterable[SkinAnalysis]) -> list[Series]:
    """Every measure that was taken at least once; the score first."""
    values: dict[str, list[Value]] = defaultdict(list)
    for analysis in analyses:
        for key, value in _measured(analysis):
            values[key].append(Value(on=analysis.analysed_on, at=analysis.recorded_at, value=value))
    order = list(Measure)
    keys = sorted(values, key=lambda key: (order.index(Measure(key.partition(":")[0])), key))
    return [Series(key=key, values=values[key]) for key in keys]


def series_of_photographs(
    places: Iterable[Followed], *, since: datetime | None, until: datetime | None
) -> list[Series]:
    """The contrast of each place that was measured between two moments, None: without that limit."""
    found = []
    for followed in places:
        place = followed.place
        values = [
            Value(on=local_date(at), at=at, value=degrees)
            for at, degrees in _contrasts(followed)
            if (since is None or since <= at) and (until is None or at <= until)
        ]
        if values:
            where = f"{place.region}:{place.view}:{place.modality}:{place.place}"
            found.append(Series(key=f"{Measure.PHOTO_CONTRAST}:{where}", values=values))
    return found


def _contrasts(followed: Followed) -> Iterator[tuple[datetime, Decimal]]:
    for each in followed.readings:
        if each.measurement.may_be_followed and each.angles.contrast is not None:
            yield each.measurement.photograph.taken_at, each.angles.contrast


def _measured(analysis: SkinAnalysis) -> Iterator[tuple[str, Decimal]]:
    if analysis.mmasi is not None:
        yield Measure.MMASI.value, analysis.mmasi
    spots: dict[str, list[AnalysedSpot]] = defaultdict(list)
    for spot in analysis.spots.all():
        spots[spot.spot_type].append(spot)
    for spot_type, found in spots.items():
        areas = [each.area_cm2 for each in found if each.area_cm2 is not None]
        if len(areas) == len(found):
            yield f"{Measure.AREA}:{spot_type}", sum(areas, Decimal(0))
        counts = [each.count for each in found if each.count is not None]
        if len(counts) == len(found):
            yield f"{Measure.COUNT}:{spot_type}", Decimal(sum(counts))
    for read in measured_contrasts(analysis):
        yield f"{Measure.CONTRAST}:{read.region}:{read.device}", read.degrees
