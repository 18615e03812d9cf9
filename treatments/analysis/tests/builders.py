"""Skin analyses, by the real action."""

from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from clinic.staff.models import StaffMember
from clinic.tests.builders import NOW, physician
from patients.records.models import Patient
from treatments.analysis.actions import SpotSeen, record_analysis
from treatments.analysis.models import SkinAnalysis

MELASMA = SpotSeen(
    spot_type="melasma",
    depth="mixed",
    wood_finding="partly_enhanced",
    causes=("sun", "hormones"),
    regions=("cheek_left", "cheek_right"),
)
LENTIGO = SpotSeen(
    spot_type="solar_lentigo",
    depth="epidermal",
    wood_finding="enhanced",
    causes=("sun",),
    regions=("hands",),
)


def parts(
    forehead: tuple[int, int, int],
    right_malar: tuple[int, int, int],
    left_malar: tuple[int, int, int],
    chin: tuple[int, int, int],
) -> dict[str, dict[str, int | None]]:
    """Area, darkness and homogeneity of the four regions."""
    regions = {
        "forehead": forehead,
        "right_malar": right_malar,
        "left_malar": left_malar,
        "chin": chin,
    }
    return {
        region: dict(zip(("area", "darkness", "homogeneity"), entered, strict=True))
        for region, entered in regions.items()
    }


# The worked example of the sources: mMASI 7.6 and MASI 14.3, then 3.3 and 6.6.
BASELINE = parts((2, 2, 2), (4, 3, 3), (3, 3, 2), (1, 1, 1))
FOLLOW_UP = parts((1, 1, 1), (3, 2, 2), (2, 2, 2), (0, 0, 0))


def an_analysis(
    patient: Patient, *, by: StaffMember | None = None, now: datetime = NOW, **fields: Any
) -> SkinAnalysis:
    """Melasma of both cheeks with the baseline score of the worked example."""
    values: dict[str, Any] = {
        "analysed_on": localdate(now),
        "phototype": "III",
        "spots": [MELASMA],
        "score_parts": BASELINE,
        "note": "",
    }
    return record_analysis(patient=patient, **(values | fields), by=by or physician(), now=now)
