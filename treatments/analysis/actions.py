"""Recording what the physician saw. A later look is a new analysis; an earlier one is never edited."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clinic.audit.actions import record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.lesions.actions import report_change
from patients.lesions.terms import Source
from patients.records.models import Patient
from treatments.analysis import terms
from treatments.analysis.face_map import REGIONS_IN, Mark
from treatments.analysis.models import AnalysedSpot, InstrumentReading, SkinAnalysis
from treatments.analysis.rules import (
    Parts,
    ScoreRefused,
    check_since,
    has_homogeneity,
    masi,
    may_be_scored,
    mmasi,
    msi,
)
from treatments.analysis.terms import (
    BodyRegion,
    Cause,
    Depth,
    Glogau,
    Phototype,
    ReadingKind,
    ReadOn,
    SpotType,
    WoodFinding,
)


class AnalysisRefused(Refused):
    """What was entered describes no analysis."""

    status = 422
    code = "analysis_refused"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSeen:
    """One kind of pigmentation: what, how deep and by which look, why, where, how large, since when.

    `inflammation` and `medicines` name the cause of that name. `since` is "2023" or "2023-05".
    """

    spot_type: str
    depth: str
    wood_finding: str
    causes: tuple[str, ...]
    regions: tuple[str, ...]
    inflammation: str = ""
    medicines: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    largest_mm: Decimal | None = None
    area_cm2: Decimal | None = None
    count: int | None = None
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSeen:
    """What an instrument read at one place; the numbers of its kind, the others None."""

    kind: str
    region: str
    read_on: str
    device: str
    conditions: str = ""
    lightness: Decimal | None = None
    a: Decimal | None = None
    b: Decimal | None = None
    melanin_index: Decimal | None = None
    percentile: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is judged and not measured. None is not judged, never a zero."""

    glogau: str = ""
    radiance: int | None = None
    texture: int | None = None
    physician_assessment: int | None = None
    patient_assessment: int | None = None
    satisfaction: int | None = None


NOT_JUDGED = Judged()
NUMBERS_OF = {
    ReadingKind.COLOUR: ("lightness", "a", "b"),
    ReadingKind.MELANIN: ("melanin_index",),
    ReadingKind.PERCENTILE: ("percentile",),
}


@transaction.atomic
def record_analysis(
    *,
    patient: Patient,
    analysed_on: date,
    phototype: str,
    spots: Sequence[SpotSeen],
    score_parts: Parts | None,
    note: str,
    by: StaffMember,
    now: datetime,
    red_flags: Sequence[str] = (),
    flagged_regions: Sequence[str] = (),
    msi_parts: Parts | None = None,
    readings: Sequence[ReadingSeen] = (),
    judged: Judged = NOT_JUDGED,
    copied_from: SkinAnalysis | None = None,
) -> SkinAnalysis:
    """Keep an analysis. Scores are computed from the parts; melasma of the face needs them.

    `red_flags` seen in `flagged_regions` block these until a result clears them. The MASI is
    computed when homogeneity was entered. `copied_from` is the analysis of the same patient that
    the entry began as a copy of.

    Raises AnalysisRefused or ScoreRefused with the words of what is missing or contradicts.
    """
    if not by.may(Ability.ANALYSE_SKIN):
        raise NotAllowed(_("Only a physician records a skin analysis."))
    _check_day(analysed_on, patient, today=localdate(now))
    _check_words(phototype, spots)
    _check_spots(spots, patient, today=localdate(now))
    _check_score_fits(spots, score_parts)
    _check_score_fits(spots, msi_parts, is_demanded=False)
    _check_judged(spots, judged)
    _check_look_alike(spots, red_flags, flagged_regions)
    _check_readings(readings)
    if copied_from is not None and copied_from.patient_id != patient.pk:
        raise AnalysisRefused(_("The analysis to copy belongs to another patient."))
    analysis = SkinAnalysis.objects.create(
        patient=patient,
        analysed_on=analysed_on,
        phototype=phototype,
        score_parts=_plain(score_parts),
        mmasi=mmasi(score_parts) if score_parts is not None else None,
        masi=masi(score_parts) if score_parts and has_homogeneity(score_parts) else None,
        msi_parts=_plain(msi_parts),
        msi=msi(msi_parts) if msi_parts is not None else None,
        note=note.strip(),
        analysed_by=by,
        recorded_at=now,
        copied_from=copied_from,
        **asdict(judged),
    )
    _keep_rows(analysis, spots, readings)
    record(
        verb="analysis.recorded",
        subject=analysis,
        by=by,
        now=now,
        patient_id=patient.pk,
        spots=len(spots),
        scored=score_parts is not None,
    )
    if red_flags or flagged_regions:
        report_change(
            patient=patient,
            regions=flagged_regions,
            features=red_flags,
            source=Source.ANALYSIS,
            by=by,
            now=now,
        )
    return analysis


def _keep_rows(
    analysis: SkinAnalysis, spots: Sequence[SpotSeen], readings: Sequence[ReadingSeen]
) -> None:
    AnalysedSpot.objects.bulk_create(
        _spot(analysis, spot, position) for position, spot in enumerate(spots, start=1)
    )
    InstrumentReading.objects.bulk_create(
        InstrumentReading(analysis=analysis, position=position, **asdict(reading))
        for position, reading in enumerate(readings, start=1)
    )


