"""Scores of pigmentation: MASI and mMASI, their change, the colour angle and the contrast.

Pure. Scores are computed from what was seen, never typed. Formulas, ranges and sources:
docs/rules/scores.md.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from clinic.refusals import Refused
from treatments.analysis import terms
from treatments.analysis.terms import (
    FACE,
    MsiPart,
    MsiRegion,
    Response,
    ScorePart,
    ScoreRegion,
    SkinColour,
    SpotType,
)

# {"forehead": {"area": 2, "darkness": 2, "homogeneity": 2}, ...}
Parts = Mapping[str, Mapping[str, int | None]]

WEIGHTS: Mapping[ScoreRegion, Decimal] = {
    ScoreRegion.FOREHEAD: Decimal("0.3"),
    ScoreRegion.RIGHT_MALAR: Decimal("0.3"),
    ScoreRegion.LEFT_MALAR: Decimal("0.3"),
    ScoreRegion.CHIN: Decimal("0.1"),
}
MOST: Mapping[ScorePart, int] = {
    ScorePart.AREA: 6,
    ScorePart.DARKNESS: 4,
    ScorePart.HOMOGENEITY: 4,
}
HIGHEST_MASI, HIGHEST_MMASI, HIGHEST_MSI = Decimal(48), Decimal(24), Decimal(64)
MSI_WEIGHTS: Mapping[MsiRegion, Decimal] = {
    MsiRegion.LEFT: Decimal("0.4"),
    MsiRegion.RIGHT: Decimal("0.4"),
    MsiRegion.NOSE: Decimal("0.2"),
}
MOST_IN_MSI = 4

# Spots that are counted; melasma and dullness have an area and no number.
COUNTED = frozenset(
    {SpotType.SOLAR_LENTIGO, SpotType.EPHELIDES, SpotType.AGE_SPOT, SpotType.PIH, SpotType.OTHER}
)

ITA_CLASSES: tuple[tuple[float, SkinColour], ...] = (
    (55, SkinColour.VERY_LIGHT),
    (41, SkinColour.LIGHT),
    (28, SkinColour.INTERMEDIATE),
    (10, SkinColour.TAN),
    (-30, SkinColour.BROWN),
)

ONE_DECIMAL = Decimal("0.1")


class ScoreRefused(Refused):
    """The entries give no score: one is missing, out of range or contradicts another."""

    code = "score_refused"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How far a score fell; both None when there was nothing to fall from."""

    fall_percent: Decimal | None
    response: Response | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinAngle:
    """The individual typology angle: as printed, with its class, and unrounded for arithmetic."""

    degrees: Decimal
    colour: SkinColour
    unrounded: float


def mmasi(parts: Parts) -> Decimal:
    """Return the modified MASI, 0.0 to 24.0; homogeneity may be left out."""
    check_parts(parts)
    return _sum(
        weight * _part(parts, region, ScorePart.AREA) * _part(parts, region, ScorePart.DARKNESS)
        for region, weight in WEIGHTS.items()
    )


def masi(parts: Parts) -> Decimal:
    """Return the MASI, 0.0 to 48.0."""
    check_parts(parts, with_homogeneity=True)
    return _sum(
        weight
        * _part(parts, region, ScorePart.AREA)
        * (_part(parts, region, ScorePart.DARKNESS) + _part(parts, region, ScorePart.HOMOGENEITY))
        for region, weight in WEIGHTS.items()
    )


def msi(parts: Parts) -> Decimal:
    """Return the melasma severity index, 0.0 to 64.0: area times pigmentation squared."""
    check_msi_parts(parts)
    return _sum(
        weight
        * (parts[region][MsiPart.AREA] or 0)
        * (parts[region][MsiPart.PIGMENTATION] or 0) ** 2
        for region, weight in MSI_WEIGHTS.items()
    )


def check_msi_parts(parts: Parts) -> None:
    """Refuse an index with a gap, a number out of range, or pigment without an area."""
    for region in parts:
        if region not in MsiRegion.values:
            raise ScoreRefused(terms.UNKNOWN_REGION % {"region": region})
    for region in MsiRegion:
        entered = parts.get(region, {})
        for part in MsiPart:
            value, words = entered.get(part), {"region": region.label, "part": part.label}
            if value is None:
                raise ScoreRefused(terms.MSI_UNSCORED % words)
            if (
                not isinstance(value, int)
                or isinstance(value, bool)
                or not 0 <= value <= MOST_IN_MSI
            ):
                raise ScoreRefused(terms.MSI_OUT_OF_RANGE % words)
        if bool(entered[MsiPart.AREA]) != bool(entered[MsiPart.PIGMENTATION]):
            named = {"region": region.label}
            lacking = (
                terms.SOMETHING_IS_DARK if entered[MsiPart.AREA] else terms.NOTHING_IS_NOT_DARK
            )
            raise ScoreRefused(lacking % named)


def has_homogeneity(parts: Parts) -> bool:
    """Whether the entries are those of a MASI: homogeneity was entered in any region."""
    return any(entered.get(ScorePart.HOMOGENEITY) is not None for entered in parts.values())


