"""Recording what the physician saw. A later look is a new analysis; an earlier one is never edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

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
from treatments.analysis.models import AnalysedSpot, SkinAnalysis
from treatments.analysis.rules import Parts, ScoreRefused, masi, may_be_scored, mmasi
from treatments.analysis.terms import BodyRegion, Cause, Depth, Phototype, SpotType, WoodFinding


class AnalysisRefused(Refused):
    """What was entered describes no analysis."""

    status = 422
    code = "analysis_refused"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSeen:
    """One kind of pigmentation: what, how deep and by which look, why, where."""

    spot_type: str
    depth: str
    wood_finding: str
    causes: tuple[str, ...]
    regions: tuple[str, ...]


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
) -> SkinAnalysis:
    """Keep an analysis. `red_flags` seen in `flagged_regions` block these until a result clears them. Scores are computed from `score_parts`; melasma of the face needs them.

    Raises AnalysisRefused or ScoreRefused with the words of what is missing or contradicts.
    """
    if not by.may(Ability.ANALYSE_SKIN):
        raise NotAllowed(_("Only a physician records a skin analysis."))
    _check_day(analysed_on, patient, today=localdate(now))
    _check_words(phototype, spots)
    _check_score_fits(spots, score_parts)
    analysis = SkinAnalysis.objects.create(
        patient=patient,
        analysed_on=analysed_on,
        phototype=phototype,
        score_parts=_plain(score_parts),
        mmasi=mmasi(score_parts) if score_parts is not None else None,
        masi=masi(score_parts) if score_parts is not None else None,
        note=note.strip(),
        analysed_by=by,
        recorded_at=now,
    )
    AnalysedSpot.objects.bulk_create(
        AnalysedSpot(
            analysis=analysis,
            spot_type=spot.spot_type,
            depth=spot.depth,
            wood_finding=spot.wood_finding,
            causes=list(spot.causes),
            regions=list(spot.regions),
            position=position,
        )
        for position, spot in enumerate(spots, start=1)
    )
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


def _check_score_fits(spots: Sequence[SpotSeen], score_parts: Parts | None) -> None:
    is_scored = any(may_be_scored(spot.spot_type, spot.regions) for spot in spots)
    if is_scored and score_parts is None:
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