def _spot(analysis: SkinAnalysis, spot: SpotSeen, position: int) -> AnalysedSpot:
    details: dict[str, object] = {}
    if spot.inflammation.strip():
        details["inflammation"] = spot.inflammation.strip()
    if spot.medicines:
        details["medicine"] = list(spot.medicines)
    return AnalysedSpot(
        analysis=analysis,
        spot_type=spot.spot_type,
        depth=spot.depth,
        wood_finding=spot.wood_finding,
        causes=list(spot.causes),
        cause_details=details,
        regions=list(spot.regions),
        marks=[asdict(mark) for mark in spot.marks],
        largest_mm=spot.largest_mm,
        area_cm2=spot.area_cm2,
        count=spot.count,
        since=spot.since,
        position=position,
    )


def _check_day(analysed_on: date, patient: Patient, *, today: date) -> None:
    if not patient.born_on <= analysed_on <= today:
        raise AnalysisRefused(_("An analysis is of today or of an earlier day."))


def _check_words(phototype: str, spots: Sequence[SpotSeen]) -> None:
    if phototype not in Phototype.values:
        raise AnalysisRefused(_("The phototype is missing."))
    if not spots:
        raise AnalysisRefused(_("At least one spot is described."))
    for spot in spots:
        known = (
            spot.spot_type in SpotType.values
            and spot.depth in Depth.values
            and spot.wood_finding in WoodFinding.values
            and spot.causes
            and set(spot.causes) <= set(Cause.values)
            and spot.regions
            and set(spot.regions) <= set(BodyRegion.values)
        )
        if not known:
            raise AnalysisRefused(
                _("Every spot has a type, a region, a Wood's lamp finding, a depth and a cause.")
            )


def _check_spots(spots: Sequence[SpotSeen], patient: Patient, *, today: date) -> None:
    for spot in spots:
        check_since(spot.since, born_on=patient.born_on, today=today)
        _check_details(spot)


def _check_details(spot: SpotSeen) -> None:
    if spot.inflammation and not {Cause.INFLAMMATION, Cause.ACNE} & set(spot.causes):
        raise AnalysisRefused(_("An inflammation is named, but not chosen as a cause."))
    if spot.medicines and Cause.MEDICINE not in spot.causes:
        raise AnalysisRefused(_("A medicine is named, but not chosen as a cause."))
    for mark in spot.marks:
        if (
            mark.region not in REGIONS_IN.get(mark.view, ())
            or mark.region not in spot.regions
            or not (0 <= mark.x <= 1 and 0 <= mark.y <= 1)
        ):
            raise AnalysisRefused(_("A mark lies in none of the regions of its spot."))
    for number in (spot.largest_mm, spot.area_cm2, spot.count):
        if number is not None and number < 0:
            raise AnalysisRefused(_("A size or a count is never below 0."))


def _check_look_alike(
    spots: Sequence[SpotSeen], red_flags: Sequence[str], flagged_regions: Sequence[str]
) -> None:
    """What may be something else goes to the examination: its regions are flagged with it."""
    for spot in spots:
        if spot.spot_type != SpotType.LOOK_ALIKE:
            continue
        if not red_flags or not set(spot.regions) <= set(flagged_regions):
            raise AnalysisRefused(
                _("A look-alike is examined first: say what was seen, and flag its regions.")
            )


def _check_judged(spots: Sequence[SpotSeen], judged: Judged) -> None:
    is_dull = any(spot.spot_type == SpotType.DULLNESS for spot in spots)
    graded = (judged.radiance is not None, judged.texture is not None)
    if is_dull and not all(graded):
        raise AnalysisRefused(_("Dullness is graded: radiance and texture, 0 to 4 each."))
    if any(graded) and not is_dull:
        raise AnalysisRefused(_("Radiance and texture are grades of dullness only."))
    if judged.glogau and judged.glogau not in Glogau.values:
        raise AnalysisRefused(_("Photo-ageing is one of the four classes."))


def _check_readings(readings: Sequence[ReadingSeen]) -> None:
    for reading in readings:
        _check_reading(reading)


def _check_reading(reading: ReadingSeen) -> None:
    known = (
        reading.kind in ReadingKind.values
        and reading.region in BodyRegion.values
        and reading.read_on in ReadOn.values
        and reading.device.strip()
    )
    if not known:
        raise AnalysisRefused(
            _("A reading names its instrument, the device, the region and where it was taken.")
        )
    wanted = NUMBERS_OF[ReadingKind(reading.kind)]
    for names in NUMBERS_OF.values():
        for name in names:
            if (getattr(reading, name) is not None) != (name in wanted):
                raise AnalysisRefused(
                    _("A reading has the numbers of its instrument and no others.")
                )


def _check_score_fits(
    spots: Sequence[SpotSeen], score_parts: Parts | None, *, is_demanded: bool = True
) -> None:
    is_scored = any(may_be_scored(spot.spot_type, spot.regions) for spot in spots)
    if is_scored and is_demanded and score_parts is None:
        raise ScoreRefused(
            _("Melasma of the face is scored: every region, also where it is clear.")
        )
    if score_parts is not None and not is_scored:
        raise ScoreRefused(terms.NOT_FOR_THIS_SPOT)


def _plain(parts: Parts | None) -> dict[str, dict[str, int | None]] | None:
    if parts is None:
        return None
    return {
        str(region): {str(part): value for part, value in entered.items()}
        for region, entered in parts.items()
    }
