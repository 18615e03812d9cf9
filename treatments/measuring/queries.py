"""Reads of what was measured on photographs: one measurement, and a place over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from patients.records.models import Patient
from treatments.analysis.rules import ScoreRefused, SkinAngle, contrast, ita
from treatments.measuring import pixels
from treatments.measuring.models import ColourMeasurement, MeasuredPlace
from treatments.measuring.rules import Lab, Shape, as_text, delta_e
from treatments.measuring.terms import Outline
from treatments.photographs.models import Photograph
from treatments.photographs.queries import alignment, anchors_of, opened, taken_unlike
from treatments.photographs.rules import Similarity
from treatments.photographs.terms import Size

TENTH = Decimal("0.1")


def measurements(patient: Patient) -> QuerySet[ColourMeasurement]:
    """Those of photographs that stand, the latest first."""
    return ColourMeasurement.objects.filter(
        measured_place__patient=patient, photograph__withdrawal__isnull=True
    ).select_related("measured_place", "photograph", "measured_by")


def measurement_of(patient: Patient, measurement_id: UUID) -> ColourMeasurement:
    return measurements(patient).get(pk=measurement_id)


def places_for(photograph: Photograph) -> list[MeasuredPlace]:
    """The places that may be measured again on this photograph: of its view, under its light."""
    return list(
        MeasuredPlace.objects.filter(
            patient=photograph.patient_id, view=photograph.view, modality=photograph.modality
        )
    )


@dataclass(frozen=True, slots=True)
class Angles:
    """The angle of the spot, of the skin, and how many degrees the spot is darker; none: not skin."""

    spot: SkinAngle | None
    skin: SkinAngle | None
    contrast: Decimal | None


def angles(measurement: ColourMeasurement) -> Angles:
    spot = _angle(measurement.spot_lightness, measurement.spot_b)
    skin = _angle(measurement.skin_lightness, measurement.skin_b)
    return Angles(spot, skin, contrast(skin, spot) if spot and skin else None)


def _angle(lightness: Decimal, b: Decimal) -> SkinAngle | None:
    try:
        return ita(lightness, b)
    except ScoreRefused:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measurement in numbers. What stands beside the first one is None where it may not."""

    measurement: ColourMeasurement
    angles: Angles
    darker: Decimal  # L* of the skin less that of the spot
    difference: Decimal  # Delta-E of the two
    pigmented_percent: int
    since_first: Decimal | None = None  # Delta-E of the spot, now and in the first
    lighter: Decimal | None = None  # by how much its L* rose since the first
    unlike: Sequence[str] = ()


def reading(measurement: ColourMeasurement, first: ColourMeasurement | None = None) -> Reading:
    since = first is not None and measurement.may_be_followed and first.may_be_followed
    return Reading(
        measurement=measurement,
        angles=angles(measurement),
        darker=(measurement.skin_lightness - measurement.spot_lightness).quantize(TENTH),
        difference=_difference(measurement.skin, measurement.spot),
        pigmented_percent=round(100 * measurement.pigmented_share),
        since_first=_difference(first.spot, measurement.spot) if since and first else None,
        lighter=(measurement.spot_lightness - first.spot_lightness).quantize(TENTH)
        if since and first
        else None,
        unlike=taken_unlike(first.photograph, measurement.photograph) if first else (),
    )


def _difference(one: Lab, other: Lab) -> Decimal:
    return Decimal(delta_e(one, other)).quantize(TENTH)


@dataclass(frozen=True, slots=True)
class Followed:
    """A place and what was read there, the earliest photograph first."""

    place: MeasuredPlace
    readings: Sequence[Reading]


def followed(patient: Patient) -> list[Followed]:
    """Every place that was measured. Of one photograph the latest measurement counts."""
    by_place: dict[UUID, dict[UUID, ColourMeasurement]] = {}
    for each in measurements(patient):
        by_place.setdefault(each.measured_place_id, {}).setdefault(each.photograph_id, each)
    places = MeasuredPlace.objects.filter(pk__in=by_place)
    return [Followed(place, _over_time(by_place[place.pk].values())) for place in places]


def _over_time(found: Iterable[ColourMeasurement]) -> list[Reading]:
    ordered = sorted(found, key=lambda each: (each.photograph.taken_at, each.measured_at))
    first = next((each for each in ordered if each.may_be_followed), None)
    return [reading(each, first if each is not first else None) for each in ordered]


def outlines_for(photograph: Photograph, place: MeasuredPlace) -> dict[str, str]:
    """The spot and the skin of the latest measurement of a place, where they lie in this photograph.

    {} where the pupils are not marked in both, or the place lies outside. The card lies elsewhere
    each time.
    """
    before = measurements(photograph.patient).filter(measured_place=place).first()
    if before is None:
        return {}
    points = anchors_of(before.photograph, photograph)
    by = alignment(
        before.photograph,
        points.get(before.photograph_id),
        onto=photograph,
        onto_points=points.get(photograph.pk),
    )
    if by is None:
        return {}
    size = {"width": photograph.width, "height": photograph.height}
    moved = {name: _moved(before.shape(name), by) for name in (Outline.SPOT, Outline.SKIN)}
    return {
        str(name): as_text(shape, **size)
        for name, shape in moved.items()
        if shape is not None and shape.lies_in(**size)
    }


def _moved(shape: Shape | None, by: Similarity) -> Shape | None:
    return shape.moved(by) if shape else None


def heat_map(measurement: ColourMeasurement) -> bytes:
    """A PNG over the box of the spot. Raises FileNotFoundError."""
    shape = measurement.shape(Outline.SPOT)
    assert shape is not None  # no measurement without its spot
    with opened(measurement.photograph, Size.FULL) as file:
        return pixels.heat_map(
            pixels.opened(file),
            shape,
            factors=measurement.correction,
            skin_lightness=float(measurement.skin_lightness),
        )