def check_parts(parts: Parts, *, with_homogeneity: bool = False) -> None:
    """Refuse parts that are missing, out of range or contradict each other."""
    for region in parts:
        if region not in ScoreRegion.values:
            raise ScoreRefused(terms.UNKNOWN_REGION % {"region": region})
    for region in ScoreRegion:
        for part in _asked(parts, region, with_homogeneity):
            _check_part(parts, region, part)
        _check_agreement(parts, region)


def check_since(since: str, *, born_on: date, today: date) -> None:
    """Refuse a beginning that is no year or month, lies ahead, or before the birth."""
    if not since:
        return
    match = re.fullmatch(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?", since)
    if not match:
        raise ScoreRefused(terms.SINCE_UNREADABLE)
    months = (int(match[1]), int(match[2])) if match[2] else (int(match[1]),)
    if months > (today.year, today.month)[: len(months)]:
        raise ScoreRefused(terms.SINCE_AHEAD)
    if months < (born_on.year, born_on.month)[: len(months)]:
        raise ScoreRefused(terms.SINCE_BEFORE_BIRTH)


def may_be_scored(spot_type: str, regions: Iterable[str]) -> bool:
    """Say whether MASI and mMASI apply: melasma, and somewhere on the face."""
    return spot_type == SpotType.MELASMA and not FACE.isdisjoint(regions)


def check_may_be_scored(spot_type: str, regions: Iterable[str]) -> None:
    if not may_be_scored(spot_type, regions):
        raise ScoreRefused(terms.NOT_FOR_THIS_SPOT)


def band(score: Decimal, highest: Decimal) -> int:
    """Return the third of the range, 1 to 3, upper limit included; not a validated severity."""
    third = highest / 3
    return 1 if score <= third else 2 if score <= 2 * third else 3


def change(baseline: Decimal, follow_up: Decimal) -> Change:
    """Return the percent fall between two scores of one kind; below 0 when it rose.

    The class is that of the exact percent. A baseline of 0 has no percent.
    """
    if baseline < 0 or follow_up < 0:
        raise ScoreRefused(terms.NEGATIVE_SCORE)
    if not baseline:
        return Change(fall_percent=None, response=None)
    exact = (Fraction(baseline) - Fraction(follow_up)) / Fraction(baseline) * 100
    return Change(fall_percent=_rounded(exact), response=_response(exact))


def ita(lightness: Decimal, b: Decimal) -> SkinAngle:
    """Return the individual typology angle of a CIE L*a*b* reading of skin."""
    if not (lightness.is_finite() and b.is_finite() and 0 <= lightness <= 100 and b > 0):
        raise ScoreRefused(terms.NOT_SKIN)
    degrees = math.degrees(math.atan2(float(lightness) - 50, float(b)))
    return SkinAngle(
        degrees=_rounded(Fraction(degrees)), colour=_skin_colour(degrees), unrounded=degrees
    )


def contrast(perilesional: SkinAngle, lesion: SkinAngle) -> Decimal:
    """Return how many degrees the lesion is darker than the skin around it."""
    return _rounded(Fraction(perilesional.unrounded) - Fraction(lesion.unrounded))


def _asked(parts: Parts, region: ScoreRegion, with_homogeneity: bool) -> Iterator[ScorePart]:
    yield ScorePart.AREA
    yield ScorePart.DARKNESS
    if with_homogeneity or parts.get(region, {}).get(ScorePart.HOMOGENEITY) is not None:
        yield ScorePart.HOMOGENEITY


def _check_part(parts: Parts, region: ScoreRegion, part: ScorePart) -> None:
    value = parts.get(region, {}).get(part)
    words = {"region": region.label, "part": part.label, "most": MOST[part]}
    if value is None:
        raise ScoreRefused(terms.UNSCORED % words)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST[part]:
        raise ScoreRefused(terms.OUT_OF_RANGE % words)


def _check_agreement(parts: Parts, region: ScoreRegion) -> None:
    entered = parts[region]
    darkness, homogeneity = entered[ScorePart.DARKNESS], entered.get(ScorePart.HOMOGENEITY)
    if entered[ScorePart.AREA]:
        if not darkness:
            raise ScoreRefused(terms.SOMETHING_IS_DARK % {"region": region.label})
    elif darkness or homogeneity:
        raise ScoreRefused(terms.NOTHING_IS_NOT_DARK % {"region": region.label})


def _part(parts: Parts, region: ScoreRegion, part: ScorePart) -> int:
    return parts[region][part] or 0


def _sum(shares: Iterable[Decimal]) -> Decimal:
    return sum(shares, Decimal(0)).quantize(ONE_DECIMAL)


def _response(percent: Fraction) -> Response:
    if percent > 75:
        return Response.VERY_GOOD
    if percent >= 50:
        return Response.GOOD
    if percent >= 25:
        return Response.MODERATE
    return Response.MILD if percent > 0 else Response.NONE


def _skin_colour(degrees: float) -> SkinColour:
    return next((colour for above, colour in ITA_CLASSES if degrees > above), SkinColour.DARK)


def _rounded(exact: Fraction) -> Decimal:
    """Round to one decimal, half away from zero."""
    tenths = (2 * abs(exact.numerator) * 10 + exact.denominator) // (2 * exact.denominator)
    value = Decimal(tenths) / 10
    return (-value if exact < 0 and tenths else value).quantize(ONE_DECIMAL, ROUND_HALF_UP)
